//! A `WorkflowSchedule`: what the engine and the operator would say of it.

use jiff::Timestamp;
use serde_json::Value;

use super::finding::{Finding, Severity, add};
use super::meaning::Meaning;
use super::node::{Node, Path};
use super::spec::spec;
use super::traps::traps;
use super::{nulls, remedy, zones};
use crate::api::WorkflowScheduleSpec;
use crate::cli::count::counted;
use crate::plan::{Desired, Policy, Refusal, desired, lay_over, written};
use crate::timing::duration;
use crate::timing::warnings::{dialect_hint, warnings};
use crate::timing::words::words;

/// How many runs are shown.
const RUNS: usize = 5;

/// Adds what its schema does not see, and gives what it means if nothing is wrong.
pub(super) fn check(
    object: &Node,
    json: &Value,
    name: &str,
    now: Timestamp,
    findings: &mut Vec<Finding>,
) -> Option<Meaning> {
    let spec: WorkflowScheduleSpec = spec(object, json, findings)?;
    let in_spec = |field: &str| Path::parse(&format!("spec.{field}"));
    let checked = parse(&spec, name);
    if let Err(refusals) = &checked {
        for refusal in refusals {
            let help = help(&spec, refusal);
            add(object, findings, &in_spec(&refusal.field), refusal.message.clone(), help);
        }
    }
    if let Some(input) = object.at(&in_spec("input")) {
        nulls::inexact(object, input, &in_spec("input"), findings);
    }
    let desired = checked.ok().filter(|_| findings.iter().all(|finding| finding.severity == Severity::Warning))?;
    let timing = &desired.content.timing;
    if let Ok(written) = written(&spec) {
        findings.extend(warnings(&written, timing, now).into_iter().map(|warning| {
            let path = warning.field.map_or_else(|| in_spec(""), |field| in_spec(&field.to_string()));
            Finding::warning(warning.kind.as_str(), object, &path, warning.message).with_help(warning.help)
        }));
    }
    findings.extend(
        habits(&spec).map(|(code, field, message, help)| {
            Finding::warning(code, object, &in_spec(field), message).with_help(help)
        }),
    );
    findings.extend(
        traps(&spec, timing).into_iter().map(|(code, field, message, help)| {
            Finding::warning(code, object, &in_spec(field), message).with_help(help)
        }),
    );
    let most = spec.max_executions.and_then(|most| usize::try_from(most).ok()).unwrap_or(RUNS);
    Some(Meaning {
        words: words(timing),
        zone: timing.time_zone_name.clone(),
        runs: timing.runs_after(now, "").take(most.min(RUNS)).map(|run| run.nominal).collect(),
        paused: spec.paused == Some(true),
    })
}

/// What the operator makes of a spec, or all that is refused in it: one part alone after the other,
/// and only if each is sound, what they are together.
fn parse(spec: &WorkflowScheduleSpec, name: &str) -> Result<Desired, Vec<Refusal>> {
    let whole =
        |spec: &WorkflowScheduleSpec| desired(spec, "prefix", "namespace", name, lay_over(spec.input.as_ref(), &[]));
    let together = whole(spec).map_err(|refusal| vec![refusal]);
    if together.is_ok() {
        return together;
    }
    let refusals: Vec<Refusal> = parts(spec).iter().filter_map(|part| part.refusal(whole(&part.spec).err())).collect();
    if refusals.is_empty() { together } else { Err(refusals) }
}

/// A spec with one part of its timing, and where that stood.
struct Part {
    spec: WorkflowScheduleSpec,
    list: &'static str,
    index: usize,
}

impl Part {
    /// The refusal of the only part, as one of the part where it stood.
    fn refusal(&self, refusal: Option<Refusal>) -> Option<Refusal> {
        let refusal = refusal?;
        let field = match refusal.field.strip_prefix(&format!("{}[0]", self.list)) {
            Some(rest) => format!("{}[{}]{rest}", self.list, self.index),
            None => refusal.field,
        };
        Some(Refusal { field, ..refusal })
    }
}

