//! `-z conv`: who spoke with whom and how much, a conversation a line, laid out as by tshark 4.0.

use std::io::{self, Write};
use std::net::SocketAddr;

use super::{Failure, Telling};
use crate::capture::tally::{Conversation, Count, Tally};
use crate::model::{Timestamp, Transport, Trouble};

/// What stands above and below.
const RULE: &str = "================================================================================";

/// What stands above the columns, behind the two ends.
const GROUPS: &str = "|       <-      | |       ->      | |     Total     |    Relative    |   Duration   |";

/// What stands below that.
const COLUMNS: &str = "| Frames  Bytes | | Frames  Bytes | | Frames  Bytes |      Start     |              |";

/// Letters before the first bar.
const ENDS: usize = 59;

/// A prefix is taken where at least so many of it are left.
const WORTH_A_PREFIX: u64 = 10;

/// Counts the conversations of one transport.
#[derive(Debug)]
pub struct Conversations {
    transport: Transport,
    tally: Tally,
}

impl Conversations {
    /// Nothing counted yet.
    pub fn new(transport: Transport) -> Self {
        Self { transport, tally: Tally::new(transport) }
    }
}

impl Telling for Conversations {
    fn push(&mut self, bytes: &[u8], _: &mut dyn Write) -> io::Result<()> {
        self.tally.push(bytes);
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.tally.finish();
        let name = self.transport.name().to_uppercase();
        writeln!(out, "{RULE}\n{name} Conversations\nFilter:<No Filter>")?;
        writeln!(out, "{:ENDS$}{GROUPS}\n{:ENDS$}{COLUMNS}", "", "")?;
        let mut rows: Vec<&Conversation> = self.tally.conversations().iter().collect();
        // The order among equals stays: the one that began first.
        rows.sort_by_key(|row| std::cmp::Reverse(row.there.plus(row.back).packets));
        rows.into_iter().try_for_each(|row| writeln!(out, "{}", line(row, self.tally.began())))?;
        writeln!(out, "{RULE}")
    }

    fn trouble(&self) -> Option<&str> {
        self.tally.trouble()
    }

    fn undone(&self) -> Option<Failure> {
        let left_out = self.tally.left_out();
        (left_out > 0).then(|| {
            let what = format!("there are too many; {left_out} packets of more conversations are not in the table");
            Failure::Undone(Trouble::new("count", format!("{} conversations", self.transport.name()), what, ""))
        })
    }
}

fn line(row: &Conversation, began: Timestamp) -> String {
    let Conversation { one, other, there, back, .. } = row;
    let counts = [*back, *there, back.plus(*there)];
    let counts = counts.map(|Count { packets, bytes }| format!("{packets:>6} {:<9}", size(bytes))).join("  ");
    let (first, last) = (seconds(row.began, began), seconds(row.last, began));
    format!("{:<26} <-> {:<26}  {counts}  {first:>14.9}   {:>12.4}", end(*one), end(*other), last - first)
}

fn end(end: SocketAddr) -> String {
    format!("{}:{}", end.ip(), end.port())
}

/// Seconds since `began`.
fn seconds(at: Timestamp, began: Timestamp) -> f64 {
    let nanos = at.0.saturating_sub(began.0);
    (nanos / 1_000_000_000) as f64 + (nanos % 1_000_000_000) as f64 / 1e9
}

/// Bytes in few letters: `9999 bytes`, `12 kB`.
fn size(bytes: u64) -> String {
    let prefixes = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    let prefix = prefixes.into_iter().find(|(unit, _)| bytes / unit >= WORTH_A_PREFIX);
    prefix.map_or(format!("{bytes} bytes"), |(unit, name)| format!("{} {name}", bytes / unit))
}
