//! Ports that other programs have, or want at the same moment.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one fact among all that are told")]

#[path = "support/lab.rs"]
#[expect(dead_code, reason = "shared with tests of what goes over the sockets")]
mod lab;

use lab::{Lab, SERVER, server};
use wirelab::contract::{NetCommand, NetFact, ServerSpec, WhenTaken};
use wirelab::model::Address;

#[tokio::test]
async fn a_taken_port_is_told_with_its_address_and_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut lab = Lab::start();
    lab.order(NetCommand::Serve(SERVER, server(&format!("tcp://{address}"), "echo", ""))).await;
    let words = lab.failed(SERVER).await.to_string();
    assert!(words.contains(&address.to_string()), "{words}");
    assert!(words.contains("in use by another program; choose another port"), "{words}");
}

#[tokio::test]
async fn a_taken_udp_port_is_told_too() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut lab = Lab::start();
    let listen = format!("udp://{}", taken.local_addr().unwrap());
    lab.order(NetCommand::Serve(SERVER, server(&listen, "echo", ""))).await;
    assert!(lab.failed(SERVER).await.why.contains("in use"));
}

#[tokio::test]
async fn the_built_in_lab_comes_up_on_another_port_when_its_own_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut lab = Lab::start();
    let spec = server(&format!("tcp://{address}"), "echo", "");
    lab.order(NetCommand::Serve(SERVER, ServerSpec { when_taken: WhenTaken::PickAnother, ..spec })).await;
    let got = lab.told(SERVER, |fact| if let NetFact::Listening(got) = fact { Some(got.clone()) } else { None }).await;
    assert_ne!(got, Address::Ip(address));
    lab.remark(SERVER, "the system picks another port").await;
}

#[tokio::test]
async fn programs_that_want_one_port_at_the_same_moment_all_come_up() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut labs: Vec<Lab> = (0..8).map(|_| Lab::start()).collect();
    for lab in &labs {
        let spec = server(&format!("tcp://{free}"), "echo", "");
        lab.order(NetCommand::Serve(SERVER, ServerSpec { when_taken: WhenTaken::PickAnother, ..spec })).await;
    }
    let mut at_it = 0;
    for lab in &mut labs {
        let got = lab.told(SERVER, |fact| if let NetFact::Listening(got) = fact { Some(got.clone()) } else { None });
        at_it += usize::from(got.await == Address::Ip(free));
    }
    assert_eq!(at_it, 1, "one has the port, the others another");
}
