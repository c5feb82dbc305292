//! Deciding by their first bytes which decoder bytes are for.

use super::{Context, DECODERS, Decoder, Likelihood, NewFramer, PROBE_LIMIT, prefix};

/// What the first bytes of a stream tell.
pub enum Verdict {
    /// Not enough yet.
    Open,
    /// No protocol with messages of its own.
    Plain,
    /// This one.
    Take(&'static dyn Decoder, NewFramer),
}

/// Judges the beginning of a stream.
pub fn judge(context: Context, start: &[u8]) -> Verdict {
    let candidates = DECODERS.iter().filter_map(|decoder| Some((*decoder, decoder.framer()?)));
    let mut best = (Likelihood::No, Verdict::Plain);
    for (decoder, new_framer) in candidates {
        let likelihood = decoder.probe(context, start);
        if likelihood > best.0 {
            best = (likelihood, Verdict::Take(decoder, new_framer));
        }
    }
    match best.0 {
        Likelihood::Certain => best.1,
        Likelihood::Likely if start.len() >= PROBE_LIMIT => best.1,
        Likelihood::Possible if start.len() >= PROBE_LIMIT => Verdict::Plain,
        Likelihood::Possible | Likelihood::Likely => Verdict::Open,
        Likelihood::No => Verdict::Plain,
    }
}

/// The decoder of a whole frame: a datagram, or a part of a stream that has no messages of its own.
/// The last decoder takes what no other is likely to.
pub fn plain(context: Context, bytes: &[u8]) -> &'static dyn Decoder {
    let is_datagram = context.transport.is_datagram();
    let candidates = DECODERS.iter().filter(|decoder| is_datagram || decoder.framer().is_none());
    let likely = candidates.map(|decoder| (decoder.probe(context, prefix(bytes)), *decoder));
    let best = likely.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.filter(|(likelihood, _)| *likelihood >= Likelihood::Likely)
        .map_or(DECODERS[DECODERS.len() - 1], |(_, decoder)| decoder)
}
