//! A client's settings, and the forms in which they are changed.

use std::time::Duration;

use super::Tab;
use crate::app::State;
use crate::app::form::{Field, Form, Purpose};
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
pub fn settings_form(tab: &Tab) -> Form {
    let settings = &tab.settings;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let verify = match settings.tls.verification {
        Verification::On => "on",
        Verification::Off => "off",
    };
    let verify_choices = vec![("on", "the certificate must hold"), ("off", "it is only shown; for this client alone")];
    let join_choices = vec![("send", "only send to the group"), ("join", "join the target's group and hear it")];
    let fields = vec![
        Field::text_field(
            SOURCE,
            text(&settings.source),
            "bind to this first: 127.0.0.1:5000 or :5000; empty lets the system pick",
        ),
        Field::text_field(
            SERVER_NAME,
            text(&settings.tls.server_name),
            "for tls://: the name asked for and checked; empty takes the target's",
        ),
        Field::choice(VERIFY, verify_choices, verify),
        Field::text_field(ALPN, settings.tls.alpn.join(", "), "protocols offered, best first: h2, http/1.1"),
        Field::choice(JOIN, join_choices, if settings.cast.join { "join" } else { "send" }),
        Field::text_field(
            INTERFACE,
            text(&settings.cast.interface),
            "for multicast: an address, an index or a name; empty lets the system pick",
        ),
        Field::text_field(
            TTL,
            settings.cast.ttl.map_or(String::new(), |ttl| ttl.to_string()),
            "for multicast: hops, 0 to 255; empty is 1",
        ),
    ];
    Form::new("Client settings", Purpose::ClientSettings(tab.node), fields)
}

/// Takes the settings over.
///
/// # Errors
/// Says which entry is wrong.
pub fn submit_settings(state: &mut State, node: NodeId, form: &Form) -> Result<(), String> {
    let ttl = match form.text(TTL).trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| "TTL is a number from 0 to 255".to_owned())?),
    };
    let alpn = form.text(ALPN).split(',').filter_map(filled).collect();
    let verification = if form.text(VERIFY) == "off" { Verification::Off } else { Verification::On };
    let tab = state.client.tab_mut(node).ok_or("this client is gone")?;
    tab.settings = Settings {
        source: filled(form.text(SOURCE)),
        tls: TlsSpec { server_name: filled(form.text(SERVER_NAME)), verification, alpn },
        cast: CastSpec { join: form.text(JOIN) == "join", interface: filled(form.text(INTERFACE)), ttl },
    };
    tab.connected_to = None;
    state.say("settings hold from the next connection on");
    Ok(())
}

/// The form for sending again and again.
pub fn repeat_form(tab: &Tab) -> Form {
    let fields = vec![
        Field::text_field(TIMES, "10", "how many; empty goes on until you press s"),
        Field::text_field(EVERY, "1s", "time between two: 200ms, 1s, 2m; 0 sends as fast as it goes"),
    ];
    Form::new("Send again and again", Purpose::Repeat(tab.node), fields)
}

/// How many and how often a filled-in form asks for.
pub(super) fn read_repeat(form: &Form) -> Result<(Option<u64>, Duration), String> {
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
