//! The order of the rules: delete, refuse, wait, create, replace, pause, patch, resume, trigger, nothing.

pub mod adopt;
pub mod bulk_creation;
pub mod call_failure;
pub mod comparison;
pub mod converge;
pub mod create;
pub mod delete;
pub mod desired_pause;
pub mod emergency_pause;
pub mod lifted_switch;
pub mod max_executions;
pub mod observe_only;
pub mod pause;
pub mod replace;
pub mod trigger;
pub mod update;
pub mod write_failure;

use crate::plan::decision::plan::finish;
use crate::plan::decision::plan::observe;
use crate::plan::decision::plan::stalled;
use crate::plan::decision::plan::waiting;
use jiff::SignedDuration;

use crate::api::{Management, Reason};
use crate::plan::decision::action::{Outcome, Requeue};
use crate::plan::decision::inputs::{ConnectionFacts, ConnectionView, Inputs};
use crate::plan::decision::plan::Plan;
use crate::plan::model::desired::{Desired, Refusal};
use crate::plan::model::observed::Observation;
use crate::plan::model::schedule_id::{IdRefusal, check_explicit};

/// Returns the next action. It is total: there is a result for all inputs.
#[must_use]
pub fn plan(inputs: &Inputs) -> Plan {
    lifted_switch::before(inputs, by_rules(inputs))
}

fn by_rules(inputs: &Inputs) -> Plan {
    if let Some(plan) = write_failure::plan(inputs) {
        return plan;
    }
    if inputs.resource.metadata.deletion_timestamp.is_some() {
        return delete::plan(inputs);
    }
    if inputs.resource.spec.management == Some(Management::Off) {
        return finish(inputs, Outcome::Unmanaged, "management is Off");
    }
    let desired = match inputs.desired {
        Ok(desired) => desired,
        Err(refusal) => return emergency_pause::plan(inputs).unwrap_or_else(|| refuse_spec(inputs, refusal)),
    };
    let facts = match usable(inputs) {
        Ok(facts) => facts,
        Err(plan) => return *plan,
    };
    match desired.management.or(facts.management).unwrap_or(Management::Full) {
        Management::Off => return finish(inputs, Outcome::Unmanaged, "the connection's management is Off"),
        Management::Observe => return observe_only::plan(inputs, desired),
        Management::Full => {}
    }
    if let Some(plan) = refuse_identity(inputs, desired, facts) {
        return emergency_pause::plan(inputs).unwrap_or(plan);
    }
    if let Some(plan) = call_failure::plan(inputs) {
        return plan;
    }
    match inputs.observation {
        Observation::None => bulk_creation::wait_for_list(inputs, desired, facts).unwrap_or_else(|| observe(inputs)),
        Observation::Unlisted if !bulk_creation::may_create(inputs, desired, facts) => observe(inputs),
        Observation::Unlisted | Observation::Absent => create::plan(inputs, desired, facts),
        Observation::Present(observed) => converge::plan(inputs, desired, facts, observed, true),
        Observation::Listed(observed) => converge::plan(inputs, desired, facts, observed, false),
    }
}

/// After this time a missing source is read again. The operator may not watch sources, so it is not notified.
const INPUT_AGAIN: SignedDuration = SignedDuration::from_secs(15);

fn refuse_spec(inputs: &Inputs, refusal: &Refusal) -> Plan {
    let message = format!("{}: {}", refusal.field, refusal.message);
    if refusal.reason == Reason::InputMissing {
        let again = inputs.now.checked_add(INPUT_AGAIN).unwrap_or(inputs.now);
        return waiting(inputs, refusal.reason, message, Requeue::At(again), "an input is missing");
    }
    stalled(inputs, refusal.reason, message, "the spec is not valid")
}

