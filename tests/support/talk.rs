//! A conversation written down in a test, as frames, as a script and as a recording.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use wirelab::capture;
use wirelab::contract::Play;
use wirelab::model::replay::Manner;
use wirelab::model::script::Script;
use wirelab::model::{Address, Direction, Flow, FlowId, Frame, FrameKind, NodeId, Remark, Timestamp, Transport};

/// 2026-01-31T12:03:01.204417Z: when every talk begins.
const BEGINNING: i64 = 1_769_860_981_204_417_000;

/// The node that recorded it, at the client's end.
const NODE: NodeId = NodeId(1);

/// What was said: after so many milliseconds `>` the client said this, or `<` the server did; nothing is a finish.
pub struct Talk {
    pub flow: Flow,
    pub frames: Vec<Frame>,
}

impl Talk {
    pub fn new(transport: Transport, lines: &[(i64, &str)]) -> Self {
        Self::numbered(1, transport, lines)
    }

    /// One of several in a recording.
    pub fn numbered(id: u64, transport: Transport, lines: &[(i64, &str)]) -> Self {
        let address = |port: u64| Address::Ip(([127, 0, 0, 1], port as u16).into());
        let (client, server) = (address(40_000 + id), address(7001));
        let at = Timestamp(BEGINNING);
        let flow = Flow {
            id: FlowId(id),
            transport,
            client: client.clone(),
            server: server.clone(),
            client_node: Some(NODE),
            server_node: None,
            began: at,
            last: at,
            to_server: 0,
            to_client: 0,
            frames: 0,
            is_open: true,
        };
        let opened = (0, FrameKind::Opened { local: client, peer: server });
        let said = lines.iter().map(|(millis, line)| (*millis, kind(line)));
        let frames = [opened].into_iter().chain(said).zip(id * 10_000..).map(|((millis, kind), number)| Frame {
            number,
            at: Timestamp(BEGINNING + millis * 1_000_000),
            cut: 0,
            arrived: None,
            node: NODE,
            flow: Some(FlowId(id)),
            kind,
            protocol: "",
            summary: String::new(),
        });
        Self { frames: frames.collect(), flow }
    }

    /// Ready to be played.
    pub fn play(&self, manner: Manner) -> Play {
        let mut script = Script::new(self.flow.transport);
        self.frames.iter().for_each(|frame| script.write(&self.flow, frame));
        Play { script: Arc::new(script), manner }
    }
}

fn kind(line: &str) -> FrameKind {
    let (side, said) = line.split_at(1);
    let direction = if side == ">" { Direction::Out } else { Direction::In };
    match said {
        "" => FrameKind::Finished(direction),
        said => FrameKind::Data { direction, payload: Bytes::copy_from_slice(said.as_bytes()) },
    }
}

/// A recording of these.
pub fn recorded(folder: &Path, talks: &[Talk]) -> PathBuf {
    let frames: Vec<Frame> = talks.iter().flat_map(|talk| talk.frames.iter().cloned()).collect();
    let flow = |id| talks.iter().map(|talk| &talk.flow).find(|flow| flow.id == id);
    let bytes = capture::whole([(NODE, "me")], &frames, flow, |_| Remark::default());
    let path = folder.join("talk.pcapng");
    std::fs::write(&path, bytes).expect("the disk takes it");
    path
}
