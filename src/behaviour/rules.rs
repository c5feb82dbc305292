//! Rules: the first pattern that what came matches says what is answered.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use regex::bytes::{Captures, Regex, RegexBuilder};

use super::lines::{Cut, Lines};
use super::outbox::{Outbox, Parcel, Then};
use super::template::Template;
use super::{Behaviour, Carrier, Event, Happened, Kind, Made, Make, Reply, argument};
use crate::model::{ConnId, Timestamp};

/// How long an unfinished line may rest before it is matched as it is. Longer than the 40 ms by which
/// Linux holds an acknowledgement back, so that a line which Nagle's algorithm cut in two is still whole.
const PAUSE: Duration = Duration::from_millis(50);
/// The most rules, and the most memory one compiled pattern may take, in bytes.
const MOST_RULES: usize = 200;
const PATTERN_SIZE: usize = 1024 * 1024;
/// What may stand after `|`.
const OPTIONS: [&str; 3] = ["after 50ms", "close", "times 3"];

/// This behaviour, as it is offered.
pub const KIND: Kind = Kind {
    name: "rules",
    words: "answers by patterns: the first that matches a line replies",
    argument: r"one rule a line: PATTERN => ANSWER | after 50ms | close | times 3; $1 is what ( ) matched",
    example: "^HELLO (\\w+) => Hi $1\\r\\n\n^SLOW => at last\\r\\n | after 2s\n^BYE => Goodbye\\r\\n | close\n.* => what?\\r\\n",
    make: Make::Bytes(make),
};

/// Reads rules, one a line: `PATTERN => ANSWER | after 50ms | close | times 3`.
///
/// - The pattern is a regular expression of the `regex` crate over bytes, in linear time; it matches
///   anywhere unless `^` and `$` hold it. The first rule that matches answers; where none does,
///   nothing is said.
/// - The answer knows escapes (`\r\n`), `$1`, `${1}`, `${name}`, `$0` for all that matched, and `\$`
///   for a dollar sign; an empty one sends nothing.
/// - `after` waits, `close` closes behind the answer, `times` lets the rule answer so often in all,
///   over all connections; then it is passed over.
/// - A line that begins with `|` goes on with the rule before; empty lines and lines that begin with `#` do not count.
///
/// A datagram is matched whole. Of a stream each line is matched, without its LF or CR LF; bytes
/// after the last LF are matched as they are once the peer has paused or finished, and if no rule takes them
/// they wait for the rest of their line. A line over 64 KiB is matched in pieces.
fn make(carrier: Carrier, argument: &str) -> Made<dyn Behaviour> {
    let entries = argument::entries(argument)?;
    if entries.is_empty() {
        return Err(r"write at least one rule, such as ^HELLO (\w+) => Hi $1\r\n".to_owned());
    }
    if entries.len() > MOST_RULES {
        return Err(format!("there are {} rules; at most {MOST_RULES} are taken", entries.len()));
    }
    let rules: Result<Vec<Rule>, String> =
        entries.iter().map(|(line, entry)| Rule::parse(entry).map_err(|why| format!("line {line}: {why}"))).collect();
    Ok(Box::new(Rules { carrier, list: rules?, peers: HashMap::new() }))
}

struct Rules {
    carrier: Carrier,
    list: Vec<Rule>,
    peers: HashMap<ConnId, Peer>,
}

struct Rule {
    pattern: Regex,
    answer: Template<usize>,
    after: Duration,
    then: Then,
    /// How often it may still answer.
    left: Option<u32>,
}

/// What is kept of a connection.
struct Peer {
    lines: Lines,
    outbox: Outbox,
    /// When data came last, while the alarm for a pause is under way, and when that rings.
    pause: Option<(Timestamp, Timestamp)>,
}

