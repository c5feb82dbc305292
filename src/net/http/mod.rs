//! HTTP. // stub

pub(crate) mod client;
pub(crate) mod server;
