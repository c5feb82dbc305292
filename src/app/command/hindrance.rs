//! Why a command cannot run now, in a few words.

use super::{Action, Verb};
use crate::app::pane::{self, client, http, inspector, servers, traffic};
use crate::app::{State, Zoom, find, lab, last_lab, overlay, replay, tap};
use crate::model::{ConnectionLife, Frame};

/// Why a command cannot run now; None when it can.
pub fn hindrance(state: &State, action: Action) -> Option<&'static str> {
    if action.pane().is_some_and(|pane| !pane::panes(state).contains(&pane)) {
        return Some(pane::NO_LAB);
    }
    match action {
        Action::App(Verb::Restore) if state.past.opened.is_some() => Some(pane::NO_LAB),
        Action::Replay(_) if state.past.opened.is_some() => Some(replay::NO_LAB),
        Action::App(verb) => of_app(state, verb),
        Action::Servers(verb) => of_servers(state, verb),
        Action::Tap(verb) => of_tap(state, verb),
        Action::Client(verb) => of_client(state, verb),
        Action::Http(verb) => of_http(state, verb),
        Action::Replay(verb) => of_replay(state, verb),
        Action::Lab(verb) => lab::hindrance(state, verb),
        Action::Traffic(verb) => of_traffic(state, verb),
        Action::Diff(verb) => overlay::diff::hindrance(state, verb),
        Action::Inspector(verb) => of_inspector(state, verb),
        Action::Find(verb) => of_find(state, verb),
        Action::Edit(_) => unless(pane::is_typing(state), "no text is being edited"),
        Action::Over(_) => Some("nothing lies over the panes"),
    }
}

fn unless(can: bool, why: &'static str) -> Option<&'static str> {
    (!can).then_some(why)
}

fn of_app(state: &State, verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Back => {
            let is_any = state.zoom == Zoom::On || state.notices.error().is_some() || state.find.pattern.is_some();
            unless(is_any, "there is nothing to back out of")
        }
        Verb::Restore => last_lab::hindrance(state),
        Verb::Leftovers => unless(!state.recording.leftovers.is_empty(), "no earlier run left a recording"),
        Verb::NextPane
        | Verb::PreviousPane
        | Verb::Go(_)
        | Verb::GoLeft
        | Verb::GoDown
        | Verb::GoUp
        | Verb::GoRight
        | Verb::Zoom
        | Verb::Help
        | Verb::Palette
        | Verb::CommandLine
        | Verb::Address
        | Verb::Theme
        | Verb::Quit
        | Verb::QuitNow
        | Verb::Suspend
        | Verb::Redraw
        | Verb::Grow(_)
        | Verb::EvenPanes
        | Verb::Log
        | Verb::Present
        | Verb::Caption
        | Verb::Record => None,
    }
}

fn of_servers(state: &State, verb: servers::Verb) -> Option<&'static str> {
    use servers::Verb as V;
    let client = servers::current_client(state);
    let can_send = client.is_some_and(|client| client.life.can_send());
    let is_open = client.is_some_and(|client| client.life.is_open());
    match verb {
        V::New => None,
        V::Up
        | V::Down
        | V::Edit
        | V::Toggle
        | V::Start
        | V::Stop
        | V::Restart
        | V::Rename
        | V::Remove
        | V::Open
        | V::Call => unless(servers::current(state).is_some(), "there is no server"),
        V::ReplyAll => {
            unless(servers::current(state).is_some_and(|server| server.open > 0), "the server has no clients")
        }
        V::Back => unless(state.servers.is_on_clients(), "no server's clients are shown"),
        V::Reply => unless(can_send, "no open client of a server is chosen"),
        V::Finish | V::Reset => unless(is_open, "no open client of a server is chosen"),
        V::Follow => unless(client.is_some(), "no client of a server is chosen"),
    }
}

fn of_tap(state: &State, verb: tap::Verb) -> Option<&'static str> {
    use tap::Verb as V;
    let Some(current) = tap::current(state) else { return Some("there is no tap") };
    match verb {
        V::Impair | V::Profile | V::Pause | V::Hold | V::Held | V::Retarget => None,
        V::Clear => unless(!tap::in_words(&current.shaping).is_empty(), "all passes as it comes already"),
        V::Inject => unless(
            servers::current_client(state).is_some_and(|client| client.life.is_open()),
            "no open client of a tap is chosen",
        ),
        V::Forward | V::EditHeld | V::DropHeld | V::ReleaseAll => {
            unless(!current.held.is_empty(), "no message is held now")
        }
    }
}

fn of_client(state: &State, verb: client::Verb) -> Option<&'static str> {
    use client::Verb as V;
    if verb == V::NewTab {
        return None;
    }
    let Some(tab) = state.client.current() else { return Some("there is no client") };
    let client = state.world.client(tab.node);
    let is_open = client.is_some_and(|client| client.life.is_open());
    match verb {
        V::Finish | V::Reset => unless(is_open, "the client is not connected"),
        V::Follow => unless(client.is_some_and(|client| client.flow.is_some()), "the client has not connected yet"),
        V::Stop => unless(tab.repeat.is_some(), "nothing is sent again and again"),
        V::GiveUp => unless(client::is_busy(state, tab), "nothing is under way"),
        V::Saved => unless(!state.client.saved.all().is_empty(), "no payload is saved yet"),
        V::NextTab | V::PreviousTab => unless(state.client.tabs.len() > 1, "there is one client only"),
        V::Older | V::Newer => unless(!state.client.payloads.is_empty(), "nothing was sent yet"),
        V::Leave => unless(state.client.editing().is_some(), "no field is being edited"),
        V::Reconnect => {
            let is_idle = client.is_some_and(|client| matches!(client.life, ConnectionLife::Idle));
            unless(!is_idle, "the client has not connected yet")
        }
        V::Send
        | V::Connect
        | V::EditPayload
        | V::EditOutside
        | V::EditTarget
        | V::Notation
        | V::Ending
        | V::Settings
        | V::Repeat
        | V::File
        | V::Save
        | V::NewTab
        | V::CloseTab => None,
    }
}

