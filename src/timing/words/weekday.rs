//! Names of the days of the week.

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The week that people see does not begin with Sunday.
pub(super) fn from_monday(days: &[i64]) -> impl Iterator<Item = i64> {
    let of = |is_sunday: bool| days.iter().copied().filter(move |day| (*day == 0) == is_sunday);
    of(false).chain(of(true))
}

/// "Monday" of 1.
pub(in crate::timing) fn name(day: i64) -> String {
    usize::try_from(day).ok().and_then(|index| DAYS.get(index)).map_or_else(String::new, |name| (*name).to_owned())
}
