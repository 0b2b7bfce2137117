//! Lists of words and of numbers.

/// "a", "a and b", "a, b and c".
pub(in crate::timing) fn joined(words: &[String]) -> String {
    joined_by("and", words)
}

/// "a", "a or b", "a, b or c" with that word before the last.
pub(super) fn joined_by(last_word: &str, words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [first @ .., last] => format!("{} {last_word} {last}", first.join(", ")),
    }
}

/// Runs of three or more neighbours as "first to last", each value in `show`'s words.
pub(in crate::timing) fn ranges(values: &[i64], show: impl Fn(i64) -> String) -> String {
    joined(&range_words(values, show))
}

/// The words of [`ranges`], not joined yet.
pub(super) fn range_words(values: &[i64], show: impl Fn(i64) -> String) -> Vec<String> {
    values
        .chunk_by(|a, b| a + 1 == *b)
        .flat_map(|run| match run {
            [first, _, .., last] => vec![format!("{} to {}", show(*first), show(*last))],
            short => short.iter().map(|value| show(*value)).collect(),
        })
        .collect()
}

/// The first and the last of three or more neighbours, if there is nothing else.
pub(super) fn span(values: &[i64]) -> Option<(i64, i64)> {
    match values {
        [first, _, .., last] if step(values) == Some(1) => Some((*first, *last)),
        _ => None,
    }
}

/// The same on a circle of values from `min` to `max`: November to February.
pub(super) fn circular_span(values: &[i64], min: i64, max: i64) -> Option<(i64, i64)> {
    if let Some(span) = span(values) {
        return Some(span);
    }
    let (first, last) = (values.first()?, values.last()?);
    let gap = values.windows(2).position(|pair| matches!(pair, [a, b] if a + 1 != *b))?;
    let (before, after) = (values.get(..=gap)?, values.get(gap + 1..)?);
    let is_whole = after.len() == 1 || step(after) == Some(1);
    (*first == min && *last == max && is_whole && values.len() > 2).then_some((*after.first()?, *before.last()?))
}

/// The values from `least` to `most` that are not among these.
pub(super) fn missing(values: &[i64], least: i64, most: i64) -> Vec<i64> {
    (least..=most).filter(|value| !values.contains(value)).collect()
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
    fn a_span_may_go_over_the_end_of_a_circle() {
        assert_eq!(span(&[3, 4, 5]), Some((3, 5)));
        assert_eq!(span(&[3, 4]), None);
        assert_eq!(span(&[3, 4, 6]), None);
        assert_eq!(circular_span(&[1, 2, 11, 12], 1, 12), Some((11, 2)));
        assert_eq!(circular_span(&[1, 11, 12], 1, 12), Some((11, 1)));
        assert_eq!(circular_span(&[1, 12], 1, 12), None);
        assert_eq!(circular_span(&[1, 3, 12], 1, 12), None);
        assert_eq!(circular_span(&[2, 11, 12], 1, 12), None);
        assert_eq!(circular_span(&[1, 4, 6, 12], 1, 12), None);
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
