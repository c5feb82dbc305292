//! The recording: what is known of it, what the recorder tells, and what is asked of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::overlay::Overlay;
use super::{Content, Effect, State, WhenThere};
use crate::capture::Place;
use crate::model::Trouble;
use crate::model::size::grouped;

/// The most bytes of a recording that nobody asked for; its oldest part then goes. It fits on most disks, and holds
/// hours of all but a flood.
pub const TEMPORARY_LIMIT: u64 = 2 * 1024 * 1024 * 1024;

/// The least that a recording may be limited to: its parts are to hold something.
pub const LEAST_LIMIT: u64 = 1024 * 1024;

/// Payload a second, in bytes, that is recorded whole: more than a network of a gigabit brings both ways. What is more
/// comes only from programs that flood the loopback, and would be slowed down by being recorded whole.
pub const WHOLE_RATE: u64 = 300_000_000;

/// The bytes of each frame that are recorded when more comes than that. They hold nearly every head of a message; four
/// times as many cost a flood twice the processor time.
pub const SNAP: usize = 1024;

/// What the recorder tells.
#[derive(Debug)]
pub enum Told {
    /// It writes to a file from now on.
    Began(Arc<Path>, Keeping),
    /// It has written frames.
    Recorded(Recorded),
    /// The recording had grown to its limit: its oldest file is gone.
    Removed(Arc<Path>),
    /// So many frames left memory before they were written, for the disk was too slow.
    Missed(u64),
    /// It has stopped, as it was asked to.
    Stopped,
    /// It has stopped, and was not asked to.
    Failed(Trouble),
    /// All that was recorded is saved there, or could not be.
    Saved(Result<PathBuf, Trouble>),
    /// What earlier runs left behind that ended badly.
    Leftovers(Vec<Leftover>),
    /// One of those was saved, and is now gone from where it was; or could not be.
    LeftoverSaved(Leftover, Result<PathBuf, Trouble>),
    /// One of those was removed.
    LeftoverRemoved(Leftover),
}

/// Frames that were written.
#[derive(Debug)]
pub struct Recorded {
    /// To which file.
    pub file: Arc<Path>,
    /// Each one's number, and where it lies in the file.
    pub frames: Vec<(u64, Place)>,
    /// How many of them hold data.
    pub data: u64,
    /// Bytes of theirs that are not in the file, for they came too fast.
    pub left_out: u64,
    /// How long the file is now.
    pub bytes: u64,
}

/// What becomes of a recording at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It goes, unless it is saved.
    Temporary,
    /// It stays: the user named its file.
    Named,
}

/// A recording of a run that ended badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Its files, the oldest first.
    pub files: Vec<PathBuf>,
    /// When it was begun, for people: `2026-11-22 21:05:31`.
    pub began: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// What the recorder is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Record from now on: in that file of the user's, or in one that is temporary.
    Start(Option<PathBuf>),
    /// Record no more. What is recorded stays.
    Stop,
    /// What is temporary and not saved is to go at the end.
    Forget,
    /// Say what earlier runs left behind; comes back in [`Told::Leftovers`].
    FindLeftovers,
    /// Remove what one of them left.
    Remove(Leftover),
}

/// How far the recording has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Life {
    /// Nothing was recorded yet.
    #[default]
    Off,
    /// All that is seen is recorded.
    On,
    /// It was stopped.
    Stopped,
    /// It could not go on.
    Failed,
}

/// Whether everything is recorded without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unasked {
    /// From the first moment.
    #[default]
    Yes,
    /// Only once it is asked for.
    No,
}

/// What the user has set.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether to record without being asked.
    pub unasked: Unasked,
    /// The file in which to record from the first moment.
    pub file: Option<PathBuf>,
    /// The most bytes that are kept of what is temporary; without it [`TEMPORARY_LIMIT`] is the limit.
    pub limit: Option<u64>,
    /// The most bytes that are kept of any recording.
    pub ring: Option<u64>,
}

/// A file of this run.
#[derive(Debug)]
struct File {
    path: Arc<Path>,
    keeping: Keeping,
    bytes: u64,
    /// Data frames in it, and how many of them are saved elsewhere.
    data: u64,
    saved: u64,
    /// How many there were when they were last asked to be saved.
    being_saved: u64,
}

/// The recording of this run, and those that others left behind.
#[derive(Debug, Default)]
pub struct Recording {
    /// What the user has set.
    pub settings: Settings,
    /// How far it has come.
    pub life: Life,
    /// Frames that left memory before they were written.
    pub missed: u64,
    /// Bytes of frames of which only the beginning was written.
    pub left_out: u64,
    /// What earlier runs left behind.
    pub leftovers: Vec<Leftover>,
    /// Whether the program ends once the recording is saved.
    then: Then,
    files: Vec<File>,
}

/// What follows once the recording is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Then {
    #[default]
    GoOn,
    Quit,
}

impl Recording {
    /// Whether anything was recorded in this run that is still there.
    pub fn is_there(&self) -> bool {
        !self.files.is_empty()
    }

    /// How many bytes are recorded.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Frames with data that go with the program, unless they are saved.
    pub fn unsaved(&self) -> u64 {
        let temporary = self.files.iter().filter(|file| file.keeping == Keeping::Temporary);
        temporary.map(|file| file.data - file.saved).sum()
    }

    /// The file that is written, or was last.
    pub fn file(&self) -> Option<&Path> {
        self.files.last().map(|file| &*file.path)
    }

    fn file_mut(&mut self, path: &Path) -> Option<&mut File> {
        self.files.iter_mut().rev().find(|file| &*file.path == path)
    }
}

