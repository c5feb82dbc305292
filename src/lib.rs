//! A network lab in one terminal: servers, clients, taps between any two programs, and every byte between them.
//!
//! This table is the map, in dependency order; `tests/architecture.rs` holds the code to it.
//! A module may name modules of a lower level, and its own.
//!
//! | module        | level | what it is                                                              |
//! |---------------|-------|-------------------------------------------------------------------------|
//! | [`model`]     | 0     | the nouns: ids, endpoint URLs, frames, flows, lives, the bounded log     |
//! | [`proto`]     | 1     | decoders: bytes in, facts with byte spans out; one file a protocol       |
//! | [`capture`]   | 1     | frames to packets and back: pcapng and pcap, TCP put in order            |
//! | [`ladder`]    | 1     | what went between whom, drawn: text, SVG, Mermaid                        |
//! | [`figures`]   | 1     | what is measured: bytes, rates, round trips, in fixed memory             |
//! | [`behaviour`] | 1     | what a server answers: event in, replies out; one file a behaviour       |
//! | [`filter`]    | 2     | the display filter: a text in, a question to ask of frames out           |
//! | [`impair`]    | 3     | what a bad network does to messages, by seed and clock                   |
//! | [`contract`]  | 4     | all that `app` and `net` say to each other; data only                    |
//! | [`net`]       | 5     | tasks that carry the contract out on real sockets                        |
//! | [`app`]       | 5     | `update(&mut State, Msg) -> Vec<Effect>`: everything the program decides |
//! | [`ui`]        | 6     | `render(&State, …)`: the view, a function of the state                   |
//! | [`shell`]     | 7     | the loops: wait, update, perform, draw; files, recordings, arguments     |
//!
//! Everything that decides is a function from what happened to what should be done; everything
//! that does is a short loop that performs and reports. Levels 0 to 4, `app` and `ui` touch no
//! clock, no chance, no file and no socket: those come in as arguments.

pub mod app;
pub mod behaviour;
pub mod capture;
pub mod contract;
pub mod figures;
pub mod filter;
pub mod impair;
pub mod ladder;
pub mod model;
pub mod net;
pub mod proto;
pub mod shell;
pub mod ui;
