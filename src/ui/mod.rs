//! ui

pub mod widget;