/// The program has started: everything is recorded, unless the user does not want it.
pub(super) fn begin(state: &State) -> Vec<Effect> {
    let settings = &state.recording.settings;
    let is_wanted = settings.file.is_some() || settings.unasked == Unasked::Yes;
    let start = is_wanted.then(|| Order::Start(settings.file.clone()));
    start.into_iter().chain([Order::FindLeftovers]).map(Effect::Record).collect()
}

/// Takes in what the recorder tells.
pub(super) fn told(state: &mut State, told: Told) -> Vec<Effect> {
    let recording = &mut state.recording;
    match told {
        Told::Began(path, keeping) => {
            recording.life = Life::On;
            state.past.begin_file(path.clone());
            recording.files.push(File { path, keeping, bytes: 0, data: 0, saved: 0, being_saved: 0 });
        }
        Told::Recorded(Recorded { file, frames, data, left_out, bytes }) => {
            state.past.recorded(&frames, &state.world);
            let is_first = recording.left_out == 0 && left_out > 0;
            recording.left_out += left_out;
            if let Some(file) = recording.file_mut(&file) {
                file.bytes = bytes;
                file.data += data;
            }
            if is_first {
                let (rate, snap) = (WHOLE_RATE / 1_000_000, grouped(SNAP as u64));
                state.say(format!(
                    "record: traffic comes faster than {rate} MB/s or than the disk takes it, so only the first {snap} bytes \
                     of some frames are recorded; the header counts what is left out"
                ));
            }
        }
        Told::Removed(path) => {
            state.past.forget_file(&path);
            recording.files.retain(|file| file.path != path);
        }
        Told::Missed(count) => {
            let before = recording.missed;
            recording.missed += count;
            if before == 0 {
                state.complain(
                    "record: the disk is slower than the traffic, so frames are missing in the recording; \
                     the header counts them",
                );
            }
        }
        Told::Stopped => {
            recording.life = Life::Stopped;
            // One that has begun to fill is told of; nothing else is to be said.
            let file = recording.file().map(|path| path.display().to_string());
            state.say(format!("recording stopped: {}", file.unwrap_or_default()));
        }
        Told::Failed(trouble) => {
            recording.life = Life::Failed;
            state.complain(trouble.to_string());
        }
        Told::Saved(Ok(path)) => {
            for file in &mut recording.files {
                file.saved = file.being_saved;
            }
            if std::mem::take(&mut recording.then) == Then::Quit {
                return vec![Effect::Record(Order::Forget), Effect::Quit];
            }
            state.say(format!("wrote {}", path.display()));
        }
        Told::Saved(Err(trouble)) => {
            recording.then = Then::GoOn;
            state.complain(trouble.to_string());
        }
        Told::Leftovers(leftovers) => {
            recording.leftovers = leftovers;
            offer(state);
        }
        Told::LeftoverSaved(leftover, Ok(path)) => {
            recording.leftovers.retain(|other| *other != leftover);
            state.say(format!("wrote {}", path.display()));
        }
        Told::LeftoverSaved(_, Err(trouble)) => state.complain(trouble.to_string()),
        Told::LeftoverRemoved(leftover) => {
            recording.leftovers.retain(|other| *other != leftover);
            state.say("the recording is thrown away");
        }
    }
    Vec::new()
}

/// Shows what earlier runs left behind, unless the user is at something else already.
fn offer(state: &mut State) {
    if state.recording.leftovers.is_empty() {
        return;
    }
    if state.overlay.is_none() {
        state.overlay = Some(Overlay::Leftovers(0));
    } else {
        state.say("an earlier run left a recording behind; :leftovers shows it");
    }
}

/// Saves all that was recorded in this run under a path.
pub(super) fn save(state: &mut State, path: PathBuf, when_there: WhenThere) -> Effect {
    for file in &mut state.recording.files {
        file.being_saved = file.data;
    }
    Effect::SaveFile { path, content: Content::Recording, when_there }
}

/// The same, and then the program ends.
pub(super) fn save_and_quit(state: &mut State, path: PathBuf) -> Effect {
    state.recording.then = Then::Quit;
    save(state, path, WhenThere::Ask)
}

/// It is not saved after all, so nothing follows.
pub(super) fn not_saved(state: &mut State) {
    state.recording.then = Then::GoOn;
}

/// Starts or stops recording, whichever it can.
pub(super) fn toggle(state: &State) -> Effect {
    match state.recording.life {
        Life::On => Effect::Record(Order::Stop),
        Life::Off | Life::Stopped | Life::Failed => Effect::Record(Order::Start(None)),
    }
}

/// Performs `record` with what is written behind it: `stop`, `start`, `start FILE`, or a file at once.
///
/// # Errors
/// It is on or off already.
pub(super) fn command(state: &State, word: &str, file: Option<&str>) -> Result<Vec<Effect>, String> {
    let is_on = state.recording.life == Life::On;
    let file = match (word, file) {
        ("stop", None) if is_on => return Ok(vec![Effect::Record(Order::Stop)]),
        ("stop", None) => return Err("nothing is being recorded".into()),
        ("stop", Some(_)) => {
            return Err("record stop takes nothing behind it; save FILE saves what was recorded".into());
        }
        ("start", file) => file.map(str::to_owned),
        (word, None) => Some(word.to_owned()),
        (word, Some(rest)) => Some(format!("{word} {rest}")),
    };
    if is_on {
        return Err("everything is being recorded; save FILE saves it so far, record stop ends it".into());
    }
    Ok(vec![Effect::Record(Order::Start(file.map(|file| state.paths.meant(&file))))])
}
