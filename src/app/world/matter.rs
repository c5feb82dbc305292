//! Frames and conversations as what can be compared.

use bytes::Bytes;

use super::World;
use crate::diff::Matter;
use crate::model::{Flow, FlowId, Frame, Side};

impl World {
    /// The message a frame is part of, as far as it is in memory. None when the frame is not.
    pub fn matter(&self, number: u64) -> Option<Matter> {
        let frame = self.log.frame(number)?;
        let track = frame.flow.and_then(|flow| self.flows.track(flow));
        let subject = track.and_then(|track| track.subject(number));
        Some(subject.map_or_else(|| Matter::of_words(frame.protocol, &frame.summary), Matter::of_frame))
    }

    /// All that was said in a conversation, of what is in memory. None when nothing of it is.
    pub fn matter_of_flow(&self, id: FlowId) -> Option<Matter> {
        let flow = self.flow(id)?;
        let frames = self.log.iter().filter(|frame| frame.flow == Some(id));
        let said = frames.filter_map(|frame| said(flow, frame));
        Some(Matter::of_flow(flow.transport, said))
    }
}

fn said<'a>(flow: &Flow, frame: &'a Frame) -> Option<(Side, &'a Bytes)> {
    let (direction, payload) = frame.kind.data()?;
    Some((flow.sender(frame.node, direction)?, payload))
}
