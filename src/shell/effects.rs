//! What the app asks of the terminal, performed.

use std::collections::VecDeque;

use super::chores::Chore;
use super::engine::Ending;
use super::lent::Lent;
use super::session::{Presence, Session};
use super::{editor, pager, terminal};
use crate::app::{Alarm, EditUse, Effect, Msg};
use crate::model::Trouble;

impl Session {
    /// Takes a message in and performs what follows from it.
    pub(super) fn tell(&mut self, msg: Msg) {
        let mut told = VecDeque::from([msg]);
        while let Some(msg) = told.pop_front() {
            if redraws(&msg) {
                self.pace.changed();
            }
            let effects = self.engine.update(msg);
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

    /// Performs one effect; gives what the app is to be told at once.
    fn perform(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Copy(text) => self.copy(text),
            Effect::Page(text) => self.page(&text),
            Effect::Edit { text, purpose } => self.edit(&text, purpose),
            Effect::Redraw => {
                self.pace.changed();
                None
            }
            Effect::Repaint => {
                if self.screen.repaint().is_err() {
                    self.engine.ending = Some(Ending::TerminalGone);
                }
                self.pace.changed();
                None
            }
            Effect::Suspend => {
                terminal::stop_the_job();
                None
            }
            Effect::Net(_)
            | Effect::Wake { .. }
            | Effect::ReadFile { .. }
            | Effect::ReadScript(_)
            | Effect::SaveFile { .. }
            | Effect::ListFolder { .. }
            | Effect::SetAside { .. }
            | Effect::KeepFile { .. }
            | Effect::Recall(_)
            | Effect::Record(_)
            | Effect::Answer { .. }
            | Effect::Quit => self.engine.perform(effect),
        }
    }

    fn copy(&mut self, text: String) -> Option<Msg> {
        if self.screen.send(self.clipboard.sequence(&text).as_bytes()).is_err() {
            self.engine.ending = Some(Ending::TerminalGone);
        }
        let clipboard = self.clipboard.clone();
        if !clipboard.has_programs() {
            return Some(Msg::Copied(clipboard.run(&text)));
        }
        let length = text.len();
        let error = self.engine.chores.start(Chore::Copy, move || Msg::Copied(clipboard.run(&text))).err()?;
        Some(Msg::Copied(Err(Trouble::new("copy", format!("{length} bytes"), error, "try again"))))
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
        self.engine.chores.start(Chore::Lend, move || wait(lent)).map_err(|error| {
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
        | Msg::Piped(..)
        | Msg::Lab { .. }
        | Msg::Asked { .. }
        | Msg::Woken(Alarm::Repeat(_) | Alarm::Continuations(_) | Alarm::Motion | Alarm::Lab)
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
