//! Intervals in words.

use jiff::Timestamp;

use super::super::canonical::capped;
use super::super::spec::Interval;
use super::clock;
use super::form::instant;
use super::span::every;
use super::weekday::name;

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

/// "every 4 hours from 00:30 UTC", "every Monday at 09:00 UTC": counted from the Unix epoch, and so by
/// the clock or the week of UTC where it goes into them.
pub(super) fn words(interval: &Interval) -> String {
    let step = capped(interval.every).as_secs().max(1);
    let offset = capped(interval.offset.unwrap_or_default()).as_secs();
    let often = every(step);
    let at = clock::time(offset / 3600 % 24, offset / 60 % 60, offset % 60);
    // 1970-01-01 was a Thursday.
    let weekday = || name((offset / DAY + 4) % 7);
    if step == WEEK {
        format!("every {} at {at} UTC", weekday())
    } else if step % WEEK == 0 {
        format!("{often} on {} at {at} UTC, counted from {}", weekday(), day(offset))
    } else if step == DAY {
        format!("every day at {at} UTC")
    } else if step % DAY == 0 {
        format!("{often} at {at} UTC, counted from {}", day(offset))
    } else if DAY % step == 0 && offset == 0 {
        often
    } else if step == 3600 && offset % 60 == 0 {
        format!("at {} past every hour", clock::minutes_past(&[offset / 60]))
    } else if DAY % step == 0 {
        format!("{often} from {at} UTC")
    } else if offset == 0 && step < 3600 {
        often
    } else {
        format!("{often}, counted from {}", instant(Timestamp::from_second(offset).unwrap_or_default()))
    }
}

/// "1970-01-05".
fn day(offset: i64) -> String {
    Timestamp::from_second(offset).unwrap_or_default().strftime("%Y-%m-%d").to_string()
}
