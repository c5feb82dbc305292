//! What frames the panes: the header, their titles and tabs, the footer, the error.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::symbols::line;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr;

use super::layout::Slot;
use super::part::{cut, key_hint, put, size, size_in_words};
use super::theme::Theme;
use super::{Canvas, pane, rows};
use crate::app::State;
use crate::app::command::{self, COMMANDS, Place};
use crate::app::lab::Running;
use crate::app::overlay::Overlay;
use crate::app::pane::{PaneId, servers};
use crate::app::past::{Opened, Progress};
use crate::app::places;
use crate::app::recording::Life;
use crate::app::regions::Target;
use crate::app::world::Server;
use crate::app::{command::Action, command::Verb};
use crate::model::size::grouped;
use crate::model::visible;

/// Hints a footer holds at most.
const HINTS: usize = 8;

/// Hints of the pane's own that a footer holds however narrow it is.
const LEAST_OWN: usize = 2;

/// Columns between two hints, and where there is less room.
const GAPS: [u16; 2] = [3, 2];

/// Cells of the bar that shows how far a file has been read.
const PROGRESS_CELLS: u64 = 12;

/// Rows an error may take; the rest of a longer one is cut.
const ERROR_ROWS: usize = 5;

/// The top row: the name, and the lab in numbers.
pub fn header(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    if let Some(opened) = &state.past.opened {
        return opened_header(state, opened, area, canvas);
    }
    let theme = canvas.theme;
    let running = state.world.servers.iter().filter(|server| server.life.address().is_some()).count();
    let mut facts = vec![counted(running, "server"), counted(state.world.flows.open_count(), "flow")];
    if let Some(rate) = state.world.frames_per_second(state.now) {
        facts.push(format!("{} frames/s", size(rate)));
    }
    let mut right: Vec<Span<'static>> = vec![Span::styled(facts.join("  "), theme.dim)];
    let forgotten = state.timeline().first_number() - 1;
    if forgotten > 0 {
        right.push(Span::styled(format!("  {} frames are gone", size(forgotten)), theme.warn));
    }
    if state.world.lost > 0 {
        let words = if state.world.lost == 1 { "message" } else { "messages" };
        right.push(Span::styled(format!("  {} {words} lost", size(state.world.lost)), theme.bad));
    }
    right.extend(recording(state, theme));
    if let Some(key) = help_key(state) {
        right.push(Span::raw("   "));
        right.extend(key_hint(&key, "help ", canvas));
    }
    let right = Line::from(right);
    let room = usize::from(area.width).saturating_sub(right.width() + 13);
    let mut name = vec![Span::styled(" wirelab", theme.accent.add_modifier(Modifier::BOLD))];
    match &state.lab {
        None => name.push(Span::styled(" · built-in lab", theme.dim)),
        Some(running) => name.extend(lab(state, running, room, theme)),
    }
    let left = Line::from(name);
    if left.width() + right.width() + 2 <= usize::from(area.width) {
        canvas.frame.render_widget(&left, area);
    }
    canvas.frame.render_widget(right.right_aligned(), area);
}

/// Of the lab of a file: what it shows, how far its time and its steps are, and what was found.
fn lab(state: &State, running: &Running, room: usize, theme: &Theme) -> Vec<Span<'static>> {
    let (done, steps) = running.steps();
    let time = match running.time(state.now) {
        Some(_) if running.verdict.is_over => "over".to_owned(),
        Some(time) => format!("{time:.0?}"),
        None => "coming up".to_owned(),
    };
    let steps = if steps > 0 { format!("  step {done}/{steps}") } else { String::new() };
    let course = format!("  {time}{steps}");
    let verdict = &running.verdict;
    let all = verdict.held + verdict.failed.len() as u64;
    let found = if all > 0 { format!("  {}/{all} as expected", verdict.held) } else { String::new() };
    let paused = if running.is_paused() { "  paused" } else { "" };
    let taken = course.len() + found.len() + paused.len();
    let title = if running.lab.title.is_empty() { &running.file } else { &running.lab.title };
    let title = visible::joined(&visible::line(title.as_bytes(), room.saturating_sub(taken)));
    let style = if verdict.failed.is_empty() { theme.good } else { theme.bad };
    vec![
        Span::styled(format!(" · {title}"), theme.dim),
        Span::styled(course, theme.dim),
        Span::styled(found, style),
        Span::styled(paused, theme.warn),
    ]
}

