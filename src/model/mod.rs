//! The nouns of the lab: what is run, what is seen, and where it is kept.

mod address;
pub mod bar;
mod endpoint;
mod flow;
mod frame;
pub mod hex;
mod id;
mod life;
mod log;
pub mod notation;
pub mod payload;
pub mod stream;
mod time;
mod trouble;
pub mod visible;

pub use address::{Address, Transport};
pub use endpoint::{Endpoint, EndpointError, Place, Scheme};
pub use flow::{Flow, FlowKey, Side};
pub use frame::{Closing, Direction, Frame, FrameKind, Step};
pub use id::{ConnId, ExchangeId, FlowId, NodeId};
pub use life::{ConnectionLife, ServerLife};
pub use log::FrameLog;
pub use time::{ClockZone, Timestamp};
pub use trouble::Trouble;
