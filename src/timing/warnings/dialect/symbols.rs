//! Signs of other dialects that the engine has nothing for, or nothing that is the same.

/// What such a sign means, and what there is instead.
pub(super) fn hint(fields: &[&str]) -> Option<String> {
    let five_to_seven = (5..=7).contains(&fields.len());
    let any = |has: fn(&str) -> bool| fields.iter().any(|field| has(field));
    let hint = if any(|field| field == "H" || field.starts_with("H/") || field.starts_with("H(")) {
        "`H` is Jenkins', a value that it makes from the job's name: write a number of your own, or spread runs with \
         jitter"
    } else if !five_to_seven {
        return None;
    } else if any(|field| field.contains('~')) {
        "`~` is a random value between two: write a number of your own, or spread runs with jitter"
    } else if any(|field| field.contains('%')) {
        "`%` counts weeks elsewhere: write an interval of so many days, with the offset that hits the right one"
    } else if any(is_of_quartz) {
        "`?`, `L`, `W` and `#` are Quartz's: `?` is written `*`, and for the others name the days of each month in \
         calendars"
    } else {
        return None;
    };
    Some(hint.into())
}

/// Whether a field has a sign of Quartz, and not just a name with such a letter in it.
fn is_of_quartz(field: &str) -> bool {
    let is_sign = |part: &str| {
        let upper = part.to_ascii_uppercase();
        let rest = upper.trim_matches(|c: char| c.is_ascii_digit() || c == '-');
        matches!(rest, "?" | "L" | "W" | "LW" | "WL")
            || upper.contains('#')
            || upper
                .strip_suffix('L')
                .is_some_and(|day| ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"].contains(&day))
    };
    field.split(',').any(is_sign)
}
