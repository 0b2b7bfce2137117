//! `management: Observe`: read, report, touch nothing.

use crate::api::{Memory, Reason};
use crate::plan::decision::action::{Action, Outcome, Requeue};
use crate::plan::decision::inputs::Inputs;
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::waiting;
use crate::plan::decision::plan::{finish, observe, store_memory, with};
use crate::plan::model::desired::{DeclaredPause, Desired};
use crate::plan::model::diff::{Difference, Field, differences};
use crate::plan::model::observed::{Observation, Observed};
use crate::plan::model::target::target_fits;
use crate::plan::model::target::workflow_difference;
use crate::plan::rules::call_failure;

pub(crate) fn plan(inputs: &Inputs, desired: &Desired) -> Plan {
    // An unfinished replacement ends with the claim: later it would delete a schedule that the resource does not own.
    if *inputs.memory != Memory::default() {
        return store_memory(Memory::default(), "management is Observe: nothing is claimed");
    }
    if inputs.has_finalizer() {
        return with(inputs.memory.clone(), Action::RemoveFinalizer, "management is Observe: nothing is claimed");
    }
    if let Some(plan) = call_failure::plan(inputs) {
        return plan;
    }
    match inputs.observation {
        Observation::None | Observation::Unlisted => observe(inputs),
        Observation::Listed(observed) if !observed.is_whole() && !seems_equal(inputs, desired, observed) => {
            observe(inputs)
        }
        Observation::Absent => waiting(
            inputs,
            Reason::Drifted,
            format!("observing: there is no remote schedule {}", desired.id),
            Requeue::Backoff,
            "observing, and nothing is there",
        ),
        Observation::Present(observed) | Observation::Listed(observed) => report(inputs, desired, observed),
    }
}

/// The contents of a partial entry are equal, and so was the rest when it was last observed.
fn seems_equal(inputs: &Inputs, desired: &Desired, observed: &Observed) -> bool {
    let was_equal = inputs.status().is_some_and(|status| {
        status.observed_generation == inputs.resource.metadata.generation
            && status.workflow_name.is_some()
            && status.drift.is_empty()
    });
    was_equal && differences(&desired.content, observed, false).is_empty()
}

fn report(inputs: &Inputs, desired: &Desired, observed: &Observed) -> Plan {
    let mut drift = differences(&desired.content, observed, false);
    if !target_fits(desired, observed) {
        drift.push(workflow_difference(desired, observed));
    }
    let wanted = match desired.pause {
        DeclaredPause::Undeclared => None,
        DeclaredPause::Paused(_) => Some(true),
        DeclaredPause::Running => Some(false),
    };
    if let Some(wanted) = wanted
        && wanted != observed.paused
    {
        drift.push(Difference {
            field: Field::Paused,
            desired: wanted.to_string(),
            observed: observed.paused.to_string(),
        });
    }
    let message = match drift.len() {
        0 => "observing: the remote schedule is as declared".to_owned(),
        count => format!("observing: the remote schedule differs in {count} field(s), see status.drift"),
    };
    finish(inputs, Outcome::Ready { reason: Reason::Observing, message, drift }, "observing")
}
