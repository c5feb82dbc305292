//! What the app asks for, performed.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Instant;

use bytes::Bytes;

use super::chores::Chore;
use super::exporting::{self, Lying};
use super::lent::Lent;
use super::session::{Ending, Presence, Session};
use super::{editor, files, pager, recordings, terminal};
use crate::app::notice::Kind;
use crate::app::recording::Told;
use crate::app::{self, Alarm, Content, EditUse, Effect, FileUse, Msg, WhenThere};
use crate::contract::NetFact;
use crate::model::Trouble;
use crate::net::report::now;

impl Session {
    /// Takes a message in and performs what follows from it.
    pub(super) fn tell(&mut self, msg: Msg) {
        let mut told = VecDeque::from([msg]);
        while let Some(msg) = told.pop_front() {
            if redraws(&msg) {
                self.pace.changed();
            }
            self.log_life(&msg);
            let known = self.state.notices.count();
            let effects = app::update(&mut self.state, msg, now());
            self.log_errors(known);
            told.extend(effects.into_iter().filter_map(|effect| self.perform(effect)));
        }
    }

    /// Performs effects and what follows from them.
    pub(super) fn perform_all(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Some(msg) = self.perform(effect) {
                self.tell(msg);
            }
        }
    }

    /// Notes what a server has become.
    fn log_life(&self, msg: &Msg) {
        let Msg::Net(event) = msg else { return };
        let Some(server) = self.state.world.server(event.node) else { return };
        let name = server.name.as_str();
        match &event.fact {
            NetFact::Listening(address) => tracing::info!(name, %address, "server listens"),
            NetFact::Stopped => tracing::info!(name, "server stopped"),
            NetFact::Failed(trouble) => tracing::warn!(name, %trouble, "server failed"),
            NetFact::Step(_)
            | NetFact::Opened { .. }
            | NetFact::Bridged(..)
            | NetFact::Data(..)
            | NetFact::Finished(..)
            | NetFact::Closed(..)
            | NetFact::Lost(..)
            | NetFact::Impaired { .. }
            | NetFact::Note(..)
            | NetFact::Replayed(..)
            | NetFact::Exchange(..)
            | NetFact::LookedUp(..)
            | NetFact::Kernel(_) => {}
        }
    }

    /// Notes the errors that the user was told since that many things were.
    fn log_errors(&self, known: u64) {
        let notices = &self.state.notices;
        let new = usize::try_from(notices.count() - known).unwrap_or(usize::MAX);
        for told in notices.told().iter().rev().take(new).filter(|told| told.kind == Kind::Unread) {
            tracing::warn!(words = told.words, "the user was told");
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
            Effect::Copy(text) => self.copy(text),
            Effect::Page(text) => self.page(&text),
            Effect::Edit { text, purpose } => self.edit(&text, purpose),
            Effect::ReadFile { path, purpose } => self.read(path, purpose),
            Effect::ReadScript(reading) => self.read_script(*reading),
            Effect::SaveFile { path, content, when_there } => self.save(path, content, when_there),
            Effect::Record(order) => self.order(order),
            Effect::KeepFile { path, bytes } => self.keep(path, bytes),
            Effect::ListFolder { folder, path } => self.list(folder, path),
            // At once: what is kept next must not be what is set aside.
            Effect::SetAside { path, aside } => files::set_aside(&path, &aside).err().map(Msg::Trouble),
            Effect::Recall(request) => self.recaller.ask(request).err().map(Msg::Recalled),
            Effect::Redraw => {
                self.pace.changed();
                None
            }
            Effect::Repaint => {
                if self.screen.repaint().is_err() {
                    self.ending = Some(Ending::TerminalGone);
                }
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

    fn copy(&mut self, text: String) -> Option<Msg> {
        if self.screen.send(self.clipboard.sequence(&text).as_bytes()).is_err() {
            self.ending = Some(Ending::TerminalGone);
        }
        let clipboard = self.clipboard.clone();
        if !clipboard.has_programs() {
            return Some(Msg::Copied(clipboard.run(&text)));
        }
        let length = text.len();
        let error = self.chores.start(Chore::Copy, move || Msg::Copied(clipboard.run(&text))).err()?;
        Some(Msg::Copied(Err(Trouble::new("copy", format!("{length} bytes"), error, "try again"))))
    }

    fn read(&mut self, path: PathBuf, purpose: FileUse) -> Option<Msg> {
        let place = path.clone();
        let work = move || Msg::FileRead { purpose, outcome: files::read(&path) };
        let error = self.chores.start(Chore::Read, work).err()?;
        Some(Msg::FileRead { purpose, outcome: Err(files::from_io("read", &place, &error)) })
    }

    fn save(&mut self, path: PathBuf, content: Content, when_there: WhenThere) -> Option<Msg> {
        let place = path.clone();
        let recorded = (content == Content::Recording).then(|| self.all_recorded());
        let lying = match &content {
            Content::Export(export) => self.lying(&export.origin),
            Content::Bytes(_) | Content::Recording | Content::Leftover(_) => Lying::Memory,
        };
        let work = move || match content {
            content if when_there == WhenThere::Ask && files::is_there(&path) => Msg::FileIsThere { path, content },
            Content::Bytes(bytes) => Msg::FileSaved { outcome: files::save(&path, &bytes) },
            Content::Export(export) => Msg::FileSaved { outcome: exporting::save(lying, &export, &path) },
            Content::Recording => Msg::Recording(Told::Saved(recorded.map_or_else(
                || Err(Trouble::new("save", path.display(), "nothing was recorded", "")),
                |recorded| recorded.save(&path),
            ))),
            Content::Leftover(leftover) => {
                let outcome = recordings::save_leftover(&leftover, &path);
                Msg::Recording(Told::LeftoverSaved(leftover, outcome))
            }
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
        let work = move |editing| Msg::Edited { purpose, outcome: editor::finish(editing) };
        let trouble = self.lend("edit", || editor::start(text), work).err()?;
        Some(Msg::Edited { purpose, outcome: Err(trouble) })
    }

    /// Lends it to the user's pager.
    fn page(&mut self, text: &str) -> Option<Msg> {
        let work = |paging| Msg::Paged(pager::finish(paging));
        let trouble = self.lend("page", || pager::start(text), work).err()?;
        Some(Msg::Paged(Err(trouble)))
    }

    /// Gives the terminal away and starts a program on it; `wait` tells how that ended.
    fn lend(
        &mut self,
        act: &'static str,
        start: impl FnOnce() -> Result<Lent, Trouble>,
        wait: impl FnOnce(Lent) -> Msg + Send + 'static,
    ) -> Result<(), Trouble> {
        if !matches!(self.presence, Presence::Here(_)) {
            return Err(Trouble::new(act, "the text", "the terminal is in other hands", "try again"));
        }
        self.go_away();
        let lent = start().inspect_err(|_| self.come_back())?;
        self.presence = Presence::Lent(lent.process());
        self.chores.start(Chore::Lend, move || wait(lent)).map_err(|error| {
            self.end_the_borrower();
            self.come_back();
            Trouble::new(act, "the text", error, "try again")
        })
    }
}

/// Whether the screen may look different after a message. A tick, a drawn frame, the terminal's background and what is
/// kept in silence say so themselves, with [`Effect::Redraw`]: else an idle program would draw for ever.
fn redraws(msg: &Msg) -> bool {
    match msg {
        Msg::Tick
        | Msg::Woken(Alarm::Keep)
        | Msg::FileKept { .. }
        | Msg::Settle
        | Msg::Drawn(_)
        | Msg::Background(_)
        | Msg::Copied(Ok(()))
        | Msg::Ending => false,
        Msg::Kept(_)
        | Msg::Present
        | Msg::Started
        | Msg::Key(_)
        | Msg::Mouse(_)
        | Msg::Paste(_)
        | Msg::Resized
        | Msg::Net(_)
        | Msg::Woken(Alarm::Repeat(_) | Alarm::Continuations(_) | Alarm::Motion)
        | Msg::FileRead { .. }
        | Msg::ScriptRead { .. }
        | Msg::FileSaved { .. }
        | Msg::FileIsThere { .. }
        | Msg::FolderListed { .. }
        | Msg::Open(_)
        | Msg::Opened(_)
        | Msg::Recalled(_)
        | Msg::Recording(_)
        | Msg::Edited { .. }
        | Msg::Copied(Err(_))
        | Msg::Paged(_)
        | Msg::Logs(_)
        | Msg::Trouble(_) => true,
    }
}
