//! The network on real sockets of this machine, through the contract alone.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one fact among all that are told")]

#[path = "support/lab.rs"]
mod lab;

use std::cell::Cell;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use lab::{CLIENT, Lab, PATIENCE, SERVER, client, has_ipv6, server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use wirelab::contract::{Beginning, CastSpec, ClientSpec, NetCommand, NetFact, TlsSpec, To, Verification};
use wirelab::model::{Address, Closing, ConnId, Direction, LookupId, NodeId, Step, Transport};

async fn echoes_to_its_own_client(listen: &str, transport: Transport) {
    let mut lab = Lab::start();
    let address = lab.serve(listen, "echo", "").await;
    lab.connect(&format!("{}://{address}", transport.name())).await;
    lab.send(CLIENT, b"hello").await;
    assert_eq!(lab.hears(CLIENT, 5).await, b"hello");

    let (_, own, target) = lab.opened(CLIENT).await;
    let (_, local, peer) = lab.opened(SERVER).await;
    assert_eq!((own, target), (peer, local), "both ends tell of the same two addresses");
    let facts = lab.facts(SERVER);
    assert!(matches!(facts[0], NetFact::Step(Step::Made(made)) if made == transport), "{:?}", facts[0]);
    assert!(matches!(facts[1], NetFact::Step(Step::Bound(_))), "{:?}", facts[1]);
    assert!(matches!(facts[2], NetFact::Step(Step::Listening(_))), "{:?}", facts[2]);

    let since = lab.so_far();
    lab.order(NetCommand::Stop(CLIENT)).await;
    lab.stopped(since, CLIENT).await;
    lab.order(NetCommand::Stop(SERVER)).await;
    lab.stopped(since, SERVER).await;
    for node in [CLIENT, SERVER] {
        let closed = lab.facts(node).iter().filter(|fact| matches!(fact, NetFact::Closed(..))).count();
        assert_eq!(closed, 1, "node {node} tells of the end of its connection once");
    }
}

#[tokio::test]
async fn a_tcp_server_echoes_over_ipv4() {
    echoes_to_its_own_client("tcp://127.0.0.1:0", Transport::Tcp).await;
}

#[tokio::test]
async fn a_tcp_server_echoes_over_ipv6() {
    if has_ipv6() {
        echoes_to_its_own_client("tcp://[::1]:0", Transport::Tcp).await;
    }
}

#[tokio::test]
async fn a_udp_server_echoes_over_ipv4() {
    echoes_to_its_own_client("udp://127.0.0.1:0", Transport::Udp).await;
}

#[tokio::test]
async fn a_udp_server_echoes_over_ipv6() {
    if has_ipv6() {
        echoes_to_its_own_client("udp://[::1]:0", Transport::Udp).await;
    }
}

#[tokio::test]
async fn a_unix_server_echoes_and_its_socket_file_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("echo.sock");
    echoes_to_its_own_client(&format!("unix://{}", path.display()), Transport::Unix).await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_unix_datagram_server_echoes_and_its_socket_file_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("echo.sock");
    echoes_to_its_own_client(&format!("unixgram://{}", path.display()), Transport::UnixDatagram).await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_client_and_an_echo_of_far_more_than_either_holds_do_not_wait_for_each_other() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "echo", "").await;
    lab.connect(&format!("tcp://{address}")).await;
    let much = Bytes::from(vec![b'x'; 48 << 20]);
    lab.order(NetCommand::Send(CLIENT, To::All, much.clone())).await;
    assert_eq!(lab.hears(CLIENT, much.len()).await.len(), much.len());
}

#[tokio::test]
async fn a_server_on_a_name_listens() {
    let mut lab = Lab::start();
    let Address::Ip(address) = lab.serve("tcp://localhost:0", "echo", "").await else { panic!("an IP address") };
    assert!(address.ip().is_loopback());
    assert_ne!(address.port(), 0);
}

