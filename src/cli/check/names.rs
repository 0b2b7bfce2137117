//! The name that was probably meant.

/// The known name nearest to one that is not known, if any is near.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    // A letter in three may be wrong; what differs in case alone is always near.
    let most = name.chars().count().div_ceil(3);
    known
        .map(|known| (strsim::damerau_levenshtein(&lower, &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        let known = ["cronExpressions", "calendars", "timeZoneName", "input"];
        let nearest = |name| nearest(name, known.into_iter());
        assert_eq!(nearest("cronExpression"), Some("cronExpressions"));
        assert_eq!(nearest("timezoneName"), Some("timeZoneName"));
        assert_eq!(nearest("cron"), None);
        assert_eq!(nearest("inptu"), Some("input"));
        assert_eq!(nearest("replicas"), None);
    }
}
