//! Recorded conversations sent again: by the network, and by `wirelab replay` as it is called.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one fact among all that are told")]

#[path = "support/lab.rs"]
#[expect(dead_code, reason = "shared with tests of servers")]
mod lab;
#[path = "support/program.rs"]
#[expect(dead_code, reason = "shared with tests of other programs")]
mod program;
#[path = "support/talk.rs"]
mod talk;

#[path = "replay/called.rs"]
mod called;
#[path = "replay/net.rs"]
mod net;
#[path = "replay/redis.rs"]
mod redis;
