//! Answers that no repetition makes better: one attempt, and a word that a person can act on.

use serde_json::json;
use workflow_schedule_operator::sandbox::{Body, Fault as Failure, Operation, Workflow};

use super::{At, REPORT, apply, called, calls, daily, edit, fail_once, has_said, says};
use crate::fault::Fault;
use crate::people::Step;
use crate::play::Play;
use crate::setup::Setup;
use crate::state::{Crossing, State};
use crate::story::seconds;

/// A minute and a half after the refusal something is put right.
fn fair(setup: Setup, remedy: Vec<At>) -> Play {
    let mut steps = vec![apply(5, daily(json!({ "input": { "region": "eu" } })))];
    steps.extend(remedy);
    Play { without: Fault::ALL.to_vec(), ..Play::new(setup, steps) }
}

/// It was refused once, and made once.
fn is_made_at_the_second_attempt(state: &State) -> Result<(), String> {
    has_said(state, "RemoteRefused")?;
    called(state, Operation::Create, 2)?;
    let last = calls(state, Operation::Create).last().and_then(|call| call.status);
    if last == Some(201) { says(state, REPORT, "InSync") } else { Err(format!("the last answer is {last:?}")) }
}

/// The workflow is deployed after its schedule.
pub fn the_workflow_comes_late() -> Play {
    let mut setup = Setup::new(240);
    setup.settings.known_workflows_only = true;
    let expect = |state: &State| has_said(state, "RemoteError").and_then(|()| says(state, REPORT, "InSync"));
    let deployed = Step::Remote(json!({ "workflows": { "report": {} } }));
    Play { expect, without: vec![Fault::PersonFirst], ..fair(setup, vec![(seconds(95), deployed)]) }
}

/// The workspace takes encoded inputs only, which it says with a 500.
pub fn the_input_must_be_encoded() -> Play {
    let mut setup = Setup::new(241);
    setup.settings.require_encoding = true;
    let encoded =
        json!({ "b64payload": "c2VjcmV0", "encoding_options": ["encrypted"], "empty": false, "region": null });
    Play { expect: is_made_at_the_second_attempt, ..fair(setup, vec![edit(95, json!({ "input": encoded }))]) }
}

/// A 422 waits for an edit.
pub fn a_refused_creation() -> Play {
    let mut setup = Setup::new(242);
    setup.before.push(fail_once(Operation::Create, Failure::Status { status: 422, body: Body::Domain }));
    Play { expect: is_made_at_the_second_attempt, ..fair(setup, vec![edit(400, json!({ "input": 1 }))]) }
        .patient(seconds(900))
}

/// Several deployments: which, has to be said.
pub fn an_ambiguous_workflow() -> Play {
    let mut setup = Setup::new(243);
    let deployments = vec!["blue".into(), "green".into()];
    setup.settings.workflows.insert("report".into(), Workflow { deployments, ..Workflow::default() });
    let remedy = vec![edit(400, json!({ "deploymentName": "blue" }))];
    Play { expect: is_made_at_the_second_attempt, ..fair(setup, remedy) }.patient(seconds(900))
}

/// And until then it is not tried again, and says which field it wants.
pub fn still_ambiguous() -> Play {
    let mut play = an_ambiguous_workflow();
    play.steps.pop();
    play.setup.excused.push(REPORT);
    let expect = |state: &State| {
        called(state, Operation::Create, 1)?;
        says(state, REPORT, "RemoteRefused")?;
        let names_the_field = |crossing: &Crossing| crossing.what.contains("deploymentName: ");
        let is_explained = state.crossings.iter().any(names_the_field);
        if is_explained { Ok(()) } else { Err("nothing says that deploymentName is missing".to_owned()) }
    };
    Play { expect, ..play }.lasting(seconds(900))
}
