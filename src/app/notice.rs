//! What the user is told: notices fade, errors stay until read.

use std::time::Duration;

use crate::model::Timestamp;

/// How long a notice stays; long enough to read a line of it twice.
const STAYS: Duration = Duration::from_secs(4);

/// Errors kept; older ones have been on the screen and leave.
const ERRORS_KEPT: usize = 100;

/// The newest notice and the unread errors.
#[derive(Debug, Default)]
pub struct Notices {
    notice: Option<(String, Timestamp)>,
    errors: Vec<(Timestamp, String)>,
}

impl Notices {
    /// Shows a notice, in the place of the one before.
    pub fn say(&mut self, words: String, now: Timestamp) {
        self.notice = Some((words, now));
    }

    /// Shows an error until it is read.
    pub fn complain(&mut self, words: String, now: Timestamp) {
        if self.errors.last().is_some_and(|(_, last)| *last == words) {
            self.errors.pop();
        }
        self.errors.push((now, words));
        if self.errors.len() > ERRORS_KEPT {
            self.errors.remove(0);
        }
    }

    /// Takes the notice away once its time is over; true when it went.
    pub fn fade(&mut self, now: Timestamp) -> bool {
        let is_over = self.notice.as_ref().is_some_and(|(_, since)| now.since(*since) >= STAYS);
        if is_over {
            self.notice = None;
        }
        is_over
    }

    /// The newest error has been read. True when there was one.
    pub fn read(&mut self) -> bool {
        self.errors.pop().is_some()
    }

    /// The newest unread error and how many there are.
    pub fn error(&self) -> Option<(&str, usize)> {
        self.errors.last().map(|(_, words)| (words.as_str(), self.errors.len()))
    }

    /// The notice now shown.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_ref().map(|(words, _)| words.as_str())
    }
}
