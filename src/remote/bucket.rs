//! A token bucket: a rate limiter whose time is an argument.

use std::time::Duration;

/// A token bucket that reduces its rate after a 429 and then slowly increases it again.
///
/// Times are durations since any fixed time of a monotonic clock.
#[derive(Debug, Clone)]
pub struct Bucket {
    full_rate: f64,
    rate: f64,
    burst: f64,
    tokens: f64,
    at: Duration,
    blocked_until: Duration,
    grown_at: Duration,
    halved_at: Option<Duration>,
}

/// A shorter wait in an answer is treated as no wait at all.
const SHORTEST_HINT: Duration = Duration::from_millis(100);
/// Calls that run at the same time are refused at the same time: this counts as one refusal.
const ONE_MOMENT: Duration = Duration::from_secs(1);
/// After this time a reduced rate increases by a tenth of the full rate.
const RECOVERY: Duration = Duration::from_secs(10);

impl Bucket {
    /// A full bucket. `rate` is in tokens per second.
    #[must_use]
    pub fn new(rate: f64, burst: f64, now: Duration) -> Self {
        let burst = burst.max(1.0);
        Self {
            full_rate: rate,
            rate,
            burst,
            tokens: burst,
            at: now,
            blocked_until: Duration::ZERO,
            grown_at: now,
            halved_at: None,
        }
    }

    /// Changes the rate and the burst, if they are others. Used tokens stay used.
    pub fn resize(&mut self, rate: f64, burst: f64, now: Duration) {
        let burst = burst.max(1.0);
        #[allow(clippy::float_cmp, reason = "the same setting is the same number")]
        if self.full_rate == rate && self.burst == burst {
            return;
        }
        self.refill(now);
        self.full_rate = rate;
        self.rate = rate;
        self.burst = burst;
        self.tokens = self.tokens.min(self.burst);
    }

    /// Takes a token, or says how long to wait.
    ///
    /// # Errors
    /// The time until the token is there, if nobody else takes it.
    pub fn take(&mut self, now: Duration) -> Result<(), Duration> {
        if let Some(wait) = self.wait(now) {
            Err(wait)
        } else {
            self.tokens -= 1.0;
            Ok(())
        }
    }

    /// How long until a token is there; `None` is now.
    pub fn wait(&mut self, now: Duration) -> Option<Duration> {
        self.refill(now);
        if self.blocked_until > now {
            return Some(self.blocked_until.saturating_sub(now));
        }
        // The rounding of a refill must not cost a whole further round.
        if self.tokens + 1e-9 >= 1.0 {
            return None;
        }
        let secs = (1.0 - self.tokens) / self.rate;
        Some(Duration::try_from_secs_f64(secs).unwrap_or(Duration::MAX).max(Duration::from_millis(1)))
    }

    /// How many tokens are there now; 0 while the server has asked to wait.
    pub fn tokens(&mut self, now: Duration) -> f64 {
        self.refill(now);
        if self.blocked_until > now { 0.0 } else { self.tokens.max(0.0) }
    }

    /// Handles a 429: wait as long as it requests, or halve the rate.
    pub fn slow_down(&mut self, retry_after: Option<Duration>, now: Duration) {
        self.refill(now);
        if let Some(wait) = retry_after.filter(|wait| *wait >= SHORTEST_HINT) {
            self.blocked_until = self.blocked_until.max(now.saturating_add(wait));
        } else if self.halved_at.is_none_or(|at| now.saturating_sub(at) >= ONE_MOMENT) {
            self.halved_at = Some(now);
            self.rate = (self.rate / 2.0).max(self.full_rate / 64.0);
            self.tokens = self.tokens.min(0.0);
        }
        self.grown_at = now;
    }

    /// Whether a 429 reduced the rate of this bucket.
    #[must_use]
    pub fn is_slowed(&self, now: Duration) -> bool {
        self.blocked_until > now || self.rate < self.full_rate
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.tokens = (self.tokens + passed * self.rate).min(self.burst);
        while self.rate < self.full_rate && now.saturating_sub(self.grown_at) >= RECOVERY {
            self.grown_at += RECOVERY;
            self.rate = (self.rate + self.full_rate / 10.0).min(self.full_rate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let mut bucket = Bucket::new(10.0, 2.0, at(0));
        assert_eq!(bucket.take(at(0)), Ok(()));
        assert_eq!(bucket.take(at(0)), Ok(()));
        assert_eq!(bucket.take(at(0)), Err(at(100)));
        assert_eq!(bucket.take(at(100)), Ok(()));
    }

    #[test]
    fn retry_after_is_obeyed_to_the_millisecond() {
        let mut bucket = Bucket::new(10.0, 10.0, at(0));
        bucket.slow_down(Some(at(1500)), at(0));
        assert_eq!(bucket.wait(at(0)), Some(at(1500)));
        assert_eq!(bucket.wait(at(1500)), None);
    }

    #[test]
    fn simultaneous_refusals_halve_the_rate_once() {
        let mut bucket = Bucket::new(8.0, 1.0, at(0));
        for _ in 0..8 {
            bucket.slow_down(None, at(0));
        }
        assert_eq!(bucket.wait(at(0)), Some(at(250)));
    }

    #[test]
    fn without_a_hint_the_rate_halves_and_then_recovers() {
        let mut bucket = Bucket::new(10.0, 1.0, at(0));
        bucket.slow_down(None, at(0));
        assert_eq!(bucket.wait(at(0)), Some(at(200)));
        assert!(bucket.is_slowed(at(0)));
        bucket.wait(at(60_000));
        assert!(!bucket.is_slowed(at(60_000)));
    }
}
