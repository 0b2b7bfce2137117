//! `management: Observe`: read, report, touch nothing.

use crate::api::{Condition, Memory, Reason};
use crate::plan::decision::action::{Plan, Rest, Retry, Step};
use crate::plan::decision::inputs::Situation;
use crate::plan::model::desired::{DeclaredPause, Desired};
use crate::plan::model::diff::{Difference, Field, differences};
use crate::plan::model::observed::{Observed, Sight};
use crate::plan::rules;
use crate::plan::rules::call_failure;
use crate::plan::rules::{look, remember, rest, target_fits, with};

pub(crate) fn plan(s: &Situation, desired: &Desired) -> Plan {
    // What was under way goes with the claim: a replace that goes on later would delete what is no longer ours.
    if *s.memory != Memory::default() {
        return remember(Memory::default(), "management is Observe: nothing is claimed");
    }
    if s.has_finalizer() {
        return with(s.memory.clone(), Step::RemoveFinalizer, "management is Observe: nothing is claimed");
    }
    if let Some(plan) = call_failure::plan(s) {
        return plan;
    }
    match s.sight {
        Sight::Unseen => look(s),
        Sight::Listed(observed) if !observed.is_whole() && !seems_equal(s, desired, observed) => look(s),
        Sight::Absent => rules::wait(
            s,
            Reason::Drifted,
            format!("observing: there is no remote schedule {}", desired.id),
            Retry::Backoff,
            "observing, and nothing is there",
        ),
        Sight::Present(observed) | Sight::Listed(observed) => report(s, desired, observed),
    }
}

/// What a partial entry holds is equal, and so was the rest when it was last looked at.
fn seems_equal(s: &Situation, desired: &Desired, observed: &Observed) -> bool {
    let was_equal = s.status().is_some_and(|status| {
        let is_observing = |one: &Condition| one.type_ == "Ready" && one.reason == Reason::Observing.as_str();
        status.drift.is_empty() && status.conditions.iter().any(is_observing)
    });
    was_equal && differences(&desired.content, observed, false).is_empty()
}

fn report(s: &Situation, desired: &Desired, observed: &Observed) -> Plan {
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
    rest(s, Rest::Ready { reason: Reason::Observing, message, drift }, "observing")
}

/// The observed workflow or deployment is another one.
pub(crate) fn workflow_difference(desired: &Desired, observed: &Observed) -> Difference {
    let wanted = &desired.target;
    let deployment = |name: Option<&String>| name.map(|name| format!(" in deployment {name}")).unwrap_or_default();
    let workflow = wanted.workflow_identifier.as_ref().or(wanted.workflow_registration_id.as_ref());
    Difference {
        field: Field::Workflow,
        desired: format!("{}{}", workflow.map_or("none", String::as_str), deployment(wanted.deployment_name.as_ref())),
        observed: format!(
            "{}{}",
            observed.workflow_name.as_deref().unwrap_or("unknown"),
            deployment(observed.deployment_name.as_ref().and_then(Option::as_ref))
        ),
    }
}
