//! The remote schedule exists: make it equal.

use crate::api::{ClaimVia, MaxExecutionsMemory, Memory, Reason};
use crate::plan::decision::action::{Action, Outcome};
use crate::plan::decision::inputs::{ConnectionFacts, Inputs, remembered_pause};
use crate::plan::decision::plan::{Learned, Plan};
use crate::plan::decision::plan::{finish, observe, store_memory, with};
use crate::plan::limits::unknown_outcome::{answered, still_late};
use crate::plan::model::content::is_encoded;
use crate::plan::model::desired::Desired;
use crate::plan::model::observed::Observed;
use crate::plan::model::target::target_fits;
use crate::plan::model::target::workflow_difference;
use crate::plan::rules::adopt;
use crate::plan::rules::bulk_creation;
use crate::plan::rules::comparison::Comparison;
use crate::plan::rules::create;
use crate::plan::rules::desired_pause::{self, DesiredPause};
use crate::plan::rules::trigger;

pub(crate) fn plan(
    inputs: &Inputs,
    desired: &Desired,
    facts: &ConnectionFacts,
    observed: &Observed,
    fresh: bool,
) -> Plan {
    let learned =
        (fresh && inputs.journal.has_just_patched_while_paused()).then_some(Learned::PatchKeepsPause(observed.paused));
    let keeps_pause = match learned {
        Some(Learned::PatchKeepsPause(keeps)) => Some(keeps),
        Some(Learned::ListIsIncomplete) | None => facts.patch_keeps_pause,
    };
    let memory = created(inputs.memory.clone());
    // A memory of another id does not count: the spec was edited before that id was stored in the status.
    let is_anothers = !inputs.is_claimed(&desired.id, &facts.prefix);
    let is_unknown = is_anothers || (memory.target.is_none() && !replacing(inputs));
    let mut comparison = Comparison { inputs, desired, facts, observed, fresh, memory, keeps_pause, is_unknown };
    comparison.next().with_learned(learned.or_else(|| bulk_creation::learned(inputs)))
}

/// The existing schedule was created by a POST of the operator whose answer was lost. It was created for the
/// stored target, even if the resource declares another one now.
fn created(mut memory: Memory) -> Memory {
    memory.closed = None;
    let Some(creation) = memory.creation().cloned() else { return memory };
    memory.lifecycle = None;
    // If it was the only POST, it has arrived: none is left that may.
    memory.unanswered_creations = answered(memory.unanswered_creations);
    memory.target = Some(creation.target);
    memory.max_executions = Some(MaxExecutionsMemory { declared: creation.max_executions, intended: None });
    memory
}

fn replacing(inputs: &Inputs) -> bool {
    inputs.memory.old_schedule().is_some()
}

