//! Answers that no repetition makes better: one attempt, and a word that a person can act on.

use serde_json::json;
use workflow_schedule_operator::sandbox::{Body, Fault as Failure, Operation, Workflow};

use super::{At, REPORT, apply, called, calls, daily, edit, fail_once, has_said, says};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::mutating;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::{Boundary, State};

/// A minute and a half after the refusal something is put right.
fn fair(setup: Setup, remedy: Vec<At>) -> Scenario {
    let mut steps = vec![apply(5, daily(json!({ "input": { "region": "eu" } })))];
    steps.extend(remedy);
    Scenario::new(setup, steps).exact()
}

/// It was refused once, and made once.
fn is_made_at_the_second_attempt(state: &State) -> Result<(), String> {
    is_made_at_attempt(state, 2)
}

fn is_made_at_attempt(state: &State, attempt: usize) -> Result<(), String> {
    has_said(state, "RemoteRefused")?;
    called(state, Operation::Create, attempt)?;
    let last = calls(state, Operation::Create).last().and_then(|call| call.status);
    if last == Some(201) { says(state, REPORT, "InSync") } else { Err(format!("the last answer is {last:?}")) }
}

/// The workflow is deployed after its schedule.
pub fn the_workflow_comes_late() -> Scenario {
    let mut setup = Setup::new(240);
    setup.settings.known_workflows_only = true;
    let expect = |state: &State| has_said(state, "RemoteError").and_then(|()| says(state, REPORT, "InSync"));
    let deployed = Step::Remote(json!({ "workflows": { "report": {} } }));
    Scenario { expect, is_exact: false, ..fair(setup, vec![(seconds(95), deployed)]) }
        .without([Fault::PersonFirst], "the remedy comes before what it puts right")
}

/// The workspace takes encoded inputs only, which it says with a 500.
pub fn the_input_must_be_encoded() -> Scenario {
    let mut setup = Setup::new(241);
    setup.settings.require_encoding = true;
    let encoded =
        json!({ "b64payload": "c2VjcmV0", "encoding_options": ["encrypted"], "empty": false, "region": null });
    Scenario { expect: is_made_at_the_second_attempt, ..fair(setup, vec![edit(95, json!({ "input": encoded }))]) }
}

/// A 422 waits for an edit.
pub fn a_refused_creation() -> Scenario {
    let mut setup = Setup::new(242);
    setup.before.push(fail_once(Operation::Create, Failure::Status { status: 422, body: Body::Domain }));
    Scenario { expect: is_made_at_the_second_attempt, ..fair(setup, vec![edit(400, json!({ "input": 1 }))]) }
        .without([Fault::PersonFirst], "the remedy comes before what it puts right")
        .patient(seconds(900))
}

/// Several deployments: which, has to be said.
pub fn an_ambiguous_workflow() -> Scenario {
    let mut setup = Setup::new(243);
    let deployments = vec!["blue".into(), "green".into()];
    setup.settings.workflows.insert("report".into(), Workflow { deployments, ..Workflow::default() });
    let remedy = vec![edit(400, json!({ "deploymentName": "blue" }))];
    Scenario { expect: |state| is_made_at_attempt(state, 3), ..fair(setup, remedy) }.patient(seconds(900))
}

/// And until then it is tried again every five minutes, and says which field it wants.
pub fn still_ambiguous() -> Scenario {
    let mut scenario = an_ambiguous_workflow();
    scenario.steps.pop();
    scenario.setup.excused.push(REPORT);
    let expect = |state: &State| {
        called(state, Operation::Create, 4)?;
        says(state, REPORT, "RemoteRefused")?;
        let names_the_field = |boundary: &Boundary| boundary.what.contains("deploymentName: ");
        let is_explained = state.boundaries.iter().any(names_the_field);
        if is_explained { Ok(()) } else { Err("nothing says that deploymentName is missing".to_owned()) }
    };
    Scenario { expect, ..scenario }.lasting(seconds(900))
}

/// A refused creation gives up the claim on an explicit id: what somebody else creates there is theirs.
pub fn refused_and_then_created_by_somebody() -> Scenario {
    let mut setup = Setup::new(244);
    setup.before.push(fail_once(Operation::Create, Failure::Status { status: 422, body: Body::Domain }));
    setup.excused.push(REPORT);
    let body = json!({ "workflow_identifier": "report", "schedule": { "input": "theirs", "intervals": [] } });
    let steps = vec![
        apply(5, daily(json!({ "scheduleId": "my-own" }))),
        (seconds(100), Step::Console(Console::Create(body), "my-own".into())),
        edit(200, json!({ "input": "ours" })),
    ];
    let expect = |state: &State| {
        let is_written = mutating(state).any(|call| call.status.is_some_and(|status| status < 300));
        if is_written { Err("it was taken over".to_owned()) } else { says(state, REPORT, "AlreadyExists") }
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}
