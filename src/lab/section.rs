//! What may stand in a lab file: sections and their entries, as the reader, the schema and their readers need it.

/// A table of the file.
#[derive(Debug)]
pub struct Section {
    /// Its name: `server`.
    pub name: &'static str,
    /// What it is.
    pub words: &'static str,
    /// What may stand in it.
    pub entries: &'static [Entry],
}

/// A line of a table.
#[derive(Debug)]
pub struct Entry {
    /// Its key.
    pub name: &'static str,
    /// What may stand behind the `=`.
    pub takes: Takes,
    /// What it says.
    pub words: &'static str,
    /// Whether it may be left out.
    pub need: Need,
}

/// Whether an entry may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It may not.
    Must,
    /// It may.
    May,
}

/// What may stand behind a key.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// A text.
    Text,
    /// A text, or a list of them.
    Texts,
    /// `true` or `false`.
    Flag,
    /// A whole number from 0.
    Number,
    /// A time: `"50ms"`, `"2s"`.
    Time,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A table of names and texts.
    Map,
    /// A table.
    Table(&'static Section),
    /// Tables, `[[name]]`.
    Tables(&'static Section),
    /// Texts, or tables.
    TextsOrTables(&'static Section),
}

const fn must(name: &'static str, takes: Takes, words: &'static str) -> Entry {
    Entry { name, takes, words, need: Need::Must }
}

const fn may(name: &'static str, takes: Takes, words: &'static str) -> Entry {
    Entry { name, takes, words, need: Need::May }
}

/// The file itself.
pub static LAB: Section = Section {
    name: "lab",
    words: "a lab of wirelab: what listens, connects and passes on, and what is done when",
    entries: &[
        may("title", Takes::Text, "what the lab shows, in a line"),
        may("seed", Takes::Number, "where chance begins for the taps that name no seed of their own"),
        may("include", Takes::Texts, "other lab files whose nodes and steps belong to this one"),
        may("record", Takes::Table(&RECORD), "where to record from the first moment"),
        may("server", Takes::Tables(&SERVER), "what listens and answers"),
        may("tap", Takes::Tables(&TAP), "what stands between two programs"),
        may("client", Takes::Tables(&CLIENT), "what connects, says and expects"),
        may("http", Takes::Tables(&HTTP), "HTTP requests and what is expected of their answers"),
        may("step", Takes::Tables(&STEP), "what is done and expected at a moment"),
    ],
};

static RECORD: Section = Section {
    name: "record",
    words: "where to record",
    entries: &[
        must("file", Takes::Text, "the file (pcapng); one that is there is not written over"),
        may("ring", Takes::Text, "how much of it is kept: \"500MB\", \"1GiB\""),
    ],
};

static SERVER: Section = Section {
    name: "server",
    words: "a server",
    entries: &[
        must("name", Takes::Text, "what it is called"),
        must("listen", Takes::Text, "where it listens: \"tcp://127.0.0.1:7001\", udp://, http://, unix:///path"),
        may("behaviour", Takes::Text, "what it does; without it echo, and files for http://"),
        may("with", Takes::Text, "what the behaviour takes: a reply, a folder, a program"),
        may("rule", Takes::Tables(&RULE), "of the behaviour rules: the first whose pattern matches answers"),
        may("start", Takes::Flag, "whether it listens at once; without it, it does"),
    ],
};

static RULE: Section = Section {
    name: "rule",
    words: "a pattern and what is answered",
    entries: &[
        must("match", Takes::Text, "a regular expression"),
        must("reply", Takes::Text, "the answer, with escapes; $1 is what the first ( ) matched"),
        may("after", Takes::Time, "how long the answer waits"),
        may("close", Takes::Flag, "whether the connection is closed behind the answer"),
        may("times", Takes::Number, "how often it answers in all"),
    ],
};

static TAP: Section = Section {
    name: "tap",
    words: "a tap",
    entries: &[
        must("name", Takes::Text, "what it is called"),
        must("listen", Takes::Text, "where it listens"),
        must("target", Takes::Text, "where it passes all on to"),
        may("impair", Takes::TextsOrTables(&IMPAIR), "what it does to what passes: lines as of :impair, or tables"),
        may("profile", Takes::Text, "a network it plays, before its own impairments: 3g, satellite, …"),
        may("seed", Takes::Number, "where chance begins; the same seed and traffic give the same deeds"),
        may("hold", Takes::Text, "which messages it holds until somebody decides: a display filter, or all"),
        may("when-down", Takes::OneOf(&["refuse", "hold"]), "what it does with who connects while its target is down"),
        may("start", Takes::Flag, "whether it listens at once; without it, it does"),
    ],
};

/// Of what an impairment is made, in the order in which a line of words has it.
pub static IMPAIR: Section = Section {
    name: "impair",
    words: "an impairment",
    entries: &[
        must("kind", Takes::Text, "delay, bandwidth, loss, duplicate, reorder, corrupt, slice, limit, …"),
        may("time", Takes::Time, "of delay, reorder and slow-close: how much later"),
        may("rate", Takes::Text, "of bandwidth: \"1MB/s\", \"10Mbit/s\""),
        may("bytes", Takes::Text, "of slice, limit and reset: \"4KiB\""),
        may("bits", Takes::Number, "of corrupt: how many are flipped"),
        may("jitter", Takes::Time, "of delay: how far it varies"),
        may("distribution", Takes::OneOf(&["uniform", "normal", "pareto"]), "of delay: how it varies"),
        may("burst", Takes::Text, "of bandwidth: how much may pass at once; of loss: \"1% 30%\""),
        may("pause", Takes::Time, "of slice: the time between pieces"),
        may("share", Takes::Text, "to so many of the messages: \"5%\""),
        may("toward", Takes::OneOf(&["server", "client", "both"]), "to what goes toward that side"),
        may("every", Takes::Number, "to every so manieth message"),
        may("first", Takes::Number, "to the first so many messages"),
        may("from", Takes::Time, "from then on, since the tap listens"),
        may("to", Takes::Time, "until then"),
        may("when", Takes::Text, "to messages that pass this display filter"),
    ],
};

static CLIENT: Section = Section {
    name: "client",
    words: "a client",
    entries: &[
        must("name", Takes::Text, "what it is called"),
        must("connect", Takes::Text, "where it connects to: \"tcp://127.0.0.1:9001\""),
        may("source", Takes::Text, "its own address and port: \"127.0.0.1:5000\""),
        may("send", Takes::TextsOrTables(&SEND), "what it sends, one after the other"),
        may("expect", Takes::TextsOrTables(&EXPECT), "what it is to receive: regular expressions, one after the other"),
        may("then", Takes::OneOf(&["stay", "finish", "close", "reset"]), "what it does once all is sent and received"),
        may("verify", Takes::Flag, "of tls://: whether the peer's certificate is checked; without it, it is"),
        may("start", Takes::Flag, "whether it connects at once; without it, it does"),
    ],
};

static SEND: Section = Section {
    name: "send",
    words: "something that is sent: text, hex, base64 or file",
    entries: &[
        may("text", Takes::Text, "a text, as it is"),
        may("hex", Takes::Text, "pairs of hex digits"),
        may("base64", Takes::Text, "bytes in base64"),
        may("file", Takes::Text, "the bytes of a file"),
        may("after", Takes::Time, "how long after what comes before it, or the connection"),
        may("times", Takes::Number, "how often"),
        may("every", Takes::Time, "the time between"),
    ],
};

static EXPECT: Section = Section {
    name: "expect",
    words: "something that is to be received",
    entries: &[
        must("match", Takes::Text, "a regular expression"),
        may("within", Takes::Time, "how long it may take; 5s"),
    ],
};

static HTTP: Section = Section {
    name: "http",
    words: "an HTTP request, or those of an .http file",
    entries: &[
        may("name", Takes::Text, "what it is called"),
        may("file", Takes::Text, "an .http file, whose requests are made one after another"),
        may("request", Takes::Text, "one of them, by its name or number, and before it those whose answers it needs"),
        may("env", Takes::Text, "the environment for them, of http-client.env.json"),
        may("variables", Takes::Map, "variables for them"),
        may("url", Takes::Text, "the URL"),
        may("method", Takes::Text, "the method; GET"),
        may("headers", Takes::Map, "header fields"),
        may("body", Takes::Text, "the body"),
        may("at", Takes::Time, "when it is made, after the lab's beginning"),
        may("status", Takes::Number, "the status its answer is to have"),
        may("expect", Takes::Text, "a regular expression that the answer's body is to match"),
    ],
};

static STEP: Section = Section {
    name: "step",
    words: "what is done and expected at a moment",
    entries: &[
        may("at", Takes::Time, "when, after the lab's beginning"),
        may("caption", Takes::Text, "what a room is told"),
        may("run", Takes::Texts, "commands as behind : on the screen; @NODE before one says what it is for"),
        may("expect", Takes::Text, "a display filter that frames are to pass"),
        may("count", Takes::Number, "how many frames exactly, of all since the beginning"),
        may("at-least", Takes::Number, "how many frames or more; 1"),
        may("at-most", Takes::Number, "how many frames or fewer, until the time is over"),
        may("within", Takes::Time, "how long after its moment it may take; 5s"),
    ],
};
