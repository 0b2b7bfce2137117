//! Another writer changes the same schedule.

use jiff::{SignedDuration, Timestamp};

use crate::api::{Correction, Memory};
use crate::plan::model::diff::Field;

/// This many corrections of one field …
const CORRECTIONS: usize = 3;
/// … within this time, and the operator stops writing it.
const WITHIN: SignedDuration = SignedDuration::from_mins(30);

/// The first of `fields` that was corrected too often.
#[must_use]
pub(crate) fn contended(memory: &Memory, fields: &[Field], now: Timestamp) -> Option<Field> {
    let often = |field: &Field| recent(memory, now).filter(|one| one.field == field.path()).count() >= CORRECTIONS;
    fields.iter().copied().find(often)
}

/// Counts a correction of `fields`, and removes old corrections.
pub(crate) fn count(memory: &mut Memory, fields: &[Field], now: Timestamp) {
    let mut corrections: Vec<Correction> = recent(memory, now).cloned().collect();
    corrections.extend(fields.iter().map(|field| Correction { field: field.path().to_owned(), at: now.to_string() }));
    let surplus = corrections.len().saturating_sub(30);
    memory.corrections = corrections.split_off(surplus);
}

fn recent(memory: &Memory, now: Timestamp) -> impl Iterator<Item = &Correction> {
    memory
        .corrections
        .iter()
        .filter(move |one| one.at.parse::<Timestamp>().is_ok_and(|at| now.duration_since(at) < WITHIN))
}
