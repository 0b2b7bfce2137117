//! The fields of other dialects of cron. They are read here on their own, and not by the engine's
//! reader: what is offered is compared with what is read here.

use std::collections::BTreeSet;

use crate::timing::cron::{DAYS, MONTHS};

/// The values of a field, ascending.
pub(in crate::timing::warnings) type Set = BTreeSet<i64>;

/// How a field is read.
#[derive(Clone, Copy, Debug)]
pub(in crate::timing::warnings) struct Field {
    min: i64,
    max: i64,
    /// Names of values, the first of them standing for `min`.
    names: &'static [&'static str],
}

pub(in crate::timing::warnings) const SIXTY: Field = Field { min: 0, max: 59, names: &[] };
pub(in crate::timing::warnings) const HOUR: Field = Field { min: 0, max: 23, names: &[] };
pub(in crate::timing::warnings) const DAY_OF_MONTH: Field = Field { min: 1, max: 31, names: &[] };
pub(in crate::timing::warnings) const MONTH: Field = Field { min: 1, max: 12, names: &MONTHS };
pub(in crate::timing::warnings) const YEAR: Field = Field { min: 1970, max: 2199, names: &[] };
/// 0 and 7 are Sunday.
pub(in crate::timing::warnings) const FROM_ZERO: Field = Field { min: 0, max: 7, names: &DAYS };
/// 1 is Sunday, 7 Saturday.
pub(in crate::timing::warnings) const FROM_ONE: Field = Field { min: 1, max: 7, names: &DAYS };

impl Field {
    pub(in crate::timing::warnings) fn all(self) -> Set {
        (self.min..=self.max).collect()
    }

    /// A list of values, ranges and steps. A range whose end is before its start goes round.
    pub(in crate::timing::warnings) fn values(self, text: &str) -> Option<Set> {
        text.split(',').try_fold(Set::new(), |mut all, part| {
            all.extend(self.part(part)?);
            Some(all)
        })
    }

    fn part(self, text: &str) -> Option<Vec<i64>> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(number(step).filter(|step| *step > 0)?)),
            None => (text, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.min, self.max),
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            None if step.is_some() => (self.value(range)?, self.max),
            None => (self.value(range)?, self.value(range)?),
        };
        // Seven days go round, of which a field from 0 to 7 names one twice.
        let size = if self.max == 7 { 7 } else { self.max - self.min + 1 };
        let last = if last < first { last + size } else { last };
        let steps = (first..=last).step_by(usize::try_from(step.unwrap_or(1)).ok()?);
        Some(steps.map(|value| if value > self.max { value - size } else { value }).collect())
    }

    /// A number or a name.
    pub(in crate::timing::warnings) fn value(self, text: &str) -> Option<i64> {
        let lower = text.to_ascii_lowercase();
        let shortest = if self.names.len() == 7 { 2 } else { 3 };
        let named = (self.min..).zip(self.names).find(|(_, name)| lower.len() >= shortest && name.starts_with(&lower));
        let value = named.map(|(value, _)| value).or_else(|| number(text))?;
        (self.min..=self.max).contains(&value).then_some(value)
    }
}

/// Digits and nothing else.
pub(in crate::timing::warnings) fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(field: Field, text: &str) -> Option<Vec<i64>> {
        field.values(text).map(|set| set.into_iter().collect())
    }

    #[test]
    fn lists_ranges_steps_and_names_are_read() {
        assert_eq!(values(HOUR, "9-17/4,20"), Some(vec![9, 13, 17, 20]));
        assert_eq!(values(SIXTY, "5/20"), Some(vec![5, 25, 45]));
        assert_eq!(values(MONTH, "jan,MARCH"), Some(vec![1, 3]));
        assert_eq!(values(FROM_ONE, "MON-FRI"), Some(vec![2, 3, 4, 5, 6]));
        assert_eq!(values(FROM_ZERO, "MON-7"), Some(vec![1, 2, 3, 4, 5, 6, 7]));
        for (field, text) in [(HOUR, "24"), (HOUR, ""), (HOUR, "*/0"), (HOUR, "+5"), (MONTH, "ja"), (FROM_ONE, "0")] {
            assert_eq!(values(field, text), None, "{text}");
        }
    }

    #[test]
    fn a_range_may_go_round() {
        assert_eq!(values(HOUR, "22-1"), Some(vec![0, 1, 22, 23]));
        assert_eq!(values(FROM_ONE, "FRI-MON"), Some(vec![1, 2, 6, 7]));
        assert_eq!(values(FROM_ZERO, "5-1"), Some(vec![1, 5, 6, 7]));
        assert_eq!(values(MONTH, "11-2"), Some(vec![1, 2, 11, 12]));
    }
}
