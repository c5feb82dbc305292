//! The display filter: what it selects, what it says of a wrong text, what it offers, and tshark's opinion.

#[path = "support/packets.rs"]
mod packets;

#[path = "filter/completion.rs"]
mod completion;
#[path = "filter/language.rs"]
mod language;
#[path = "filter/problems.rs"]
mod problems;
#[path = "filter/scene.rs"]
mod scene;
#[path = "filter/tshark.rs"]
mod tshark;
