//! Captures: frames to packets and back, pcapng and pcap, as pure codecs.
//!
//! | file                  | what it is                                                                   |
//! |-----------------------|------------------------------------------------------------------------------|
//! | `writer`              | frames as a recording; says how one is laid out                              |
//! | `wire`, `checksum`    | the packets a conversation would have been: handshake, numbers, checksums    |
//! | `synthetic`           | addresses for Unix sockets                                                   |
//! | `details`             | what recordings say beyond packets, as JSON in comments and journal entries  |
//! | `indexer`             | bytes of any capture in, nodes, conversations and frames out                 |
//! | `live`                | packets of a network interface as pcapng, each as soon as it came            |
//! | `reader`              | bytes in any pieces to packets and blocks; [`block`]: how those are laid out |
//! | `own`                 | recordings of wirelab's read back                                            |
//! | `tracker`             | anyone's packets to conversations                                            |
//! | `extract`             | packets of any capture taken over into a new file; `pcap`: that format written    |
//! | [`har`]               | exchanges of HTTP/1 as entries of an HTTP archive                            |
//! | `numbers`             | what nodes and conversations are numbered                                    |
//! | `link`, `packet`      | Ethernet and its like, IP, TCP and UDP                                       |
//! | [`index`]             | where all frames of a recording lie, in memory                               |
//! | [`tally`]             | packets counted for each conversation                                        |
//! | `fragments`, `stream` | datagrams put together, TCP put in order, in bounded memory                  |
//! | `seen`, `place`       | what is told, and where its bytes lie in the file                            |
//!
//! Nothing here reads or writes a file: bytes come in pieces, and go out into a buffer.

pub mod block;
mod checksum;
mod deed;
mod details;
mod extract;
mod fragments;
pub mod har;
pub mod index;
mod indexer;
mod link;
mod live;
mod numbers;
mod own;
mod packet;
mod pcap;
mod place;
mod reader;
mod seen;
mod stream;
mod synthetic;
pub mod tally;
mod tracker;
mod wire;
mod writer;

pub use extract::{Container, Extract, Mixed, Wanted};
pub use indexer::Indexer;
pub use link::LinkType;
pub use live::{LiveWriter, Sniffed};
pub use place::{Place, Span};
pub use reader::{BLOCK_LIMIT, Block, INTERFACE_LIMIT, Interface, Item, MAGIC, Packet, Reader, What, is_capture};
pub use seen::{Belonging, Observed, Seen, event};
pub use synthetic::unix_address;
pub use wire::SEGMENT;
pub use writer::{Writer, whole};
