//! What a user has said of a frame: a mark, a note.

/// Whether a frame is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    /// It is.
    On,
    /// It is not.
    #[default]
    Off,
}

/// All that was said of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Remark<'a> {
    /// Whether it is marked.
    pub mark: Mark,
    /// The note on it.
    pub note: Option<&'a str>,
}
