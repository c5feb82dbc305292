//! What a tap did to a message on its way.

use std::time::Duration;

use bytes::Bytes;

/// What was done to one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It leaves later by so much.
    Delayed(Duration),
    /// It goes no further.
    Dropped,
    /// It waits until the impairment is taken away.
    Stalled,
    /// It leaves twice.
    Duplicated,
    /// It leaves after a later message: the number of that one.
    Swapped(u64),
    /// So many of its bits are flipped; what leaves instead.
    Corrupted(u32, Bytes),
    /// It leaves in so many pieces.
    Sliced(u32),
    /// Only so many of its bytes leave.
    Truncated(u64),
    /// It waits until a person decides.
    Held,
    /// It goes on, after a person has held it for so long.
    Released(Duration),
    /// A person changed it; what leaves instead.
    Edited(Bytes),
    /// A person put this in; no end sent it.
    Injected(Bytes),
    /// The conversation is closed because of it.
    Closed,
    /// The conversation is reset because of it.
    Reset,
}

impl Deed {
    /// The bytes that leave and never came.
    pub fn payload(&self) -> Option<&Bytes> {
        match self {
            Self::Corrupted(_, payload) | Self::Edited(payload) | Self::Injected(payload) => Some(payload),
            Self::Delayed(_)
            | Self::Dropped
            | Self::Stalled
            | Self::Duplicated
            | Self::Swapped(_)
            | Self::Sliced(_)
            | Self::Truncated(_)
            | Self::Held
            | Self::Released(_)
            | Self::Closed
            | Self::Reset => None,
        }
    }
}
