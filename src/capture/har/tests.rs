use super::*;

const MOMENT: i64 = 1_769_860_981_204_417_000;

fn message(milliseconds: [i64; 2], bytes: &[u8]) -> Message {
    let [began, ended] = milliseconds.map(|at| Timestamp(MOMENT + at * 1_000_000));
    Message { began, ended, bytes: bytes.to_vec(), length: bytes.len() as u64 }
}

fn told(request: &Message, response: Option<&Message>) -> Value {
    let server = Address::Ip("127.0.0.1:8080".parse().unwrap());
    entry(Exchange { request, response, scheme: "http", server: &server, connection: "7" }).unwrap()
}
