//! Tasks that carry the contract out on real sockets; they perform and report, and decide nothing.

pub(crate) mod dial;
pub(crate) mod http;
pub(crate) mod observed;
pub mod report;
pub(crate) mod tls;
