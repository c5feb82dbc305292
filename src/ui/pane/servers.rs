//! The servers pane: a row a server, or a row a client of one server.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::{cursor_style, list_rows, pitch};
use crate::app::State;
use crate::app::pane::PaneId;
use crate::app::pane::servers;
use crate::app::regions::Target;
use crate::app::scroll::Scrolled;
use crate::app::tap;
use crate::app::world::{Connection, Server, closing_words};
use crate::model::bar::Bar;
use crate::model::{ConnectionLife, ServerLife, span};
use crate::ui::part::{column, cut, put, scrolled, shown, size};
use crate::ui::theme::Theme;
use crate::ui::{Canvas, rows};

/// The word at the end of the title.
pub fn note(state: &State, is_folded: bool) -> String {
    let running = state.world.servers.iter().filter(|server| server.life.address().is_some()).count();
    match servers::current(state).filter(|_| state.servers.is_on_clients()) {
        Some(server) if is_folded => server.name.clone(),
        None if !is_folded && let Some(tap) = servers::current(state).filter(|server| server.is_tap()) => tap_note(tap),
        None if is_folded => format!("{running} of {} listening", state.world.servers.len()),
        Some(_) | None => String::new(),
    }
}

/// What a tap holds and does to what passes.
fn tap_note(tap: &Server) -> String {
    match (tap.held.len(), tap::in_words(&tap.shaping)) {
        (0, words) => words,
        (held, words) => format!("{held} held · {words}"),
    }
}

/// Draws the pane.
pub fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    match servers::current(state).filter(|_| state.servers.is_on_clients()) {
        Some(server) => draw_clients(state, server, area, canvas),
        None => draw_servers(state, area, canvas),
    }
}

fn draw_servers(state: &State, area: Rect, canvas: &mut Canvas<'_, '_>) {
    if state.world.servers.is_empty() {
        let words = " no servers; press n to make one";
        put(canvas, area, vec![Span::styled(words, canvas.theme.dim)]);
        return;
    }
    // All are seen at once rather than well apart.
    let has_room = usize::from(area.height) >= 2 * state.world.servers.len();
    let pitch = if has_room { pitch(state, area.height) } else { 1 };
    let (page, count) = (usize::from(area.height.div_ceil(pitch)), state.world.servers.len());
    let top = state.tops.servers.first(state.servers.at, page, count);
    let area = scrolled(canvas, area, Scrolled::Servers, Bar::of_rows(top, page, count));
    let lines = list_rows(area, pitch, PaneId::Servers, top, canvas);
    let widths = Widths::of(state, area.width);
    for (row, (index, server)) in lines.into_iter().zip(state.world.servers.iter().enumerate().skip(top)) {
        put(canvas, row, server_row(server, &widths, canvas.theme));
        if index == state.servers.at {
            let style = cursor_style(state, PaneId::Servers, canvas);
            canvas.frame.buffer_mut().set_style(row, style);
        }
    }
}

/// The widths of the columns that differ with what stands in them.
struct Widths {
    address: usize,
    name: usize,
    has_bytes: bool,
}

/// Columns beside address and name: the sign, the scheme, clients, and the gaps between.
const FIXED: usize = 3 + 5 + 1 + 1 + 4;

/// Columns of bytes in and out, and the least width of a pane that shows them.
const BYTES: usize = 5 + 6;
const ROOM_FOR_BYTES: u16 = 46;

/// Columns a name keeps however long the addresses are.
const LEAST_NAME: usize = 6;

impl Widths {
    fn of(state: &State, width: u16) -> Self {
        let has_bytes = width >= ROOM_FOR_BYTES;
        let rest = usize::from(width).saturating_sub(FIXED + if has_bytes { BYTES } else { 0 });
        let longest = |of: fn(&Server) -> String| {
            state.world.servers.iter().map(|server| cut(&of(server), rest).width()).max().unwrap_or(0)
        };
        // The address is what other programs need, so it is the last to be cut.
        let address = longest(Server::address).min(rest.saturating_sub(LEAST_NAME));
        let name = longest(label).min(rest.saturating_sub(address));
        Self { address, name, has_bytes }
    }
}

/// The server's name, and its behaviour where the name does not say it.
fn label(server: &Server) -> String {
    if server.is_tap() {
        let target = server.spec.argument.trim_start_matches("tcp://").trim_start_matches("127.0.0.1");
        format!("{} → {target}", server.name)
    } else if server.name.starts_with(&server.spec.behaviour) {
        server.name.clone()
    } else {
        format!("{} {}", server.name, server.spec.behaviour)
    }
}

