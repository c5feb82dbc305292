//! The traffic pane: the list of frames, the ladder of them, one flow as a stream, or the figures of all.

mod figures;
mod ladder;
mod stats;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::{cursor_style, hex_room, list_rows, pitch};
use crate::app::pane::PaneId;
use crate::app::pane::traffic::{Following, Sieve, Tab, matches_on, shown as shown_stream};
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::app::selection::Selection;
use crate::app::world::World;
use crate::app::{State, motion};
use crate::filter::Mending;
use crate::model::bar::Bar;
use crate::model::stream::{StreamMode, StreamRow};
use crate::model::{Frame, FrameKind, Mark, Side, Timestamp, span, visible};
use crate::ui::part::{Keys, Question, column, cut, hint, lit, put, question, scrolled, size};
use crate::ui::theme::Theme;
use crate::ui::widget::Ink;
use crate::ui::widget::stream::{StreamView, layout};
use crate::ui::{Canvas, find};

/// Columns of a time of day, of the time since the row above, of a protocol's name and of a size.
const TIME: usize = 12;
const DELTA: usize = 7;
const PROTOCOL: usize = 5;
const BYTES: usize = 5;

/// The tabs.
pub fn tabs(state: &State) -> Vec<(String, bool)> {
    Tab::ALL.iter().map(|tab| (tab.title().to_owned(), *tab == state.traffic.tab)).collect()
}

/// The word at the end of the title.
pub fn note(state: &State) -> String {
    let traffic = &state.traffic;
    if traffic.tab == Tab::Stream && traffic.selection.is_some() {
        return "selected · y copies · esc drops".into();
    }
    if traffic.tab == Tab::Stats {
        return stats::note(state);
    }
    let mut words = Vec::new();
    if let Some(percent) = traffic.hunted(&state.timeline()) {
        return format!("searching {percent} % · esc gives up");
    }
    if let Some(flow) = traffic.only {
        words.push(format!("flow {flow} alone"));
    }
    match traffic.filter.text().trim() {
        "" => {}
        text => match &traffic.sieve {
            Some(Sieve::Expression(_)) => words.push(text.to_owned()),
            Some(Sieve::Text { .. }) | None => words.push(format!("with \"{text}\"")),
        },
    }
    if let Some(percent) = traffic.progress(&state.timeline()) {
        words.insert(0, format!("filtering {percent} %"));
    }
    if !words.is_empty() {
        // While the filter is typed, c is a letter.
        let (name, does) =
            if traffic.is_filter_edited() { ("text-kill-to-start", "empties") } else { ("filter-clear", "clears") };
        words.extend(state.keymap.keys_of(name).next().map(|key| format!("{} {does}", key.shown())));
    } else if traffic.tab == Tab::Stream {
        words.push(format!("as {}", traffic.mode.name()));
    } else if traffic.following == Following::Stays && state.focus == PaneId::Traffic {
        words.push("G follows".into());
    }
    words.join(" · ")
}

/// Draws the pane.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let area = find::draw(state, PaneId::Traffic, area, canvas);
    match state.traffic.tab {
        Tab::List => draw_list(state, area, canvas),
        Tab::Ladder => {
            let area = draw_filter(state, area, canvas);
            ladder::draw(state, area, canvas);
        }
        Tab::Stream => draw_stream(state, area, canvas),
        Tab::Stats => stats::draw(state, area, canvas),
    }
}

fn draw_list(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let area = draw_filter(state, area, canvas);
    // The heading stands above the scroll bar, and its columns leave room for one.
    let columns = Columns::of(state, area.width.saturating_sub(1));
    let area = if area.height > 4 {
        put(canvas, Rect { height: 1, ..area }, columns.heading(canvas.theme));
        Rect { y: area.y + 1, height: area.height - 1, ..area }
    } else {
        area
    };
    let all = state.timeline();
    let count = state.traffic.count(&all);
    let pitch = pitch(state, area.height);
    let page = usize::from(area.height.div_ceil(pitch));
    let top = state.traffic.top_row(&all, page);
    let area = scrolled(canvas, area, Scrolled::Frames, Bar::of_rows(top, page, count));
    if count == 0 {
        let words = if all.is_empty() {
            "  nothing yet; press ⏎ in the client or HTTP pane"
        } else if state.traffic.progress(&state.timeline()).is_some() {
            "  no frame found yet"
        } else {
            "  no frame passes; c clears the filter"
        };
        put(canvas, area, hint(words, canvas));
        canvas.regions.add(area, Target::Rows(PaneId::Traffic, 0));
        return;
    }
    let lines = list_rows(area, pitch, PaneId::Traffic, top, canvas);
    let number_at = |row| state.traffic.number_at(&all, row);
    let at_hand = |number| {
        let world = state.past.world_of(&state.world, number)?;
        Some((world, world.log.frame(number)?))
    };
    let mut before = top.checked_sub(1).and_then(number_at).and_then(at_hand).map(|(_, frame)| frame.at);
    for (row, index) in lines.into_iter().zip(top..count) {
        let Some(number) = number_at(index) else { break };
        if let Some((world, frame)) = at_hand(number) {
            put(canvas, row, columns.row(state, (world, frame), before, canvas.theme));
            before = Some(frame.at);
        } else {
            put(canvas, row, columns.awaited(state, number, canvas.theme));
            before = None;
        }
        if number == state.traffic.cursor {
            let style = cursor_style(state, PaneId::Traffic, canvas);
            canvas.frame.buffer_mut().set_style(row, style);
        }
    }
}

