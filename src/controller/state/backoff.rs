//! How long to wait after failures.

use std::time::Duration;

/// The first wait …
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// … and the longest.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// 1 s doubling to 5 min, with full jitter: resources that failed together do not come back together.
#[must_use]
pub fn wait_after(failures: u32, chance: f64) -> Duration {
    let longest = FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_WAIT);
    longest.mul_f64(chance).max(Duration::from_millis(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest wait that chance can give, just below its 1.
    fn longest_after(failures: u32) -> f64 {
        wait_after(failures, 1.0).as_secs_f64()
    }

    #[test]
    fn the_wait_doubles_from_a_second_to_five_minutes_and_stays_there() {
        let waits: Vec<f64> = (1..=10).map(longest_after).collect();
        assert_eq!(waits, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0]);
        assert!((longest_after(u32::MAX) - 300.0).abs() < f64::EPSILON);
    }

    #[test]
    fn chance_spreads_the_wait_over_all_of_it_and_never_makes_it_nothing() {
        assert_eq!(wait_after(9, 0.5), Duration::from_secs(128));
        assert_eq!(wait_after(9, 0.0), Duration::from_millis(100));
        assert_eq!(wait_after(0, 1.0), Duration::from_secs(1));
    }
}