/// The connection, if it can be used.
fn usable<'a>(inputs: &'a Inputs) -> Result<&'a ConnectionFacts, Box<Plan>> {
    match inputs.connection {
        ConnectionView::Missing { reason, message } => {
            Err(Box::new(waiting(inputs, *reason, message.clone(), Requeue::WithConnection, "there is no connection")))
        }
        ConnectionView::Found { facts, not_permitted, not_ready } => {
            if let Some(pinned) = inputs.ownership().pinned_connection()
                && pinned != facts.key
            {
                let message = format!(
                    "connectionRef: the remote schedule belongs to connection {pinned} and cannot move to {}; to move it, see \"moving a schedule\" in docs/operations.md",
                    facts.key
                );
                return Err(Box::new(stalled(inputs, Reason::Immutable, message, "the connection is pinned")));
            }
            if let Some(message) = not_permitted {
                return Err(Box::new(waiting(
                    inputs,
                    Reason::NotPermitted,
                    message.clone(),
                    Requeue::WithConnection,
                    "not permitted",
                )));
            }
            if let Some((reason, message)) = not_ready {
                return Err(Box::new(waiting(
                    inputs,
                    *reason,
                    message.clone(),
                    Requeue::WithConnection,
                    "the connection cannot be used",
                )));
            }
            Ok(facts)
        }
    }
}

/// Returns a plan if the resource may not use its id.
fn refuse_identity(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts) -> Option<Plan> {
    if let Some(foreign) = inputs.ownership().foreign_pin(&facts.prefix) {
        let message = format!(
            "status.scheduleId: {foreign} is neither the derived id of this resource nor one that it has claimed: somebody has edited the status, or the connection had another prefix before. Nothing is written. If no remote schedule {foreign} is this resource's: kubectl patch --field-manager=manual workflowschedule -n {} {} --subresource status --type merge -p '{{\"status\":{{\"scheduleId\":\"{}\"}}}}'",
            inputs.namespace(),
            inputs.name(),
            inputs.ownership().id_of_calls(&facts.prefix),
        );
        return Some(stalled(inputs, Reason::Immutable, message, "the recorded id is not its own"));
    }
    if let Some(pinned) = inputs.ownership().pinned_id()
        && pinned != desired.id.as_str()
    {
        let message = format!(
            "scheduleId: this resource owns the remote schedule {pinned} and cannot change to {}; to rename it, delete the resource and create it again",
            desired.id
        );
        return Some(stalled(inputs, Reason::Immutable, message, "the id is pinned"));
    }
    if desired.explicit {
        let own = inputs.ownership().derived_id(&facts.prefix);
        let prefixes = std::iter::once(&facts.prefix).chain(&facts.other_prefixes).map(String::as_str);
        let allowed = check_explicit(
            &desired.id,
            &own,
            prefixes,
            &facts.namespace,
            inputs.namespace(),
            &facts.allowed_schedule_ids,
        );
        if let Err(refusal) = allowed {
            let message = match refusal {
                IdRefusal::UnderPrefix(prefix) if prefix == facts.prefix => format!(
                    "scheduleId: {} has the prefix {prefix} of the connection, which is reserved for derived ids; leave scheduleId out, or choose another",
                    desired.id
                ),
                IdRefusal::UnderPrefix(prefix) => format!(
                    "scheduleId: {} has the prefix {prefix} of another connection to the same workspace, which is reserved for derived ids; leave scheduleId out, or choose another",
                    desired.id
                ),
                IdRefusal::NotAllowed => format!(
                    "scheduleId: {} may not be claimed from namespace {}; add a matching glob to allowedScheduleIds of connection {}",
                    desired.id,
                    inputs.namespace(),
                    facts.key
                ),
            };
            return Some(stalled(inputs, Reason::IdNotAllowed, message, "the id is not allowed"));
        }
    }
    inputs.conflict.map(|other| {
        let message =
            format!("scheduleId: {} belongs to WorkflowSchedule {other}, whose claim has priority", desired.id);
        stalled(inputs, Reason::Conflict, message, "another resource holds the id")
    })
}
