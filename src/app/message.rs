//! What reaches the program, and what the shell is to do.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use crossterm::event::{KeyEvent, MouseEvent};

use super::paths::Listing;
use super::regions::Regions;
use super::{Content, WhenThere, past, recording, replay};
use crate::contract::{NetCommand, NetEvent};
use crate::lab::Lab;
use crate::model::script::Script;
use crate::model::{NodeId, Rgb, Trouble};

/// What reaches the program from outside.
#[derive(Debug)]
pub enum Msg {
    /// What the user has written and what was kept from earlier runs; told before the first frame.
    Kept(Box<Kept>),
    /// The program was started to be shown to a room.
    Present,
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
    /// The terminal told the colour of its background. Redraws only when answered with [`Effect::Redraw`].
    Background(Rgb),
    /// The network saw something.
    Net(NetEvent),
    /// About a second has passed; told while [`minds_the_time`](super::minds_the_time). Redraws only when answered with [`Effect::Redraw`].
    Tick,
    /// The time of [`Effect::Wake`] is over.
    Woken(Alarm),
    /// A file asked for with [`Effect::ReadFile`].
    FileRead {
        /// What it was read for.
        purpose: FileUse,
        /// All its bytes.
        outcome: Result<Bytes, Trouble>,
    },
    /// A conversation asked for with [`Effect::ReadScript`].
    ScriptRead {
        /// The node that plays it.
        node: NodeId,
        /// The number of the reading.
        number: u64,
        /// The conversation.
        outcome: Result<Script, Trouble>,
    },
    /// A file handed over with [`Effect::SaveFile`].
    FileSaved {
        /// Where it is.
        outcome: Result<PathBuf, Trouble>,
    },
    /// A file handed over with [`Effect::SaveFile`] was not written: there is such a file already.
    FileIsThere {
        /// Its path.
        path: PathBuf,
        /// What was to be written.
        content: Content,
    },
    /// A file handed over with [`Effect::KeepFile`].
    FileKept {
        /// Its path.
        path: PathBuf,
        /// Whether it was written.
        outcome: Result<(), Trouble>,
    },
    /// A folder asked for with [`Effect::ListFolder`].
    FolderListed {
        /// The folder, as it was written.
        folder: String,
        /// What it holds.
        outcome: Result<Listing, Trouble>,
    },
    /// A text handed over with [`Effect::Edit`].
    Edited {
        /// What it was edited for.
        purpose: EditUse,
        /// The text as the editor left it.
        outcome: Result<String, Trouble>,
    },
    /// The text of [`Effect::Copy`] is on the clipboard, as far as one can know.
    Copied(Result<(), Trouble>),
    /// The pager of [`Effect::Page`] was left.
    Paged(Result<(), Trouble>),
    /// Where the program writes its log; why it writes none.
    Logs(Result<PathBuf, Trouble>),
    /// What a lab file says, at the start or after it was changed.
    Lab {
        /// The file.
        file: String,
        /// What it says.
        lab: Box<Lab>,
    },
    /// A command line came through the control socket; answered with [`Effect::Answer`].
    Asked {
        /// Which question it is.
        number: u64,
        /// The line; an empty one asks how the lab stands.
        line: String,
    },
    /// A client is to send what is piped into it.
    Piped(NodeId, Piped),
    /// The recorder tells how far it is.
    Recording(recording::Told),
    /// Something the shell was asked to do failed.
    Trouble(Trouble),
    /// A file of that name is being opened, in place of the built-in lab.
    Open(String),
    /// What a file that is being opened holds.
    Opened(past::Batch),
    /// What was read back from the recording.
    Recalled(past::Answer),
    /// A frame is about to be drawn: what follows from the facts is brought up to date.
    Settle,
    /// A frame was drawn: where things are on the screen.
    Drawn(Regions),
    /// The program ends, whatever ended it: what is to be kept is kept now.
    Ending,
}

/// What comes through a pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piped {
    /// These bytes.
    Bytes(Bytes),
    /// Its end, after which the client finishes too.
    Finish,
    /// Its end.
    End,
}

/// The files the program reads at its start; None where the system names no folder for them.
#[derive(Debug, Default)]
pub struct Kept {
    /// What the user has written: `config.toml`.
    pub config: Option<KeptFile>,
    /// The payloads saved under a name.
    pub payloads: Option<KeptFile>,
    /// What the program remembers: `state.json`.
    pub state: Option<KeptFile>,
    /// The user's home.
    pub home: Option<PathBuf>,
}

/// What the app asked to be woken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// The next payload of a client's repeat with that number is due.
    Repeat(u64),
    /// What moved has come to rest.
    Motion,
    /// Keys that begin others have waited so long that what can follow is shown.
    Continuations(u64),
    /// What has changed is to be written to `state.json`.
    Keep,
    /// Something of the lab is due.
    Lab,
}

/// A file the program keeps for itself, as it was found.
#[derive(Debug)]
pub struct KeptFile {
    /// Its path, whether it exists or not.
    pub path: PathBuf,
    /// Its text; None when there is no such file yet.
    pub text: Result<Option<String>, Trouble>,
}

/// What a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileUse {
    /// To be sent by that client; its reads are numbered, so that one given up is not taken for a later one.
    Payload(NodeId, u64),
}

/// What a text is edited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditUse {
    /// The body of the HTTP request.
    HttpBody,
    /// The payload of that client.
    Payload(NodeId),
    /// The text field that has the keys.
    Field,
}

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the network.
    Net(NetCommand),
    /// Send [`Msg::Woken`] after so long.
    Wake {
        /// How long.
        after: Duration,
        /// What to say then.
        alarm: Alarm,
    },
    /// Put text on the clipboard.
    Copy(String),
    /// Let the user read a text in `$PAGER`; comes back in [`Msg::Paged`].
    Page(String),
    /// Read a file.
    ReadFile {
        /// Its path.
        path: PathBuf,
        /// Comes back in [`Msg::FileRead`].
        purpose: FileUse,
    },
    /// Read a recorded conversation; comes back in [`Msg::ScriptRead`].
    ReadScript(Box<replay::Reading>),
    /// Write a file whole.
    SaveFile {
        /// Its path.
        path: PathBuf,
        /// What is written.
        content: Content,
        /// What to do when there is such a file already.
        when_there: WhenThere,
    },
    /// Say what a folder holds.
    ListFolder {
        /// The folder, as it was written; comes back in [`Msg::FolderListed`].
        folder: String,
        /// Its path.
        path: PathBuf,
    },
    /// Give a damaged file of the program's own another name, in the place of an older one.
    SetAside {
        /// Its path.
        path: PathBuf,
        /// The path it gets.
        aside: PathBuf,
    },
    /// Write a file the program keeps for itself, making its folder.
    KeepFile {
        /// Its path.
        path: PathBuf,
        /// Its bytes.
        bytes: Bytes,
    },
    /// Let the user edit a text in `$EDITOR`.
    Edit {
        /// What to begin with.
        text: String,
        /// Comes back in [`Msg::Edited`].
        purpose: EditUse,
    },
    /// Read frames back from the recording; they come in [`Msg::Recalled`].
    Recall(Box<past::Request>),
    /// Ask the recorder.
    Record(recording::Order),
    /// Answer a command that came through the control socket.
    Answer {
        /// Which question it answers.
        number: u64,
        /// The answer, JSON on one line.
        text: String,
    },
    /// Draw, though a tick changed what is shown.
    Redraw,
    /// Send the whole screen again, whatever the terminal may show.
    Repaint,
    /// Stop as a job until the user continues it.
    Suspend,
    /// End the program.
    Quit,
}