#[tokio::test]
async fn what_cannot_be_listened_at_is_told_in_words_a_person_can_act_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "mine").unwrap();
    let live = folder.path().join("live.sock");
    let _live = std::os::unix::net::UnixListener::bind(&live).unwrap();
    for (listen, behaviour, word) in [
        ("tcp://192.0.2.1:7001".to_owned(), "echo", "no such address"),
        ("tcp://no-such-name.invalid:7001".to_owned(), "echo", "name"),
        (format!("unix://{}/none/x.sock", folder.path().display()), "echo", "folder does not exist"),
        (format!("unix:///{}", "x".repeat(120)), "echo", "107"),
        (format!("unix://{}", file.display()), "echo", "not a socket"),
        (format!("unix://{}", live.display()), "echo", "in use"),
        ("tcp://127.0.0.1:0".to_owned(), "ehco", "no behaviour is called"),
        ("http://127.0.0.1:0".to_owned(), "echo", "HTTP"),
        ("tls://127.0.0.1:0".to_owned(), "echo", "TLS"),
    ] {
        let mut lab = Lab::start();
        lab.order(NetCommand::Serve(SERVER, server(&listen, behaviour, ""))).await;
        let words = lab.failed(SERVER).await.to_string();
        assert!(words.contains(word), "{listen}: {words}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"mine", "a file that is no socket is left as it is");
}

#[tokio::test]
async fn a_socket_file_left_by_a_program_that_died_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("left.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "the standard library leaves it");
    let mut lab = Lab::start();
    lab.serve(&format!("unix://{}", path.display()), "echo", "").await;
    lab.connect(&format!("unix://{}", path.display())).await;
}

#[tokio::test]
async fn a_refused_connection_fails_with_the_address() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut lab = Lab::start();
    lab.order(NetCommand::Connect(CLIENT, client(&format!("tcp://{gone}")))).await;
    let trouble = lab.failed(CLIENT).await;
    assert!(trouble.to_string().contains(&gone.to_string()), "{trouble}");
    assert!(lab.facts(CLIENT).iter().all(|fact| !matches!(fact, NetFact::Opened { .. })));
}

#[tokio::test]
async fn a_udp_client_is_told_that_nobody_listens_and_goes_on() {
    let gone = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut lab = Lab::start();
    lab.connect(&format!("udp://{gone}")).await;
    lab.send(CLIENT, b"anyone?").await;
    lab.remark(CLIENT, "nobody listens there").await;
    let someone = UdpSocket::bind(gone).await.unwrap();
    lab.send(CLIENT, b"now?").await;
    let mut buffer = [0; 16];
    let (count, _) = timeout(PATIENCE, someone.recv_from(&mut buffer)).await.unwrap().unwrap();
    assert_eq!(&buffer[..count], b"now?");
}

#[tokio::test]
async fn a_reset_by_the_client_is_seen_as_one_at_both_ends() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "manual", "").await;
    lab.connect(&format!("tcp://{address}")).await;
    lab.opened(SERVER).await;
    lab.order(NetCommand::Reset(CLIENT, To::All)).await;
    assert_eq!(lab.closed(CLIENT).await, Closing::ResetByUs);
    assert_eq!(lab.closed(SERVER).await, Closing::ResetByPeer);
}

#[tokio::test]
async fn a_reset_by_the_server_is_seen_as_one_at_both_ends() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "manual", "").await;
    lab.connect(&format!("tcp://{address}")).await;
    let (conn, _, _) = lab.opened(SERVER).await;
    lab.order(NetCommand::Reset(SERVER, To::One(conn))).await;
    assert_eq!(lab.closed(SERVER).await, Closing::ResetByUs);
    assert_eq!(lab.closed(CLIENT).await, Closing::ResetByPeer);
}

