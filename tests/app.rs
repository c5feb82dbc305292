//! The pure heart as its user has it: what keys, pastes, clicks and the network's reports make of the state.

#[path = "support/desk.rs"]
mod desk;

#[path = "app/address.rs"]
mod address;
#[path = "app/client.rs"]
mod client;
#[path = "app/commands.rs"]
mod commands;
#[path = "app/copying.rs"]
mod copying;
#[path = "app/diff.rs"]
mod diff;
#[path = "app/find.rs"]
mod find;
#[path = "app/forms.rs"]
mod forms;
#[path = "app/http.rs"]
mod http;
#[path = "app/inspector.rs"]
mod inspector;
#[path = "app/ladder.rs"]
mod ladder;
#[path = "app/log.rs"]
mod log;
#[path = "app/look.rs"]
mod look;
#[path = "app/marks.rs"]
mod marks;
#[path = "app/mouse.rs"]
mod mouse;
#[path = "app/overlays.rs"]
mod overlays;
#[path = "app/past.rs"]
mod past;
#[path = "app/present.rs"]
mod present;
#[path = "app/progress.rs"]
mod progress;
#[path = "app/recording.rs"]
mod recording;
#[path = "app/repeat.rs"]
mod repeat;
#[path = "app/replay.rs"]
mod replay;
#[path = "app/saving.rs"]
mod saving;
#[path = "app/servers.rs"]
mod servers;
#[path = "app/state.rs"]
mod state;
#[path = "app/stats.rs"]
mod stats;
#[path = "app/tap.rs"]
mod tap;
#[path = "app/traffic.rs"]
mod traffic;
#[path = "app/walk.rs"]
mod walk;
#[path = "app/world.rs"]
mod world;
