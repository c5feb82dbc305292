//! Everything the program decides: `update(&mut State, Msg) -> Vec<Effect>`.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};

use crate::contract::{NetCommand, NetEvent};
use crate::model::{ClockZone, Timestamp, Trouble};

/// What happened.
#[derive(Debug)]
pub enum Msg {
    /// The first frame is on the screen; the network can be used from now on.
    Started,
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted; its lines end in LF.
    Paste(String),
    /// The terminal may have another size.
    Resized,
    /// The network reports.
    Net(NetEvent),
    /// A second has passed. Redraws only when answered with [`Effect::Redraw`].
    Tick(Timestamp),
    /// The time asked for with [`Effect::Wake`] is over.
    Woken(u64),
    /// A frame was drawn, with things at these places. Redraws only when answered with [`Effect::Redraw`].
    Drawn(Regions),
    /// A file asked for with [`Effect::ReadFile`].
    FileRead {
        /// As asked.
        token: u64,
        /// All its bytes.
        outcome: Result<Bytes, Trouble>,
    },
    /// A file handed over with [`Effect::SaveFile`].
    FileSaved {
        /// As asked.
        token: u64,
        /// Where it is.
        outcome: Result<PathBuf, Trouble>,
    },
    /// A text handed over with [`Effect::Edit`].
    Edited {
        /// As asked.
        token: u64,
        /// The text as the editor left it.
        outcome: Result<String, Trouble>,
    },
    /// Something the shell was asked to do failed and no token tells which.
    Trouble(Trouble),
}

/// What is to be done.
#[derive(Debug)]
pub enum Effect {
    /// Tell the network.
    Net(NetCommand),
    /// Say [`Msg::Woken`] with the token after so long.
    Wake {
        /// How long.
        after: Duration,
        /// What to say then.
        token: u64,
    },
    /// Copy to the terminal's clipboard.
    Copy(String),
    /// Let the user edit the text in a program of his own.
    Edit {
        /// What to begin with.
        text: String,
        /// Comes back in [`Msg::Edited`].
        token: u64,
    },
    /// Read a file.
    ReadFile {
        /// Which.
        path: PathBuf,
        /// Comes back in [`Msg::FileRead`].
        token: u64,
    },
    /// Write a file.
    SaveFile {
        /// Which.
        path: PathBuf,
        /// All it shall hold.
        bytes: Bytes,
        /// Comes back in [`Msg::FileSaved`].
        token: u64,
    },
    /// Draw although the message alone would not.
    Redraw,
    /// Stop as ctrl-z does, until the shell continues the program.
    Suspend,
    /// End the program.
    Quit,
}

/// Where things were drawn.
#[derive(Debug, Clone, Default)]
pub struct Regions;

/// All that is known.
#[derive(Debug)]
pub struct State {
    /// What came last, in words.
    pub last: String,
    /// The zone times are shown in.
    pub zone: ClockZone,
}

impl State {
    /// The state before anything has happened.
    pub fn new(_now: Timestamp, zone: ClockZone) -> Self {
        Self { last: "ready".into(), zone }
    }
}

/// Takes one message in and says what is to be done about it.
pub fn update(state: &mut State, msg: Msg, _now: Timestamp) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => {
            state.last = format!("key {key:?}");
            pressed(key)
        }
        Msg::Tick(_) | Msg::Drawn(_) => Vec::new(),
        other @ (Msg::Started
        | Msg::Mouse(_)
        | Msg::Paste(_)
        | Msg::Resized
        | Msg::Net(_)
        | Msg::Woken(_)
        | Msg::FileRead { .. }
        | Msg::FileSaved { .. }
        | Msg::Edited { .. }
        | Msg::Trouble(_)) => {
            state.last = format!("{other:?}");
            Vec::new()
        }
    }
}

fn pressed(key: KeyEvent) -> Vec<Effect> {
    let KeyCode::Char(letter) = key.code else { return Vec::new() };
    match (letter, key.modifiers.contains(KeyModifiers::CONTROL)) {
        ('c', true) | ('q', false) => vec![Effect::Quit],
        ('z', true) => vec![Effect::Suspend],
        ('e', false) => vec![Effect::Edit { text: "hello\n".into(), token: 1 }],
        ('y', false) => vec![Effect::Copy("copied".into())],
        ('w', false) => vec![Effect::Wake { after: Duration::from_millis(50), token: 7 }],
        _ => Vec::new(),
    }
}
