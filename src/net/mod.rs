//! Tasks that carry the contract out on real sockets; they perform and report, and decide nothing.

pub mod report;