/// The top row over a file: its name, and how far it has been read.
fn opened_header(state: &State, opened: &Opened, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let frames = state.timeline().len() as u64;
    let mut right = vec![Span::styled(format!("{} frames", grouped(frames)), theme.dim)];
    match opened.progress {
        Progress::Done => {}
        Progress::Reading(read, Some(total)) if total > 0 => {
            let done = (read.min(total) * PROGRESS_CELLS / total) as usize;
            let bar = |cells: usize, symbol: &str| symbol.repeat(cells);
            right.push(Span::styled(format!("  {}", bar(done, "━")), theme.accent));
            right.push(Span::styled(bar(PROGRESS_CELLS as usize - done, "─"), theme.line));
            right.push(Span::styled(format!(" {:>3} %", read.min(total) * 100 / total), theme.dim));
        }
        Progress::Reading(read, _) => right.push(Span::styled(format!("  reading, {} so far", size(read)), theme.dim)),
    }
    if let Some(key) = help_key(state) {
        right.push(Span::raw("   "));
        right.extend(key_hint(&key, "help ", canvas));
    }
    let right = Line::from(right);
    let room = usize::from(area.width).saturating_sub(right.width() + 13);
    let name = visible::joined(&visible::line(opened.name.as_bytes(), room));
    let left = Line::from(vec![
        Span::styled(" wirelab", theme.accent.add_modifier(Modifier::BOLD)),
        Span::styled(format!(" · {name}"), theme.dim),
    ]);
    canvas.frame.render_widget(left, area);
    canvas.frame.render_widget(right.right_aligned(), area);
}

/// How much is recorded: in the colour of what goes on, in grey when it was stopped, and as a warning when it failed.
fn recording(state: &State, theme: &Theme) -> Vec<Span<'static>> {
    let (sign, style) = match state.recording.life {
        Life::Off => return Vec::new(),
        Life::On => ("●", theme.bad),
        Life::Stopped => ("○", theme.dim),
        Life::Failed => ("✗", theme.warn),
    };
    let words = if state.recording.life == Life::On { theme.dim } else { style };
    let bytes = size_in_words(state.recording.bytes());
    let mut spans = vec![Span::styled(format!("   {sign}"), style), Span::styled(format!(" rec {bytes}"), words)];
    if state.recording.left_out > 0 {
        spans.push(Span::styled(format!(", {} left out", size_in_words(state.recording.left_out)), theme.warn));
    }
    if state.recording.missed > 0 {
        spans.push(Span::styled(format!(", {} frames missing", size(state.recording.missed)), theme.warn));
    }
    spans
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The key that shows the help where the keys are now.
fn help_key(state: &State) -> Option<String> {
    let is_help = |row: &&command::Command| row.action == Action::App(Verb::Help);
    let counts = |row: &&command::Command| places(state).contains(&row.place);
    let mut keys = COMMANDS.iter().filter(is_help).filter(counts).rev().map(|row| state.keymap.shown(row));
    keys.find(|key| !key.is_empty())
}