impl Comparison<'_> {
    fn next(&mut self) -> Plan {
        if self.is_unknown && !self.fresh {
            return observe(self.inputs);
        }
        if self.is_unknown {
            match adopt::take_over(self.inputs, self.desired, self.observed, self.facts) {
                Ok(memory) => self.memory = memory,
                Err(plan) => return *plan,
            }
        }
        if !self.inputs.has_finalizer() {
            return with(
                self.inputs.memory.clone(),
                Action::AddFinalizer,
                "the finalizer is added before the first write",
            );
        }
        if self.claim_is_not_stored() {
            return store_memory(self.memory.clone(), "the claim is stored before the first write");
        }
        if let Some(plan) = self.replace() {
            return plan;
        }
        if !self.is_unknown && !self.is_the_known_workflow() {
            return self.another_workflow();
        }
        if self.has_come_late() {
            create::keep_last_pause(self.inputs, self.desired, self.facts, &mut self.memory);
        }
        let want = desired_pause::desired_pause(self.inputs, self.desired, self.facts, self.observed, &mut self.memory);
        if let DesiredPause::LookAtRun(id) = want {
            return with(
                self.inputs.memory.clone(),
                Action::ObserveRun(id),
                "only a schedule whose last run did not fail is resumed",
            );
        }
        self.pause(&want)
            .or_else(|| self.patch(&want))
            .or_else(|| self.resume(&want))
            .or_else(|| self.trigger())
            .unwrap_or_else(|| self.ready())
    }

    /// Whether a POST without an answer created the schedule with its first run in 2099: it is still to be paused.
    fn has_come_late(&self) -> bool {
        self.inputs.memory.unanswered_creations.is_some() && !self.observed.paused && self.is_parked()
    }

    /// Whether an adoption must be stored before the first write. A derived id is never stored as a claim.
    fn claim_is_not_stored(&self) -> bool {
        let stored = self.inputs.stored().and_then(|memory| memory.claim.as_ref());
        self.memory.claim.as_ref().is_some_and(|claim| claim.via == ClaimVia::Adoption && Some(claim) != stored)
    }

    /// Whether the remote schedule still runs the workflow that was observed before.
    fn is_the_known_workflow(&self) -> bool {
        let known = self.inputs.status().and_then(|status| status.workflow_name.as_ref());
        match (known, &self.observed.workflow_name) {
            (Some(known), Some(there))
                if self.memory.target == self.inputs.stored().and_then(|memory| memory.target.clone()) =>
            {
                known == there && target_fits(self.desired, self.observed)
            }
            (Some(_) | None, _) => target_fits(self.desired, self.observed),
        }
    }

    fn another_workflow(&self) -> Plan {
        let difference = workflow_difference(self.desired, self.observed);
        let message = format!(
            "the remote schedule {} runs {} but this resource created it for {}: somebody else replaced it. Delete it at the remote, and the operator creates it again",
            self.desired.id, difference.observed, difference.desired
        );
        finish(
            self.inputs,
            Outcome::Stalled { reason: Reason::Drifted, message, drift: vec![difference] },
            "the workflow was changed by others",
        )
    }

    fn trigger(&self) -> Option<Plan> {
        let is_unknown = self.is_unknown && !self.inputs.journal.has_created();
        let plan = trigger::plan(
            self.inputs,
            self.facts,
            self.observed,
            is_unknown && self.inputs.stored().is_none_or(|memory| memory.target.is_none()),
        )?;
        if self.fresh { Some(plan) } else { Some(observe(self.inputs)) }
    }

    fn ready(&mut self) -> Plan {
        self.memory.paused = Some(remembered_pause(&self.desired.pause));
        self.memory.unanswered_creations = still_late(self.memory.unanswered_creations.as_ref(), self.inputs.now);
        self.memory.pause_before_patch = None;
        let needs_fingerprint = self.observed.input.is_none() && self.memory.input_fingerprint.is_some()
            || !self.inputs.resource.spec.input_from.is_empty()
            || self.observed.input.as_ref().is_some_and(is_encoded);
        self.memory.input_fingerprint = needs_fingerprint.then(|| self.desired.input_fingerprint.clone());
        let (reason, message) = self.state();
        let rest = Outcome::Ready { reason, message, drift: self.note_difference().into_iter().collect() };
        let mut plan = with(self.memory.clone(), Action::Finish(rest), "both sides are equal");
        if let Some(why) = self.resume_refused() {
            plan = plan.with_event(true, "ResumeRefused", why);
        }
        if let Some((message, true)) = trigger::result(self.inputs) {
            plan = plan.with_event(true, "TriggerWithoutRun", message);
        }
        plan
    }

    /// Why a requested resume is not carried out. It is stored and reported once.
    fn resume_refused(&self) -> Option<String> {
        match desired_pause::resume_request(self.inputs)? {
            Err(why) => Some(why),
            Ok(token) if self.observed.paused && self.facts.kill_switch.is_some() => {
                Some(format!("resume {token}: connection {} is paused", self.facts.key))
            }
            Ok(_) => None,
        }
    }

    fn state(&self) -> (Reason, String) {
        let observed = self.observed;
        let note = observed.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
        if observed.is_paused_on_failure() {
            let message = format!(
                "the server paused it after a failed run{note}; to go on: kubectl annotate --field-manager=manual workflowschedule -n {} {} --overwrite workflows.mistral.ai/resume-requested-at=\"$(date -u +%FT%TZ)\"",
                self.inputs.namespace(),
                self.inputs.name()
            );
            return (Reason::PausedOnFailure, message);
        }
        if observed.paused {
            return (Reason::Paused, format!("paused{note}"));
        }
        if observed.is_exhausted(self.inputs.status().and_then(|status| status.remaining_executions)) {
            return (Reason::Exhausted, "its runs are used up; a new maxExecutions starts a new count".into());
        }
        (Reason::InSync, "the remote schedule is as declared".into())
    }
}