impl Behaviour for Rules {
    fn on(&mut self, event: Event<'_>) -> Vec<Reply> {
        let Event { conn, at, what } = event;
        match what {
            Happened::Opened(_) => {
                self.peers.insert(conn, Peer { lines: Lines::default(), outbox: Outbox::new(conn), pause: None });
                Vec::new()
            }
            Happened::Closed => {
                self.peers.remove(&conn);
                Vec::new()
            }
            Happened::Data(data) => self.with(conn, |rules, peer| match rules.carrier {
                Carrier::Datagram => rules.answer(peer, data, at).unwrap_or_default(),
                Carrier::Stream => rules.stream(conn, peer, data, at),
            }),
            Happened::Woken => self.with(conn, |rules, peer| rules.woken(conn, peer, at)),
            Happened::Finished => self.with(conn, |rules, peer| {
                let mut replies = match peer.lines.take_unfinished() {
                    Some(rest) => rules.answer(peer, &rest, at).unwrap_or_default(),
                    None => Vec::new(),
                };
                replies.extend(peer.outbox.finish());
                replies
            }),
            Happened::Drained | Happened::Output(_) | Happened::Exited => Vec::new(),
        }
    }
}

impl Rules {
    /// Acts on a peer that is known, while it is out of the table.
    fn with(&mut self, conn: ConnId, act: impl FnOnce(&mut Self, &mut Peer) -> Vec<Reply>) -> Vec<Reply> {
        let Some(mut peer) = self.peers.remove(&conn) else { return Vec::new() };
        let replies = act(self, &mut peer);
        self.peers.insert(conn, peer);
        replies
    }

    fn stream(&mut self, conn: ConnId, peer: &mut Peer, data: &Bytes, at: Timestamp) -> Vec<Reply> {
        let mut replies = Vec::new();
        for cut in peer.lines.push(data) {
            let (Cut::Line(line) | Cut::Piece(line)) = cut;
            replies.extend(self.answer(peer, &line, at).unwrap_or_default());
        }
        if !peer.lines.unfinished().is_empty() {
            let rings = peer.pause.map_or_else(|| at.plus(PAUSE), |(_, rings)| rings);
            if peer.pause.is_none() {
                replies.push(Reply::WakeAfter(conn, PAUSE));
            }
            peer.pause = Some((at, rings));
        }
        replies
    }

    /// One of the two alarms that may be under way has rung: the one that is due first.
    fn woken(&mut self, conn: ConnId, peer: &mut Peer, at: Timestamp) -> Vec<Reply> {
        match (peer.pause, peer.outbox.alarm()) {
            (Some((_, rings)), Some(due)) if due < rings => peer.outbox.woken(at),
            (None, _) => peer.outbox.woken(at),
            (Some((last, _)), _) => {
                let rest = PAUSE.saturating_sub(at.since(last));
                if rest.is_zero() || at < last {
                    peer.pause = None;
                    return self.answer_unfinished(peer, at);
                }
                peer.pause = Some((last, at.plus(rest)));
                vec![Reply::WakeAfter(conn, rest)]
            }
        }
    }

    fn answer_unfinished(&mut self, peer: &mut Peer, at: Timestamp) -> Vec<Reply> {
        let unfinished = Bytes::copy_from_slice(peer.lines.unfinished());
        if unfinished.is_empty() {
            return Vec::new();
        }
        let replies = self.answer(peer, &unfinished, at);
        if replies.is_some() {
            peer.lines.take_unfinished();
        }
        replies.unwrap_or_default()
    }

    /// What the first rule that matches replies; None when none does.
    fn answer(&mut self, peer: &mut Peer, message: &[u8], at: Timestamp) -> Option<Vec<Reply>> {
        // A rule is not used up by what can have no answer any more.
        if !peer.outbox.is_open() {
            return None;
        }
        let parcel = self.list.iter_mut().find_map(|rule| rule.answer(message))?;
        Some(peer.outbox.put(at, parcel))
    }
}

impl Rule {
    fn parse(entry: &str) -> Result<Self, String> {
        let (pattern, answer) =
            argument::arrow(entry).ok_or_else(|| "a rule is PATTERN => ANSWER, and => is missing".to_owned())?;
        if pattern.is_empty() {
            return Err("the pattern before => is missing; write .* to match all".to_owned());
        }
        let pattern = compiled(pattern)?;
        let (answer, options) = argument::options(answer);
        let answer = Template::parse(answer, '$', |rest| group(rest, &pattern))?;
        let mut rule = Self { pattern, answer, after: Duration::ZERO, then: Then::Stay, left: None };
        for option in options {
            match argument::first_word(option) {
                ("after", time) => rule.after = crate::model::duration(time)?,
                ("close", rest) => {
                    argument::alone("close", rest)?;
                    rule.then = Then::Close;
                }
                ("times", number) => rule.left = Some(times(number)?),
                _ => return Err(argument::unknown_option(option, &OPTIONS)),
            }
        }
        Ok(rule)
    }

