//! The field that asks what to find, at the top of the pane that is searched.

use ratatui::layout::Rect;

use super::Canvas;
use super::part::{Keys, Question, question};
use crate::app::State;
use crate::app::find::Outcome;
use crate::app::pane::PaneId;
use crate::model::search::Notation;
use crate::model::visible;

/// Draws the field while that pane asks; gives what is left below it.
pub fn draw(state: &State, pane: PaneId, area: Rect, canvas: &mut Canvas<'_, '_>) -> Rect {
    let find = &state.find;
    if !find.is_asked_in(pane) || area.height < 2 {
        return area;
    }
    let theme = canvas.theme;
    let (style, words) = match &find.problem {
        Some(problem) => (theme.bad, (visible::escaped_hidden(problem), theme.bad)),
        None => (theme.text, (meaning(find.notation).to_owned(), theme.dim)),
    };
    let count = match (find.pattern.is_some() && find.problem.is_none(), state.traffic.hunted(&state.timeline())) {
        (false, _) => String::new(),
        (true, Some(percent)) => format!("searching {percent} %"),
        (true, None) => outcome(find.outcome).to_owned(),
    };
    let keys = if state.focus == pane { Keys::Here } else { Keys::Elsewhere };
    let sign = format!("find {}", find.notation.name());
    question(canvas, area, &Question { sign: &sign, field: &find.field, keys, style, count, words })
}

fn meaning(notation: Notation) -> &'static str {
    match notation {
        Notation::Text => "in any case, unless with a capital letter",
        Notation::Regex => "a regular expression, as in ^GET|^POST",
        Notation::Hex => "bytes, as in de ad be ef",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Open => "",
        Outcome::Found => "found",
        Outcome::FoundRound => "found, wrapped",
        Outcome::Nothing => "nothing found",
    }
}
