//! Traffic taken out of wirelab: what of it, and in which form.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use crate::model::{FlowId, Side};

/// Traffic that is to be saved in a form of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The form.
    pub form: Form,
    /// What of it.
    pub choice: Choice,
    /// Where it is.
    pub origin: Origin,
}

/// Where the traffic is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the file that was opened, or in those of the lab's own recording.
    Recorded,
    /// Here, as a recording: nothing else was recorded.
    Memory(Bytes),
}

/// What is chosen; what is not said chooses all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// The filter as it is written; empty lets all pass.
    pub filter: String,
    /// The conversation.
    pub flow: Option<FlowId>,
    /// The numbers of the frames.
    pub numbers: Option<Arc<BTreeSet<u64>>>,
}

impl Choice {
    /// Whether nothing is left out.
    pub fn is_all(&self) -> bool {
        self.filter.trim().is_empty() && self.flow.is_none() && self.numbers.is_none()
    }
}

/// The forms traffic is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Packets, as Wireshark writes them.
    Pcapng,
    /// Packets of one link type, as older programs read them.
    Pcap,
    /// Lines of JSON, a frame each.
    Jsonl,
    /// An HTTP archive.
    Har,
    /// Lines to read.
    Text,
    /// The ladder as a picture.
    Svg,
    /// The ladder as Mermaid's `sequenceDiagram`.
    Mermaid,
    /// The bytes that one end sent, and nothing else.
    Sent(Side),
}

impl Form {
    /// Those that have a name: the end of a file's name.
    pub const NAMED: [(&'static str, Form); 7] = [
        ("pcapng", Form::Pcapng),
        ("pcap", Form::Pcap),
        ("jsonl", Form::Jsonl),
        ("har", Form::Har),
        ("txt", Form::Text),
        ("svg", Form::Svg),
        ("mmd", Form::Mermaid),
    ];

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, form)| form)
    }

    /// By the end of a file's name.
    pub fn of(path: &Path) -> Option<Self> {
        path.extension().and_then(|extension| extension.to_str()).and_then(Self::named)
    }

    /// All names, for people: `.pcapng, .pcap, .jsonl, .har, .txt, .svg or .mmd`.
    pub fn names() -> String {
        let names = Self::NAMED.map(|(name, _)| format!(".{name}"));
        let (last, first) = names.split_last().map_or(("", [].as_slice()), |(last, first)| (last.as_str(), first));
        format!("{} or {last}", first.join(", "))
    }
}