fn parts(spec: &WorkflowScheduleSpec) -> Vec<Part> {
    let bare = WorkflowScheduleSpec { policy: spec.policy.clone(), ..WorkflowScheduleSpec::default() };
    let part = |list, index, spec| Part { spec, list, index };
    let crons = spec.cron_expressions.iter().enumerate().map(|(index, cron)| {
        part("cronExpressions", index, WorkflowScheduleSpec { cron_expressions: vec![cron.clone()], ..bare.clone() })
    });
    let calendars = spec.calendars.iter().enumerate().map(|(index, calendar)| {
        part("calendars", index, WorkflowScheduleSpec { calendars: vec![calendar.clone()], ..bare.clone() })
    });
    let intervals = spec.intervals.iter().enumerate().map(|(index, interval)| {
        part("intervals", index, WorkflowScheduleSpec { intervals: vec![interval.clone()], ..bare.clone() })
    });
    let limits = [
        WorkflowScheduleSpec { time_zone_name: spec.time_zone_name.clone(), ..bare.clone() },
        WorkflowScheduleSpec { start_at: spec.start_at.clone(), ..bare.clone() },
        WorkflowScheduleSpec { end_at: spec.end_at.clone(), ..bare.clone() },
        WorkflowScheduleSpec { jitter: spec.jitter.clone(), ..bare.clone() },
        WorkflowScheduleSpec { input: spec.input.clone(), ..bare.clone() },
    ];
    let limits = limits.into_iter().map(|spec| part("", 0, spec));
    crons.chain(calendars).chain(intervals).chain(limits).collect()
}

/// What may have been meant.
fn help(spec: &WorkflowScheduleSpec, refusal: &Refusal) -> Option<String> {
    let index = |list: &str| refusal.field.strip_prefix(list)?.strip_suffix(']')?.parse::<usize>().ok();
    if let Some(name) = refusal.message.strip_prefix("unknown time zone ") {
        return Some(zones::hint(name));
    }
    let known = match refusal.message.as_str() {
        "conflicting timezone names" => {
            "set the zone once, in timeZoneName, and in no cron expression; a second zone needs its own WorkflowSchedule"
        }
        "phase cannot be greater than Interval" => "offset must be shorter than every",
        "interval is too small" => "every must be 1s or more",
        message => {
            let text = index("cronExpressions[").and_then(|index| spec.cron_expressions.get(index))?;
            return dialect_hint(text).or_else(|| remedy::of_cron(message, text));
        }
    };
    Some(known.into())
}

/// Warnings about what is around the timing: code, field, message, help.
fn habits(spec: &WorkflowScheduleSpec) -> impl Iterator<Item = (&'static str, &'static str, String, &'static str)> {
    // With an end it is said until when, however often it is counted anew.
    let count = spec.max_executions.filter(|_| spec.end_at.is_none()).map(|count| {
        (
            "max-executions-in-git",
            "maxExecutions",
            format!(
                "{} counted from when this is applied: a copy, a rename or a rebuilt cluster counts anew",
                counted(count, "run is", "runs are")
            ),
            "in a file that is kept in Git, say until when with endAt",
        )
    });
    let note = (spec.pause_note.is_some() && spec.paused != Some(true)).then(|| {
        (
            "pause-note-without-pause",
            "pauseNote",
            "the note counts only while paused is true".into(),
            "set paused: true, or take it out",
        )
    });
    let window = spec.policy.as_ref().and_then(|policy| policy.catchup_window.as_deref());
    let window = window.and_then(|text| duration::parse(text).ok()).filter(|window| *window < Policy::SHORTEST_CATCHUP);
    let window = window.map(|_| {
        ("short-catchup-window", "policy.catchupWindow", "the engine raises it to 10s".into(), "write 10s or more")
    });
    [count, note, window].into_iter().flatten()
}
