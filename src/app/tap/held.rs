//! The messages a tap holds: looked at, let go, changed, thrown away.

use bytes::Bytes;

use super::Verb;
use crate::app::form::{Field, Form, Purpose};
use crate::app::overlay::Overlay;
use crate::app::world::HeldMessage;
use crate::app::{Effect, State, forms};
use crate::contract::{Decision, Held, NetCommand};
use crate::model::payload::{self, Fill, LineEnding, Notation, compose};
use crate::model::{NodeId, visible};

const TEXT: &str = "text";
const AS: &str = "as";

/// The message under the cursor of the list that is shown, or else the oldest.
pub fn chosen(state: &State, id: NodeId) -> Option<&HeldMessage> {
    let at = match &state.overlay {
        Some(Overlay::Held(_, at)) => *at,
        Some(_) | None => 0,
    };
    let held = &state.world.server(id)?.held;
    held.get(at.min(held.len().saturating_sub(1)))
}

/// The bytes of a held message, as far as its frame is known.
pub fn bytes<'a>(state: &'a State, held: &HeldMessage) -> &'a [u8] {
    held.frame.and_then(|number| state.world.log.frame(number)).map_or(&[], |frame| frame.payload())
}

/// Performs a command on the message under the cursor.
pub(super) fn act(state: &mut State, id: NodeId, verb: Verb) -> Vec<Effect> {
    let Some(held) = chosen(state, id).cloned() else {
        state.say("no message is held now");
        return Vec::new();
    };
    let decision = match verb {
        Verb::DropHeld => Decision::Drop,
        Verb::ReleaseAll => {
            let all = state.world.server(id).map(|tap| tap.held.clone()).unwrap_or_default();
            return all.iter().map(|held| decide(id, held.message, Decision::Forward)).collect();
        }
        Verb::EditHeld => {
            edit(state, id, &held);
            return Vec::new();
        }
        Verb::Forward
        | Verb::Impair
        | Verb::Profile
        | Verb::Retarget
        | Verb::Clear
        | Verb::Pause
        | Verb::Hold
        | Verb::Held
        | Verb::Inject => Decision::Forward,
    };
    vec![decide(id, held.message, decision)]
}

fn decide(id: NodeId, held: Held, decision: Decision) -> Effect {
    Effect::Net(NetCommand::Decide(id, held, decision))
}

fn edit(state: &mut State, id: NodeId, held: &HeldMessage) {
    let bytes = bytes(state, held);
    // What would be filled in, as a placeholder is, is written in digits.
    let is_text = std::str::from_utf8(bytes).is_ok_and(|text| !payload::has_placeholders(text));
    let (text, notation) =
        if is_text { (visible::escaped(bytes), Notation::Text) } else { (payload::hex(bytes), Notation::Hex) };
    let notations = vec![("text", "with escapes: \\r \\n \\t \\x00"), ("hex", "pairs of digits: 48 65 6c 6c 6f")];
    let fields = vec![
        Field::text_field(TEXT, text, "these bytes go on instead, and nothing is added"),
        Field::choice(AS, notations, notation.name()),
    ];
    forms::open(state, Form::new("Change the held message", Purpose::EditHeld(id, held.message), fields));
}

/// The bytes a form means.
///
/// # Errors
/// Says what is wrong with them.
pub fn read(state: &State, form: &Form) -> Result<Bytes, String> {
    let notation = if form.text(AS) == Notation::Hex.name() { Notation::Hex } else { Notation::Text };
    let fill = Fill { counter: 1, at: state.now, seed: 0 };
    compose(form.text(TEXT), notation, LineEnding::None, &fill).map_err(|error| error.to_string())
}

/// Lets the message go as it was changed.
///
/// # Errors
/// Says what is wrong with it.
pub fn submit(state: &mut State, id: NodeId, held: Held, form: &Form) -> Result<Vec<Effect>, String> {
    let bytes = read(state, form)?;
    state.overlay = Some(Overlay::Held(id, 0));
    Ok(vec![decide(id, held, Decision::Replace(bytes))])
}
