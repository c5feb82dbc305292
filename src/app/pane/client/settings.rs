//! A client's settings, and the forms in which they are changed.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::Tab;
use crate::app::State;
use crate::app::command::Kind;
use crate::app::form::{Field, Form, Purpose};
use crate::app::forms::Forms;
use crate::contract::{CastSpec, ClientSpec, TlsSpec, Verification};
use crate::model::{Endpoint, NodeId};

const SOURCE: &str = "own address";
const SERVER_NAME: &str = "TLS name";
const VERIFY: &str = "TLS verify";
const ALPN: &str = "TLS ALPN";
const JOIN: &str = "multicast";
const INTERFACE: &str = "interface";
const TTL: &str = "TTL";
const TIMES: &str = "times";
const EVERY: &str = "every";

/// The longest name of a protocol (RFC 7301 section 3.1).
const ALPN_LONGEST: usize = 255;

/// Settings beyond target and payload, as the contract takes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The own address to bind first.
    pub source: Option<String>,
    /// What TLS asks for and checks.
    pub tls: TlsSpec,
    /// Broadcast and multicast.
    pub cast: CastSpec,
}

impl Settings {
    /// The client these settings make of a target.
    pub fn spec(&self, target: Endpoint) -> ClientSpec {
        ClientSpec { target, source: self.source.clone(), tls: self.tls.clone(), cast: self.cast.clone() }
    }
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The form of a client's settings.
pub fn settings_form(tab: &Tab, forms: &Forms) -> Form {
    let settings = &tab.settings;
    // A client that nothing was set of begins with what was last set, but for what makes TLS unsafe.
    let is_new = *settings == Settings::default();
    let last = |label| forms.last("client-settings", label).filter(|_| is_new).map(str::to_owned);
    let text = |label, value: &Option<String>| last(label).or_else(|| value.clone()).unwrap_or_default();
    let verify = match settings.tls.verification {
        Verification::On => "on",
        Verification::Off => "off",
    };
    let alpn = Some(settings.tls.alpn.join(", "));
    let join = Some(if settings.cast.join { "join" } else { "send" }.to_owned());
    let verify_choices = vec![("on", "the certificate must hold"), ("off", "it is only shown; for this client alone")];
    let join_choices = vec![("send", "only send to the group"), ("join", "join the target's group and hear it")];
    let fields =
        vec![
            Field::text_field(
                SOURCE,
                text(SOURCE, &settings.source),
                "bind to this first: 127.0.0.1:5000 or :5000; empty lets the system pick",
            )
            .of(Kind::OneOf(&["127.0.0.1", "127.0.0.1:5000", ":5000", "[::1]:5000"])),
            Field::text_field(
                SERVER_NAME,
                text(SERVER_NAME, &settings.tls.server_name),
                "for tls://: the name asked for and checked; empty takes the target's",
            ),
            Field::choice(VERIFY, verify_choices, verify),
            Field::text_field(ALPN, text(ALPN, &alpn), "protocols offered, best first: h2, http/1.1")
                .of(Kind::OneOf(&["h2, http/1.1", "http/1.1", "h2"])),
            Field::choice(JOIN, join_choices, &text(JOIN, &join)),
            Field::text_field(
                INTERFACE,
                text(INTERFACE, &settings.cast.interface),
                "for multicast: an address, an index or a name; empty lets the system pick",
            ),
            Field::text_field(
                TTL,
                text(TTL, &settings.cast.ttl.map(|ttl| ttl.to_string())),
                "for multicast: hops, 0 to 255; empty is 1",
            ),
        ];
    Form::new("Client settings", Purpose::ClientSettings(tab.node), fields)
}

/// The settings a filled-in form asks for.
///
/// # Errors
/// Says which entry is wrong, and what would be right.
pub fn read_settings(form: &Form) -> Result<Settings, String> {
    let ttl = match form.text(TTL).trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| format!("\"{text}\" is no TTL; write a number from 0 to 255"))?),
    };
    let alpn: Vec<String> = form.text(ALPN).split(',').filter_map(filled).collect();
    if let Some(long) = alpn.iter().find(|protocol| protocol.len() > ALPN_LONGEST) {
        return Err(format!("the name of a protocol has at most {ALPN_LONGEST} bytes; this one has {}", long.len()));
    }
    let verification = if form.text(VERIFY) == "off" { Verification::Off } else { Verification::On };
    let source = filled(form.text(SOURCE));
    if let Some(source) = source.as_deref().filter(|source| !is_own_address(source)) {
        return Err(format!("\"{source}\" is no own address; write 127.0.0.1:5000, :5000 or 10.0.0.1"));
    }
    let server_name = filled(form.text(SERVER_NAME));
    if let Some(name) =
        server_name.as_deref().filter(|name| name.contains(['/', ':', ' ']) && name.parse::<IpAddr>().is_err())
    {
        return Err(format!("\"{name}\" is no TLS name; write a host's name alone, such as example.org"));
    }
    Ok(Settings {
        source,
        tls: TlsSpec { server_name, verification, alpn },
        cast: CastSpec { join: form.text(JOIN) == "join", interface: filled(form.text(INTERFACE)), ttl },
    })
}

/// Whether a client could be bound to it: an IP address, a port, or both.
fn is_own_address(text: &str) -> bool {
    let is_port = text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let is_bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).is_some_and(is_ip);
    is_port || is_bracketed || is_ip(text) || text.parse::<SocketAddr>().is_ok()
}

fn is_ip(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// Takes the settings over.
///
/// # Errors
/// Says which entry is wrong.
pub fn submit_settings(state: &mut State, node: NodeId, form: &Form) -> Result<(), String> {
    let settings = read_settings(form)?;
    let tab = state.client.tab_mut(node).ok_or("this client is gone")?;
    tab.settings = settings;
    tab.connected_to = None;
    state.say("settings hold from the next connection on");
    Ok(())
}

/// The form for sending again and again.
pub fn repeat_form(tab: &Tab, forms: &Forms) -> Form {
    let last = |label, usual| forms.last("repeat", label).unwrap_or(usual);
    let fields = vec![
        Field::text_field(TIMES, last(TIMES, "10"), "how many; empty goes on until you press s"),
        Field::text_field(EVERY, last(EVERY, "1s"), "time between two: 200ms, 1s, 2m; 0 sends as fast as it goes")
            .of(Kind::OneOf(&["1s", "200ms", "10s", "1m", "0"])),
    ];
    Form::new("Send again and again", Purpose::Repeat(tab.node), fields)
}

/// How many and how often a filled-in form asks for.
///
/// # Errors
/// Says which entry is wrong, and what would be right.
pub fn read_repeat(form: &Form) -> Result<(Option<u64>, Duration), String> {
    let times = match form.text(TIMES).trim() {
        "" => None,
        text => match text.parse() {
            Ok(times) if times > 0 => Some(times),
            _ => return Err("times is a number from 1 up, or empty".into()),
        },
    };
    Ok((times, read_duration(form.text(EVERY))?))
}

fn read_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if text.is_empty() || text == "0" {
        return Ok(Duration::ZERO);
    }
    let split = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        other => return Err(format!("\"{other}\" is no unit of time; use ms, s or m")),
    };
    let number: f64 = number.trim().parse().map_err(|_| "every is a time such as 200ms, 1s or 2m".to_owned())?;
    Duration::try_from_secs_f64(number * scale).map_err(|_| "every is a time from 0 up".to_owned())
}
