//! The times of the leader election, and the rule that keeps two leaders apart.

use std::time::Duration;

use crate::plan::LONGEST_CALL;

/// The times of the leader election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTiming {
    duration: Duration,
    renew_deadline: Duration,
    retry_period: Duration,
}

impl Default for LeaseTiming {
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(45),
            renew_deadline: Duration::from_secs(25),
            retry_period: Duration::from_secs(5),
        }
    }
}

impl LeaseTiming {
    /// These times, if a call of the old leader has ended when the lease can first pass to another.
    ///
    /// # Errors
    /// Which rule they break.
    pub fn new(duration: Duration, renew_deadline: Duration, retry_period: Duration) -> Result<Self, String> {
        if duration.subsec_nanos() != 0 || i32::try_from(duration.as_secs()).is_err() {
            return Err("the lease duration must be whole seconds, as the Lease stores it".into());
        }
        if retry_period.is_zero() || renew_deadline < retry_period.saturating_mul(2) {
            return Err("the renew deadline must be at least two retry periods, so that one answer may be lost".into());
        }
        if renew_deadline.saturating_add(LONGEST_CALL) >= duration {
            let calls = LONGEST_CALL.as_secs();
            return Err(format!(
                "the lease duration must be longer than the renew deadline and the {calls} s of the longest call, so that two leaders never write at the same time"
            ));
        }
        Ok(Self { duration, renew_deadline, retry_period })
    }

    /// How long the lease belongs to another holder after its last renewal.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.duration
    }

    /// How long a leader still writes after its own last renewal.
    #[must_use]
    pub const fn renew_deadline(&self) -> Duration {
        self.renew_deadline
    }

    /// How often the lease is renewed, and how often candidates read it.
    #[must_use]
    pub const fn retry_period(&self) -> Duration {
        self.retry_period
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(duration: u64, renew_deadline: u64, retry_period: u64) -> Result<LeaseTiming, String> {
        let seconds = Duration::from_secs;
        LeaseTiming::new(seconds(duration), seconds(renew_deadline), seconds(retry_period))
    }

    #[test]
    fn the_default_keeps_the_rule() {
        assert_eq!(timing(45, 25, 5), Ok(LeaseTiming::default()));
    }

    #[test]
    fn a_call_of_the_old_leader_has_ended_when_the_lease_passes() {
        assert!(timing(36, 25, 5).is_ok());
        assert!(timing(35, 25, 5).unwrap_err().contains("the 10 s of the longest call"));
        assert!(timing(15, 10, 2).is_err(), "the times of client-go leave no room for a call");
    }

    #[test]
    fn one_lost_answer_does_not_end_the_leadership() {
        assert!(timing(45, 9, 5).unwrap_err().contains("two retry periods"));
        assert!(timing(45, 25, 0).is_err());
    }
}