/// A pane's title row: number, name, tabs, a line to the edge, and a word at its end.
pub fn title(state: &State, slot: &Slot, canvas: &mut Canvas<'_, '_>) {
    let area = slot.title();
    canvas.regions.add(area, Target::Title(slot.pane));
    let has_keys = state.focus == slot.pane;
    let theme = canvas.theme;
    let (name_style, line_style) =
        if has_keys { (theme.accent.add_modifier(Modifier::BOLD), theme.accent) } else { (theme.text, theme.line) };
    let width = usize::from(area.width);
    let mut spans = vec![
        Span::styled(format!(" {} ", slot.pane.number()), if has_keys { theme.accent } else { theme.dim }),
        Span::styled(format!("{} ", slot.pane.title()), name_style),
    ];
    let used = Line::from(spans.clone()).width() as u16;
    let place = Rect { x: area.x + used, width: area.width.saturating_sub(used), ..area };
    spans.extend(tab_strip(&pane::tabs(state, slot.pane), slot.pane, name_style, place, canvas));
    let left = Line::from(spans);
    let left_width = left.width();
    // Beside the words, not under them: they would keep what they do not change of its style.
    let rule = Rect { x: area.x + left_width.min(width) as u16, ..area };
    let rest = width.saturating_sub(left_width);
    canvas.frame.buffer_mut().set_stringn(rule.x, rule.y, line::HORIZONTAL.repeat(rest), rest, line_style);
    canvas.frame.render_widget(left, Rect { width: area.width.min(left_width as u16), ..area });
    let room = width.saturating_sub(left_width + 2);
    let note = pane::note(state, slot.pane, slot.area.height <= 1);
    if !note.is_empty() && room >= 8 {
        let text = format!(" {} ", cut(&note, room - 2));
        let note_width = text.width() as u16;
        let place = Rect { x: area.right() - note_width - 1, width: note_width, ..area };
        canvas.frame.render_widget(Clear, place);
        canvas.frame.render_widget(Line::styled(text, theme.dim), place);
    }
}

/// A pane's tabs, the one shown in brackets. Where there is no room for all, those around it, and a sign.
fn tab_strip(
    tabs: &[(String, bool)],
    pane: PaneId,
    chosen: Style,
    area: Rect,
    canvas: &mut Canvas<'_, '_>,
) -> Vec<Span<'static>> {
    let at = tabs.iter().position(|(_, is_chosen)| *is_chosen).unwrap_or(0);
    let width = |tabs: &[(String, bool)]| tabs.iter().map(|(name, _)| name.width() + 2).sum::<usize>();
    let room = usize::from(area.width).saturating_sub(2);
    let (mut first, mut last) = (0, tabs.len());
    while width(&tabs[first..last]) > room && last - first > 1 {
        if last - 1 > at { last -= 1 } else { first += 1 }
    }
    let mut spans = Vec::new();
    let mut x = area.x;
    if first > 0 {
        spans.push(Span::styled("…", canvas.theme.dim));
        x += 1;
    }
    for (index, (name, is_chosen)) in tabs.iter().enumerate().take(last).skip(first) {
        let (text, style) =
            if *is_chosen { (format!("[{name}]"), chosen) } else { (format!(" {name} "), canvas.theme.dim) };
        let width = text.width() as u16;
        canvas.regions.add(Rect { x, width, height: 1, ..area }.intersection(area), Target::Tab(pane, index));
        x += width;
        spans.push(Span::styled(text, style));
    }
    if last < tabs.len() {
        spans.push(Span::styled("…", canvas.theme.dim));
    }
    if !tabs.is_empty() {
        spans.push(Span::raw(" "));
    }
    spans
}

/// The bottom row: the keys that count now, and the newest notice.
pub fn footer(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let width = usize::from(area.width);
    let notice = state.notices.notice().map(|words| format!(" {} ", cut(words, width.saturating_sub(4))));
    let room = width.saturating_sub(notice.as_ref().map_or(0, |words| words.width()));
    let counts = |row: &&command::Command| {
        !has_keys_of_its_own(state) && !row.hint.is_empty() && state.keymap.keys_of(row.name).next().is_some()
    };
    let here = places(state).iter().flat_map(|place| COMMANDS.iter().filter(move |row| row.place == *place));
    // What only a tap can do is of interest at a tap, and there before all else.
    let is_of_tap = |row: &&command::Command| matches!(row.action, Action::Tap(_));
    let (mut of_taps, others): (Vec<&command::Command>, Vec<_>) = here.partition(is_of_tap);
    of_taps.retain(|row| is_on_tap(state) && command::hindrance(state, row.action).is_none());
    let here = of_taps.into_iter().chain(others);
    let hint = |row: &'static command::Command| {
        let line = Line::from(key_hint(&state.keymap.shown(row), row.hint, canvas).to_vec());
        (row, line)
    };
    let hints: Vec<_> = here.filter(counts).map(hint).collect();
    let (hints, gap) = fitting(hints, room.saturating_sub(1));
    let mut x = area.x + 1;
    for (row, hint) in hints {
        let hint_width = hint.width() as u16;
        if usize::from(x - area.x + hint_width) > room {
            break;
        }
        let place = Rect { x, y: area.y, width: hint_width, height: 1 };
        canvas.frame.render_widget(hint, place);
        canvas.regions.add(place, Target::Press(row.action));
        x += hint_width + gap;
    }
    if let Some(words) = notice {
        let width = (words.width() as u16).min(area.width);
        let place = Rect { x: area.right() - width, width, ..area };
        canvas.frame.render_widget(Line::styled(words, canvas.theme.good), place);
    }
}