/// The filter's field, while it is edited; gives what is left below it.
fn draw_filter(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) -> Rect {
    if !state.traffic.is_filter_edited() || area.height < 2 {
        return area;
    }
    let keys = if state.focus == PaneId::Traffic { Keys::Here } else { Keys::Elsewhere };
    let (style, words, words_style) = judged(state, canvas.theme);
    let all = state.timeline();
    let count = format!("{} of {}", state.traffic.count(&all), all.len());
    let filter = &state.traffic.filter;
    question(canvas, area, &Question { sign: "/", field: filter, keys, style, count, words: (words, words_style) })
}

/// How the filter is coloured, and what is said below it: what is wrong, what is offered, or what it is taken for.
fn judged(state: &State, theme: &Theme) -> (Style, String, Style) {
    let traffic = &state.traffic;
    if let Some(problem) = &traffic.problem {
        let style = match problem.state {
            Mending::Wrong => theme.bad,
            Mending::Unfinished => theme.warn,
        };
        return (style, visible::escaped_hidden(&problem.to_string()), style);
    }
    let offered = traffic.completing.as_ref().filter(|offered| offered.is_of(traffic.filter.text()));
    if let Some(offered) = offered {
        let offers = &offered.completion.offers;
        let words = format!("{} of {}: {}", offered.taken + 1, offers.len(), offers[offered.taken].about);
        return (theme.text, words, theme.dim);
    }
    let words = match &traffic.sieve {
        None => "a text, or a filter: tcp.port == 7001",
        Some(Sieve::Text { .. }) => "taken as text; a filter is written tcp.port == 7001",
        Some(Sieve::Expression(_)) => "taken as a filter",
    };
    (theme.text, words.to_owned(), theme.dim)
}

/// Which columns there is room for, and how wide they are.
struct Columns {
    number: usize,
    has_time: bool,
    has_delta: bool,
    ends: usize,
    words: usize,
}

impl Columns {
    fn of(state: &State, width: u16) -> Self {
        let width = usize::from(width);
        let number = state.timeline().next_number().to_string().len().max(3);
        // Where there is not room for both and for words, how long it took tells more than what the clock said.
        let has_time = width >= 76;
        let has_delta = width >= 58;
        // Where there is room, both addresses are whole with their ports.
        let ends = if width >= 100 { (width / 3).min(45) } else { (width / 5).clamp(13, 30) };
        let time = if has_time { TIME + 1 } else { 0 };
        let delta = if has_delta { DELTA + 1 } else { 0 };
        let used = 2 + number + 1 + time + delta + ends + 1 + PROTOCOL + 1 + BYTES + 1;
        Self { number, has_time, has_delta, ends, words: width.saturating_sub(used) }
    }

    fn heading(&self, theme: &Theme) -> Vec<Span<'static>> {
        let (number, ends) = (self.number, self.ends);
        let time = if self.has_time { format!("{:<TIME$} ", "time") } else { String::new() };
        let delta = if self.has_delta { format!("{:>DELTA$} ", "Δ") } else { String::new() };
        let rest = format!("{:<ends$} {:<PROTOCOL$} {:>BYTES$} what", "from → to", "proto", "bytes");
        vec![Span::styled(format!("  {:>number$} {time}{delta}{rest}", "no"), theme.dim)]
    }

    /// A frame that is being read back.
    fn awaited(&self, state: &State, number: u64, theme: &Theme) -> Vec<Span<'static>> {
        let width = self.number;
        let mark = if number == state.traffic.cursor { "▸ " } else { "  " };
        vec![Span::styled(mark, theme.accent), Span::styled(format!("{number:>width$} …"), theme.dim)]
    }

    fn row(
        &self,
        state: &State,
        (world, frame): (&World, &Frame),
        before: Option<Timestamp>,
        theme: &Theme,
    ) -> Vec<Span<'static>> {
        let is_cursor = frame.number == state.traffic.cursor;
        let remark = state.world.remarks.of(frame.number);
        let cursor = if is_cursor { "▸" } else { " " };
        let width = self.number;
        let number = if motion::is_fresh(state, frame) { theme.accent } else { theme.dim };
        let mark = if remark.mark == Mark::On { ("◆", theme.warn) } else { (" ", theme.accent) };
        let note = remark.note.map_or((" ", number), |_| ("¶", theme.warn));
        let (sender, style) = row_style(world, frame, theme);
        let mut row = vec![
            Span::styled(cursor, theme.accent),
            Span::styled(mark.0, mark.1),
            Span::styled(format!("{:>width$}", frame.number), number),
            Span::styled(note.0, note.1),
        ];
        if self.has_time {
            row.push(Span::styled(format!("{:<TIME$} ", frame.at.clock(state.zone)), theme.dim));
        }
        if self.has_delta {
            let delta = before.map_or(String::new(), |before| format!("+{}", span(frame.at.since(before))));
            row.push(Span::styled(format!("{delta:>DELTA$} "), theme.dim));
        }
        row.push(Span::styled(format!("{} ", self.ends(world, frame)), sender));
        row.push(Span::styled(format!("{:<PROTOCOL$} ", cut(frame.protocol, PROTOCOL)), theme.dim));
        let bytes = frame.kind.data().map_or(String::new(), |_| size(frame.length()));
        row.push(Span::styled(format!("{bytes:>BYTES$} "), theme.text));
        let styles = (style, theme.dim, if is_cursor { theme.found_here() } else { theme.found() });
        let patterns = state.find.pattern.iter().chain(&state.traffic.sought);
        row.extend(lit(&frame.summary, self.words, styles, patterns));
        row
    }

    fn ends(&self, world: &World, frame: &Frame) -> String {
        let (one, other, to_other) = world.ends(frame);
        let text = match other {
            Some(other) => {
                let arrow = if to_other { "→" } else { "←" };
                let room = self.ends.saturating_sub(3);
                let first = cut(&one, room.saturating_sub(other.width()).max(room / 2));
                let second = cut(&other, room.saturating_sub(first.width()));
                format!("{first} {arrow} {second}")
            }
            None => one,
        };
        column(&text, self.ends)
    }
}

