//! A schedule is there: make it equal.

use super::absent::target;
use super::adoption;
use super::contended;
use super::count::{self, Count};
use super::decide::{call, look, refuse, remember, rest, target_fits, wait, with};
use super::deletion::still_late;
use super::desired::{DeclaredPause, Desired};
use super::diff::{Difference, Field, differences};
use super::guard;
use super::observe::workflow_difference;
use super::observed::Observed;
use super::pause::{self, Want, Why};
use super::situation::{ConnectionFacts, Situation, remembered_pause};
use super::step::{Call, Learnt, Plan, Rest, Retry, Step};
use super::trigger;
use crate::api::{
    ClaimVia, MaxExecutionsMemory, Memory, PausedByConnection, Reason, RememberedPause, ReplaceMemory, ReplacePhase,
};
use crate::remote::wire;

/// One look at a schedule that is there. `fresh`: by a GET of this pass, and so good to write on.
struct View<'a> {
    s: &'a Situation<'a>,
    desired: &'a Desired,
    facts: &'a ConnectionFacts,
    observed: &'a Observed,
    fresh: bool,
    /// The memory as it will be.
    memory: Memory,
    /// Whether a PATCH keeps a pause, if this pass has just seen it or the connection knows.
    keeps_pause: Option<bool>,
    first_sight: bool,
}

pub(super) fn plan(
    s: &Situation,
    desired: &Desired,
    facts: &ConnectionFacts,
    observed: &Observed,
    fresh: bool,
) -> Plan {
    let learnt = (fresh && s.journal.patched_while_paused).then_some(Learnt::PatchKeepsPause(observed.paused));
    let keeps_pause = learnt.map(|Learnt::PatchKeepsPause(keeps)| keeps).or(facts.patch_keeps_pause);
    let memory = created(s.memory.clone());
    let first_sight = memory.target.is_none() && !replacing(s);
    let mut view = View { s, desired, facts, observed, fresh, memory, keeps_pause, first_sight };
    view.next().learning(learnt)
}

/// What is there is what a POST of ours has made, though its answer was lost: it was made for what is
/// remembered, whatever is declared by now.
fn created(mut memory: Memory) -> Memory {
    let Some(creation) = memory.creating.take() else { return memory };
    if creation.unanswered.is_some_and(|unanswered| unanswered <= 1) {
        // The one POST without an answer has arrived: none is left that may.
        memory.creation_unknown_since = None;
    }
    memory.target = Some(creation.target);
    memory.max_executions = Some(MaxExecutionsMemory { declared: creation.max_executions, intended: None });
    if memory.replace.as_ref().is_some_and(|replace| replace.phase == ReplacePhase::Creating) {
        memory.replace = None;
    }
    memory
}

fn replacing(s: &Situation) -> bool {
    s.memory.replace.is_some()
}

