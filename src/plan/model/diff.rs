//! The differences between the remote and the declared state.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::plan::model::content::{Content, overlap_name};
use crate::plan::model::observed::Observed;
use crate::timing::{Spec, datetime, duration};

/// A field that can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the field of that name")]
pub enum Field {
    Calendars,
    Intervals,
    Skip,
    StartAt,
    EndAt,
    Jitter,
    TimeZoneName,
    Overlap,
    CatchupWindow,
    PauseOnFailure,
    Input,
    Paused,
    PauseNote,
    MaxExecutions,
    Workflow,
    DeploymentName,
}

impl Field {
    /// The field's path in a resource's spec.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Calendars => "calendars",
            Self::Intervals => "intervals",
            Self::Skip => "skip",
            Self::StartAt => "startAt",
            Self::EndAt => "endAt",
            Self::Jitter => "jitter",
            Self::TimeZoneName => "timeZoneName",
            Self::Overlap => "policy.overlap",
            Self::CatchupWindow => "policy.catchupWindow",
            Self::PauseOnFailure => "policy.pauseOnFailure",
            Self::Input => "input",
            Self::Paused => "paused",
            Self::PauseNote => "pauseNote",
            Self::MaxExecutions => "maxExecutions",
            Self::Workflow => "workflowIdentifier",
            Self::DeploymentName => "deploymentName",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

/// A field that differs, as text for the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub field: Field,
    /// What is declared.
    pub desired: String,
    /// What is there.
    pub observed: String,
}

/// An entry of a LIST contains at most this many calendars, intervals and skips. A list of exactly this length
/// may be incomplete.
const LIST_CUT: usize = 10;

/// Every field in which `observed` differs from `desired`. Unknown parts do not differ. `input_known_equal`:
/// the stored input is encoded and was created from the declared input.
#[must_use]
pub fn differences(desired: &Content, observed: &Observed, input_known_equal: bool) -> Vec<Difference> {
    let mut found = Vec::new();
    match &observed.timing {
        Ok(timing) => timing_differences(&desired.timing, timing, !observed.is_whole(), &mut found),
        Err(refusal) => found.push(Difference {
            field: Field::Calendars,
            desired: json(&desired.timing.calendars),
            observed: shortened(&format!("unreadable ({refusal})")),
        }),
    }
    if let Some(policy) = &observed.policy {
        let wanted = &desired.policy;
        note(&mut found, Field::Overlap, &wanted.overlap, &policy.overlap, |overlap| overlap_name(*overlap));
        note(&mut found, Field::CatchupWindow, &wanted.catchup_window, &policy.catchup_window, |window| {
            duration::to_iso(*window)
        });
        note(
            &mut found,
            Field::PauseOnFailure,
            &wanted.pause_on_failure,
            &policy.pause_on_failure,
            ToString::to_string,
        );
    }
    if let Some(input) = &observed.input
        && !input_known_equal
        && *input != desired.input
    {
        // The values stay out: an input may hold secrets.
        found.push(Difference { field: Field::Input, desired: "as declared".into(), observed: "differs".into() });
    }
    found
}

fn timing_differences(desired: &Spec, observed: &Spec, partial: bool, found: &mut Vec<Difference>) {
    list(found, Field::Calendars, &desired.calendars, &observed.calendars, partial);
    list(found, Field::Intervals, &desired.intervals, &observed.intervals, partial);
    list(found, Field::Skip, &desired.skip, &observed.skip, partial);
    let time = |at: &Option<jiff::Timestamp>| at.map_or_else(none, datetime::to_wire);
    note(found, Field::StartAt, &desired.start_at, &observed.start_at, time);
    note(found, Field::EndAt, &desired.end_at, &observed.end_at, time);
    note(found, Field::Jitter, &desired.jitter, &observed.jitter, |jitter| jitter.map_or_else(none, duration::to_iso));
    note(found, Field::TimeZoneName, &desired.time_zone_name, &observed.time_zone_name, |zone| {
        zone.clone().unwrap_or_else(|| "UTC".into())
    });
}

fn list<T: PartialEq + Serialize>(
    found: &mut Vec<Difference>,
    field: Field,
    desired: &[T],
    observed: &[T],
    partial: bool,
) {
    let compared =
        if partial && observed.len() == LIST_CUT { desired.get(..LIST_CUT).unwrap_or(desired) } else { desired };
    if compared != observed {
        found.push(Difference { field, desired: json(desired), observed: json(observed) });
    }
}

fn note<T: PartialEq>(
    found: &mut Vec<Difference>,
    field: Field,
    desired: &T,
    observed: &T,
    show: impl Fn(&T) -> String,
) {
    if desired != observed {
        found.push(Difference { field, desired: show(desired), observed: show(observed) });
    }
}

/// The longest value that is shown in a status, in characters.
const LONGEST: usize = 256;

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    shortened(&serde_json::to_value(value).unwrap_or(Value::Null).to_string())
}

/// Shortens a text for a status.
pub(crate) fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

fn none() -> String {
    "none".into()
}

/// Whether a map with members, or such a map within it, has become null.
#[must_use]
pub(crate) fn is_emptied(before: &Value, after: &Value) -> bool {
    let Value::Object(before) = before else { return false };
    if after.is_null() {
        return !before.is_empty();
    }
    let is_member_emptied =
        |(name, after): (&String, &Value)| before.get(name).is_some_and(|before| is_emptied(before, after));
    after.as_object().into_iter().flatten().any(is_member_emptied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{content, observed};

    #[test]
    fn a_difference_does_not_grow_with_the_text_of_the_remote() {
        let timing = Err(format!("timeZoneName: unknown time zone {}", "é".repeat(100_000)));
        let found = differences(&content(), &Observed { timing, ..observed() }, false);
        assert_eq!(found.len(), 1);
        assert!(found[0].observed.chars().count() <= LONGEST + 1, "{}", found[0].observed.len());
    }
}
