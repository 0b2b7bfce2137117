//! Runs that fail, hang, are never started, or whose list lags: the status tells it, and nothing that is not so.

use jiff::SignedDuration;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule, Outcome, Workflow};

use super::{REPORT, apply, edit, says, spec};
use crate::fault::Fault;
use crate::kubernetes::find;
use crate::log::seconds;
use crate::oracle::Operation;
use crate::people::Step;
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

/// Why a lost status is left out.
const FORGOTTEN: &str = "nobody knows any more since when the schedule was as declared, until the next time is due";

/// A schedule that runs every ten minutes, of a workflow that behaves so.
fn scenario(seed: u64, workflow: Workflow, more: Value) -> Scenario {
    let mut setup = Setup::new(seed);
    setup.settings.workflows.insert("report".into(), workflow);
    let mut declared = spec(more);
    declared["intervals"] = json!([{ "every": "PT10M" }]);
    Scenario::new(setup, vec![apply(5, declared)])
}

fn status(state: &State) -> Value {
    let resource = find("workflowschedules").expect("it is served");
    let found = state.kubernetes.store.list(resource, None).map(|(_, object)| object["status"].clone());
    found.last().unwrap_or_default()
}

/// It is Ready, and says this of its runs.
fn tells(state: &State, condition: &str) -> Result<(), String> {
    says(state, REPORT, "InSync")?;
    let status = status(state);
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let is_said = conditions.into_iter().any(|one| one["type"] == condition && one["status"] == "True");
    if is_said { Ok(()) } else { Err(format!("it does not say {condition}: {status}")) }
}

fn failing() -> Workflow {
    Workflow { outcome: Outcome::Failed, failure: Some("no disk".into()), ..Workflow::default() }
}

fn fails(state: &State) -> Result<(), String> {
    tells(state, "RunsFailing")?;
    match status(state)["consecutiveFailures"].as_i64() {
        Some(failures) if failures > 0 => Ok(()),
        other => Err(format!("{other:?} failures")),
    }
}

pub fn a_run_fails() -> Scenario {
    Scenario { expect: fails, ..scenario(280, failing(), json!({})) }.lasting(seconds(1500))
}

/// The list of runs shows the state of a minute ago.
pub fn a_run_fails_and_the_list_lags() -> Scenario {
    let mut scenario = a_run_fails();
    scenario.setup.settings.runs_lag = SignedDuration::from_mins(1);
    scenario
}

/// Only the last runs can be looked up.
pub fn a_run_fails_where_runs_are_not_listed() -> Scenario {
    let mut scenario = a_run_fails();
    scenario.setup.settings.runs_api = false;
    scenario
}

/// A run fails, and calls of this kind do so.
fn a_run_fails_where(call: Operation, how: Failure) -> Scenario {
    let mut scenario = a_run_fails();
    let failing = FaultRule { operations: Some(vec![call]), ..FaultRule::always(how) };
    scenario.setup.before.push(Step::Failures(Some(Box::new(failing))));
    scenario
}

const fn answered(status: u16) -> Failure {
    Failure::Status { status, body: Body::Domain }
}

/// What cannot be looked up one by one is in the lists.
pub fn a_run_fails_where_gets_of_runs_are_refused() -> Scenario {
    a_run_fails_where(Operation::Execution, answered(403))
}

/// The list of runs is broken for good: it is said, and the last runs are looked up.
pub fn a_run_fails_where_the_list_does_not_answer() -> Scenario {
    a_run_fails_where(Operation::Runs, answered(503))
}

/// The key may not read the list of runs: that says nothing about the key, and keeps nothing from being written.
pub fn a_run_fails_where_the_list_refuses_the_key() -> Scenario {
    a_run_fails_where(Operation::Runs, answered(401))
}

/// Each page of the list of runs takes nearly as long as a call may take.
pub fn a_run_fails_where_the_list_is_slow() -> Scenario {
    a_run_fails_where(Operation::Runs, Failure::Latency { delay: seconds(9) })
}

