//! What the user types to send, turned into bytes.
