//! Everything the program decides: `update(&mut State, Msg) -> Vec<Effect>`.