#[tokio::test]
async fn a_close_by_the_server_is_orderly_at_both_ends_once_both_have_finished() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "manual", "").await;
    lab.connect(&format!("tcp://{address}")).await;
    lab.opened(SERVER).await;
    lab.send(SERVER, b"bye").await;
    lab.order(NetCommand::Close(SERVER, To::All)).await;
    lab.told(CLIENT, |fact| matches!(fact, NetFact::Finished(_, Direction::In)).then_some(())).await;
    assert_eq!(lab.hears(CLIENT, 3).await, b"bye", "what was sent before the close has gone out");
    lab.order(NetCommand::Finish(CLIENT, To::All)).await;
    assert_eq!(lab.closed(CLIENT).await, Closing::Orderly);
    assert_eq!(lab.closed(SERVER).await, Closing::Orderly);
}

#[tokio::test]
async fn a_client_that_sends_half_closes_and_waits_gets_its_whole_answer() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "echo", "").await;
    let mut peer = TcpStream::connect(address.to_string()).await.unwrap();
    let question = vec![7; 300_000];
    peer.write_all(&question).await.unwrap();
    peer.shutdown().await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, peer.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer.len(), question.len());
    assert_eq!(lab.closed(SERVER).await, Closing::Orderly);
    let finished: Vec<Direction> = lab
        .facts(SERVER)
        .iter()
        .filter_map(|fact| if let NetFact::Finished(_, direction) = fact { Some(*direction) } else { None })
        .collect();
    assert_eq!(finished, [Direction::In, Direction::Out]);
}

#[tokio::test]
async fn a_person_still_answers_a_peer_that_has_finished() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "manual", "").await;
    let mut peer = TcpStream::connect(address.to_string()).await.unwrap();
    peer.shutdown().await.unwrap();
    lab.told(SERVER, |fact| matches!(fact, NetFact::Finished(_, Direction::In)).then_some(())).await;
    lab.send(SERVER, b"still here").await;
    lab.order(NetCommand::Close(SERVER, To::All)).await;
    let mut answer = String::new();
    timeout(PATIENCE, peer.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer, "still here");
    assert_eq!(lab.closed(SERVER).await, Closing::Orderly);
}

#[tokio::test]
async fn ten_megabytes_are_echoed_to_a_client_that_writes_all_before_it_reads() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "echo", "").await;
    let mut peer = TcpStream::connect(address.to_string()).await.unwrap();
    let sent: Vec<u8> = (0..10_000_000_u32).map(|n| ((n * 31) >> 8) as u8).collect();
    timeout(PATIENCE, peer.write_all(&sent)).await.expect("the server goes on reading").unwrap();
    let mut echoed = vec![0; sent.len()];
    timeout(PATIENCE, peer.read_exact(&mut echoed)).await.expect("the server goes on writing").unwrap();
    assert!(echoed == sent);
    // The last of them may be told just behind the echo.
    let told = Cell::new(0);
    lab.told(SERVER, |fact| {
        if let NetFact::Data(_, Direction::In, bytes) = fact {
            told.set(told.get() + bytes.len());
        }
        (told.get() == sent.len()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_peer_that_never_reads_is_not_read_from_without_end() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "echo", "").await;
    let mut peer = TcpStream::connect(address.to_string()).await.unwrap();
    let chunk = vec![1; 1 << 20];
    let mut written = 0;
    while let Ok(count) = timeout(Duration::from_secs(1), peer.write(&chunk)).await {
        written += count.unwrap();
        assert!(written < 100 << 20, "the server takes more than any buffer explains");
    }
    let taken: usize = lab
        .facts(SERVER)
        .iter()
        .map(|fact| match fact {
            NetFact::Data(_, Direction::In, bytes) => bytes.len() as isize,
            NetFact::Data(_, Direction::Out, bytes) => -(bytes.len() as isize),
            _ => 0,
        })
        .sum::<isize>() as usize;
    assert!(taken < 13 << 20, "{taken} bytes are held for one peer");
    let mut echoed = vec![0; written];
    timeout(PATIENCE, peer.read_exact(&mut echoed)).await.expect("it goes on when the peer reads").unwrap();
}

#[tokio::test]
async fn a_server_comes_up_again_on_the_same_port_at_once() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "manual", "").await;
    let mut peer = TcpStream::connect(address.to_string()).await.unwrap();
    lab.opened(SERVER).await;
    let since = lab.so_far();
    assert_eq!(lab.serve(&format!("tcp://{address}"), "echo", "").await, address);
    lab.stopped(since, SERVER).await;
    assert_eq!(lab.closed(SERVER).await, Closing::Ours);
    assert_eq!(timeout(PATIENCE, peer.read(&mut [0; 8])).await.unwrap().unwrap(), 0, "the old connection got its FIN");
    let mut peer = TcpStream::connect(address.to_string()).await.unwrap();
    peer.write_all(b"again").await.unwrap();
    let mut echoed = [0; 5];
    timeout(PATIENCE, peer.read_exact(&mut echoed)).await.unwrap().unwrap();
    assert_eq!(&echoed, b"again");
}

