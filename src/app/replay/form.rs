//! The form in which it is written what is sent again, where to and how.

use super::{Meant, flow, play_client, play_server, server_of, side};
use crate::app::command::Kind;
use crate::app::form::{Field, Form, Purpose};
use crate::app::{Effect, State};
use crate::behaviour::replay::Asked;
use crate::model::replay::{Manner, OnDifference, Pace};
use crate::model::{Endpoint, Scheme, Side};

const AS: &str = "as";
const TO: &str = "to";
const LISTEN: &str = "listen";
const SPEED: &str = "speed";
const DIFFERENT: &str = "differs";

/// The choice that leaves it to the side that is played.
const AS_FITS: &str = "as fits";

/// The form for what is meant.
pub fn open(state: &State, meant: Meant) -> Form {
    let server = flow(state, meant).and_then(server_of);
    let scheme = server.as_ref().map_or(Scheme::Tcp, |server| server.scheme);
    let listen = match scheme {
        Scheme::Unix | Scheme::UnixDatagram => String::new(),
        Scheme::Udp => format!("udp://127.0.0.1:{}", state.world.free_port()),
        Scheme::Tcp | Scheme::Tls | Scheme::Http | Scheme::Https => {
            format!("tcp://127.0.0.1:{}", state.world.free_port())
        }
    };
    let sides = vec![
        ("client", "says what the client said, to the address below"),
        ("server", "says what the server said, to whoever connects"),
    ];
    let differences = vec![
        (AS_FITS, "a client stops there, a server goes on"),
        ("stop", "it ends at the first answer that differs"),
        ("go", "answers that differ are told, and it goes on"),
    ];
    let target = server.map_or_else(String::new, |server| server.to_string());
    let speeds = "1x keeps the pauses as recorded; 2x, 0.5x; max has none";
    let fields = vec![
        Field::choice(AS, sides, "client"),
        Field::text_field(TO, target, "of a client: where it connects to").of(Kind::Target),
        Field::text_field(LISTEN, listen, "of a server: where it listens; port 0 lets the system pick")
            .of(Kind::Listen),
        Field::text_field(SPEED, "1x", speeds).of(Kind::OneOf(&["1x", "2x", "0.5x", "max"])),
        Field::choice(DIFFERENT, differences, AS_FITS),
    ];
    let title = match meant {
        Meant::Flow(flow) => format!("Send conversation {flow} again"),
        Meant::Marked => format!("Send the {} marked frames again", state.world.remarks.marked()),
    };
    let mut form = Form::new(title, Purpose::Replay(meant), fields);
    form.at = 1;
    form
}

/// What is wrong with what is written, but for places that are still empty.
pub fn problem(form: &Form) -> Option<String> {
    let place = if side(form.text(AS)) == Side::Client { TO } else { LISTEN };
    let is_empty = form.text(place).trim().is_empty();
    read(form).err().filter(|_| !is_empty)
}

/// Which side is played, where, and how.
fn read(form: &Form) -> Result<(Side, Endpoint, Manner), String> {
    let own = side(form.text(AS));
    let label = if own == Side::Client { TO } else { LISTEN };
    let address = Endpoint::parse(form.text(label), Scheme::Tcp).map_err(|error| error.to_string())?;
    let pace = Pace::parse(form.text(SPEED))?;
    let on_difference = OnDifference::parse(form.text(DIFFERENT)).ok();
    Ok((own, address, Manner { pace, on_difference, ..Manner::default() }))
}

/// Sends it again.
///
/// # Errors
/// Says what is wrong, in a sentence.
pub fn submit(state: &mut State, meant: Meant, form: &Form) -> Result<Vec<Effect>, String> {
    let (own, place, manner) = read(form)?;
    match own {
        Side::Client => play_client(state, &place, &Asked { origin: meant.origin(), manner }),
        Side::Server => {
            let mut argument = format!("{} {}", meant.written(), form.text(SPEED).trim());
            if let Some(on_difference) = manner.on_difference {
                argument = format!("{argument} {}", on_difference.name());
            }
            Ok(play_server(state, place, argument))
        }
    }
}