    fn answer(&mut self, message: &[u8]) -> Option<Parcel> {
        if self.left == Some(0) {
            return None;
        }
        let captures = self.pattern.captures(message)?;
        self.left = self.left.map(|left| left - 1);
        let bytes = self.answer.fill(|group, bytes| bytes.extend_from_slice(captured(&captures, *group)));
        Some(Parcel { bytes: bytes.into(), after: self.after, then: self.then })
    }
}

fn captured<'a>(captures: &Captures<'a>, group: usize) -> &'a [u8] {
    captures.get(group).map_or(&[], |found| found.as_bytes())
}

fn compiled(pattern: &str) -> Result<Regex, String> {
    let limited = RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).dfa_size_limit(PATTERN_SIZE).build();
    limited.map_err(|error| {
        if let regex::Error::CompiledTooBig(_) = error {
            return "the pattern is too large; make its repetitions smaller".to_owned();
        }
        let words = error.to_string();
        let why = words.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("the pattern {:?} is wrong: {why}", argument::shortened(pattern))
    })
}

fn times(number: &str) -> Result<u32, String> {
    match number.parse() {
        Ok(times) if times > 0 => Ok(times),
        Ok(_) | Err(_) => Err("times takes a whole number from 1, such as times 3".to_owned()),
    }
}

