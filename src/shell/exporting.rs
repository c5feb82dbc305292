//! What the screen saves of traffic in a form of its own: read from the files, not from memory, on a thread of its own.

use std::path::{Path, PathBuf};

use super::chores::Chore;
use super::convert::{self, Input, Part};
use super::engine::Engine;
use super::recorder::orders::Recorded;
use super::script;
use super::source::Store;
use crate::app::Msg;
use crate::app::export::{Export, Origin};
use crate::app::replay::{ReadFrom, Reading};
use crate::model::Trouble;

/// Where the traffic lies that is saved.
pub enum Lying {
    /// In the export itself.
    Memory,
    /// In what was opened.
    Opened(Store, String),
    /// In the lab's own recording.
    Recorded(Recorded),
}

impl Engine {
    /// Where the traffic lies now.
    pub(super) fn lying(&mut self, origin: &Origin) -> Lying {
        match (origin, &self.opened, &self.state.past.opened) {
            (Origin::Memory(_), _, _) => Lying::Memory,
            (Origin::Recorded, Some(store), Some(opened)) => Lying::Opened(store.clone(), opened.name.clone()),
            (Origin::Recorded, _, _) => Lying::Recorded(self.all_recorded()),
        }
    }

    /// Reads a conversation that is to be replayed.
    pub(super) fn read_script(&mut self, reading: Reading) -> Option<Msg> {
        let Reading { node, number, from, choice } = reading;
        let lying = match &from {
            ReadFrom::File(_) => Lying::Memory,
            ReadFrom::Traffic(origin) => self.lying(origin),
        };
        let work = move || {
            let read = match from {
                ReadFrom::File(path) => script::open(&path.to_string_lossy(), &choice),
                ReadFrom::Traffic(origin) => {
                    input(lying, &origin).and_then(|mut input| script::read(&mut input, &choice))
                }
            };
            // A notice has no lines.
            let in_one_line = |trouble: Trouble| Trouble { remedy: trouble.remedy.replace("\n  ", "; "), ..trouble };
            Msg::ScriptRead { node, number, outcome: read.map(|read| read.script).map_err(in_one_line) }
        };
        let error = self.chores.start(Chore::Read, work).err()?;
        let trouble = Trouble::new("replay", "the conversation", error, "try again");
        Some(Msg::ScriptRead { node, number, outcome: Err(trouble) })
    }
}

/// Saves it under a path.
///
/// # Errors
/// It cannot be read, what is chosen does not fit the form, or the disk is full.
pub fn save(lying: Lying, export: &Export, path: &Path) -> Result<PathBuf, Trouble> {
    let mut input = input(lying, &export.origin)?;
    convert::save(&mut input, export.form, &export.choice, path).map(|_| path.to_owned())
}

/// The traffic, to be read.
fn input(lying: Lying, origin: &Origin) -> Result<Input, Trouble> {
    Ok(match (lying, origin) {
        (Lying::Opened(store, name), _) => Input::of_parts(name, vec![Part::of_store(store, u64::MAX)]),
        (Lying::Recorded(recorded), _) => Input::of_parts("the recording", recorded.parts()?),
        (Lying::Memory, Origin::Memory(bytes)) => Input::of_parts("what was seen", vec![Part::of_bytes(bytes.clone())]),
        (Lying::Memory, Origin::Recorded) => Input::of_parts("what was seen", Vec::new()),
    })
}
