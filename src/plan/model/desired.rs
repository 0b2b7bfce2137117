//! Turns a spec into the desired state of the remote schedule. Everything is parsed here, once.

use jiff::{SignedDuration, Timestamp};

use crate::api::{
    Adoption, Calendar, Interval, Management, Overlap, Range, Reason, RunExpectations, WorkflowScheduleSpec,
};
use crate::plan::model::content::{Content, Policy};
use crate::plan::model::input::{Input, InputError};
use crate::plan::model::schedule_id::derived_id;
use crate::remote::{Note, ScheduleId, wire};
use crate::timing::{WrittenCalendar, WrittenInterval, WrittenRange, WrittenSpec, datetime, duration};

/// The declared pause of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeclaredPause {
    /// Not declared: the pause can be changed in the console.
    Undeclared,
    /// Paused, with a note if one is declared.
    Paused(Option<Note>),
    /// Running.
    Running,
}

/// The desired state of the remote schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// The id.
    pub id: ScheduleId,
    /// Whether it is the explicit `scheduleId`.
    pub explicit: bool,
    /// The workflow.
    pub target: wire::Target,
    /// Timing, policy and input.
    pub content: Content,
    /// See [`Input::fingerprint`].
    pub input_fingerprint: String,
    /// Counted from when it is set.
    pub max_executions: Option<i64>,
    /// The pause.
    pub pause: DeclaredPause,
    /// Whether an existing schedule may be taken over.
    pub adoption: Adoption,
    /// If not set, the value of the connection, or else `Full`.
    pub management: Option<Management>,
    /// What is expected of its runs.
    pub runs: RunLimits,
}

/// What is expected of the runs of a schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunLimits {
    /// If not set, the value of the connection.
    pub start_within: Option<SignedDuration>,
    /// How long a run may take.
    pub max_duration: Option<SignedDuration>,
    /// How often a run must complete.
    pub success_within: Option<SignedDuration>,
}

/// Why a spec has no desired state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which field.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
    /// [`Reason::Invalid`], [`Reason::InputInvalid`] or [`Reason::InputMissing`].
    pub reason: Reason,
}

impl Refusal {
    fn invalid(field: impl Into<String>, message: &impl ToString) -> Self {
        Self { field: field.into(), message: message.to_string(), reason: Reason::Invalid }
    }
}

impl From<InputError> for Refusal {
    fn from(error: InputError) -> Self {
        let (message, reason) = match error {
            InputError::Missing(message) => (message, Reason::InputMissing),
            InputError::Invalid(message) => (message, Reason::InputInvalid),
        };
        // The text names the field itself, for it may be one source of many.
        let (field, message) = match message.split_once(": ") {
            Some((field, message)) => (field.to_owned(), message.to_owned()),
            None => ("inputFrom".to_owned(), message),
        };
        Self { field, message, reason }
    }
}

/// The id of a resource: the explicit or the derived one.
#[must_use]
pub fn id_of(spec: &WorkflowScheduleSpec, prefix: &str, namespace: &str, name: &str) -> ScheduleId {
    spec.schedule_id.as_ref().map_or_else(|| derived_id(prefix, namespace, name), ScheduleId::new)
}

/// Parses a resource's spec.
///
/// # Errors
/// The first invalid field, and why it is invalid.
pub fn desired(
    spec: &WorkflowScheduleSpec,
    prefix: &str,
    namespace: &str,
    name: &str,
    input: Result<Input, InputError>,
) -> Result<Desired, Refusal> {
    let id = id_of(spec, prefix, namespace, name);
    // Without `..`: a new field that nobody handles fails to compile.
    let WorkflowScheduleSpec {
        workflow_identifier,
        workflow_registration_id,
        deployment_name,
        connection_ref: _, // resolved before
        schedule_id,
        input: _,      // laid under `input`
        input_from: _, // laid over it
        // The timing is read in `written`.
        cron_expressions: _,
        calendars: _,      // in `written`
        intervals: _,      // in `written`
        skip: _,           // in `written`
        time_zone_name: _, // in `written`
        start_at: _,       // in `written`
        end_at: _,         // in `written`
        jitter: _,         // in `written`
        policy: _,         // in `policy_of`
        max_executions,
        paused,
        pause_note,
        adoption,
        management,
        deletion_policy: _, // read by a deletion, which needs no desired
        runs: _,            // in `run_limits`
    } = spec;
    let written = written(spec)?;
    let timing =
        written.canonical().map_err(|refusal| Refusal::invalid(refusal.field.to_string(), &refusal.message))?;
    let policy = policy_of(spec)?;
    let input = input?;
    Ok(Desired {
        id,
        explicit: schedule_id.is_some(),
        target: wire::Target {
            workflow_identifier: workflow_identifier.clone(),
            workflow_registration_id: workflow_registration_id.clone(),
            deployment_name: deployment_name.clone(),
        },
        content: Content::new(timing, policy, input.value),
        input_fingerprint: input.fingerprint,
        max_executions: *max_executions,
        pause: match paused {
            None => DeclaredPause::Undeclared,
            Some(true) => DeclaredPause::Paused(pause_note.as_deref().and_then(Note::written)),
            Some(false) => DeclaredPause::Running,
        },
        adoption: adoption.unwrap_or(Adoption::Never),
        management: *management,
        runs: run_limits(spec)?,
    })
}