/// The colours of a row's ends and words.
fn row_style(world: &World, frame: &Frame, theme: &Theme) -> (Style, Style) {
    match &frame.kind {
        FrameKind::Data { direction, .. } => {
            let flow = frame.flow.and_then(|flow| world.flow(flow));
            let style = match flow.and_then(|flow| flow.sender(frame.node, *direction)) {
                Some(Side::Server) => theme.server,
                Some(Side::Client) | None => theme.client,
            };
            (style, theme.text)
        }
        FrameKind::Error(_) => (theme.bad, theme.bad),
        FrameKind::Lost { .. } | FrameKind::Impaired { .. } => (theme.warn, theme.warn),
        FrameKind::Step(_)
        | FrameKind::Opened { .. }
        | FrameKind::Finished(_)
        | FrameKind::Closed(_)
        | FrameKind::Note(_) => (theme.dim, theme.dim),
    }
}

fn draw_stream(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let Some((world, track)) = shown_stream(state) else {
        let words = if state.past.stream.is_awaited() {
            "  reading …"
        } else {
            "  choose a frame that carries bytes in the list; its whole conversation is read here"
        };
        put(canvas, area, vec![Span::styled(cut(words, usize::from(area.width)), canvas.theme.dim)]);
        return;
    };
    let ends = format!(" {} → {}", track.flow.client, track.flow.server);
    let flow = state.past.known(track.flow.id).map_or(&track.flow, |known| &known.flow);
    let totals = format!("   {}↦ {}↤", size(flow.to_server), size(flow.to_client));
    let room = usize::from(area.width);
    put(
        canvas,
        Rect { height: 1, ..area },
        vec![Span::styled(cut(&format!("{ends}{totals}"), room), canvas.theme.dim)],
    );
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if area.is_empty() {
        return;
    }
    let area = match state.traffic.mode {
        StreamMode::Hex => Rect { width: hex_room(state, 0, area.width), ..area },
        StreamMode::Text | StreamMode::Escaped => area,
    };
    let bytes = |number| world.log.frame(number).map(Frame::payload);
    let height = usize::from(area.height);
    let view = |width| {
        let layout = layout(state.traffic.mode, width);
        let top = state.traffic.stream_at.or_else(|| track.stream.end(layout, height, bytes))?;
        Some((layout, top, track.stream.window(top, height, layout, bytes)))
    };
    let bar = |top, rows: &[StreamRow]| {
        let (first, total) = track.stream.progress(top);
        Bar { first, shown: rows.iter().map(|row| row.span.len() as u64).sum(), total }
    };
    let Some((_, top, rows)) = view(area.width) else { return };
    let area = scrolled(canvas, area, Scrolled::Stream, bar(top, &rows));
    let Some((layout, top, rows)) = view(area.width) else { return };
    let ink = Ink { lit: canvas.theme.selected(), ..canvas.theme.ink(cursor_style(state, PaneId::Traffic, canvas)) };
    let selected = state.traffic.selection.as_ref().map(Selection::span);
    let pattern = state.find.pattern.as_ref();
    let found = pattern.map_or_else(Vec::new, |pattern| matches_on(pattern, &track.stream, &rows, &state.world));
    let found_here = state.traffic.found.clone();
    let view = StreamView { rows: &rows, layout, bytes, ink, selected, found: &found, found_here };
    canvas.frame.render_widget(view, area);
    canvas.regions.add(area, Target::Stream(layout, top));
}
