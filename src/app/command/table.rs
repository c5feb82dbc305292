//! All commands, a row each.

use super::{Action, Command, Kind, Place, Slot, Verb};
use crate::app::find::Verb as F;
use crate::app::lab::Verb as L;
use crate::app::overlay::Verb as O;
use crate::app::overlay::diff::Verb as D;
use crate::app::pane::PaneId;
use crate::app::pane::client::Verb as C;
use crate::app::pane::http::Verb as H;
use crate::app::pane::inspector::Verb as I;
use crate::app::pane::servers::Verb as S;
use crate::app::pane::traffic::Verb as T;
use crate::app::replay::Verb as R;
use crate::app::shares::Growth;
use crate::app::tap::Verb as P;
use crate::app::text_field::Verb as E;

use Action::{App, Client, Diff, Edit, Find, Http, Inspector, Lab, Over, Replay, Servers, Tap, Traffic};
use Place::{
    Always, Anywhere, Choice, Field, Finder, Form, Global, Held, Help, HttpBody, HttpSearch, Leftovers, Menu, Pane,
    Question, Quitting, ServerClients, Text,
};

const SERVERS: Place = Pane(PaneId::Servers);
const CLIENT: Place = Pane(PaneId::Client);
const CLIENT_FIELD: Place = Field(PaneId::Client);
const HTTP: Place = Pane(PaneId::Http);
const HTTP_FIELD: Place = Field(PaneId::Http);
const TRAFFIC: Place = Pane(PaneId::Traffic);
const FILTER_FIELD: Place = Field(PaneId::Traffic);
/// What of two frames is compared.
const EXTENT: Kind = Kind::OneOf(&["frames", "flows"]);

const INSPECTOR: Place = Pane(PaneId::Inspector);

