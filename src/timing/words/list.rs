//! Lists of words and of numbers.

/// "a", "a and b", "a, b and c".
pub(in crate::timing) fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Runs of three or more neighbours as "first to last", each value in `show`'s words.
pub(in crate::timing) fn ranges(values: &[i64], show: impl Fn(i64) -> String) -> String {
    let words: Vec<String> = values
        .chunk_by(|a, b| a + 1 == *b)
        .flat_map(|run| match run {
            [first, _, .., last] => vec![format!("{} to {}", show(*first), show(*last))],
            short => short.iter().map(|value| show(*value)).collect(),
        })
        .collect();
    joined(&words)
}

/// The distance between all neighbours, if it is the same.
pub(super) fn step(values: &[i64]) -> Option<i64> {
    let mut steps = values.windows(2).map(|pair| match pair {
        [a, b] => b - a,
        _ => 0,
    });
    let first = steps.next()?;
    steps.all(|step| step == first).then_some(first)
}

/// The step of values that go round a circle of `size` evenly, such as minutes 5, 20, 35, 50.
pub(super) fn cycle(values: &[i64], size: i64) -> Option<i64> {
    let step = step(values)?;
    let count = i64::try_from(values.len()).ok()?;
    (step * count == size).then_some(step)
}

/// "1st", "2nd", "3rd", "4th", "11th".
pub(in crate::timing) fn ordinal(number: i64) -> String {
    let suffix = match (number % 10, number % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

/// "every minute", "every 15 minutes".
pub(super) fn every(count: i64, unit: &str) -> String {
    if count == 1 { format!("every {unit}") } else { format!("every {count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_ranges() {
        let show = |value: i64| value.to_string();
        assert_eq!(ranges(&[1], show), "1");
        assert_eq!(ranges(&[1, 2], show), "1 and 2");
        assert_eq!(ranges(&[1, 2, 3, 5, 7, 8, 9, 10], show), "1 to 3, 5 and 7 to 10");
    }

    #[test]
    fn a_cycle_goes_round_evenly() {
        assert_eq!(cycle(&[0, 15, 30, 45], 60), Some(15));
        assert_eq!(cycle(&[0, 45], 60), None);
        assert_eq!(cycle(&[5], 60), None);
    }

    #[test]
    fn teens_end_in_th() {
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 22, 31].map(ordinal).join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 31st"
        );
    }
}
