//! What `-z` asks for.

use super::super::drawing::Drawing;
use super::Failure;
use crate::model::Transport;

/// What there is, for whoever asked for something else.
const STATISTICS: &str =
    "follow,tcp|udp|unix|unixgram|tls,ascii|hex|raw,N, conv,tcp|udp, ladder[,text|svg|mermaid] and stats";

/// Something told of a whole capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        let parts: Vec<&str> = text.split(',').collect();
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

fn carrier_of(name: &str) -> Option<Transport> {
    let all = [Transport::Tcp, Transport::Udp, Transport::Unix, Transport::UnixDatagram, Transport::Tls];
    all.into_iter().find(|transport| transport.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_read_as_tshark_reads_it() {
        let follow = Statistic::Follow { carrier: Transport::Udp, shape: Shape::Hex, ordinal: 12 };
        assert_eq!(Statistic::parse("follow,udp,hex,12").unwrap(), follow);
        assert_eq!(Statistic::parse("conv,tcp").unwrap(), Statistic::Conversations(Transport::Tcp));
    }

    #[test]
    fn what_is_not_told_here_is_refused_in_words() {
        let told = |text| Statistic::parse(text).unwrap_err().to_string();
        assert!(told("follow,tcp,ascii,x").starts_with("-z follow,tcp,ascii,x: \"x\" is not the number of one"));
        assert!(told("follow,sctp,ascii,1").contains("no conversations are carried by \"sctp\""));
        assert!(told("follow,tcp,yaml,1").contains("how to write the bytes"));
        for other in ["io,stat,1", "conv,ip", "conv", "", "follow,tcp,ascii", "conv,tcp,ip.addr==10.0.0.1"] {
            assert!(told(other).contains("not told here; there are follow,"), "{other}");
        }
    }
}