#[tokio::test]
async fn five_hundred_connections_at_once_are_all_taken_without_a_lost_syn() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "echo", "").await.to_string();
    let began = Instant::now();
    let connecting = (0..500).map(|_| tokio::spawn(TcpStream::connect(address.clone())));
    let mut peers = Vec::new();
    for peer in connecting.collect::<Vec<_>>() {
        peers.push(timeout(PATIENCE, peer).await.unwrap().unwrap().unwrap());
    }
    assert!(began.elapsed() < Duration::from_millis(900), "a SYN was dropped and sent again after a second");
    for peer in &mut peers {
        peer.write_all(b"x").await.unwrap();
    }
    for peer in &mut peers {
        timeout(PATIENCE, peer.read_exact(&mut [0; 1])).await.unwrap().unwrap();
    }
    drop(lab.net);
    let gone =
        timeout(Duration::from_secs(2), peers[499].read(&mut [0; 1])).await.expect("all ends within two seconds");
    assert!(matches!(gone, Ok(0) | Err(_)));
}

#[tokio::test]
async fn datagrams_keep_their_edges_and_peers_are_told_apart() {
    let mut lab = Lab::start();
    let address = lab.serve("udp://127.0.0.1:0", "echo", "").await.to_string();
    let (one, two) = (UdpSocket::bind("127.0.0.1:0").await.unwrap(), UdpSocket::bind("127.0.0.1:0").await.unwrap());
    for (peer, words) in [(&one, ["a", "bb"]), (&two, ["", "ccc"])] {
        for word in words {
            peer.send_to(word.as_bytes(), &address).await.unwrap();
            let mut buffer = [0; 16];
            let (count, _) = timeout(PATIENCE, peer.recv_from(&mut buffer)).await.unwrap().unwrap();
            assert_eq!(&buffer[..count], word.as_bytes());
        }
    }
    let facts = lab.facts(SERVER);
    let opened: Vec<&Address> = facts
        .iter()
        .filter_map(|fact| if let NetFact::Opened { peer, .. } = fact { Some(peer) } else { None })
        .collect();
    assert_eq!(opened, [&Address::Ip(one.local_addr().unwrap()), &Address::Ip(two.local_addr().unwrap())]);
    drop(lab.net);
    lab = Lab::start();
    lab.connect(&format!("udp://{}", one.local_addr().unwrap())).await;
    lab.order(NetCommand::Send(CLIENT, To::All, vec![0; 65_508].into())).await;
    lab.remark(CLIENT, "at most 65507 bytes").await;
}

#[tokio::test]
async fn what_is_sent_before_the_connection_stands_waits_for_it_and_that_is_told() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "echo", "").await;
    lab.order(NetCommand::Connect(CLIENT, client(&format!("tcp://{address}")))).await;
    lab.send(CLIENT, b"early").await;
    assert_eq!(lab.hears(CLIENT, 5).await, b"early");
}

#[tokio::test]
async fn a_late_order_for_a_connection_that_is_gone_is_told_and_harms_nothing() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "echo", "").await;
    let conn = lab.connect(&format!("tcp://{address}")).await;
    lab.order(NetCommand::Close(CLIENT, To::One(conn))).await;
    lab.closed(CLIENT).await;
    let since = lab.so_far();
    lab.order(NetCommand::Send(CLIENT, To::One(conn), "late".into())).await;
    lab.order(NetCommand::Send(SERVER, To::All, "late".into())).await;
    lab.told_since(since.saturating_sub(2), CLIENT, |fact| matches!(fact, NetFact::Note(..)).then_some(())).await;
    lab.remark(SERVER, "nobody is connected").await;
}

