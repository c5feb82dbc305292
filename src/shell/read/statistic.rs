//! What `-z` asks for.

use super::super::drawing::Drawing;
use super::Failure;
use super::diff;
use crate::diff::{Ignored, View};
use crate::model::Transport;

/// What there is, for whoever asked for something else.
const STATISTICS: &str = "follow,tcp|udp|unix|unixgram|tls,ascii|hex|raw,N, conv,tcp|udp, ladder[,text|svg|mermaid], stats and \
     diff[,flow],N,M[,bytes][,ignore=NAME;/PATTERN/]";

/// Something told of a whole capture.
#[derive(Debug, Clone)]
pub enum Statistic {
    /// What both ends of one conversation said.
    Follow {
        /// What carries it.
        carrier: Transport,
        /// How bytes are written.
        shape: Shape,
        /// Its place among those of its carrier, from 0.
        ordinal: u64,
    },
    /// Who spoke with whom, and how much.
    Conversations(Transport),
    /// What went between whom, drawn.
    Ladder(Drawing),
    /// How much, how fast and how long, measured.
    Stats,
    /// Two things beside each other.
    Diff(diff::Asked),
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The messages of two frames.
    Frames,
    /// All that was said in two conversations.
    Flows,
}

/// How the bytes of a conversation are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As letters; dots stand for what is none.
    Ascii,
    /// As a dump.
    Hex,
    /// As hexadecimal digits, a message a line.
    Raw,
}

impl Shape {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Ascii => "ascii",
            Shape::Hex => "hex",
            Shape::Raw => "raw",
        }
    }
}

impl Statistic {
    /// What a word of `-z` asks for.
    ///
    /// # Errors
    /// There is no such thing.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |what: String| Failure::usage(format!("-z {text}: {what}; there are {STATISTICS}"));
        // A pattern may hold commas: what is ignored comes last.
        let (text, ignored) = text.split_once(",ignore=").map_or((text, None), |(text, list)| (text, Some(list)));
        let parts: Vec<&str> = text.split(',').collect();
        if let ["diff", rest @ ..] = &parts[..] {
            return compared(rest, ignored.unwrap_or("")).map(Statistic::Diff).map_err(wrong);
        }
        if ignored.is_some() {
            return Err(wrong("only a diff ignores something".into()));
        }
        match parts[..] {
            ["follow", carrier, shape, number] => {
                let carrier =
                    carrier_of(carrier).ok_or_else(|| wrong(format!("no conversations are carried by {carrier:?}")))?;
                let shapes = [Shape::Ascii, Shape::Hex, Shape::Raw];
                let shape = shapes.into_iter().find(|known| known.name() == shape);
                let shape = shape.ok_or_else(|| wrong("it says not how to write the bytes".into()))?;
                let ordinal = number.parse().map_err(|_| wrong(format!("{number:?} is not the number of one")))?;
                Ok(Statistic::Follow { carrier, shape, ordinal })
            }
            ["stats"] => Ok(Statistic::Stats),
            ["ladder"] => Ok(Statistic::Ladder(Drawing::Text)),
            ["ladder", name] => {
                let drawing = Drawing::ALL.into_iter().find(|known| known.name() == name);
                Ok(Statistic::Ladder(drawing.ok_or_else(|| wrong(format!("a ladder is not drawn as {name:?}")))?))
            }
            ["conv", "tcp"] => Ok(Statistic::Conversations(Transport::Tcp)),
            ["conv", "udp"] => Ok(Statistic::Conversations(Transport::Udp)),
            _ => Err(wrong("this is not told here".into())),
        }
    }
}

/// What stands behind `diff,`.
fn compared(parts: &[&str], ignored: &str) -> Result<diff::Asked, String> {
    let (what, parts) = match parts {
        ["flow", rest @ ..] => (Compared::Flows, rest),
        rest => (Compared::Frames, rest),
    };
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("{text:?} is not the number of one"));
    let (left, right, view) = match parts {
        [left, right] | [left, right, "fields"] => (left, right, View::Fields),
        [left, right, "bytes"] => (left, right, View::Bytes),
        [_, _, other] => return Err(format!("{other:?} is nothing to compare: fields or bytes")),
        _ => return Err("it compares two: diff,4,9".into()),
    };
    Ok(diff::Asked { what, numbers: [number(left)?, number(right)?], view, ignored: Ignored::parse(ignored)? })
}

fn carrier_of(name: &str) -> Option<Transport> {
    let all = [Transport::Tcp, Transport::Udp, Transport::Unix, Transport::UnixDatagram, Transport::Tls];
    all.into_iter().find(|transport| transport.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_read_as_tshark_reads_it() {
        assert!(matches!(
            Statistic::parse("follow,udp,hex,12"),
            Ok(Statistic::Follow { carrier: Transport::Udp, shape: Shape::Hex, ordinal: 12 })
        ));
        assert!(matches!(Statistic::parse("conv,tcp"), Ok(Statistic::Conversations(Transport::Tcp))));
        let Ok(Statistic::Diff(asked)) = Statistic::parse("diff,flow,3,4,bytes,ignore=date;/a{1,2}/") else {
            panic!("it is a diff")
        };
        assert_eq!((asked.what, asked.numbers, asked.view), (Compared::Flows, [3, 4], View::Bytes));
        assert!(asked.ignored.has("http.date") && asked.ignored.without("baa") == b"b\0");
    }

    #[test]
    fn what_is_not_told_here_is_refused_in_words() {
        let told = |text| Statistic::parse(text).unwrap_err().to_string();
        assert!(told("follow,tcp,ascii,x").starts_with("-z follow,tcp,ascii,x: \"x\" is not the number of one"));
        assert!(told("follow,sctp,ascii,1").contains("no conversations are carried by \"sctp\""));
        assert!(told("follow,tcp,yaml,1").contains("how to write the bytes"));
        assert!(told("diff,1").contains("it compares two: diff,4,9"));
        assert!(told("diff,1,x").contains("\"x\" is not the number of one"));
        assert!(told("diff,1,2,trees").contains("\"trees\" is nothing to compare"));
        assert!(told("diff,1,2,ignore=/(/").contains("is no pattern"));
        assert!(told("stats,ignore=x").contains("only a diff"));
        for other in ["io,stat,1", "conv,ip", "conv", "", "follow,tcp,ascii", "conv,tcp,ip.addr==10.0.0.1"] {
            assert!(told(other).contains("not told here; there are follow,"), "{other}");
        }
    }
}
