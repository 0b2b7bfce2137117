//! The rules of the plan, each as it is meant to be kept.

mod adoption;
mod bulk_creation;
mod connection;
mod contended;
mod create;
mod create_paused;
mod deletion;
mod ended;
mod failure;
mod guard;
mod identity;
mod kill_switch;
mod max_executions;
mod observe;
mod patch;
mod pause;
mod replace;
mod server_pause;
mod status;
mod totality;
mod trigger;

use http::StatusCode;

use crate::api::{Memory, Reason};
use crate::plan::decision::action::Action;
use crate::plan::decision::action::Call;
use crate::plan::decision::action::Outcome;
use crate::plan::decision::action::Requeue;
use crate::plan::decision::plan::Event;
use crate::plan::decision::plan::Plan;
use crate::plan::model::observed::Observation;
use crate::plan::model::observed::Observed;
use crate::plan::testing::{ID, NOW, Scene, at, content, desired, observed, patch, target};
use crate::remote::{RemoteError, wire};

/// Why a resource is Ready, stalled or waits.
fn reason(outcome: &Outcome) -> (&'static str, Reason) {
    match outcome {
        Outcome::Ready { reason, .. } => ("Ready", *reason),
        Outcome::Stalled { reason, .. } => ("Refused", *reason),
        Outcome::Waiting { reason, .. } => ("Waiting", *reason),
        Outcome::Unmanaged | Outcome::Released => panic!("{outcome:?} has no reason"),
    }
}

fn ready(scene: &Scene) -> Reason {
    match reason(&scene.outcome()) {
        ("Ready", reason) => reason,
        other => panic!("not ready but {other:?}"),
    }
}

fn refused(scene: &Scene) -> Reason {
    match reason(&scene.outcome()) {
        ("Refused", reason) => reason,
        other => panic!("not refused but {other:?}"),
    }
}

fn waits(scene: &Scene) -> (Reason, Requeue) {
    match scene.outcome() {
        Outcome::Waiting { reason, retry, .. } => (reason, retry),
        other => panic!("does not wait but {other:?}"),
    }
}

/// The schedule that a POST makes.
fn created(scene: &Scene) -> wire::Create {
    match scene.call() {
        Call::Create(body) => *body,
        other => panic!("no POST but {other:?}"),
    }
}

/// The schedule that a PATCH makes, and whether it only tries what becomes of a pause.
fn patched(scene: &Scene) -> (wire::Definition, bool) {
    match scene.call() {
        Call::Patch { body, trial } => (body.schedule, trial),
        other => panic!("no PATCH but {other:?}"),
    }
}

/// The API refuses what was sent.
fn refusal(detail: &str) -> RemoteError {
    RemoteError::Refused { status: StatusCode::UNPROCESSABLE_ENTITY, detail: detail.into() }
}

/// The note of a pause that is planned.
fn paused(scene: &Scene) -> String {
    match scene.call() {
        Call::Pause { note: Some(note) } => note.as_str().to_owned(),
        other => panic!("no pause but {other:?}"),
    }
}

fn is_parked(definition: &wire::Definition) -> bool {
    definition.timing.start_at == Some(crate::plan::model::content::parking_time())
        && definition.timing.end_at.is_none()
}

/// Whether an event of this plan warns, and its word.
fn told(plan: &Plan) -> Vec<(bool, &'static str)> {
    plan.events.iter().map(|Event { warning, reason, .. }| (*warning, *reason)).collect()
}

/// The scene with what its plan wants remembered stored.
fn stored(scene: &Scene) -> Scene {
    let memory = scene.remembers();
    assert_ne!(memory, scene.stored(), "nothing is stored by it");
    scene.done()
}

/// Paused by somebody, with this note.
fn by_somebody(note: &str) -> impl FnOnce(&mut Observed) {
    move |observed| {
        observed.paused = true;
        observed.note = Some(note.to_owned());
    }
}

/// Another input than is declared.
fn drifted(observed: &mut Observed) {
    observed.input = Some(serde_json::json!({"region": "us"}));
}
