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
//! | [`collection`] | 1    | `.http` files: requests, variables, what is expected of their answers    |
//! | [`behaviour`] | 1     | what a server answers: event in, replies out; one file a behaviour       |
//! | [`filter`]    | 2     | the display filter: a text in, a question to ask of frames out           |
//! | [`diff`]      | 2     | two things beside each other: what differs, in fields and in bytes       |
//! | [`impair`]    | 3     | what a bad network does to messages, by seed and clock                   |
//! | [`contract`]  | 4     | all that `app` and `net` say to each other; data only                    |
//! | [`lab`]       | 5     | a lab as a file says it: read, checked, written                          |
//! | [`net`]       | 6     | tasks that carry the contract out on real sockets                        |
//! | [`app`]       | 6     | `update(&mut State, Msg) -> Vec<Effect>`: everything the program decides |
//! | [`ui`]        | 7     | `render(&State, …)`: the view, a function of the state                   |
//! | [`shell`]     | 8     | the loops: wait, update, perform, draw; files, recordings, arguments     |
//!
//! Everything that decides is a function from what happened to what should be done; everything
//! that does is a short loop that performs and reports. Levels 0 to 5, `app` and `ui` touch no
//! clock, no chance, no file and no socket: those come in as arguments.

pub mod app;
pub mod behaviour;
pub mod capture;
pub mod collection;
pub mod contract;
pub mod diff;
pub mod figures;
pub mod filter;
pub mod impair;
pub mod lab;
pub mod ladder;
pub mod model;
pub mod net;
pub mod proto;
pub mod shell;
pub mod ui;
