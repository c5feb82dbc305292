//! Names by number: small, copyable, never reused within a run.

use std::fmt;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A server, a client, a tap or the HTTP pane: something the user runs. Given by the app.
    NodeId
);
id!(
    /// One conversation as one node's socket has it. Given by `net`; a UDP server gives one a peer.
    ConnId
);
id!(
    /// One conversation: a transport and two addresses, however many nodes observe it. From 1.
    FlowId
);
id!(
    /// One HTTP request and what came of it. Given by the app.
    ExchangeId
);
id!(
    /// One question to the resolver. Given by the app.
    LookupId
);
