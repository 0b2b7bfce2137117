//! The order of the plan: delete · refuse · wait · create · replace · pause · patch · resume ·
//! trigger · nothing.

pub mod adopt;
pub mod call_failure;
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

use jiff::SignedDuration;

use crate::api::{Management, Memory, Reason};
use crate::plan::decision::action::{Call, Event, Learnt, Plan, Rest, Retry, Step};
use crate::plan::decision::inputs::{ConnectionFacts, ConnectionView, Situation};
use crate::plan::model::desired::{Desired, Refusal, id_of};
use crate::plan::model::observed::{Observed, Sight};
use crate::plan::model::schedule_id::{IdRefusal, check_explicit, derived_id};
use crate::remote::ScheduleId;

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

/// The id that every call of a pass is about.
#[must_use]
pub fn id_in_question(s: &Situation) -> Option<ScheduleId> {
    if s.resource.metadata.deletion_timestamp.is_some() {
        let ConnectionView::Found { facts, .. } = s.connection else { return None };
        return Some(delete::deleted_id(s, facts));
    }
    let pinned = s.status().and_then(|status| status.schedule_id.as_deref()).map(ScheduleId::new);
    // A spec that cannot be read has an id all the same.
    let meant = || match s.connection {
        ConnectionView::Found { facts, .. } => Some(id_of(&s.resource.spec, &facts.prefix, s.namespace(), s.name())),
        ConnectionView::Missing { .. } => None,
    };
    pinned.or_else(|| s.desired.as_ref().ok().map(|desired| desired.id.clone())).or_else(meant)
}

/// Rests as it is.
pub(crate) fn rest(s: &Situation, rest: Rest, because: &'static str) -> Plan {
    with(s.memory.clone(), Step::Rest(rest), because)
}

pub(crate) fn refuse(s: &Situation, reason: Reason, message: String, because: &'static str) -> Plan {
    rest(s, Rest::Refused { reason, message, drift: Vec::new() }, because)
}

pub(crate) fn wait(s: &Situation, reason: Reason, message: String, retry: Retry, because: &'static str) -> Plan {
    rest(s, Rest::Waiting { reason, message, retry, drift: Vec::new() }, because)
}

pub(crate) fn look(s: &Situation) -> Plan {
    with(s.memory.clone(), Step::Look, "the remote has to be looked at")
}

pub(crate) fn call(memory: Memory, call: Call, because: &'static str) -> Plan {
    with(memory, Step::Call(call), because)
}

pub(crate) fn remember(memory: Memory, because: &'static str) -> Plan {
    with(memory.clone(), Step::Remember(Box::new(memory)), because)
}

pub(crate) fn with(memory: Memory, step: Step, because: &'static str) -> Plan {
    Plan { step, because, memory, events: Vec::new(), learnt: None }
}

impl Plan {
    /// Adds something to tell.
    #[must_use]
    pub(crate) fn telling(mut self, warning: bool, reason: &'static str, message: String) -> Self {
        self.events.push(Event { warning, reason, message });
        self
    }

    /// Adds what was learnt.
    #[must_use]
    pub(crate) const fn learning(mut self, learnt: Option<Learnt>) -> Self {
        self.learnt = learnt;
        self
    }
}

/// Whether what is observed can be the declared target. An identifier may be a name or an id; an
/// id cannot be compared with a name.
pub(crate) fn target_fits(desired: &Desired, observed: &Observed) -> bool {
    let workflow = match (&desired.target.workflow_identifier, &observed.workflow_name) {
        (Some(wanted), Some(there)) => wanted == there || looks_like_uuid(wanted),
        (Some(_) | None, _) => true,
    };
    let deployment = match (&desired.target.deployment_name, &observed.deployment_name) {
        (Some(wanted), Some(Some(there))) => wanted == there,
        (Some(_) | None, _) => true,
    };
    workflow && deployment
}

fn looks_like_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .chars()
            .enumerate()
            .all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() })
}
