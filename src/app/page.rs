//! Texts for the user's pager: whole, and as safe to see as what is drawn here.

use std::fmt::Write as _;

use super::world::Track;
use super::{Effect, State};
use crate::model::hex::HexGeometry;
use crate::model::visible::{self, Wrap};
use crate::model::{FrameKind, FrameLog, Side};

/// The most bytes laid out for a pager: laying them out must not be felt.
const LIMIT: usize = 4 * 1024 * 1024;

/// The width hex dumps are laid out for.
const HEX_WIDTH: u16 = 80;

/// Hands a text to the pager, unless there is none.
pub fn show(state: &mut State, text: String) -> Vec<Effect> {
    if text.trim().is_empty() {
        state.say("there is no text here to show");
        return Vec::new();
    }
    vec![Effect::Page(text)]
}

/// Bytes as lines of text; their own line ends end lines, what cannot be seen is spelled out.
pub fn text(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(LIMIT)];
    let mut text = String::with_capacity(shown.len());
    for row in visible::rows(shown, usize::MAX, Wrap::Text) {
        text.push_str(&visible::joined(&row.pieces));
        text.push('\n');
    }
    text + &rest(bytes)
}

/// Bytes as a hex dump.
pub fn hex(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(LIMIT)];
    let per_row = HexGeometry::new(bytes.len(), HEX_WIDTH).per_row();
    let mut text = String::new();
    for (row, part) in shown.chunks(per_row).enumerate() {
        let digits: Vec<String> = part.iter().map(|byte| format!("{byte:02x}")).collect();
        let letters: String =
            part.iter().map(|byte| if matches!(byte, b' '..=b'~') { *byte as char } else { '.' }).collect();
        let _ =
            writeln!(text, "{:08x}  {:<width$}  {letters}", row * per_row, digits.join(" "), width = per_row * 3 - 1);
    }
    text + &rest(bytes)
}

/// A conversation as text: who speaks, and what, in the order in which it was sent.
pub fn stream(track: &Track, log: &FrameLog) -> String {
    let mut text = format!("{} → {}\n", track.flow.client, track.flow.server);
    let mut numbers: Vec<u64> = track.stream.newest_first().collect();
    numbers.reverse();
    let mut speaker = None;
    let mut left = LIMIT;
    for frame in numbers.into_iter().filter_map(|number| log.frame(number)) {
        let FrameKind::Data { direction, payload } = &frame.kind else { continue };
        let side = track.flow.sender(frame.node, *direction);
        if side != speaker {
            text.push_str(if side == Some(Side::Server) { "\n─── server\n" } else { "\n─── client\n" });
            speaker = side;
        }
        text.push_str(&self::text(&payload[..payload.len().min(left)]));
        left -= payload.len().min(left);
        if left == 0 {
            let _ = writeln!(text, "… only the first {} MiB are shown", LIMIT / 1024 / 1024);
            break;
        }
    }
    text
}

fn rest(bytes: &[u8]) -> String {
    match bytes.len().saturating_sub(LIMIT) {
        0 => String::new(),
        more => format!("… {more} more bytes are not shown\n"),
    }
}
