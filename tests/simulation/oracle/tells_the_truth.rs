//! "It tells the truth", word by word: once all is quiet, each status is compared with what the remote
//! itself answers, and nothing is remembered that is over.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Breach;
use super::model::ideal::{connection_of, id_of, key, management};
use super::model::{objects, ready};
use crate::kubernetes::{annotation, is_terminating};
use crate::people::look_up;
use crate::state::State;

/// Runs that have just been may not have been told yet: times alone are written once a minute.
const JUST: SignedDuration = SignedDuration::from_mins(3);

pub fn judge(state: &mut State) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for object in objects(state, "workflowschedules") {
        let (Some(id), key) = (id_of(&state.kubernetes.store, &object), key(&object)) else { continue };
        let connection = connection_of(&state.kubernetes.store, &object).cloned().unwrap_or_default();
        let is_kept = management(&object["spec"], &connection) == "Full" && !is_terminating(&object);
        if !is_kept || state.oracles.model.excused.contains(&key) || !is_ready(state, &key) {
            continue;
        }
        let mut wrong = left_over(&object["status"]["memory"], connection["spec"]["paused"] == true);
        wrong.extend(unhandled(&object));
        if let Some(there) = look_up(state, &id) {
            let lately = state
                .remote
                .runs()
                .iter()
                .any(|run| *run.schedule_id == *id && state.now.duration_since(run.scheduled_at) < JUST);
            wrong.extend(differs(&object["status"], &there, &id, state.now, lately));
        }
        let tell = |what: String| Breach { oracle: "tells_the_truth", at: state.now, what: format!("{key}: {what}") };
        breaches.extend(wrong.into_iter().map(tell));
    }
    breaches
}

fn is_ready(state: &State, key: &str) -> bool {
    ready(state, key).is_some_and(|(status, ..)| status == "True")
}

/// What is over is not remembered: it would be carried out weeks later.
fn left_over(memory: &Value, is_killed: bool) -> Vec<String> {
    let phases = ["lifecycle", "pauseBeforePatch"].into_iter().filter(|name| memory[*name].is_object());
    let mut left: Vec<String> = phases.map(str::to_owned).collect();
    left.extend(memory["maxExecutions"]["intended"].is_object().then(|| "maxExecutions.intended".to_owned()));
    left.extend((memory["closed"] == "Resumed").then(|| "closed".to_owned()));
    left.extend((memory["pausedByConnection"] == true && !is_killed).then(|| "pausedByConnection".to_owned()));
    left.into_iter().map(|name| format!("memory.{name} is left over: {memory}")).collect()
}

/// What was asked for has been taken note of.
fn unhandled(object: &Value) -> Vec<String> {
    let asked = |name: &str| annotation(object, &format!("workflows.mistral.ai/{name}")).map(str::to_owned);
    let status = &object["status"];
    [
        ("reconcile-requested-at", &status["lastHandledReconcileAt"]),
        ("resume-requested-at", &status["lastHandledResumeAt"]),
        ("trigger-requested-at", &status["trigger"]["token"]),
    ]
    .into_iter()
    .filter_map(|(name, handled)| Some((name, asked(name)?, handled)))
    .filter(|(_, asked, handled)| *handled != asked)
    .map(|(name, asked, handled)| format!("{name} {asked} is not handled, but {handled}"))
    .collect()
}

/// In what the status differs from the answer of the remote.
fn differs(status: &Value, there: &Value, id: &str, now: Timestamp, lately: bool) -> Vec<String> {
    let future: Vec<&Value> =
        there["future_executions"].as_array().into_iter().flatten().map(|one| &one["scheduled_at"]).collect();
    let runs = there["paused"] != true && there["remaining_executions"] != 0;
    let next = future.first().copied().filter(|_| runs).unwrap_or(&Value::Null);
    let told: Vec<&Value> = status["nextExecutions"].as_array().into_iter().flatten().collect();
    let soonest = future.first().and_then(|at| at.as_str()?.parse::<Timestamp>().ok());
    let is_due = soonest.is_some_and(|at| at.duration_since(now) < JUST);
    // A run that the remote has lost leaves no trace but that.
    let told_soonest = status["nextExecutionTime"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    let was_due = told_soonest.is_some_and(|at| at <= now && now.duration_since(at) < JUST);
    // An entry of a LIST may hold fewer than the remote knows.
    let are_equal =
        told.is_empty() == future.is_empty() && told.iter().zip(&future).all(|(told, there)| same_time(told, there));
    let mut wrong = Vec::new();
    let mut check = |name: &str, told: &Value, is: &Value, is_equal: bool| {
        if !is_equal {
            wrong.push(format!("status.{name} says {told}, and it is {is}"));
        }
    };
    check("scheduleId", &status["scheduleId"], &id.into(), status["scheduleId"] == id);
    check("paused", &status["paused"], &there["paused"], status["paused"] == there["paused"]);
    let (workflow, told_workflow) = (&there["workflow_name"], &status["workflowName"]);
    check("workflowName", told_workflow, workflow, told_workflow == workflow);
    if !lately && !is_due && !was_due {
        let remaining = &there["remaining_executions"];
        check(
            "remainingExecutions",
            &status["remainingExecutions"],
            remaining,
            status["remainingExecutions"] == *remaining,
        );
        let told_next = &status["nextExecutionTime"];
        check("nextExecutionTime", told_next, next, same_time(told_next, next));
        check("nextExecutions", &status["nextExecutions"], &there["future_executions"], are_equal);
    }
    wrong
}

fn same_time(first: &Value, second: &Value) -> bool {
    let read = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    read(first) == read(second)
}

/// What is told of each connection.
pub fn of_connections(state: &State) -> Vec<Breach> {
    let schedules = objects(state, "workflowschedules");
    let mut breaches = Vec::new();
    for connection in objects(state, "workflowconnections") {
        let key = key(&connection);
        let used = |object: &&Value| object["status"]["connection"] == key.as_str();
        if is_terminating(&connection) && !schedules.iter().any(|object| used(&object)) {
            let what = format!("connection {key} stays, and nothing is kept through it");
            breaches.push(Breach { oracle: "tells_the_truth", at: state.now, what });
        }
    }
    breaches
}