/// Parses a resource's timing, as it is written.
///
/// # Errors
/// The first duration or time that cannot be read, and why.
pub fn written(spec: &WorkflowScheduleSpec) -> Result<WrittenSpec, Refusal> {
    Ok(WrittenSpec {
        calendars: spec.calendars.iter().map(calendar).collect(),
        intervals: spec.intervals.iter().enumerate().map(interval).collect::<Result<_, _>>()?,
        cron_expressions: spec.cron_expressions.clone(),
        skip: spec.skip.iter().map(calendar).collect(),
        start_at: time("startAt", spec.start_at.as_deref())?,
        end_at: time("endAt", spec.end_at.as_deref())?,
        jitter: spec.jitter.as_deref().map(|text| span("jitter", text)).transpose()?,
        time_zone_name: spec.time_zone_name.clone(),
    })
}

/// Parses what a resource expects of its runs.
///
/// # Errors
/// The first duration that cannot be read, and why.
pub fn run_limits(spec: &WorkflowScheduleSpec) -> Result<RunLimits, Refusal> {
    let Some(RunExpectations { start_within, max_duration, success_within }) = &spec.runs else {
        return Ok(RunLimits::default());
    };
    let read = |field: &str, text: &Option<String>| {
        text.as_deref().map(|text| span(&format!("runs.{field}"), text)).transpose()
    };
    Ok(RunLimits {
        start_within: read("startWithin", start_within)?,
        max_duration: read("maxDuration", max_duration)?,
        success_within: read("successWithin", success_within)?,
    })
}

pub(crate) fn policy_of(spec: &WorkflowScheduleSpec) -> Result<Policy, Refusal> {
    let default = Policy::default();
    let Some(policy) = &spec.policy else { return Ok(default) };
    let crate::api::Policy { overlap, catchup_window, pause_on_failure } = policy;
    Ok(Policy {
        overlap: overlap.map_or(default.overlap, overlap_number),
        catchup_window: match catchup_window {
            Some(text) => whole_seconds("policy.catchupWindow", text)?.max(Policy::SHORTEST_CATCHUP),
            None => default.catchup_window,
        },
        pause_on_failure: pause_on_failure.unwrap_or(default.pause_on_failure),
    })
}

const fn overlap_number(overlap: Overlap) -> i64 {
    match overlap {
        Overlap::Skip => 1,
        Overlap::BufferOne => 2,
        Overlap::BufferAll => 3,
        Overlap::CancelOther => 4,
        Overlap::TerminateOther => 5,
        Overlap::AllowAll => 6,
    }
}

fn calendar(calendar: &Calendar) -> WrittenCalendar {
    let Calendar { second, minute, hour, day_of_month, month, year, day_of_week, comment } = calendar;
    let ranges = |ranges: &Option<Vec<Range>>| ranges.as_ref().map(|ranges| ranges.iter().map(range).collect());
    WrittenCalendar {
        second: ranges(second),
        minute: ranges(minute),
        hour: ranges(hour),
        day_of_month: ranges(day_of_month),
        month: ranges(month),
        year: ranges(year),
        day_of_week: ranges(day_of_week),
        comment: comment.clone(),
    }
}

fn range(range: &Range) -> WrittenRange {
    let Range { start, end, step } = range;
    WrittenRange { start: *start, end: end.unwrap_or(0), step: step.unwrap_or(0) }
}

fn interval((index, interval): (usize, &Interval)) -> Result<WrittenInterval, Refusal> {
    let Interval { every, offset } = interval;
    Ok(WrittenInterval {
        every: span(&format!("intervals[{index}].every"), every)?,
        offset: offset.as_deref().map(|text| span(&format!("intervals[{index}].offset"), text)).transpose()?,
    })
}

fn span(field: &str, text: &str) -> Result<jiff::SignedDuration, Refusal> {
    duration::parse(text).map_err(|error| Refusal::invalid(field, &error))
}

/// The API takes an integer here, and refuses a fraction.
fn whole_seconds(field: &str, text: &str) -> Result<jiff::SignedDuration, Refusal> {
    let window = span(field, text)?;
    if window.subsec_nanos() == 0 {
        return Ok(window);
    }
    let (down, up) = (window.as_secs(), window.as_secs() + 1);
    Err(Refusal::invalid(field, &format!("{text} is not a whole number of seconds: write {down}s or {up}s")))
}

fn time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Refusal> {
    text.map(|text| datetime::parse(text).map_err(|error| Refusal::invalid(field, &error))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catchup_window_is_a_whole_number_of_seconds() {
        let window = |text: &str| {
            let policy = crate::api::Policy { catchup_window: Some(text.into()), ..crate::api::Policy::default() };
            policy_of(&WorkflowScheduleSpec { policy: Some(policy), ..WorkflowScheduleSpec::default() })
        };
        assert_eq!(window("1m30s").unwrap().catchup_window.as_secs(), 90);
        let refusal = window("10.5s").unwrap_err();
        assert_eq!(refusal.field, "policy.catchupWindow");
        assert!(refusal.message.contains("10s or 11s"), "{}", refusal.message);
    }
}