/// Whether the server under the cursor is a tap.
fn is_on_tap(state: &State) -> bool {
    servers::current(state).is_some_and(Server::is_tap)
}

/// Whether what lies over the panes tells its keys itself.
fn has_keys_of_its_own(state: &State) -> bool {
    match &state.overlay {
        Some(
            Overlay::Help(_)
            | Overlay::Address(_)
            | Overlay::Log(_)
            | Overlay::Form(_)
            | Overlay::Ask(..)
            | Overlay::Leftovers(_)
            | Overlay::Held(..)
            | Overlay::Diff(_),
        ) => true,
        Some(Overlay::Palette(_) | Overlay::CommandLine(_) | Overlay::Saved(_) | Overlay::CopyAs(_)) | None => false,
    }
}

/// A command and its key and word as the footer has them.
type Hint = (&'static command::Command, Line<'static>);

/// At most [`HINTS`], and the columns between two. Those that count everywhere keep their places at the end; where there
/// is less room the others make it, the last of them first.
fn fitting(hints: Vec<Hint>, room: usize) -> (Vec<Hint>, u16) {
    let is_own = |(row, _): &Hint| !matches!(row.place, Place::Global | Place::Anywhere);
    let (mut own, general): (Vec<_>, Vec<_>) = hints.into_iter().partition(is_own);
    own.truncate(HINTS.saturating_sub(general.len()));
    loop {
        let width: usize = own.iter().chain(&general).map(|(_, hint)| hint.width()).sum();
        let gaps = (own.len() + general.len()).saturating_sub(1);
        for gap in GAPS {
            if width + gaps * usize::from(gap) <= room {
                return (own.into_iter().chain(general).collect(), gap);
            }
        }
        if own.len() <= LEAST_OWN {
            return (own.into_iter().chain(general).collect(), GAPS[1]);
        }
        own.pop();
    }
}

/// The newest unread error, over the bottom of the panes.
pub fn error(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let Some((words, count)) = state.notices.error() else { return };
    if area.height < 3 || area.width < 12 {
        return;
    }
    let theme = canvas.theme;
    let mut last = Vec::new();
    if count > 1 {
        last.push(Span::styled(format!("{} more   ", count - 1), theme.dim));
        let log = COMMANDS.iter().find(|row| row.action == Action::App(Verb::Log));
        let key = log.map_or(String::new(), |row| state.keymap.shown(row));
        last.extend(key_hint(&key, "reads all   ", canvas));
    }
    last.extend(key_hint("esc", "dismisses ", canvas));
    let last = Line::from(last);
    let width = usize::from(area.width).saturating_sub(4);
    let mut lines = visible::folded(words, width);
    lines.truncate(usize::from(area.height - 2).min(ERROR_ROWS));
    let fits = lines.last().is_some_and(|line| line.width() + last.width() + 2 <= width);
    let height = lines.len() as u16 + u16::from(!fits);
    let place = Rect { y: area.bottom().saturating_sub(1 + height), height, ..area };
    canvas.frame.render_widget(Clear, place);
    for (index, (row, line)) in rows(place).zip(lines).enumerate() {
        let sign = if index == 0 { " ✗ " } else { "   " };
        put(canvas, row, vec![Span::styled(sign, theme.bad), Span::styled(line, theme.bad)]);
    }
    let row = Rect { y: place.bottom().saturating_sub(1), height: 1, ..place };
    canvas.frame.render_widget(last.right_aligned(), row);
    canvas.regions.add(place, Target::Press(Action::App(Verb::Back)));
}
