//! A token bucket, as a queue that is only reckoned: when each byte may leave is known on its arrival.

use std::time::Duration;

/// The bucket of one direction.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    /// When all that was let in so far has been paid for with new tokens.
    paid: Duration,
}

impl Bucket {
    /// When so many bytes that are ready to leave at `at` may do so.
    pub(super) fn leave(&mut self, at: Duration, bytes: u64, rate: u64, burst: u64) -> Duration {
        let cost = |bytes: u64| Duration::try_from_secs_f64(bytes as f64 / rate.max(1) as f64).unwrap_or(Duration::MAX);
        self.paid = self.paid.max(at).saturating_add(cost(bytes));
        self.paid.saturating_sub(cost(burst)).max(at)
    }
}

/// Bytes of a stream that leave together: what the rate lets through in 10 ms, and no less than a packet's, so that a
/// slow link is seen as a trickle.
pub(super) fn piece(rate: u64) -> u64 {
    const PACKET: u64 = 1460;
    (rate / 100).max(PACKET)
}

/// Bytes that may leave at once where nothing else is said: what comes in 10 ms, and no less than a packet's.
pub(super) fn usual_burst(rate: u64) -> u64 {
    piece(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn after_a_burst_bytes_leave_at_the_rate() {
        let mut bucket = Bucket::default();
        let mut leave = |at, bytes| bucket.leave(SECOND * at, bytes, 1000, 500);
        assert_eq!(leave(1, 500), SECOND, "the burst leaves at once");
        assert_eq!(leave(1, 1000), SECOND * 2, "then a thousand a second");
        assert_eq!(leave(1, 2000), SECOND * 4);
        assert_eq!(leave(100, 500), SECOND * 100, "a silence fills the bucket");
    }
}
