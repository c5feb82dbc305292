//! The one buffer a thread reads into, so that idle connections hold none.

use std::cell::RefCell;

/// The largest datagram that can come: a Unix one may be as large as the system's send buffer (208 KiB by default).
pub(crate) const LARGEST: usize = 256 << 10;

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; LARGEST].into_boxed_slice());
}

/// Lends the buffer. What is to be kept is copied out; a lender never lends on.
pub(crate) fn with<T>(act: impl FnOnce(&mut [u8]) -> T) -> T {
    SCRATCH.with_borrow_mut(|scratch| act(scratch))
}