/// All commands. The order within a place is that of help and footer.
pub static COMMANDS: &[Command] = &[
    row(App(Verb::NextPane), "next-pane", Anywhere, &["tab"], "go to the next pane", "panes"),
    row(App(Verb::PreviousPane), "previous-pane", Anywhere, &["shift-tab"], "go to the pane before", ""),
    row(App(Verb::Palette), "palette", Anywhere, &["ctrl-p"], "find a command by a few letters", "commands"),
    row(App(Verb::Help), "help", Anywhere, &["f1"], "show the keys that count now; again for all", ""),
    row(App(Verb::QuitNow), "quit-now", Always, &["ctrl-c"], "quit at once", ""),
    row(App(Verb::Suspend), "suspend", Always, &["ctrl-z"], "stop as a job; fg in the shell comes back", ""),
    row(App(Verb::Redraw), "redraw", Always, &["ctrl-l"], "draw the whole screen anew", ""),
    row(App(Verb::Zoom), "zoom", Global, &["z"], "fill the screen with the pane, or show all panes", "zoom"),
    row(App(Verb::Help), "help-keys", Global, &["?"], "show the keys that count now; again for all", ""),
    row(App(Verb::Quit), "quit", Global, &["q"], "quit; asks when something would be lost", ""),
    row(
        App(Verb::Back),
        "back",
        Global,
        &["esc"],
        "drop the selection, the search or the error, or leave the zoom",
        "",
    ),
    row(App(Verb::CommandLine), "command", Global, &[":"], "write a command, such as serve tcp://:7005 chat", ""),
    row(App(Verb::Address), "addr", Global, &["A"], "take an address or URL apart, in every notation", "")
        .taking(&[Slot::Rest("ADDRESS", Kind::Text)]),
    row(App(Verb::Log), "log", Global, &["L"], "read what was told: notices and errors, with their times", ""),
    row(App(Verb::Theme), "theme", Global, &["T"], "the next theme, or the one named", "")
        .taking(&[Slot::Word("NAME", Kind::Theme)]),
    row(
        App(Verb::Restore),
        "restore",
        Anywhere,
        &["ctrl-r"],
        "bring back the servers and clients of the last session",
        "",
    ),
    row(App(Verb::GoLeft), "go-left", Global, &["ctrl-w h", "ctrl-w left"], "go to the pane at the left", ""),
    row(App(Verb::GoDown), "go-down", Global, &["ctrl-w j", "ctrl-w down"], "go to the pane below", ""),
    row(App(Verb::GoUp), "go-up", Global, &["ctrl-w k", "ctrl-w up"], "go to the pane above", ""),
    row(App(Verb::GoRight), "go-right", Global, &["ctrl-w l", "ctrl-w right"], "go to the pane at the right", ""),
    row(App(Verb::Grow(Growth::Wider)), "pane-wider", Global, &[">", "ctrl-w >"], "make the pane wider", ""),
    row(App(Verb::Grow(Growth::Narrower)), "pane-narrower", Global, &["<", "ctrl-w <"], "make the pane narrower", ""),
    row(App(Verb::Grow(Growth::Taller)), "pane-taller", Global, &["+", "ctrl-w +"], "make the pane taller", ""),
    row(App(Verb::Grow(Growth::Shorter)), "pane-shorter", Global, &["-", "ctrl-w -"], "make the pane shorter", ""),
    row(
        App(Verb::EvenPanes),
        "panes-even",
        Global,
        &["=", "ctrl-w ="],
        "give the panes back the sizes that suit them",
        "",
    ),
    row(App(Verb::Go(PaneId::Servers)), "go-servers", Global, &["1"], "go to the servers", ""),
    row(App(Verb::Go(PaneId::Client)), "go-client", Global, &["2"], "go to the client", ""),
    row(App(Verb::Go(PaneId::Http)), "go-http", Global, &["3"], "go to the HTTP request", ""),
    row(App(Verb::Go(PaneId::Traffic)), "go-traffic", Global, &["4"], "go to the traffic", ""),
    row(App(Verb::Go(PaneId::Inspector)), "go-inspector", Global, &["5"], "go to the inspector", ""),
    row(App(Verb::Present), "present", Global, &["P"], "lay the screen out for a room, with the keys shown", ""),
    row(App(Verb::Caption), "caption", Global, &["C"], "say what is being shown; again takes it away", "")
        .taking(&[Slot::Rest("TEXT", Kind::Text)]),
    row(App(Verb::Record), "record", Global, &["W"], "stop recording, or go on; or record to a file", "")
        .taking(&[Slot::Word("start|stop", Kind::OneOf(&["start", "stop"])), Slot::Rest("FILE", Kind::File)]),
    row(App(Verb::Leftovers), "leftovers", Global, &["O"], "save or drop recordings of runs that ended badly", ""),
    row(Lab(L::Write), "write", Global, &[], "write the lab, as it is now, to a file", "")
        .taking(&[Slot::Rest("FILE", Kind::File)]),
    row(Lab(L::Pause), "lab-pause", Anywhere, &["f7"], "let the lab's time stand still, or go on", ""),
    row(Lab(L::Step), "lab-step", Anywhere, &["f8"], "do the lab's next step, and stand still there", ""),
    // Servers
    row(Servers(S::Open), "server-clients", SERVERS, &["enter"], "see the server's clients", "clients").taking(SERVER),
    row(Servers(S::New), "serve", SERVERS, &["n"], "make a server and start it", "new").taking(&[
        Slot::Word("URL", Kind::Listen),
        Slot::Word("BEHAVIOUR", Kind::Behaviour),
        Slot::Rest("WITH", Kind::With),
    ]),
    row(
        Servers(S::Toggle),
        "server-start-stop",
        SERVERS,
        &["s", "space"],
        "start the server, or stop it",
        "start/stop",
    )
    .taking(SERVER),
    row(Servers(S::Start), "server-start", SERVERS, &[], "start the server, if it does not run", "").taking(SERVER),
    row(Servers(S::Stop), "server-stop", SERVERS, &[], "stop the server, if it runs", "").taking(SERVER),
    row(Servers(S::Edit), "server-edit", SERVERS, &["e"], "change the server", "edit").taking(SERVER),
    row(Servers(S::Call), "server-call", SERVERS, &["c"], "point the client or HTTP pane at the server", "call")
        .taking(SERVER),
    row(Servers(S::Restart), "server-restart", SERVERS, &["r"], "stop the server and start it again", "")
        .taking(SERVER),
    row(Servers(S::Rename), "server-rename", SERVERS, &["R"], "give the server another name", "")
        .taking(&[Slot::Rest("NAME", Kind::Text)]),
    row(Servers(S::ReplyAll), "server-send-all", SERVERS, &["a"], "send a text to all clients of the server", "")
        .taking(&[Slot::Rest("TEXT", Kind::Text)]),
    row(Servers(S::Remove), "server-remove", SERVERS, &["x", "delete"], "stop the server and forget it", "remove")
        .taking(SERVER),
    row(Servers(S::Up), "server-up", SERVERS, &["up", "k"], "to the server above", ""),
    row(Servers(S::Down), "server-down", SERVERS, &["down", "j"], "to the server below", ""),
    // Taps
    row(Tap(P::Impair), "impair", SERVERS, &["i"], "delay, lose, cut … what passes the tap", "impair")
        .taking(&[Slot::Rest("IMPAIRMENT", Kind::Impairment)]),
    row(Tap(P::Profile), "profile", SERVERS, &["I"], "let the tap play a network: 3g, satellite, …", "")
        .taking(&[Slot::Word("NETWORK", Kind::Profile)]),
    row(Tap(P::Retarget), "retarget", SERVERS, &[], "let the tap connect who comes from now on elsewhere", "")
        .taking(&[Slot::Word("URL", Kind::Target)]),
    row(Tap(P::Clear), "impair-clear", SERVERS, &["X"], "let all pass the tap as it comes", ""),
    row(Tap(P::Pause), "tap-pause", SERVERS, &["p"], "stop what passes the tap, or let it go on", ""),
    row(Tap(P::Hold), "hold", SERVERS, &["H"], "hold every message at the tap, or let all go", "hold")
        .taking(&[Slot::Rest("FILTER", Kind::Text)]),
    row(Tap(P::Held), "held", SERVERS, &["m"], "look at the messages that the tap holds", "held"),
    row(Tap(P::Forward), "held-forward", Held, &["enter", "space"], "let the message go", "forward"),
    row(Tap(P::EditHeld), "held-edit", Held, &["e"], "change the message and let it go", "edit"),
    row(Tap(P::DropHeld), "held-drop", Held, &["x", "d", "delete"], "throw the message away", "drop"),
    row(Tap(P::ReleaseAll), "held-forward-all", Held, &["a"], "let all messages go", "all"),
    // A server's clients
    row(Tap(P::Inject), "inject", ServerClients, &["t"], "put a text in toward a tap's target", "")
        .taking(&[Slot::Word("server|client", Kind::OneOf(&["server", "client"])), Slot::Rest("TEXT", Kind::Text)]),
    row(Servers(S::Reply), "reply", ServerClients, &["enter", "i"], "send a text to this client", "reply"),
    row(Servers(S::ReplyAll), "reply-all", ServerClients, &["a"], "send a text to all clients", "send to all"),
    row(Servers(S::Finish), "client-close", ServerClients, &["f"], "close this connection (FIN)", "close"),
    row(Servers(S::Reset), "client-reset", ServerClients, &["x"], "reset this connection (RST)", "reset"),
    row(
        Servers(S::Follow),
        "client-follow",
        ServerClients,
        &["o"],
        "show this conversation alone in the traffic",
        "traffic",
    ),
    row(
        Servers(S::Back),
        "clients-back",
        ServerClients,
        &["esc", "backspace", "left", "h"],
        "back to the servers",
        "back",
    ),
    row(Servers(S::Up), "clients-up", ServerClients, &["up", "k"], "to the client above", ""),
    row(Servers(S::Down), "clients-down", ServerClients, &["down", "j"], "to the client below", ""),
    // Client, while a field has the keys
    row(
        Client(C::Send),
        "send-typed",
        CLIENT_FIELD,
        &["enter"],
        "send what is typed, connecting first if need be",
        "send",
    ),
    row(
        Client(C::Leave),
        "field-leave",
        CLIENT_FIELD,
        &["esc"],
        "leave the field: letters are then commands",
        "more keys",
    ),
    row(Client(C::Older), "payload-older", CLIENT_FIELD, &["up"], "the payload sent before", "history"),
    row(Client(C::Newer), "payload-newer", CLIENT_FIELD, &["down"], "the payload sent after", ""),
    row(Client(C::Notation), "payload-notation", CLIENT_FIELD, &["f2"], "write text or hex", ""),
    row(Client(C::Ending), "payload-ending", CLIENT_FIELD, &["f3"], "end with nothing, LF, CRLF or NUL", ""),
    row(
        Client(C::GiveUp),
        "client-give-up-typed",
        CLIENT_FIELD,
        &["ctrl-x"],
        "give up connecting, reading a file or repeating",
        "",
    ),
    // Client
    row(Client(C::Send), "send", CLIENT, &["enter"], "send the payload, connecting first if need be", "send")
        .taking(&[Slot::Rest("TEXT", Kind::Text)]),
    row(Client(C::EditPayload), "payload-edit", CLIENT, &["i"], "edit the payload", "type"),
    row(Client(C::EditTarget), "target-edit", CLIENT, &["t"], "edit the target", "target"),
    row(Client(C::Connect), "connect", CLIENT, &["c"], "connect, or disconnect", "connect")
        .taking(&[Slot::Word("URL", Kind::Target)]),
    row(Client(C::NewTab), "client-new", CLIENT, &["n"], "another client", "new")
        .taking(&[Slot::Word("URL", Kind::Target)]),
    row(Client(C::Finish), "finish", CLIENT, &["f"], "half-close: send FIN and go on reading", "FIN"),
    row(Client(C::Reset), "reset", CLIENT, &["x"], "reset the connection (RST)", "RST"),
    row(Client(C::Reconnect), "reconnect", CLIENT, &["r"], "disconnect and connect again", ""),
    row(Client(C::Repeat), "repeat", CLIENT, &["p"], "send N times, or every so often", "repeat"),
    row(Client(C::Stop), "repeat-stop", CLIENT, &["s"], "stop sending again and again", ""),
    row(Client(C::Settings), "client-settings", CLIENT, &["o"], "own address, TLS, multicast", ""),
    row(Client(C::File), "send-file", CLIENT, &["F"], "send a file's bytes", "")
        .taking(&[Slot::Rest("FILE", Kind::File)]),
    row(Client(C::Save), "payload-save", CLIENT, &["w"], "save the payload under a name", "")
        .taking(&[Slot::Rest("NAME", Kind::Text)]),
    row(Client(C::Saved), "payload-saved", CLIENT, &["b"], "take a saved payload", "")
        .taking(&[Slot::Word("NAME", Kind::Saved)]),
    row(Client(C::EditOutside), "payload-editor", CLIENT, &["e"], "edit the payload in $EDITOR", ""),
    row(Client(C::Notation), "notation", CLIENT, &["v", "f2"], "write text or hex", ""),
    row(Client(C::Ending), "ending", CLIENT, &["l", "f3"], "end with nothing, LF, CRLF or NUL", ""),
    row(Client(C::Older), "older", CLIENT, &["up", "k"], "the payload sent before", ""),
    row(Client(C::Newer), "newer", CLIENT, &["down", "j"], "the payload sent after", ""),
    row(Client(C::CloseTab), "client-forget", CLIENT, &["delete", "D"], "disconnect and forget this client", ""),
    row(Client(C::PreviousTab), "client-previous", CLIENT, &["["], "the client before", ""),
    row(Client(C::NextTab), "client-next", CLIENT, &["]"], "the next client", ""),
    row(Client(C::Follow), "client-traffic", CLIENT, &["g"], "show this conversation alone in the traffic", ""),
    row(
        Client(C::GiveUp),
        "client-give-up",
        CLIENT,
        &["ctrl-x"],
        "give up connecting, reading a file or repeating",
        "",
    ),
    // HTTP, while a field has the keys
    row(Http(H::Send), "http-send-typed", HTTP_FIELD, &["enter"], "send the request", "send"),
    row(Http(H::Cancel), "http-cancel-typed", HTTP_FIELD, &["ctrl-x"], "give the running request up", ""),
    row(Http(H::Leave), "http-leave", HTTP_FIELD, &["esc"], "leave the field: letters are then commands", "more keys"),
    row(Http(H::OlderUrl), "url-older", HTTP_FIELD, &["up"], "the URL requested before", "history"),
    row(Http(H::NewerUrl), "url-newer", HTTP_FIELD, &["down"], "the URL requested after", ""),
    row(Http(H::PageDown), "http-scroll-down", HTTP_FIELD, &["pagedown"], "scroll the response down", ""),
    row(Http(H::PageUp), "http-scroll-up", HTTP_FIELD, &["pageup"], "scroll the response up", ""),
    // HTTP search
    row(
        Http(H::Leave),
        "search-done",
        HttpSearch,
        &["enter", "esc"],
        "end the search; n and N go through its matches",
        "done",
    ),
    // HTTP body
    row(Http(H::Leave), "body-leave", HttpBody, &["esc"], "leave the body", "done"),
    row(Edit(E::NewLine), "body-new-line", HttpBody, &["enter"], "begin a new line", ""),
    row(Edit(E::Up), "body-up", HttpBody, &["up"], "to the line above", ""),
    row(Edit(E::Down), "body-down", HttpBody, &["down"], "to the line below", ""),
    row(Edit(E::PageUp), "body-page-up", HttpBody, &["pageup"], "up a page of the body", ""),
    row(Edit(E::PageDown), "body-page-down", HttpBody, &["pagedown"], "down a page of the body", ""),
    row(Http(H::Send), "body-send", HttpBody, &["f5"], "send the request", "send"),
    // HTTP
    row(Http(H::Send), "http", HTTP, &["enter", "f5"], "send the request", "send")
        .taking(&[Slot::Word("METHOD", Kind::MethodOrUrl), Slot::Rest("URL", Kind::Url)]),
    row(Http(H::EditUrl), "http-url", HTTP, &["i", "u"], "edit the URL", "URL"),
    row(Http(H::NextMethod), "http-method", HTTP, &["m"], "the next method", "method"),
    row(Http(H::Method), "http-method-other", HTTP, &["M"], "type any method", "")
        .taking(&[Slot::Word("METHOD", Kind::Method)]),
    row(Http(H::NextTab), "http-next-tab", HTTP, &["]", "right", "l"], "the tab after", "tabs"),
    row(Http(H::PreviousTab), "http-previous-tab", HTTP, &["[", "left", "h"], "the tab before", ""),
    row(Http(H::Cancel), "http-cancel", HTTP, &["x", "ctrl-x"], "give the running request up", ""),
    row(Http(H::View), "http-view", HTTP, &["v"], "see the response pretty, raw or as hex", "view"),
    row(Http(H::Add), "http-add", HTTP, &["a"], "add a header, query or form row", ""),
    row(Http(H::Edit), "http-edit", HTTP, &["e"], "edit the row or the body", ""),
    row(Http(H::EditOutside), "http-editor", HTTP, &["E"], "edit the body in $EDITOR", ""),
    row(Http(H::Switch), "http-switch", HTTP, &["space"], "switch the row on or off", ""),
    row(Http(H::Delete), "http-delete", HTTP, &["d", "delete"], "delete the row", ""),
    row(Http(H::BodyKind), "http-body-kind", HTTP, &["b"], "a body of text, a form or a file", "body"),
    row(Http(H::Verification), "http-verification", HTTP, &["V"], "check certificates, or only show them", ""),
    row(Http(H::Search), "http-search", HTTP, &["/"], "search the response", "")
        .taking(&[Slot::Rest("TEXT", Kind::Text)]),
    row(Http(H::NextMatch), "http-next-match", HTTP, &["n"], "the next match", ""),
    row(Http(H::PreviousMatch), "http-previous-match", HTTP, &["N"], "the match before", ""),
    row(Http(H::Save), "http-save", HTTP, &["w"], "save the response's body to a file", "")
        .taking(&[Slot::Rest("FILE", Kind::File)]),
    row(Http(H::Follow), "http-traffic", HTTP, &["o"], "show the bytes of this exchange in the traffic", ""),
    row(Http(H::Copy), "http-copy", HTTP, &["y"], "copy the response's body", ""),
    row(Http(H::CopyAs), "http-copy-as", HTTP, &["Y"], "copy the body as hex, base64, C, Rust, Python …", ""),
    row(Http(H::Page), "http-page", HTTP, &["|"], "read the response's body in $PAGER", ""),
    row(Http(H::Up), "http-up", HTTP, &["up", "k"], "up a row or line", ""),
    row(Http(H::Down), "http-down", HTTP, &["down", "j"], "down a row or line", ""),
    row(Http(H::PageUp), "http-page-up", HTTP, &["pageup"], "up a page", ""),
    row(Http(H::PageDown), "http-page-down", HTTP, &["pagedown"], "down a page", ""),
    row(Http(H::Top), "http-top", HTTP, &["g", "home"], "to the top", ""),
    row(Http(H::Bottom), "http-bottom", HTTP, &["G", "end"], "to the end", ""),
    // Traffic, while the filter has the keys
    row(Traffic(T::Leave), "filter-done", FILTER_FIELD, &["enter"], "keep the filter, go to the list", "done"),
    row(
        Traffic(T::Complete),
        "filter-complete",
        FILTER_FIELD,
        &["tab", "ctrl-n"],
        "complete a field, operator or value",
        "complete",
    ),
    row(Traffic(T::Older), "filter-older", FILTER_FIELD, &["up"], "the filter used before", "history"),
    row(Traffic(T::Newer), "filter-newer", FILTER_FIELD, &["down"], "the filter used after, or go to the list", ""),
    row(Traffic(T::Leave), "filter-leave", FILTER_FIELD, &["esc"], "leave the filter", ""),
    // Traffic
    row(Traffic(T::Inspect), "inspect", TRAFFIC, &["enter"], "look into the frame", "inspect"),
    row(Traffic(T::Filter), "filter", TRAFFIC, &["/"], "show only frames that hold a text or pass a filter", "filter")
        .taking(&[Slot::Rest("TEXT", Kind::Text)]),
    row(Find(F::Forth), "find", TRAFFIC, &["f"], "find a text, a regular expression or bytes, from here on", "find")
        .taking(&[Slot::Rest("TEXT", Kind::Text)]),
    row(Find(F::Back), "find-back", TRAFFIC, &["F"], "find the last before here", ""),
    row(Find(F::Next), "find-next", TRAFFIC, &["n"], "the next match", ""),
    row(Find(F::Previous), "find-previous", TRAFFIC, &["N"], "the match before", ""),
    row(Traffic(T::OnlyFlow), "only-flow", TRAFFIC, &["o"], "show this flow alone, or all again", "this flow"),
    row(
        Traffic(T::NextTab),
        "traffic-next-tab",
        TRAFFIC,
        &["]", "right", "l"],
        "the tab after: list, ladder, stream, stats",
        "tabs",
    ),
    row(Traffic(T::PreviousTab), "traffic-previous-tab", TRAFFIC, &["[", "left", "h"], "the tab before", ""),
    row(Traffic(T::Bottom), "follow", TRAFFIC, &["G", "end"], "to the newest frame, and follow", ""),
    row(Traffic(T::Top), "traffic-top", TRAFFIC, &["g", "home"], "to the oldest frame", ""),
    row(
        Traffic(T::Form),
        "stream-form",
        TRAFFIC,
        &["v"],
        "see the stream as text, escaped or hex; in the stats flows or nodes",
        "",
    ),
    row(Traffic(T::Sort), "stats-sort", TRAFFIC, &["s"], "sort the stats by the next column", ""),
    row(Traffic(T::SortRound), "stats-sort-round", TRAFFIC, &["S"], "turn the order of the stats round", ""),
    row(
        Traffic(T::Fold),
        "ladder-fold",
        TRAFFIC,
        &["-"],
        "in the ladder: alike frames as one line, or each its own",
        "",
    ),
    row(
        Traffic(T::FurtherLeft),
        "lifelines-left",
        TRAFFIC,
        &["<"],
        "ladder: lifelines further left; stats: figure before",
        "",
    ),
    row(
        Traffic(T::FurtherRight),
        "lifelines-right",
        TRAFFIC,
        &[">"],
        "ladder: lifelines further right; stats: figure after",
        "",
    ),
    row(Traffic(T::Copy), "traffic-copy", TRAFFIC, &["y"], "copy what is selected, or the frame's bytes, escaped", ""),
    row(Traffic(T::CopyAs), "traffic-copy-as", TRAFFIC, &["Y"], "copy them as hex, base64, C, Rust, Python …", ""),
    row(Traffic(T::Page), "traffic-page", TRAFFIC, &["|"], "read the frame, or the stream, in $PAGER", ""),
    row(Traffic(T::Mark), "mark", TRAFFIC, &["m", "space"], "mark the frame, or take its mark away", ""),
    row(Traffic(T::NextMark), "mark-next", TRAFFIC, &["'"], "to the next marked frame", ""),
    row(Traffic(T::PreviousMark), "mark-previous", TRAFFIC, &["\""], "to the marked frame before", ""),
    row(Traffic(T::ClearMarks), "marks-clear", TRAFFIC, &["U"], "take all marks away", ""),
    row(Traffic(T::Note), "note", TRAFFIC, &["a"], "write a note on the frame; it becomes the packet's comment", "")
        .taking(&[Slot::Rest("TEXT", Kind::Text)]),
    row(Traffic(T::Save), "save", TRAFFIC, &["w"], "save the traffic, or some: pcapng, pcap, jsonl, har, txt, svg", "")
        .taking(&[Slot::Rest("FILE WHAT", Kind::File)]),
    row(Replay(R::Again), "replay", TRAFFIC, &["r"], "send the conversation, or what is marked, again", "")
        .taking(&[Slot::Word("URL", Kind::Target), Slot::Rest("FILE#N", Kind::File)]),
    row(Diff(D::Open), "diff", TRAFFIC, &["D"], "compare two marked frames, or the marked one with this", "")
        .taking(&[Slot::Word("N", Kind::Text), Slot::Word("M", Kind::Text), Slot::Word("frames|flows", EXTENT)]),
    row(Diff(D::Next), "diff-next", Place::Diff, &["n", "right"], "the next difference", "next"),
    row(Diff(D::Previous), "diff-previous", Place::Diff, &["N", "p", "left"], "the difference before", ""),
    row(Diff(D::Turn), "diff-view", Place::Diff, &["tab", "v"], "the fields, or the bytes", "fields/bytes"),
    row(Diff(D::Widen), "diff-flows", Place::Diff, &["f"], "the frames, or their conversations", "flows"),
    row(Diff(D::Ignore), "diff-ignore", Place::Diff, &["i"], "let the field not count, or count again", "ignore"),
    row(Diff(D::Write), "diff-ignore-list", Place::Diff, &["e"], "write what is not to count", "list"),
    row(Replay(R::Edit), "edit-again", TRAFFIC, &["E"], "edit the frame, or the HTTP request, to send it", ""),
    row(Traffic(T::SelectUp), "stream-select-up", TRAFFIC, &["shift-up"], "select up, in the stream", ""),
    row(Traffic(T::SelectDown), "stream-select-down", TRAFFIC, &["shift-down"], "select down, in the stream", ""),
    row(Traffic(T::Clear), "filter-clear", TRAFFIC, &["c"], "take filter and flow away", ""),
    row(Traffic(T::Up), "traffic-up", TRAFFIC, &["up", "k"], "to the frame above", ""),
    row(Traffic(T::Down), "traffic-down", TRAFFIC, &["down", "j"], "to the frame below", ""),
    row(Traffic(T::PageUp), "traffic-page-up", TRAFFIC, &["pageup", "ctrl-b"], "a page up", ""),
    row(Traffic(T::PageDown), "traffic-page-down", TRAFFIC, &["pagedown", "ctrl-f"], "a page down", ""),
    // Inspector
    row(
        Inspector(I::Swap),
        "fields-or-bytes",
        INSPECTOR,
        &["enter", "x"],
        "between the fields and the bytes",
        "fields/bytes",
    ),
    row(
        Inspector(I::CopyAs),
        "copy-as",
        INSPECTOR,
        &["Y"],
        "copy the bytes as hex, base64, C, Rust, Python …",
        "copy as",
    ),
    row(Inspector(I::Fold), "fold", INSPECTOR, &["space"], "open or close the field", "fold"),
    row(Inspector(I::NextTab), "inspector-next-tab", INSPECTOR, &["]"], "the tab after: tree, hex, text", "tabs"),
    row(Inspector(I::PreviousTab), "inspector-previous-tab", INSPECTOR, &["["], "the tab before", ""),
    row(Inspector(I::Copy), "copy", INSPECTOR, &["y"], "copy what is selected, the field, or the byte", "copy"),
    row(Inspector(I::Page), "inspector-page", INSPECTOR, &["|"], "read what the tab shows in $PAGER", ""),
    row(Inspector(I::NextFrame), "next-frame", INSPECTOR, &["."], "the frame after", "next frame"),
    row(Inspector(I::PreviousFrame), "previous-frame", INSPECTOR, &[",", "p"], "the frame before", ""),
    row(Find(F::Forth), "inspector-find", INSPECTOR, &["f", "/"], "find it in the fields or the bytes", "find"),
    row(Find(F::Back), "inspector-find-back", INSPECTOR, &["F"], "find the last before here", ""),
    row(Find(F::Next), "inspector-find-next", INSPECTOR, &["n"], "the next match", ""),
    row(Find(F::Previous), "inspector-find-previous", INSPECTOR, &["N"], "the match before", ""),
    row(Traffic(T::Mark), "inspector-mark", INSPECTOR, &["m"], "mark the frame, or take its mark away", ""),
    row(Traffic(T::Note), "inspector-note", INSPECTOR, &["a"], "write a note on the frame", ""),
    row(
        Replay(R::Edit),
        "inspector-edit-again",
        INSPECTOR,
        &["E"],
        "edit the frame, or the HTTP request, to send it",
        "",
    ),
    row(Inspector(I::Back), "inspector-back", INSPECTOR, &["backspace"], "back to the list", ""),
    row(Inspector(I::Up), "inspector-up", INSPECTOR, &["up", "k"], "up a row", ""),
    row(Inspector(I::Down), "inspector-down", INSPECTOR, &["down", "j"], "down a row", ""),
    row(Inspector(I::Left), "inspector-left", INSPECTOR, &["left", "h"], "close the field, or a byte to the left", ""),
    row(
        Inspector(I::Right),
        "inspector-right",
        INSPECTOR,
        &["right", "l"],
        "open the field, or a byte to the right",
        "",
    ),
    row(Inspector(I::PageUp), "inspector-page-up", INSPECTOR, &["pageup"], "a page up", ""),
    row(Inspector(I::PageDown), "inspector-page-down", INSPECTOR, &["pagedown"], "a page down", ""),
    row(Inspector(I::Top), "inspector-top", INSPECTOR, &["g", "home"], "to the top", ""),
    row(Inspector(I::Bottom), "inspector-bottom", INSPECTOR, &["G", "end"], "to the end", ""),
    row(Inspector(I::Select), "select", INSPECTOR, &["v"], "select bytes or lines, or end that", ""),
    row(Inspector(I::SelectUp), "select-up", INSPECTOR, &["shift-up"], "select up", ""),
    row(Inspector(I::SelectDown), "select-down", INSPECTOR, &["shift-down"], "select down", ""),
    row(Inspector(I::SelectLeft), "select-left", INSPECTOR, &["shift-left"], "select to the left", ""),
    row(Inspector(I::SelectRight), "select-right", INSPECTOR, &["shift-right"], "select to the right", ""),
    // What to find
    row(Find(F::Done), "find-done", Place::Find, &["enter"], "stay at the match; n and N go on", "done"),
    row(
        Find(F::Notation),
        "find-notation",
        Place::Find,
        &["ctrl-t", "f2"],
        "write text, a regular expression or hex",
        "text, regex, hex",
    ),
    row(Find(F::Older), "find-older", Place::Find, &["up"], "what was searched for before", "history"),
    row(Find(F::Newer), "find-newer", Place::Find, &["down"], "what was searched for after", ""),
    row(Find(F::GiveUp), "find-give-up", Place::Find, &["esc"], "give it up, and go back", "give up"),
    // Any text
    row(Edit(E::Left), "text-left", Text, &["left", "ctrl-b"], "a letter to the left", ""),
    row(Edit(E::Right), "text-right", Text, &["right", "ctrl-f"], "a letter to the right", ""),
    row(Edit(E::WordLeft), "text-word-left", Text, &["alt-b", "ctrl-left", "alt-left"], "a word to the left", ""),
    row(Edit(E::WordRight), "text-word-right", Text, &["alt-f", "ctrl-right", "alt-right"], "a word to the right", ""),
    row(Edit(E::Start), "text-start", Text, &["home", "ctrl-a"], "to the start of the line", ""),
    row(Edit(E::End), "text-end", Text, &["end", "ctrl-e"], "to the end of the line", ""),
    row(Edit(E::Erase), "text-erase", Text, &["backspace", "ctrl-h"], "take the letter before the cursor away", ""),
    row(Edit(E::Delete), "text-delete", Text, &["delete", "ctrl-d"], "take the letter at the cursor away", ""),
    row(
        Edit(E::EraseWord),
        "text-erase-word",
        Text,
        &["ctrl-w", "alt-backspace"],
        "cut the word before the cursor",
        "",
    ),
    row(Edit(E::DeleteWord), "text-delete-word", Text, &["alt-d", "ctrl-delete"], "cut the word after the cursor", ""),
    row(Edit(E::KillToStart), "text-kill-to-start", Text, &["ctrl-u"], "cut all before the cursor", ""),
    row(Edit(E::KillToEnd), "text-kill-to-end", Text, &["ctrl-k"], "cut all behind the cursor", ""),
    row(Edit(E::Yank), "text-yank", Text, &["ctrl-y"], "put in what was cut last", ""),
    row(Edit(E::Undo), "text-undo", Text, &["ctrl-_", "alt-u"], "undo the last edit", ""),
    row(Edit(E::Redo), "text-redo", Text, &["alt-r"], "do the undone edit again", ""),
    row(Edit(E::Outside), "text-editor", Text, &["ctrl-o"], "edit the text in $EDITOR", ""),
    // What lies over the panes
    row(Over(O::All), "help-all", Help, &["?", "f1"], "all keys, or those that count now", "all keys"),
    row(Over(O::Search), "help-search", Help, &["/"], "search the keys", "search"),
    row(Over(O::Up), "menu-up", Menu, &["up", "k"], "up a row", ""),
    row(Over(O::Down), "menu-down", Menu, &["down", "j"], "down a row", ""),
    row(Over(O::PageUp), "menu-page-up", Menu, &["pageup", "ctrl-b"], "up a page", ""),
    row(Over(O::PageDown), "menu-page-down", Menu, &["pagedown", "ctrl-f", "space"], "down a page", ""),
    row(Over(O::Top), "menu-top", Menu, &["home", "g"], "to the top", ""),
    row(Over(O::Bottom), "menu-bottom", Menu, &["end", "G"], "to the end", ""),
    row(Over(O::Choose), "menu-choose", Menu, &["enter", "y"], "take the row, or copy it", "take"),
    row(Over(O::Close), "menu-close", Menu, &["esc", "q"], "close", "close"),
    row(Over(O::Up), "finder-up", Finder, &["up", "ctrl-p"], "up a row, or to the line written before", ""),
    row(Over(O::Down), "finder-down", Finder, &["down", "ctrl-n"], "down a row, or to the line written after", ""),
    row(Over(O::PageUp), "finder-page-up", Finder, &["pageup"], "up a page", ""),
    row(Over(O::PageDown), "finder-page-down", Finder, &["pagedown"], "down a page", ""),
    row(Over(O::Complete), "finder-complete", Finder, &["tab"], "complete the word", "complete"),
    row(Over(O::CompleteBack), "finder-complete-back", Finder, &["shift-tab"], "the completion before", ""),
    row(Over(O::Choose), "finder-choose", Finder, &["enter"], "run it", "run"),
    row(Over(O::Close), "finder-close", Finder, &["esc"], "close", "close"),
    row(Over(O::Choose), "form-hand-in", Form, &["enter"], "hand the form in", "done"),
    row(Over(O::Next), "form-next", Form, &["tab"], "to the next field", "next field"),
    row(Over(O::Previous), "form-previous", Form, &["shift-tab"], "to the field before", ""),
    row(Over(O::Down), "form-down", Form, &["down"], "to the line or field below", ""),
    row(Over(O::Up), "form-up", Form, &["up"], "to the line or field above", ""),
    row(Over(O::NewLine), "form-new-line", Form, &["alt-enter"], "begin a new line, where a field has several", ""),
    row(Over(O::Complete), "form-complete", Form, &["ctrl-n"], "complete what is written", "complete"),
    row(Over(O::CompleteBack), "form-complete-back", Form, &["ctrl-p"], "the completion before", ""),
    row(Over(O::Close), "form-give-up", Form, &["esc"], "give up", "give up"),
    row(Over(O::Left), "choice-left", Choice, &["left"], "the choice before", ""),
    row(Over(O::Right), "choice-right", Choice, &["right", "space"], "the choice after", ""),
    row(Over(O::Choose), "question-yes", Question, &["y", "Y", "enter"], "yes", "yes"),
    row(Over(O::Close), "question-no", Question, &["n", "N", "q", "esc"], "no", "no"),
    row(Over(O::Choose), "quit-yes", Quitting, &["enter", "y", "Y", "q"], "quit; what is not saved goes", "quit"),
    row(Over(O::Save), "quit-save", Quitting, &["s", "w"], "save the recording, then quit", "save, then quit"),
    row(Over(O::Close), "quit-no", Quitting, &["esc", "n", "N"], "go on", "go on"),
    row(Over(O::Choose), "leftover-save", Leftovers, &["enter", "s"], "save the recording under a name", "save as"),
    row(Over(O::Remove), "leftover-remove", Leftovers, &["x", "delete"], "throw the recording away", "throw away"),
    row(Over(O::Close), "leftover-keep", Leftovers, &["esc", "q"], "keep them for later", "keep for later"),
];

/// A server that is there.
const SERVER: &[Slot] = &[Slot::Word("SERVER", Kind::Server)];

const fn row(
    action: Action,
    name: &'static str,
    place: Place,
    keys: &'static [&'static str],
    words: &'static str,
    hint: &'static str,
) -> Command {
    Command { action, name, place, keys, words, hint, takes: &[] }
}