/// The group that `$1`, `${1}` or `${name}` at the start of a text means.
fn group(text: &str, pattern: &Regex) -> Result<Option<(usize, usize)>, String> {
    let after = &text[1..];
    let (name, taken) = if let Some(braced) = after.strip_prefix('{') {
        let (name, _) = braced.split_once('}').ok_or_else(|| "the } after ${ is missing".to_owned())?;
        (name, name.len() + 3)
    } else {
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (name, taken) = (&after[..digits], digits + 1);
        match after.chars().next() {
            Some(letter) if letter.is_alphabetic() || letter == '_' => {
                return Err(r"a named group is written ${name}, and a dollar sign \$".to_owned());
            }
            Some(_) if digits > 0 => (name, taken),
            Some(_) | None => return Ok(None),
        }
    };
    let known = match name.parse::<usize>() {
        Ok(number) => Some(number).filter(|number| *number < pattern.captures_len()),
        Err(_) => pattern.capture_names().position(|it| it == Some(name)),
    };
    match known {
        Some(number) => Ok(Some((number, taken))),
        None => Err(format!(r"the pattern has no group {:?}; a dollar sign is written \$", argument::shortened(name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::conversation::Conversation;
    use crate::behaviour::machine;
    use crate::model::Scheme;

    #[test]
    fn the_first_rule_that_matches_answers_with_what_it_captured() {
        let mut talk = Conversation::stream("rules", KIND.example);
        talk.opens(1).says("HELLO Ada\r\n").hears("Hi Ada\r\n");
        talk.says("xyz\n").hears("what?\r\n");
        talk.says("HELLO a\nHELLO b\n").hears("Hi a\r\nHi b\r\n").is_open();
        talk.says("BYE\n").hears("Goodbye\r\n").is_closed();
        talk.says("HELLO again\n").hears_nothing();
    }

    #[test]
    fn groups_are_numbered_or_named_and_bytes_stay_bytes() {
        let rules = r"(?-u)^(?P<key>\w+)=(.*)$ => ${key}<$2>${0}\$1 \x00\|";
        let mut talk = Conversation::stream("rules", rules);
        talk.opens(1).says(b"k=\xff\0\n").hears(b"k<\xff\0>k=\xff\0$1 \0|");
    }

    #[test]
    fn a_line_is_whole_however_it_was_cut_on_its_way() {
        let mut talk = Conversation::stream("rules", r"^HELLO (\w+)$ => Hi $1");
        talk.opens(1).says("HEL").passes_ms(40).says("LO W").passes_ms(40).says("orld").hears_nothing();
        talk.says("\n").hears("Hi World").passes_ms(1000).hears_nothing();
    }

    #[test]
    fn a_line_without_its_end_is_answered_when_the_peer_pauses() {
        let mut talk = Conversation::stream("rules", "^PING$ => pong\n^$ => empty\n^BYE => bye");
        talk.opens(1).says("PING").hears_nothing().passes_ms(50).hears("pong");
        talk.says("\n").hears_nothing();
        talk.says("\n").hears("empty");
        talk.says("PI").passes_ms(500).hears_nothing();
        talk.says("NG\n").hears("pong");
        talk.says("BYE").finishes().hears("bye").is_closed();
    }

    #[test]
    fn a_late_answer_holds_up_those_behind_it_and_the_close_waits_for_it() {
        let mut talk = Conversation::stream("rules", "SLOW => slow | after 2s\nFAST => fast");
        talk.opens(1).says("SLOW\nFAST\n").passes_ms(1999).hears_nothing();
        talk.finishes().is_open().passes_ms(1).hears("slowfast").is_closed();
    }

    #[test]
    fn a_pause_and_a_late_answer_are_told_apart() {
        let mut talk = Conversation::stream("rules", "SLOW => slow | after 70ms\nA => a");
        talk.opens(1).says("SLOW\nA").passes_ms(69).hears_nothing();
        talk.passes_ms(1).hears("slowa");
        talk.says("SLOW\n").passes_ms(40).says("A").passes_ms(30).hears("slow");
        talk.passes_ms(19).hears_nothing().passes_ms(1).hears("a").passes_ms(1000).hears_nothing();
    }

    #[test]
    fn a_rule_that_has_answered_often_enough_is_passed_over_on_all_connections() {
        let mut talk = Conversation::stream("rules", "GET => busy\\n | times 2 | after 9ms | close\nGET => ok");
        talk.opens(1).says("GET\nGET\n").passes_ms(9).hears("busy\n").is_closed().says("GET\n").hears_nothing();
        talk.opens(2).says("GET\n").passes_ms(9).hears("busy\n").is_closed();
        talk.opens(3).says("GET\n").hears("ok").says("GET\n").hears("ok").is_open();
    }

    #[test]
    fn each_datagram_is_matched_whole() {
        let mut talk = Conversation::datagrams("rules", "^a\\nb$ => both\n^$ => empty\nclose => | close");
        talk.opens(1).says("a\nb").hears("both").says("").hears("empty").says("zzz").hears_nothing();
        talk.says("close").hears_nothing().is_closed();
    }

    #[test]
    fn hostile_bytes_cost_no_more_than_a_line_of_memory_and_linear_time() {
        let mut talk = Conversation::stream("rules", "^(a+)+$ => matched\n^done$ => ok");
        talk.opens(1);
        let block = [b"a".repeat(63 * 1024), vec![0, 0xff]].concat();
        for _ in 0..160 {
            talk.says(&block);
        }
        talk.says("\ndone\n").hears("ok");
        talk.opens(2).says("half a li").leaves().passes_ms(100);
    }

    #[test]
    fn says_which_line_is_wrong_and_what_would_be_right() {
        for (written, words) in [
            ("", "at least one rule"),
            ("# only a comment", "at least one rule"),
            ("HELLO", "line 1: a rule is PATTERN => ANSWER"),
            ("a => b\n\n => c", "line 3: the pattern before => is missing"),
            ("a => b\n(c => d", "line 2: the pattern \"(c\" is wrong: unclosed group"),
            (r"(\w{1000}){1000} => x", "too large"),
            ("a => $1", "no group \"1\""),
            ("(?<who>a) => ${whom}", "no group \"whom\""),
            ("(?<who>a) => $who", "${name}"),
            ("a => ${0", "the } after ${"),
            (r"a => \q", r"\q is no escape"),
            ("a => b | afetr 5s", "did you mean after?"),
            ("a => b | after 5", "write 5ms or 5s"),
            ("a => b | times 0", "from 1"),
            ("a => b | times many", "from 1"),
            ("a => b | close | | times 1", r"\|"),
            ("| close", "line 1: options after |"),
            (&"a => b\n".repeat(201), "at most 200"),
        ] {
            let why = machine(Scheme::Tcp, "rules", written).expect_err(written);
            assert!(why.contains(words), "{written}: {why}");
        }
    }
}
