//! Real programs against the network of wirelab, through the contract alone: what they print, and what was told.
//!
//! Each test serves at port 0 of loopback and runs a program that others wrote, or runs such a server and connects to
//! it. Where a program is missing, its tests say that they skip.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one fact among all that are told")]

#[path = "peers/between.rs"]
mod between;
#[path = "peers/browser.rs"]
mod browser;
#[path = "peers/curl.rs"]
mod curl;
#[path = "support/lab.rs"]
mod lab;
#[path = "peers/ncat.rs"]
mod ncat;
#[path = "support/program.rs"]
mod program;
#[path = "peers/python.rs"]
mod python;
#[path = "peers/python_web.rs"]
mod python_web;
#[path = "peers/socat.rs"]
mod socat;
#[path = "support/story.rs"]
mod story;
#[path = "peers/tls.rs"]
mod tls;
#[path = "peers/web_client.rs"]
mod web_client;