/// The list of runs never answers: nothing waits for it.
pub fn a_run_fails_where_the_list_is_silent() -> Scenario {
    a_run_fails_where(Operation::Runs, Failure::Latency { delay: seconds(3600) })
}

/// A run takes longer than the time between two runs, and the API forgets it: nobody calls it overdue for ever.
pub fn a_run_that_was_going_is_forgotten() -> Scenario {
    let long = Workflow { run_time: Some(SignedDuration::from_mins(15)), ..Workflow::default() };
    let declared = json!({ "policy": { "overlap": "AllowAll" }, "runs": { "maxDuration": "10m" } });
    let mut scenario = scenario(285, long, declared);
    let forgotten = json!({ "workflows": { "report": { "registers": false } } });
    scenario.steps.push((seconds(900), Step::Remote(forgotten)));
    let expect = |state: &State| {
        says(state, REPORT, "InSync")?;
        let status = status(state);
        let runs = status["recentExecutions"].as_array().into_iter().flatten();
        let going = runs.into_iter().filter(|run| run["state"] == "Running").count();
        if going == 0 { Ok(()) } else { Err(format!("it says that {going} runs are going: {status}")) }
    };
    Scenario { expect, ..scenario }.lasting(seconds(2400))
}

pub fn a_run_hangs() -> Scenario {
    let hanging = Workflow { run_time: Some(SignedDuration::from_hours(24)), ..Workflow::default() };
    let scenario = scenario(281, hanging, json!({ "runs": { "maxDuration": "5m" } }));
    let expect = |state: &State| {
        tells(state, "RunOverdue")?;
        tells(state, "RunsMissed")
    };
    Scenario { expect, ..scenario }.lasting(seconds(2400)).without([Fault::StatusLost], FORGOTTEN)
}

pub fn runs_are_never_started() -> Scenario {
    let lost = Workflow { starts: false, ..Workflow::default() };
    let expect = |state: &State| tells(state, "RunsMissed");
    Scenario { expect, ..scenario(282, lost, json!({})) }.lasting(seconds(1500)).without([Fault::StatusLost], FORGOTTEN)
}

/// An edit shortly before a time makes the next time the first that can be missed.
pub fn runs_are_never_started_and_edited() -> Scenario {
    let mut scenario = runs_are_never_started();
    scenario.steps.push(edit(595, json!({ "input": 1 })));
    scenario.lasting(seconds(2100))
}

/// A run takes longer than the time between two runs: those that it keeps from starting are not missed.
pub fn a_long_run_hides_others() -> Scenario {
    let long = Workflow { run_time: Some(SignedDuration::from_mins(25)), ..Workflow::default() };
    let expect = |state: &State| {
        says(state, REPORT, "InSync")?;
        let status = status(state);
        let is_missed = status["missedExecutionTime"].is_string();
        if is_missed { Err(format!("it says that a run was missed: {status}")) } else { Ok(()) }
    };
    Scenario { expect, ..scenario(286, long, json!({})) }.lasting(seconds(3000))
}

/// No worker takes the runs: the schedule shows them, and nothing is known of them.
pub fn no_worker_takes_the_runs() -> Scenario {
    let expect = |state: &State| {
        says(state, REPORT, "InSync")?;
        let state = status(state)["lastExecution"]["state"].clone();
        if state == "Unknown" || state.is_null() { Ok(()) } else { Err(format!("it says {state}")) }
    };
    let lost = Workflow { registers: false, ..Workflow::default() };
    Scenario { expect, ..scenario(283, lost, json!({})) }.lasting(seconds(1500))
}

/// All is well: nothing is said, and nothing is looked up one by one.
pub fn runs_complete() -> Scenario {
    let expect = |state: &State| {
        says(state, REPORT, "InSync")?;
        let status = status(state);
        if status["conditions"].as_array().map(Vec::len) != Some(1) || status["consecutiveFailures"] != 0 {
            return Err(status.to_string());
        }
        super::called(state, Operation::Patch, 0)
    };
    Scenario { expect, ..scenario(284, Workflow::default(), json!({})) }.lasting(seconds(1500))
}
