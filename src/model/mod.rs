//! The nouns of the lab: what is run, what is seen, and where it is kept.

mod address;
pub mod bar;
mod colour;
mod endpoint;
mod flow;
mod frame;
pub mod hex;
mod id;
mod life;
pub mod literal;
mod log;
mod nearest;
pub mod notation;
pub mod payload;
mod problem;
mod remark;
pub mod search;
pub mod size;
pub mod stream;
mod time;
mod trouble;
pub mod visible;

pub use address::{Address, Transport};
pub use colour::Rgb;
pub use endpoint::{Endpoint, EndpointError, Place, Scheme};
pub use flow::{Flow, FlowKey, Side};
pub use frame::{Closing, Direction, Frame, FrameKind, Step};
pub use id::{ConnId, ExchangeId, FlowId, LookupId, NodeId};
pub use life::{ConnectionLife, ServerLife};
pub use log::FrameLog;
pub use nearest::nearest;
pub use problem::Problem;
pub use remark::{Mark, Remark};
pub use time::{ClockZone, Timestamp};
pub use trouble::Trouble;
