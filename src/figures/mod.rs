//! What is measured of traffic: how much, how fast, and how long things took. Fed frame by frame, in fixed memory.
//!
//! Two sorts of times are taken.
//!
//! A *round trip* is from the last data of the client to the first data of the server after it: request to response. It
//! ends when the response arrives at the client where both ends are ours; else when it is seen. Where several questions
//! are under way at once, it is that of the last of them.
//!
//! A *one-way time* is from when one end sends to when the other end has read it all, where both are ours. At a tap, to
//! which the one end sends, what the tap says of its delay is added; what is held by a person is not counted.

mod account;
mod course;
mod histogram;
mod ledger;

pub use account::{Account, Share};
pub use course::{Course, SECONDS};
pub use histogram::{Bar, Histogram, PRECISION};
pub use ledger::{Ledger, Said};
