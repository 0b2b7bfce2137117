//! What a status says of runs is so: no success that was none, no end that the remote does not say, no missed run that
//! has run, that another run hid, or that was not to run. "what cannot be known is not said".

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use workflow_schedule_operator::sandbox::{RunRecord, RunStatus};

use super::model::call::Operation;
use super::model::ideal::{Paused, id_of, key};
use crate::state::State;

/// What was said before.
#[derive(Debug, Default)]
pub struct ToldOfRuns {
    /// The missed run, by the uid of the resource.
    missed: BTreeMap<String, Timestamp>,
}

/// How old the look may be that a status is made from.
const LOOK: SignedDuration = SignedDuration::from_mins(2);

pub fn judge(state: &mut State, object: &Value) {
    let Some(id) = id_of(&state.kubernetes.store, object) else { return };
    let (status, now) = (&object["status"], state.now);
    // What is shown may be of the schedule that the resource had before an edit, or that it still has.
    let shown = status["scheduleId"].as_str().unwrap_or(&id);
    let runs: Vec<&RunRecord> = state.remote.runs().iter().filter(|run| *run.schedule_id == *shown).collect();
    let mut wrong: Vec<String> = executions(status).filter_map(|told| untrue(told, &runs)).collect();
    wrong.extend(false_success(status, &runs));
    wrong.extend(false_miss(status, &runs, now));
    let missed = time(&status["missedExecutionTime"]);
    let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    // What is said stays until a run starts, whatever happens meanwhile.
    let is_news = missed.is_some() && state.oracles.told_of_runs.missed.get(&uid) != missed.as_ref();
    if let Some(missed) = missed.filter(|_| is_news) {
        wrong.extend(hidden(object, &runs, missed, now));
        wrong.extend(not_to_run(state, &id, missed));
    }
    match missed {
        Some(missed) => state.oracles.told_of_runs.missed.insert(uid, missed),
        None => state.oracles.told_of_runs.missed.remove(&uid),
    };
    for what in wrong {
        state.oracles.breach("told_of_runs", now, format!("{} {what}", key(object)));
    }
}

fn executions(status: &Value) -> impl Iterator<Item = &Value> {
    status["recentExecutions"].as_array().into_iter().flatten().chain([&status["lastExecution"]])
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A state that says that a run has ended is that of the run.
fn untrue(told: &Value, runs: &[&RunRecord]) -> Option<String> {
    let state = match told["state"].as_str()? {
        "Completed" => RunStatus::Completed,
        "Failed" => RunStatus::Failed,
        "TimedOut" => RunStatus::TimedOut,
        "Canceled" => RunStatus::Canceled,
        "Terminated" => RunStatus::Terminated,
        _ => return None,
    };
    let id = told["executionId"].as_str()?;
    let is_so = runs.iter().any(|run| *run.execution_id == *id && run.status == state);
    (!is_so).then(|| format!("says of run {id} that it is {state:?}, and it is not"))
}

fn false_success(status: &Value, runs: &[&RunRecord]) -> Option<String> {
    let told = time(&status["lastSuccessfulTime"])?;
    let is_so = |run: &&RunRecord| {
        run.status == RunStatus::Completed && run.ended_at.is_some_and(|ended| ended.as_second() == told.as_second())
    };
    (!runs.iter().any(is_so)).then(|| format!("says that a run completed at {told}, and none did"))
}

/// A run that is said to be missed has not started, and neither has a later one that a look could have shown.
fn false_miss(status: &Value, runs: &[&RunRecord], now: Timestamp) -> Option<String> {
    let missed = time(&status["missedExecutionTime"])?;
    let has_run = |run: &&RunRecord| run.scheduled_at >= missed && now.duration_since(run.started_at) > LOOK;
    let later = runs.iter().find(|run| has_run(run))?;
    Some(format!("says that the run due at {missed} has not started, and that of {} has", later.scheduled_at))
}

/// A run that another one kept from starting is only said to be missed with the name of that one, while it is going.
fn hidden(object: &Value, runs: &[&RunRecord], missed: Timestamp, now: Timestamp) -> Option<String> {
    let overlap = object["spec"]["policy"]["overlap"].as_str().unwrap_or("Skip");
    if !["Skip", "BufferOne", "BufferAll"].contains(&overlap) {
        return None;
    }
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let told = conditions.into_iter().find(|one| one["type"] == "RunsMissed").map(|one| one["message"].to_string());
    let ended = |run: &RunRecord| run.ended_at.unwrap_or(Timestamp::MAX);
    let was_going = |run: &&&RunRecord| run.started_at <= missed && ended(run) > missed && run.scheduled_at < missed;
    let is_named = |run: &RunRecord| {
        let is_in_it = told.as_ref().is_some_and(|told| told.contains(&*run.execution_id));
        is_in_it && now.duration_since(ended(run)) < LOOK
    };
    let hiding = runs.iter().filter(was_going).find(|run| !is_named(run))?;
    Some(format!("says that the run due at {missed} was missed, when run {} was going", hiding.execution_id))
}

/// A run is missed only if it was declared, and nothing has changed since, as far as a look could have shown it.
fn not_to_run(state: &State, id: &str, missed: Timestamp) -> Option<String> {
    let timeline = state.oracles.model.timelines.get(id)?;
    let is_old = |at: Timestamp| state.now.duration_since(at) > LOOK;
    let mut declared = timeline.declared(state.now);
    let why = match declared.find(|(from, to, _)| *from <= missed && missed < *to) {
        None => "was not declared then".to_owned(),
        Some((_, _, ideal)) if ideal.paused == Paused::Yes => "was to be paused then".to_owned(),
        Some((_, to, _)) if is_old(to) => format!("was declared otherwise at {to}"),
        Some(_) => {
            let mut calls = state.oracles.model.calls.iter().filter(|call| *call.id == *id && call.at >= missed);
            let is_change = |operation: Operation| operation.is_mutating() && operation != Operation::Trigger;
            let has_succeeded = |status: Option<u16>| status.is_some_and(|status| (200..300).contains(&status));
            let change =
                calls.find(|call| is_change(call.operation) && has_succeeded(call.status) && is_old(call.at))?;
            format!("was changed by a {:?} at {}", change.operation, change.at)
        }
    };
    Some(format!("says that the run due at {missed} was missed, and it {why}"))
}