impl View<'_> {
    fn next(&mut self) -> Plan {
        if self.first_sight && !self.fresh {
            return look(self.s);
        }
        if self.first_sight {
            match adoption::take_over(self.s, self.desired, self.observed, self.facts) {
                Ok(memory) => self.memory = memory,
                Err(plan) => return *plan,
            }
        }
        if !self.s.has_finalizer() {
            return with(self.s.memory.clone(), Step::AddFinalizer, "the finalizer comes before the first write");
        }
        if self.claim_is_not_stored() {
            return remember(self.memory.clone(), "the claim is stored before the first write");
        }
        if let Some(plan) = self.replace() {
            return plan;
        }
        if !self.first_sight && !self.is_the_known_workflow() {
            return self.another_workflow();
        }
        let want = pause::want(self.s, self.desired, self.facts, self.observed, &mut self.memory);
        if let Want::LookAtRun(id) = want {
            return with(
                self.s.memory.clone(),
                Step::LookAtRun(id),
                "only a schedule whose last run did not fail is resumed",
            );
        }
        self.pause(&want)
            .or_else(|| self.patch(&want))
            .or_else(|| self.resume(&want))
            .or_else(|| self.trigger())
            .unwrap_or_else(|| self.ready())
    }

    /// An adoption is stored before anything is written; a derived id needs no word.
    fn claim_is_not_stored(&self) -> bool {
        let stored = self.s.stored().and_then(|memory| memory.claim.as_ref());
        self.memory.claim.as_ref().is_some_and(|claim| claim.via == ClaimVia::Adoption && Some(claim) != stored)
    }

    /// A workflow that was seen under this target before, and is another one now.
    fn is_the_known_workflow(&self) -> bool {
        let known = self.s.status().and_then(|status| status.workflow_name.as_ref());
        match (known, &self.observed.workflow_name) {
            (Some(known), Some(there))
                if self.memory.target == self.s.stored().and_then(|memory| memory.target.clone()) =>
            {
                known == there && target_fits(self.desired, self.observed)
            }
            (Some(_) | None, _) => target_fits(self.desired, self.observed),
        }
    }

    fn another_workflow(&self) -> Plan {
        let difference = workflow_difference(self.desired, self.observed);
        let message = format!(
            "the remote schedule {} runs {} though this resource made it run {}: somebody has replaced it; delete it at the remote and it is created again",
            self.desired.id, difference.observed, difference.desired
        );
        rest(
            self.s,
            Rest::Refused { reason: Reason::Drifted, message, drift: vec![difference] },
            "the workflow was changed by others",
        )
    }

    /// Only a *declared* target that changed replaces, never what is observed.
    fn replace(&mut self) -> Option<Plan> {
        let wanted = target(self.desired);
        match self.memory.replace.as_ref().map(|replace| replace.phase) {
            // The new one is there: a crash lay between its POST and the status.
            Some(ReplacePhase::Creating) => {
                self.memory.replace = None;
                self.memory.target = Some(wanted);
                self.memory.max_executions =
                    Some(MaxExecutionsMemory { declared: self.desired.max_executions, intended: None });
                None
            }
            Some(ReplacePhase::Deleting) if !self.fresh => Some(look(self.s)),
            // The spec was put back before anything was deleted.
            Some(ReplacePhase::Deleting) if self.memory.target.as_ref() == Some(&wanted) => {
                self.memory.replace = None;
                None
            }
            Some(ReplacePhase::Deleting) => {
                Some(call(self.memory.clone(), Call::Delete, "the workflow changed: the old schedule goes first"))
            }
            None if self.memory.target.as_ref() == Some(&wanted) => None,
            None if !self.fresh => Some(look(self.s)),
            None => Some(self.begin_replace()),
        }
    }

    fn begin_replace(&self) -> Plan {
        // What shall not run need not wait for a run to be over.
        let halts = matches!(self.desired.pause, DeclaredPause::Paused(_)) || self.facts.kill_switch.is_some();
        if !halts && let Some(plan) = self.guarded(&[], false) {
            return plan;
        }
        let mut memory = self.memory.clone();
        let by_connection = memory.paused_by_connection.is_some();
        let theirs = self.desired.pause == DeclaredPause::Undeclared || self.observed.is_paused_on_failure();
        memory.replace = Some(ReplaceMemory {
            phase: ReplacePhase::Deleting,
            limited: self.observed.remaining.flatten().is_some(),
            remaining: self.observed.remaining.flatten(),
            paused: self.observed.paused && theirs && !by_connection,
            note: self.observed.note.clone(),
        });
        remember(memory, "what the replace must restore is stored first")
    }

    fn pause(&self, want: &Want) -> Option<Plan> {
        let Want::Paused { note, enforced, why } = want else { return None };
        let note_differs = *enforced && self.observed.note.as_ref() != Some(note);
        if self.observed.paused && !note_differs {
            return None;
        }
        if !self.fresh {
            return Some(look(self.s));
        }
        if self.s.journal.paused {
            return Some(self.not_kept("the pause or its note"));
        }
        let mut memory = self.memory.clone();
        if *why == Why::KillSwitch && memory.paused_by_connection.is_none() {
            memory.paused_by_connection =
                Some(PausedByConnection { connection: self.facts.key.clone(), at: self.s.now.to_string() });
            return Some(remember(memory, "the kill switch's pause is stored before it is made"));
        }
        let plan = call(memory, Call::Pause { note: note.clone() }, because_of(*why));
        Some(if self.observed.paused {
            plan
        } else {
            plan.telling(false, "Paused", format!("paused {}: {note}", self.desired.id))
        })
    }

    /// What was done in this pass is not there when it is looked at: it is not done over and over.
    fn not_kept(&self, what: &str) -> Plan {
        let message = format!("the remote does not keep {what}; it is tried again");
        wait(self.s, Reason::Drifted, message, Retry::Backoff, "the remote does not keep what was done")
    }

    fn differences(&self, want: &Want) -> Vec<Difference> {
        let encoded = self.observed.input.as_ref().is_some_and(is_encoded) && !is_encoded(&self.desired.content.input);
        let input_known_equal =
            encoded && self.memory.input_fingerprint.as_ref().is_none_or(|old| *old == self.desired.input_fingerprint);
        let found = differences(&self.desired.content, self.observed, input_known_equal);
        // On a server whose PATCH lifts a pause, a schedule that must not fire stays parked.
        let stays_parked = matches!(want, Want::Paused { why: Why::Declared | Why::KillSwitch, .. })
            && self.keeps_pause == Some(false);
        if stays_parked && self.observed.paused && !found.is_empty() {
            let parked = differences(&self.desired.content.parked(), self.observed, input_known_equal);
            if parked.is_empty() {
                return parked;
            }
        }
        found
    }

    fn patch(&mut self, want: &Want) -> Option<Plan> {
        let is_counting = self.memory.max_executions.as_ref().is_some_and(|count| count.intended.is_some());
        if is_counting && !self.fresh {
            return Some(look(self.s));
        }
        let drift = self.differences(want);
        let count = self.count();
        if let Count::Settled(settled) = &count {
            self.memory.max_executions = Some(settled.clone());
            if drift.is_empty() {
                return None;
            }
        }
        if !self.fresh {
            return Some(look(self.s));
        }
        let fields: Vec<Field> = drift.iter().map(|difference| difference.field).collect();
        self.stop(want, &fields, &drift).or_else(|| Some(self.send(want, &fields, count)))
    }

    /// Settled without a look where the entry of a LIST holds no count.
    fn count(&self) -> Count {
        let sending = self.s.journal.count_is_ours;
        count::count(&self.memory, self.desired, self.observed, self.s.now, sending)
    }

    /// Why the patch does not go out now.
    fn stop(&self, want: &Want, fields: &[Field], drift: &[Difference]) -> Option<Plan> {
        if !self.s.is_edit(self.desired)
            && let Some(field) = contended::contended(&self.memory, fields, self.s.now)
        {
            let message = format!(
                "{field} was put right 3 times in 30 minutes and is changed by somebody else each time; writing stops until the spec or the annotation workflows.mistral.ai/reconcile-requested-at changes: find the other writer (a worker that upserts its own schedule, a second cluster)"
            );
            let refused = Rest::Refused { reason: Reason::Contended, message, drift: drift.to_vec() };
            return Some(rest(self.s, refused, "the schedule is contended"));
        }
        if self.s.journal.patched && !fields.is_empty() {
            let message = "the remote does not keep what was written, see status.drift; it is tried again".to_owned();
            let waiting =
                Rest::Waiting { reason: Reason::Drifted, message, retry: Retry::Backoff, drift: drift.to_vec() };
            return Some(rest(self.s, waiting, "the remote does not keep what was written"));
        }
        let held = matches!(want, Want::Paused { why: Why::Declared | Why::KillSwitch, .. });
        self.guarded(drift, !held && self.keeps_pause == Some(false))
    }

    /// `lifts`: the PATCH lifts a pause, and so a paused schedule may run.
    fn guarded(&self, drift: &[Difference], lifts: bool) -> Option<Plan> {
        let until = guard::wait_until(self.s.now, self.observed, self.s.journal.guarded_since, lifts)?;
        let message = format!("a run is due or has just been: the change is sent after {until}");
        let waiting =
            Rest::Waiting { reason: Reason::Guarded, message, retry: Retry::At(until), drift: drift.to_vec() };
        Some(rest(self.s, waiting, "a run is near"))
    }

    fn send(&self, want: &Want, fields: &[Field], count: Count) -> Plan {
        let held = matches!(want, Want::Paused { why: Why::Declared | Why::KillSwitch, .. });
        let through_parking =
            self.observed.paused && (self.keeps_pause.is_none() || (held && self.keeps_pause == Some(false)));
        let mut memory = self.memory.clone();
        let is_to_stay = !matches!(want, Want::Running(_));
        if self.observed.paused && is_to_stay && self.keeps_pause != Some(true) && memory.pause_before_patch.is_none() {
            memory.pause_before_patch = Some(RememberedPause { note: self.observed.note.clone() });
            return remember(memory, "a PATCH may lift the pause: it is stored first");
        }
        if through_parking && self.keeps_pause.is_none() {
            return self.patch_with(
                memory,
                true,
                None,
                "whether a PATCH keeps the pause is tried where nothing can fire",
            );
        }
        let max = match count {
            Count::Settled(_) => None,
            Count::Intend(intended) => {
                memory.max_executions = Some(intended);
                return remember(memory, "a new maxExecutions is stored before it is sent");
            }
            Count::Send(value, settled) => {
                memory.max_executions = Some(settled);
                Some(wire::MaxExecutions(value))
            }
        };
        if memory.input_fingerprint.is_some() || self.observed.input.as_ref().is_some_and(is_encoded) {
            memory.input_fingerprint = Some(self.desired.input_fingerprint.clone());
        }
        if self.s.is_edit(self.desired) {
            memory.corrections = Vec::new();
        } else if !self.s.journal.patched {
            contended::count(&mut memory, fields, self.s.now);
        }
        self.patch_with(memory, through_parking, max, "the remote differs from what is declared").telling(
            !self.s.is_edit(self.desired),
            if self.s.is_edit(self.desired) { "Updated" } else { "Corrected" },
            self.told(fields),
        )
    }

    fn told(&self, fields: &[Field]) -> String {
        let names: Vec<&str> = fields.iter().map(|field| field.path()).collect();
        let names = if names.is_empty() { Field::MaxExecutions.path().to_owned() } else { names.join(", ") };
        if self.s.is_edit(self.desired) {
            format!("updated {} of {}", names, self.desired.id)
        } else {
            format!("{} of {} was changed by somebody else and has been put right", names, self.desired.id)
        }
    }

    fn patch_with(
        &self,
        memory: Memory,
        parked: bool,
        max: Option<wire::MaxExecutions>,
        because: &'static str,
    ) -> Plan {
        let content = if parked { self.desired.content.parked() } else { self.desired.content.clone() };
        let body = Box::new(wire::Patch { schedule: content.definition(max) });
        call(memory, Call::Patch { body, parked }, because)
    }

    fn resume(&mut self, want: &Want) -> Option<Plan> {
        let Want::Running(why) = want else { return None };
        if !self.observed.paused {
            return None;
        }
        if !self.fresh {
            return Some(look(self.s));
        }
        if self.s.journal.resumed {
            return Some(self.not_kept("the resume"));
        }
        let against = *why == Why::AgainstSomebody;
        if against {
            let contended = contended::contended(&self.memory, &[Field::Paused], self.s.now);
            if contended.is_some() && !self.s.is_edit(self.desired) {
                let message = "paused: false was put right 3 times in 30 minutes and somebody pauses the schedule each time; writing stops until the spec or the annotation workflows.mistral.ai/reconcile-requested-at changes".to_owned();
                return Some(refuse(self.s, Reason::Contended, message, "the pause is contended"));
            }
            contended::count(&mut self.memory, &[Field::Paused], self.s.now);
        }
        let mut memory = self.memory.clone();
        memory.paused_by_connection = None;
        memory.pause_before_patch = None;
        memory.paused = Some(remembered_pause(&self.desired.pause));
        let note = format!("resumed by WorkflowSchedule {}/{}", self.s.namespace(), self.s.name());
        let told = match (against, self.observed.note.as_deref()) {
            (true, Some(note)) => format!("paused: false is declared, so the pause \"{note}\" was undone"),
            (true, None) => "paused: false is declared, so somebody's pause was undone".to_owned(),
            (false, _) => format!("resumed {}", self.desired.id),
        };
        Some(call(memory, Call::Resume { note }, because_of(*why)).telling(against, "Resumed", told))
    }

    fn trigger(&self) -> Option<Plan> {
        let first_sight = self.first_sight && !self.s.journal.created;
        let plan = trigger::plan(
            self.s,
            self.facts,
            first_sight && self.s.stored().is_none_or(|memory| memory.target.is_none()),
        )?;
        if self.fresh { Some(plan) } else { Some(look(self.s)) }
    }

    fn ready(&mut self) -> Plan {
        self.memory.paused = Some(remembered_pause(&self.desired.pause));
        self.memory.creation_unknown_since = still_late(&self.memory, self.s.now);
        self.memory.pause_before_patch = None;
        let needs_fingerprint = self.observed.input.is_none() && self.memory.input_fingerprint.is_some()
            || !self.s.resource.spec.input_from.is_empty()
            || self.observed.input.as_ref().is_some_and(is_encoded);
        self.memory.input_fingerprint = needs_fingerprint.then(|| self.desired.input_fingerprint.clone());
        let (reason, message) = self.state();
        let rest = Rest::Ready { reason, message, drift: Vec::new() };
        let plan = with(self.memory.clone(), Step::Rest(rest), "both sides are equal");
        match self.resume_refused() {
            Some(why) => plan.telling(true, "ResumeRefused", why),
            None => plan,
        }
    }

    /// Why a resume that was asked for is not carried out. It is recorded, and said once.
    fn resume_refused(&self) -> Option<String> {
        match pause::resume_request(self.s)? {
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
                "the server paused it after a failed run{note}; to go on: kubectl annotate workflowschedule -n {} {} --overwrite workflows.mistral.ai/resume-requested-at=\"$(date -u +%FT%TZ)\"",
                self.s.namespace(),
                self.s.name()
            );
            return (Reason::PausedOnFailure, message);
        }
        if observed.paused {
            return (Reason::Paused, format!("paused{note}"));
        }
        if observed.is_exhausted() {
            return (Reason::Exhausted, "its runs are used up; a new maxExecutions starts a new count".into());
        }
        (Reason::InSync, "the remote schedule is as declared".into())
    }
}

const fn because_of(why: Why) -> &'static str {
    match why {
        Why::Declared => "it is declared",
        Why::AgainstSomebody => "paused: false is declared",
        Why::KillSwitch => "the connection is paused",
        Why::KillSwitchLifted => "the connection is no longer paused",
        Why::Restored => "a pause that a write has lifted comes back",
        Why::Requested => "it was asked for",
    }
}

/// The form in which a workspace with encoded inputs stores them.
fn is_encoded(input: &serde_json::Value) -> bool {
    input
        .as_object()
        .is_some_and(|members| members.contains_key("b64payload") && members.contains_key("encoding_options"))
}
