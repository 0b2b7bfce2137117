//! The order of the plan: delete · refuse · wait · create · replace · pause · patch · resume ·
//! trigger · nothing.

pub mod adopt;
pub mod call_failure;
pub mod comparison;
pub mod converge;
pub mod create;
pub mod delete;
pub mod desired_pause;
pub mod emergency_pause;
pub mod max_executions;
pub mod observe_only;
pub mod pause;
pub mod replace;
pub mod trigger;
pub mod update;

use crate::plan::decision::plan::look;
use crate::plan::decision::plan::refuse;
use crate::plan::decision::plan::rest;
use crate::plan::decision::plan::wait;
use jiff::SignedDuration;

use crate::api::{Management, Reason};
use crate::plan::decision::action::{Rest, Retry};
use crate::plan::decision::inputs::{ConnectionFacts, ConnectionView, Situation};
use crate::plan::decision::plan::Plan;
use crate::plan::model::desired::{Desired, Refusal};
use crate::plan::model::observed::Sight;
use crate::plan::model::schedule_id::{IdRefusal, check_explicit, derived_id};

/// Says the next step. Total: every situation has an answer.
#[must_use]
pub fn plan(s: &Situation) -> Plan {
    if s.resource.metadata.deletion_timestamp.is_some() {
        return delete::plan(s);
    }
    if s.resource.spec.management == Some(Management::Off) {
        return rest(s, Rest::Off, "management is Off");
    }
    let desired = match s.desired {
        Ok(desired) => desired,
        Err(refusal) => return emergency_pause::plan(s).unwrap_or_else(|| refuse_spec(s, refusal)),
    };
    let facts = match usable(s) {
        Ok(facts) => facts,
        Err(plan) => return *plan,
    };
    match desired.management.or(facts.management).unwrap_or(Management::Full) {
        Management::Off => return rest(s, Rest::Off, "the connection's management is Off"),
        Management::Observe => return observe_only::plan(s, desired),
        Management::Full => {}
    }
    if let Some(plan) = refuse_identity(s, desired, facts) {
        return emergency_pause::plan(s).unwrap_or(plan);
    }
    if let Some(plan) = call_failure::plan(s) {
        return plan;
    }
    match s.sight {
        Sight::Unseen => look(s),
        Sight::Absent => create::plan(s, desired, facts),
        Sight::Present(observed) => converge::plan(s, desired, facts, observed, true),
        Sight::Listed(observed) => converge::plan(s, desired, facts, observed, false),
    }
}

/// A source that is missing is looked for again this soon: nothing tells us when it comes, for the
/// operator may not watch it.
const INPUT_AGAIN: SignedDuration = SignedDuration::from_secs(15);

fn refuse_spec(s: &Situation, refusal: &Refusal) -> Plan {
    let message = format!("{}: {}", refusal.field, refusal.message);
    if refusal.reason == Reason::InputMissing {
        let again = s.now.checked_add(INPUT_AGAIN).unwrap_or(s.now);
        return wait(s, refusal.reason, message, Retry::At(again), "an input is missing");
    }
    refuse(s, refusal.reason, message, "the spec cannot be")
}

/// The connection, if it can be used.
fn usable<'a>(s: &'a Situation) -> Result<&'a ConnectionFacts, Box<Plan>> {
    match s.connection {
        ConnectionView::Missing { reason, message } => {
            Err(Box::new(wait(s, *reason, message.clone(), Retry::WithConnection, "there is no connection")))
        }
        ConnectionView::Found { facts, forbidden, waiting } => {
            let creating = s.memory.creating.as_ref().map(|creation| &creation.connection);
            if let Some(pinned) = s.status().and_then(|status| status.connection.as_ref()).or(creating)
                && *pinned != facts.key
            {
                let message = format!(
                    "connectionRef: this schedule lives on connection {pinned} and cannot move to {}; to move it, see \"moving a schedule\" in docs/operations.md",
                    facts.key
                );
                return Err(Box::new(refuse(s, Reason::Immutable, message, "the connection is pinned")));
            }
            if let Some(message) = forbidden {
                return Err(Box::new(wait(
                    s,
                    Reason::NotPermitted,
                    message.clone(),
                    Retry::WithConnection,
                    "not permitted",
                )));
            }
            if let Some((reason, message)) = waiting {
                return Err(Box::new(wait(
                    s,
                    *reason,
                    message.clone(),
                    Retry::WithConnection,
                    "the connection cannot be used",
                )));
            }
            Ok(facts)
        }
    }
}

/// Everything that makes an id not ours to write.
fn refuse_identity(s: &Situation, desired: &Desired, facts: &ConnectionFacts) -> Option<Plan> {
    let creating = s.memory.creating.as_ref().map(|creation| &creation.schedule_id);
    if let Some(pinned) = s.status().and_then(|status| status.schedule_id.as_ref()).or(creating)
        && *pinned != desired.id.as_str()
    {
        let message = format!(
            "scheduleId: this resource owns the remote schedule {pinned} and cannot change to {}; to rename it, delete the resource and create it anew",
            desired.id
        );
        return Some(refuse(s, Reason::Immutable, message, "the id is pinned"));
    }
    if desired.explicit {
        let own = derived_id(&facts.prefix, s.namespace(), s.name());
        let allowed = check_explicit(
            &desired.id,
            &own,
            &facts.prefix,
            &facts.namespace,
            s.namespace(),
            &facts.allowed_schedule_ids,
        );
        if let Err(refusal) = allowed {
            let message = match refusal {
                IdRefusal::UnderPrefix => format!(
                    "scheduleId: {} lies under the connection's prefix {}, where only derived ids live; leave scheduleId out, or choose another",
                    desired.id, facts.prefix
                ),
                IdRefusal::NotAllowed => format!(
                    "scheduleId: {} may not be claimed from namespace {}; add a matching glob to allowedScheduleIds of connection {}",
                    desired.id,
                    s.namespace(),
                    facts.key
                ),
            };
            return Some(refuse(s, Reason::IdNotAllowed, message, "the id is not allowed"));
        }
    }
    s.conflict.map(|other| {
        let message =
            format!("scheduleId: {} belongs to WorkflowSchedule {other}, whose claim goes before this one", desired.id);
        refuse(s, Reason::Conflict, message, "another resource holds the id")
    })
}
