//! What was told of a node, in few words: `opened, in 5, out 5, finished in, …`.

use std::sync::Mutex;

use wirelab::contract::NetFact;
use wirelab::model::{Address, Closing, ConnId, Direction, NodeId};

use super::lab::Lab;

/// The conversations of a node in the order in which they began, once so many have ended.
pub async fn ended(lab: &mut Lab, node: NodeId, count: usize) -> Vec<ConnId> {
    let closed = Mutex::new(0);
    lab.told(node, |fact| {
        let mut closed = closed.lock().expect("nobody panicked");
        if matches!(fact, NetFact::Closed(..)) {
            *closed += 1;
        }
        (*closed == count).then_some(())
    })
    .await;
    conversations(lab, node)
}

/// The conversations of a node so far.
pub fn conversations(lab: &Lab, node: NodeId) -> Vec<ConnId> {
    let facts = lab.facts(node).into_iter();
    facts.filter_map(|fact| if let NetFact::Opened { conn, .. } = fact { Some(conn) } else { None }).collect()
}

/// What was told of a conversation. Bytes that went one way without a break are told as one.
pub fn story(lab: &Lab, node: NodeId, wanted: ConnId) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut running: Option<(Direction, usize)> = None;
    for fact in lab.facts(node) {
        let word = match fact {
            NetFact::Data(conn, direction, bytes) if conn == wanted => {
                let count = match running {
                    Some((last, count)) if last == direction => {
                        words.pop();
                        count + bytes.len()
                    }
                    _ => bytes.len(),
                };
                running = Some((direction, count));
                words.push(format!("{} {count}", name(direction)));
                continue;
            }
            NetFact::Opened { conn, .. } if conn == wanted => "opened".to_owned(),
            NetFact::Finished(conn, direction) if conn == wanted => format!("finished {}", name(direction)),
            NetFact::Closed(conn, closing) if conn == wanted => format!("closed {}", ending(&closing)),
            NetFact::Lost(Some(conn), count, _) if conn == wanted => format!("lost {count}"),
            _ => continue,
        };
        running = None;
        words.push(word);
    }
    words.join(", ")
}

/// The first so many pieces that went one way, once they are told; of datagrams, each is one.
pub async fn pieces(lab: &mut Lab, node: NodeId, wanted: Direction, count: usize) -> Vec<Vec<u8>> {
    let pieces = Mutex::new(Vec::new());
    lab.told(node, |fact| {
        let mut pieces = pieces.lock().expect("nobody panicked");
        if let NetFact::Data(_, direction, bytes) = fact
            && *direction == wanted
        {
            pieces.push(bytes.to_vec());
        }
        (pieces.len() >= count).then(|| std::mem::take(&mut *pieces))
    })
    .await
}

/// All that has gone one way so far.
pub fn traffic(lab: &Lab, node: NodeId, wanted: Direction) -> Vec<u8> {
    let facts = lab.facts(node).into_iter();
    let data = facts.filter_map(|fact| match fact {
        NetFact::Data(_, direction, bytes) if direction == wanted => Some(bytes),
        _ => None,
    });
    data.flatten().collect()
}

/// Host and port of an IP address, as a program takes them on its command line.
pub fn host_and_port(address: &Address) -> (String, String) {
    match address {
        Address::Ip(address) => (address.ip().to_string(), address.port().to_string()),
        Address::Unix(_) | Address::Unnamed(_) => panic!("{address} is no IP address"),
    }
}

fn name(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}

fn ending(closing: &Closing) -> String {
    let words = match closing {
        Closing::Orderly => "in order",
        Closing::Ours => "by us",
        Closing::ResetByUs => "by our reset",
        Closing::ResetByPeer => "by the peer's reset",
        Closing::Idle => "as idle",
        Closing::Failed(why) => return format!("by a failure: {why}"),
    };
    words.to_owned()
}