#[tokio::test]
async fn a_program_answers_and_hears_the_end_of_what_it_is_fed() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "exec", "sort").await;
    let mut peer = TcpStream::connect(address.to_string()).await.unwrap();
    peer.write_all(b"b\na\n").await.unwrap();
    peer.shutdown().await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, peer.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer, "a\nb\n");
    lab.remark(SERVER, "the program ended: exit status: 0").await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_told() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "exec", "no-such-program-here").await;
    let _peer = TcpStream::connect(address.to_string()).await.unwrap();
    lab.remark(SERVER, "there is no such program").await;
}

#[tokio::test]
async fn a_group_is_joined_and_hears_what_is_sent_to_it_on_this_machine() {
    let mut lab = Lab::start();
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let group = format!("udp://239.255.77.77:{port}");
    let cast = CastSpec { join: true, interface: Some("127.0.0.1".into()), ttl: Some(0) };
    let other = NodeId(3);
    for node in [CLIENT, other] {
        let spec = ClientSpec { cast: cast.clone(), ..client(&group) };
        lab.order(NetCommand::Connect(node, spec)).await;
        lab.told(node, |fact| matches!(fact, NetFact::Opened { .. }).then_some(())).await;
        lab.told(node, |fact| matches!(fact, NetFact::Step(Step::Joined(_))).then_some(())).await;
    }
    lab.send(CLIENT, b"all of you").await;
    assert_eq!(lab.hears(other, 10).await, b"all of you");
}

#[tokio::test]
async fn an_http_server_answers_and_its_connections_are_told_to_their_end() {
    let mut lab = Lab::start();
    let address = lab.serve("http://127.0.0.1:0", "files", "").await;
    let mut peer = TcpStream::connect(address.to_string()).await.unwrap();
    peer.write_all(b"GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, peer.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(lab.closed(SERVER).await, Closing::Ours, "the client asked for the close, and the server closed");
    assert!(lab.hears(SERVER, 10).await.starts_with(b"GET / HTTP"));

    let _peer = TcpStream::connect(address.to_string()).await.unwrap();
    let second = lab
        .told(SERVER, |fact| match fact {
            NetFact::Opened { conn, .. } if conn.0 > 1 => Some(*conn),
            _ => None,
        })
        .await;
    lab.order(NetCommand::Reset(SERVER, To::One(second))).await;
    lab.told(SERVER, |fact| (*fact == NetFact::Closed(second, Closing::ResetByUs)).then_some(())).await;
}

/// A TLS server that sends back the first five bytes it hears and ends in order; where it listens.
async fn tls_echo_once() -> std::net::SocketAddr {
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = std::sync::Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a certificate and its key");
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut heard = [0; 5];
            if stream.read_exact(&mut heard).await.is_ok() {
                let _ = stream.write_all(&heard).await;
            }
            let _ = stream.shutdown().await;
        }
    });
    address
}

#[tokio::test]
async fn a_tls_client_shows_the_records_and_the_plain_text_inside_them() {
    let address = tls_echo_once().await;
    let mut lab = Lab::start();
    let tls = TlsSpec { verification: Verification::Off, ..TlsSpec::default() };
    lab.order(NetCommand::Connect(CLIENT, ClientSpec { tls, ..client(&format!("tls://{address}")) })).await;
    lab.send(CLIENT, b"hello").await;
    let inner = lab
        .told(CLIENT, |fact| match fact {
            NetFact::Opened { conn, how: Beginning::Inside(_), transport: Transport::Tls, .. } => Some(*conn),
            _ => None,
        })
        .await;
    lab.told(CLIENT, hello(inner, Direction::Out)).await;
    lab.told(CLIENT, hello(inner, Direction::In)).await;
    lab.told(CLIENT, |fact| (*fact == NetFact::Finished(inner, Direction::In)).then_some(())).await;
    lab.order(NetCommand::Close(CLIENT, To::All)).await;
    lab.told(CLIENT, |fact| (*fact == NetFact::Stopped).then_some(())).await;
    let facts = lab.facts(CLIENT);
    let records = facts.iter().filter(|fact| matches!(fact, NetFact::Data(conn, ..) if *conn != inner)).count();
    assert!(records >= 4, "the handshake and both records were seen");
    let closed: Vec<&NetFact> = facts.iter().filter(|fact| matches!(fact, NetFact::Closed(..))).collect();
    assert_eq!(closed.len(), 2, "{closed:?}");
    assert_eq!(closed[0], &NetFact::Closed(inner, Closing::Orderly));
}

