//! How much was laid out, counted for the tests: what is drawn must cost what is seen, not what there is. In no
//! release build.

use std::cell::Cell;

thread_local! {
    static LAID: Cell<u64> = const { Cell::new(0) };
}

pub(super) fn one_more() {
    LAID.set(LAID.get() + 1);
}

/// The characters laid out by this thread since the last call.
pub fn taken() -> u64 {
    LAID.replace(0)
}
