//! `management: Observe`: read, report, touch nothing.

use crate::api::{Condition, Memory, Reason};
use crate::plan::decision::action::{Rest, Retry, Step};
use crate::plan::decision::inputs::Situation;
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::wait;
use crate::plan::decision::plan::{look, remember, rest, with};
use crate::plan::model::desired::{DeclaredPause, Desired};
use crate::plan::model::diff::{Difference, Field, differences};
use crate::plan::model::observed::{Observed, Sight};
use crate::plan::model::target::target_fits;
use crate::plan::model::target::workflow_difference;
use crate::plan::rules::call_failure;

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
        Sight::Absent => wait(
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
