//! What the user is told: notices fade, errors stay until read, and both are kept to be looked up.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::Timestamp;

/// How long a notice stays; long enough to read a line of it twice.
const STAYS: Duration = Duration::from_secs(4);

/// Notices and errors kept; a day's work at a few a minute.
pub const KEPT: usize = 1000;

/// Something the user was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When; of something told several times in a row, the last time.
    pub at: Timestamp,
    /// In which words.
    pub words: String,
    /// Whether it is good to know, or needs reading.
    pub kind: Kind,
    /// How often in a row.
    pub times: usize,
}

/// The sorts of things that are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something happened as it should.
    Notice,
    /// Something went wrong, and the user has not said to have read it.
    Unread,
    /// Something went wrong, and was read.
    Read,
}

/// All that was told, and the notice that is still shown.
#[derive(Debug, Default)]
pub struct Notices {
    shown: Option<(String, Timestamp)>,
    told: VecDeque<Told>,
    count: u64,
}

impl Notices {
    /// Shows a notice, in the place of the one before.
    pub fn say(&mut self, words: String, now: Timestamp) {
        self.keep(words.clone(), Kind::Notice, now);
        self.shown = Some((words, now));
    }

    /// Shows an error until it is read.
    pub fn complain(&mut self, words: String, now: Timestamp) {
        self.keep(words, Kind::Unread, now);
    }

    /// Takes the notice away once its time is over; true when it went.
    pub fn fade(&mut self, now: Timestamp) -> bool {
        let is_over = self.shown.as_ref().is_some_and(|(_, since)| now.since(*since) >= STAYS);
        if is_over {
            self.shown = None;
        }
        is_over
    }

    /// The newest unread error has been read. True when there was one.
    pub fn read(&mut self) -> bool {
        let newest = self.told.iter_mut().rev().find(|told| told.kind == Kind::Unread);
        newest.map(|told| told.kind = Kind::Read).is_some()
    }

    /// All errors have been read.
    pub fn read_all(&mut self) {
        while self.read() {}
    }

    /// The newest unread error and how many there are.
    pub fn error(&self) -> Option<(&str, usize)> {
        let mut unread = self.told.iter().rev().filter(|told| told.kind == Kind::Unread);
        let newest = unread.next()?;
        Some((&newest.words, 1 + unread.count()))
    }

    /// The notice now shown.
    pub fn notice(&self) -> Option<&str> {
        self.shown.as_ref().map(|(words, _)| words.as_str())
    }

    /// All that is kept, oldest first.
    pub fn told(&self) -> &VecDeque<Told> {
        &self.told
    }

    /// How often something was told since the start, what has left included.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What is said again at once is not kept twice.
    fn keep(&mut self, words: String, kind: Kind, at: Timestamp) {
        self.count += 1;
        let again = self.told.back().filter(|last| last.words == words && last.kind == kind).map(|last| last.times);
        if again.is_some() {
            self.told.pop_back();
        }
        self.told.push_back(Told { at, words, kind, times: again.unwrap_or(0) + 1 });
        if self.told.len() > KEPT {
            self.told.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000_000)
    }

    #[test]
    fn what_faded_and_what_was_read_is_still_kept_in_order() {
        let mut notices = Notices::default();
        notices.say("copied 74 bytes".into(), at(1));
        notices.complain("bind: no".into(), at(2));
        assert!(notices.fade(at(9)) && notices.read());
        assert_eq!((notices.notice(), notices.error()), (None, None));
        let kept: Vec<_> = notices.told().iter().map(|told| (told.at, told.words.as_str(), told.kind)).collect();
        assert_eq!(kept, [(at(1), "copied 74 bytes", Kind::Notice), (at(2), "bind: no", Kind::Read)]);
    }

    #[test]
    fn what_is_told_again_and_again_is_kept_once_and_counted() {
        let mut notices = Notices::default();
        for second in 1..=3 {
            notices.complain("bind: no".into(), at(second));
        }
        notices.read();
        notices.complain("bind: no".into(), at(4));
        let kept: Vec<_> = notices.told().iter().map(|told| (told.at, told.times, told.kind)).collect();
        assert_eq!(kept, [(at(3), 3, Kind::Read), (at(4), 1, Kind::Unread)], "what was read is another matter");
        assert_eq!(notices.count(), 4);
    }

    #[test]
    fn the_oldest_leave_when_there_are_too_many() {
        let mut notices = Notices::default();
        for number in 0..KEPT + 3 {
            notices.say(number.to_string(), at(0));
        }
        assert_eq!((notices.told().len(), notices.told()[0].words.as_str()), (KEPT, "3"));
    }
}