fn server_row(server: &Server, widths: &Widths, theme: &Theme) -> Vec<Span<'static>> {
    let (dot, dot_style) = life_sign(&server.life, theme);
    let is_up = server.life.address().is_some();
    let text = if is_up { theme.text } else { theme.dim };
    let scheme = format!("{:<4} ", server.spec.listen.scheme.name());
    let address = format!("{} ", column(&server.address(), widths.address));
    let address_style = if server.is_open_to_the_network() { theme.bad } else { text };
    let name = format!("{} ", column(&label(server), widths.name));
    let clients = if is_up { format!("{:>2}⇄ ", size(server.open as u64)) } else { " –  ".into() };
    let clients_style = if server.open > 0 { theme.good } else { theme.dim };
    let is_bent = server.is_tap() && !tap::in_words(&server.shaping).is_empty();
    let name_style = if is_bent { theme.warn } else { text };
    let bytes = match (server.bytes_in, server.bytes_out) {
        (0, 0) => String::new(),
        _ if !widths.has_bytes => String::new(),
        (came, went) => format!("{:>5} {:>5}", size(came) + "↓", size(went) + "↑"),
    };
    vec![
        Span::styled(format!(" {dot} "), dot_style),
        Span::styled(scheme, theme.dim),
        Span::styled(address, address_style),
        Span::styled(name, name_style),
        Span::styled(clients, clients_style),
        Span::styled(bytes, theme.dim),
    ]
}

fn life_sign(life: &ServerLife, theme: &Theme) -> (&'static str, Style) {
    match life {
        ServerLife::Stopped => ("○", theme.dim),
        ServerLife::Starting | ServerLife::Stopping => ("◌", theme.warn),
        ServerLife::Listening(_) => ("●", theme.good),
        ServerLife::Failed(_) => ("✗", theme.bad),
    }
}

fn draw_clients(state: &State, server: &Server, area: Rect, canvas: &mut Canvas<'_, '_>) {
    let theme = canvas.theme;
    let (dot, dot_style) = life_sign(&server.life, theme);
    let heading = vec![
        Span::styled(" ‹ ", theme.accent),
        Span::styled(format!("{dot} "), dot_style),
        Span::styled(
            cut(&format!("clients of {}", server.name), usize::from(area.width).saturating_sub(6)),
            theme.text,
        ),
    ];
    put(canvas, Rect { height: 1, ..area }, heading);
    let area = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let at = state.servers.clients.map_or(0, |(_, at)| at);
    if server.connections.is_empty() {
        let words = match &server.life {
            ServerLife::Failed(trouble) => format!("   {trouble}"),
            ServerLife::Listening(address) => format!("   nobody yet; connect to {address}"),
            ServerLife::Stopped | ServerLife::Starting | ServerLife::Stopping => {
                "   not running; esc, then s starts it".into()
            }
        };
        let spans = shown(&words, usize::from(area.width), theme.dim, theme.dim);
        put(canvas, area, spans);
        return;
    }
    let (page, count) = (usize::from(area.height), server.connections.len());
    let top = state.tops.servers.first(at, page, count);
    let area = scrolled(canvas, area, Scrolled::Servers, Bar::of_rows(top, page, count));
    canvas.regions.add(area, Target::Rows(PaneId::Servers, top));
    for (row, (index, connection)) in rows(area).zip(servers::clients(server).enumerate().skip(top)) {
        let spans = connection_row(state, connection, usize::from(row.width), canvas.theme);
        put(canvas, row, spans);
        if index == at {
            let style = cursor_style(state, PaneId::Servers, canvas);
            canvas.frame.buffer_mut().set_style(row, style);
        }
    }
}

fn connection_row(state: &State, connection: &Connection, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let (sign, style, words) = match &connection.life {
        ConnectionLife::Open => ("●", theme.good, String::new()),
        ConnectionLife::FinishedByPeer => ("◐", theme.warn, "peer sent FIN".into()),
        ConnectionLife::FinishedByUs => ("◑", theme.warn, "we sent FIN".into()),
        ConnectionLife::Closed(how, _) => ("○", theme.dim, closing_words(how)),
        ConnectionLife::Failed(trouble) => ("✗", theme.bad, trouble.why.clone()),
        ConnectionLife::Idle | ConnectionLife::Connecting => ("◌", theme.dim, String::new()),
    };
    let name = state.world.flow(connection.flow).and_then(|flow| flow.client_node).map(|node| state.world.name(node));
    let peer = match name {
        Some(name) => format!("{name} {}", connection.peer),
        None => connection.peer.to_string(),
    };
    let bytes = format!("{}↓ {}↑", size(connection.bytes_in), size(connection.bytes_out));
    let since = format!("since {}", connection.since.clock(state.zone).get(..8).unwrap_or_default());
    let seen = if connection.life.is_open() {
        format!("seen {} ago", span(state.now.since(connection.last)))
    } else {
        words.clone()
    };
    let mut spans = vec![
        Span::styled(format!(" {sign} "), style),
        Span::styled(cut(&peer, width.saturating_sub(3).min(32)), theme.text),
    ];
    let mut room = width.saturating_sub(spans.iter().map(Span::width).sum());
    for text in [bytes, seen, if connection.life.is_open() { words } else { String::new() }, since] {
        // What does not fit whole is left out, with all that follows it.
        if text.width() + 2 > room {
            break;
        }
        if !text.is_empty() {
            room -= text.width() + 2;
            spans.push(Span::styled(format!("  {text}"), theme.dim));
        }
    }
    spans
}
