//! What the app asks for, performed.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Instant;

use bytes::Bytes;

use super::chores::Chore;
use super::editor::Editing;
use super::session::{Ending, Presence, Session};
use super::{files, terminal};
use crate::app::{self, Alarm, EditUse, Effect, FileUse, Msg, WhenThere};
use crate::model::Trouble;
use crate::net::report::now;

impl Session {
    /// Takes a message in and performs what follows from it.
    pub(super) fn tell(&mut self, msg: Msg) {
        if redraws(&msg) {
            self.pace.changed();
        }
        let effects = app::update(&mut self.state, msg, now());
        self.perform_all(effects);
    }

    /// Performs effects and what follows from them.
    pub(super) fn perform_all(&mut self, effects: Vec<Effect>) {
        let mut told: VecDeque<Msg> = VecDeque::new();
        told.extend(effects.into_iter().filter_map(|effect| self.perform(effect)));
        while let Some(msg) = told.pop_front() {
            if redraws(&msg) {
                self.pace.changed();
            }
            for effect in app::update(&mut self.state, msg, now()) {
                told.extend(self.perform(effect));
            }
        }
    }

    /// Performs one effect; gives what the app is to be told at once.
    fn perform(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Net(command) => self.wire.send(command).err().map(Msg::Trouble),
            Effect::Wake { after, alarm } => {
                let added = self.timers.add(Instant::now() + after, alarm);
                let trouble = |_| Trouble::new("wait", format!("{after:?}"), "too much is waited for", "");
                added.err().map(trouble).map(Msg::Trouble)
            }
            Effect::Copy(text) => self.copy(&text),
            Effect::Edit { text, purpose } => self.edit(&text, purpose),
            Effect::ReadFile { path, purpose } => self.read(path, purpose),
            Effect::SaveFile { path, bytes, when_there } => self.save(path, bytes, when_there),
            Effect::KeepFile { path, bytes } => self.keep(path, bytes),
            Effect::ListFolder { folder, path } => self.list(folder, path),
            // At once: what is kept next must not be what is set aside.
            Effect::SetAside { path, aside } => files::set_aside(&path, &aside).err().map(Msg::Trouble),
            Effect::Redraw => {
                self.pace.changed();
                None
            }
            Effect::Suspend => {
                terminal::stop_the_job();
                None
            }
            Effect::Quit => {
                self.ending = Some(Ending::Quit);
                None
            }
        }
    }

    fn copy(&mut self, text: &str) -> Option<Msg> {
        if self.screen.copy(text).is_err() {
            self.ending = Some(Ending::TerminalGone);
        }
        None
    }

    fn read(&mut self, path: PathBuf, purpose: FileUse) -> Option<Msg> {
        let place = path.clone();
        let work = move || Msg::FileRead { purpose, outcome: files::read(&path) };
        let error = self.chores.start(Chore::Read, work).err()?;
        Some(Msg::FileRead { purpose, outcome: Err(files::from_io("read", &place, &error)) })
    }

    fn save(&mut self, path: PathBuf, bytes: Bytes, when_there: WhenThere) -> Option<Msg> {
        let place = path.clone();
        let work = move || match when_there {
            WhenThere::Ask if files::is_there(&path) => Msg::FileIsThere { path, bytes },
            WhenThere::Ask | WhenThere::Replace => Msg::FileSaved { outcome: files::save(&path, &bytes) },
        };
        let error = self.chores.start(Chore::Save, work).err()?;
        Some(Msg::FileSaved { outcome: Err(files::from_io("save", &place, &error)) })
    }

    fn keep(&mut self, path: PathBuf, bytes: Bytes) -> Option<Msg> {
        let place = path.clone();
        let work = move || {
            // When the folder cannot be made, saving says why.
            let _ = files::make_room_for(&path);
            Msg::FileKept { outcome: files::save(&path, &bytes).map(|_| ()), path }
        };
        let error = self.chores.start(Chore::Save, work).err()?;
        Some(Msg::FileKept { outcome: Err(files::from_io("save", &place, &error)), path: place })
    }

    fn list(&mut self, folder: String, path: PathBuf) -> Option<Msg> {
        let asked = folder.clone();
        let place = path.clone();
        let work = move || Msg::FolderListed { folder, outcome: files::list(&path) };
        let error = self.chores.start(Chore::Read, work).err()?;
        Some(Msg::FolderListed { folder: asked, outcome: Err(files::from_io("list", &place, &error)) })
    }

    /// Lends the terminal to the user's editor; the lab goes on meanwhile.
    fn edit(&mut self, text: &str, purpose: EditUse) -> Option<Msg> {
        if !matches!(self.presence, Presence::Here(_)) {
            let trouble = Trouble::new("edit", "the text", "the terminal is in other hands", "try again");
            return Some(Msg::Edited { purpose, outcome: Err(trouble) });
        }
        self.go_away();
        let editing = match Editing::start(text) {
            Ok(editing) => editing,
            Err(trouble) => {
                self.come_back();
                return Some(Msg::Edited { purpose, outcome: Err(trouble) });
            }
        };
        self.presence = Presence::Lent(editing.process());
        let started = self.chores.start(Chore::Edit, move || Msg::Edited { purpose, outcome: editing.finish() });
        let error = started.err()?;
        self.end_the_editor();
        self.come_back();
        Some(Msg::Edited { purpose, outcome: Err(Trouble::new("edit", "the text", error, "try again")) })
    }
}

/// Whether the screen may look different after a message. A tick, a drawn frame and what is kept in silence say so themselves, with
/// [`Effect::Redraw`]: else an idle program would draw for ever.
fn redraws(msg: &Msg) -> bool {
    match msg {
        Msg::Tick | Msg::Woken(Alarm::Keep) | Msg::FileKept { .. } | Msg::Settle | Msg::Drawn(_) | Msg::Ending => false,
        Msg::Kept(_)
        | Msg::Started
        | Msg::Key(_)
        | Msg::Mouse(_)
        | Msg::Paste(_)
        | Msg::Resized
        | Msg::Net(_)
        | Msg::Woken(Alarm::Repeat(_) | Alarm::Continuations(_))
        | Msg::FileRead { .. }
        | Msg::FileSaved { .. }
        | Msg::FileIsThere { .. }
        | Msg::FolderListed { .. }
        | Msg::Edited { .. }
        | Msg::Trouble(_) => true,
    }
}