fn of_http(state: &State, verb: http::Verb) -> Option<&'static str> {
    use http::Verb as V;
    let model = &state.http;
    let exchange = model.exchange.as_ref();
    let has_row = model.rows().is_some_and(|(_, rows)| model.at < rows.len());
    match verb {
        V::Cancel => unless(exchange.is_some_and(http::Exchange::is_running), "no request is under way"),
        V::View | V::Search => unless(exchange.is_some(), "there is no response yet"),
        V::Save | V::Copy | V::CopyAs | V::Page => {
            unless(exchange.is_some_and(|exchange| exchange.body.received > 0), "there is no response body")
        }
        V::NextMatch | V::PreviousMatch => unless(!model.search.text().is_empty(), "nothing is searched for"),
        V::Follow => unless(model.flow.is_some(), "no request was sent yet"),
        V::Switch | V::Delete => unless(has_row, "no header, query or form row is chosen"),
        V::Leave => unless(pane::is_typing(state), "no field is being edited"),
        V::OlderUrl | V::NewerUrl => unless(!model.urls.is_empty(), "nothing was requested yet"),
        V::Send
        | V::EditUrl
        | V::NextMethod
        | V::Method
        | V::NextTab
        | V::PreviousTab
        | V::Up
        | V::Down
        | V::PageUp
        | V::PageDown
        | V::Top
        | V::Bottom
        | V::Add
        | V::Edit
        | V::EditOutside
        | V::BodyKind
        | V::Verification => None,
    }
}

fn of_traffic(state: &State, verb: traffic::Verb) -> Option<&'static str> {
    use traffic::Verb as V;
    let frame = state.world.log.frame(state.traffic.cursor);
    let is_filtered = state.traffic.only.is_some() || !state.traffic.filter.text().is_empty();
    match verb {
        V::Up | V::Down | V::PageUp | V::PageDown | V::Top | V::Bottom | V::Inspect | V::Save => {
            unless(!state.world.log.is_empty(), "nothing was seen yet")
        }
        V::OnlyFlow => unless(state.traffic.flow(&state.past, &state.world).is_some(), "the frame belongs to no flow"),
        V::Copy | V::CopyAs => {
            unless(frame.is_some_and(|frame| !frame.payload().is_empty()), "the frame carries no bytes")
        }
        V::Page | V::Mark | V::Note => unless(frame.is_some(), "no frame is chosen"),
        V::NextMark | V::PreviousMark | V::ClearMarks => unless(state.world.remarks.marked() > 0, "no frame is marked"),
        V::Clear => unless(is_filtered, "nothing is filtered"),
        V::Leave | V::Complete => unless(state.traffic.is_filter_edited(), "the filter is not being edited"),
        V::SelectUp | V::SelectDown => unless(state.traffic.tab == traffic::Tab::Stream, "only a stream has lines"),
        V::Fold => unless(state.traffic.tab == traffic::Tab::Ladder, "only the ladder folds"),
        V::FurtherLeft | V::FurtherRight => unless(
            matches!(state.traffic.tab, traffic::Tab::Ladder | traffic::Tab::Stats),
            "only the ladder and the stats have something there",
        ),
        V::Sort | V::SortRound => unless(state.traffic.tab == traffic::Tab::Stats, "only the stats are sorted"),
        V::Older | V::Newer => unless(!state.traffic.filters.is_empty(), "nothing was filtered yet"),
        V::Filter | V::NextTab | V::PreviousTab | V::Form => None,
    }
}

fn of_replay(state: &State, verb: replay::Verb) -> Option<&'static str> {
    if state.past.opened.is_some() {
        return Some("a file is looked through; replay it in a lab: replay URL FILE#N, or from the shell");
    }
    match verb {
        replay::Verb::Again => {
            let is_any = state.traffic.flow(&state.past, &state.world).is_some() || state.world.remarks.marked() > 0;
            unless(is_any, "the frame belongs to no conversation")
        }
        replay::Verb::Edit => {
            unless(state.traffic.flow(&state.past, &state.world).is_some(), "the frame belongs to no conversation")
        }
    }
}

fn of_find(state: &State, verb: find::Verb) -> Option<&'static str> {
    use find::Verb as V;
    match verb {
        V::Forth | V::Back | V::Next | V::Previous => unless(!state.world.log.is_empty(), "nothing was seen yet"),
        V::Done | V::GiveUp | V::Notation | V::Older | V::Newer => {
            unless(state.find.is_asked_in(state.focus), "what to find is not being written")
        }
    }
}

fn of_inspector(state: &State, verb: inspector::Verb) -> Option<&'static str> {
    use inspector::Verb as V;
    let has_bytes = !state.inspector.bytes.is_empty();
    let frame: Option<&Frame> = state.world.log.frame(state.inspector.frame);
    match verb {
        V::CopyAs | V::Select | V::SelectUp | V::SelectDown | V::SelectLeft | V::SelectRight => {
            unless(has_bytes, "the frame carries no bytes")
        }
        V::Swap
        | V::Fold
        | V::Copy
        | V::Page
        | V::Up
        | V::Down
        | V::Left
        | V::Right
        | V::PageUp
        | V::PageDown
        | V::Top
        | V::Bottom
        | V::PreviousFrame
        | V::NextFrame => unless(frame.is_some(), "no frame is chosen"),
        V::NextTab | V::PreviousTab | V::Back => None,
    }
}
