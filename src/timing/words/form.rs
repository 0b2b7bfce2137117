//! In which form days are said, and how an instant is.

use jiff::Timestamp;

/// How days are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// "every Monday", before a time of day.
    Every,
    /// "on Mondays", after something else.
    On,
}

/// "2027-01-31 09:00 UTC".
pub(in crate::timing) fn instant(at: Timestamp) -> String {
    let whole_minutes = at.as_second() % 60 == 0 && at.subsec_nanosecond() == 0;
    at.strftime(if whole_minutes { "%Y-%m-%d %H:%M UTC" } else { "%Y-%m-%d %H:%M:%S%.f UTC" }).to_string()
}
