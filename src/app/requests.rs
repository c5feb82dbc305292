//! Requests of a course made one after another: each exchange followed to its end, its answer held against what is
//! expected of it.

use std::time::Duration;

use super::Effect;
use crate::collection::{Ambient, Answer, Course, Failure, Judgement, Ready};
use crate::contract::{ExchangeFact, HttpBody, HttpRequest, NetCommand, Verification};
use crate::model::{ExchangeId, NodeId, Timestamp, content_coding};

/// Bytes of an answer's body that are held against what is expected of it, and of which values are kept.
const BODY: usize = 16 * 1024 * 1024;

/// The requests of a course, as they are made.
#[derive(Debug)]
pub struct Requests {
    /// What makes them.
    pub node: NodeId,
    course: Course,
    verification: Verification,
    made: u64,
    under_way: Option<UnderWay>,
    is_over: bool,
}

/// A request that is not answered yet.
#[derive(Debug)]
struct UnderWay {
    ready: Ready,
    began: Option<Timestamp>,
    reason: String,
    status: u16,
    headers: Vec<(String, String)>,
    /// The first [`BODY`] bytes of its body.
    body: Vec<u8>,
    size: u64,
}

/// What came of a request.
#[derive(Debug)]
pub enum Outcome {
    /// It was answered.
    Answered(Box<Answered>),
    /// It was sent and has failed, and why.
    Failed(Ready, String),
    /// It was given up.
    Cancelled,
}

/// A request with its answer.
#[derive(Debug)]
pub struct Answered {
    /// What was asked.
    pub ready: Ready,
    /// The answer's status.
    pub status: u16,
    /// Its reason phrase, which may be empty.
    pub reason: String,
    /// Bytes of its body.
    pub size: u64,
    /// How long it took, to the end of its body.
    pub took: Duration,
    /// What was expected of it, and what came of that.
    pub judgements: Vec<Judgement>,
}

impl Requests {
    /// A course none of whose requests is made yet.
    pub fn new(node: NodeId, course: Course, verification: Verification) -> Self {
        Self { node, course, verification, made: 0, under_way: None, is_over: false }
    }

    /// Whether all were made and answered.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether the last was made.
    pub fn is_last(&self) -> bool {
        self.course.is_last()
    }

    /// A text without the values that are secret.
    pub fn masked(&self, text: &str) -> String {
        self.course.masked(text)
    }

    /// Makes the next request, once the one before it is answered; or tells why it cannot be made.
    pub fn advance(&mut self, ambient: &mut dyn Ambient) -> Option<Result<Effect, Failure>> {
        if self.under_way.is_some() {
            return None;
        }
        let Some(next) = self.course.next(ambient) else {
            self.is_over = true;
            return None;
        };
        Some(next.map(|ready| self.ask(ready)))
    }

    fn ask(&mut self, ready: Ready) -> Effect {
        self.made += 1;
        let request = HttpRequest {
            method: ready.method.clone(),
            url: ready.url.clone(),
            headers: ready.headers.clone(),
            body: HttpBody::Bytes(ready.body.clone()),
            verification: self.verification,
            patience: ready.timeout.unwrap_or(HttpRequest::PATIENCE),
        };
        self.under_way = Some(UnderWay {
            ready,
            began: None,
            reason: String::new(),
            status: 0,
            headers: Vec::new(),
            body: Vec::new(),
            size: 0,
        });
        Effect::Net(NetCommand::Fetch(self.node, ExchangeId(self.made), request))
    }

    /// Follows the exchange; what came of it, when that is its end.
    pub fn on_exchange(&mut self, fact: &ExchangeFact, at: Timestamp) -> Option<Outcome> {
        let under_way = self.under_way.as_mut()?;
        match fact {
            ExchangeFact::Started => under_way.began = Some(at),
            ExchangeFact::Head { status, reason, headers, .. } => {
                under_way.status = *status;
                under_way.reason.clone_from(reason);
                under_way.headers.clone_from(headers);
            }
            ExchangeFact::Body(bytes) => {
                under_way.size += bytes.len() as u64;
                let room = BODY.saturating_sub(under_way.body.len()).min(bytes.len());
                under_way.body.extend_from_slice(&bytes[..room]);
            }
            ExchangeFact::Done => return self.answered(at),
            ExchangeFact::Failed(trouble) => {
                let ready = self.under_way.take()?.ready;
                return Some(Outcome::Failed(ready, trouble.to_string()));
            }
            ExchangeFact::Cancelled => {
                self.under_way = None;
                self.is_over = true;
                return Some(Outcome::Cancelled);
            }
            ExchangeFact::Resolved
            | ExchangeFact::Connected
            | ExchangeFact::Secured(_)
            | ExchangeFact::Sent
            | ExchangeFact::Trailers(_) => {}
        }
        None
    }

    fn answered(&mut self, at: Timestamp) -> Option<Outcome> {
        let UnderWay { ready, began, reason, status, headers, body, size } = self.under_way.take()?;
        let took = at.since(began.unwrap_or(at));
        // What is expected is said of the body as its author wrote it; one that cannot be unpacked stays as it came.
        let codings = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
        let codings = codings.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(",");
        let body = match content_coding::unpack(&codings, &body) {
            Ok(Some(unpacked)) => unpacked.bytes,
            Ok(None) | Err(_) => body,
        };
        let judgements = self.course.answered(Answer { status, headers, body: body.into(), took });
        Some(Outcome::Answered(Box::new(Answered { ready, status, reason, size, took, judgements })))
    }
}