/// Looks for the plain text `hello` on a conversation.
fn hello(conn: ConnId, direction: Direction) -> impl Fn(&NetFact) -> Option<()> {
    move |fact| (*fact == NetFact::Data(conn, direction, "hello".into())).then_some(())
}

#[tokio::test]
async fn a_certificate_that_does_not_hold_ends_the_client_with_the_reason() {
    let address = tls_echo_once().await;
    let mut lab = Lab::start();
    lab.order(NetCommand::Connect(CLIENT, client(&format!("tls://{address}")))).await;
    let trouble = lab.failed(CLIENT).await;
    assert!(trouble.remedy.contains("verification"), "{trouble}");
    assert!(matches!(lab.closed(CLIENT).await, Closing::Failed(_)));
}

#[tokio::test]
async fn what_one_says_in_a_chat_the_others_hear() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "chat", "").await.to_string();
    let mut ann = TcpStream::connect(&address).await.unwrap();
    lab.opened(SERVER).await;
    let mut bob = TcpStream::connect(&address).await.unwrap();
    lab.told(SERVER, |fact| matches!(fact, NetFact::Opened { conn, .. } if conn.0 > 1).then_some(())).await;
    ann.write_all(b"good morning\n").await.unwrap();
    let mut heard = String::new();
    while !heard.contains("good morning") {
        let mut buffer = [0; 1024];
        let count = timeout(PATIENCE, bob.read(&mut buffer)).await.unwrap().unwrap();
        assert_ne!(count, 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
}

#[tokio::test]
async fn a_program_is_killed_when_its_connection_ends() {
    let mut lab = Lab::start();
    let address = lab.serve("tcp://127.0.0.1:0", "exec", r#"sh -c "echo $$; exec sleep 1000""#).await;
    let mut peer = TcpStream::connect(address.to_string()).await.unwrap();
    let mut line = [0; 16];
    let count = timeout(PATIENCE, peer.read(&mut line)).await.unwrap().unwrap();
    let process = format!("/proc/{}", String::from_utf8_lossy(&line[..count]).trim());
    assert!(std::path::Path::new(&process).exists());
    lab.order(NetCommand::Reset(SERVER, To::All)).await;
    lab.closed(SERVER).await;
    let gone = async {
        while std::fs::read_to_string(format!("{process}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("it ends");
}

#[tokio::test]
async fn a_name_is_looked_up_without_a_frame_in_the_list_and_a_failure_is_plain() {
    let mut lab = Lab::start();
    for (number, name) in [(1, "localhost"), (2, "a..b")] {
        lab.order(NetCommand::LookUp(CLIENT, LookupId(number), name.into())).await;
        let answered = lab.told(CLIENT, |fact| match fact {
            NetFact::LookedUp(LookupId(id), answer) if *id == number => Some(answer.clone()),
            _ => None,
        });
        match (name, answered.await) {
            ("localhost", Ok(found)) => {
                assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{found:?}");
            }
            ("a..b", Err(trouble)) => assert!(!trouble.why.contains("os error") && !trouble.remedy.is_empty()),
            (name, other) => panic!("{name}: {other:?}"),
        }
    }
    assert!(lab.facts(CLIENT).iter().all(|fact| matches!(fact, NetFact::LookedUp(..))));
}
