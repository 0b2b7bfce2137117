//! The remote schedule differs from the declared state: the patch, and what delays or stops it.

use crate::api::{Reason, RememberedPause};
use crate::plan::decision::action::{Action, Call, Outcome, Requeue};
use crate::plan::decision::journal::Intention;
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, finish, observe, store_memory, with};
use crate::plan::limits::contention;
use crate::plan::limits::fire_guard;
use crate::plan::model::content::is_encoded;
use crate::plan::model::content::{Content, parking_time};
use crate::plan::model::diff::{Difference, Field, differences, is_emptied};
use crate::plan::rules::comparison::Comparison;
use crate::plan::rules::desired_pause::{DesiredPause, PauseReason, comes_back};
use crate::plan::rules::max_executions::{self, Count};
use crate::remote::wire;

impl Comparison<'_> {
    fn differences(&self, want: &DesiredPause) -> Vec<Difference> {
        let encoded = self.observed.input.as_ref().is_some_and(is_encoded) && !is_encoded(&self.desired.content.input);
        let input_known_equal =
            encoded && self.memory.input_fingerprint.as_ref().is_none_or(|old| *old == self.desired.input_fingerprint);
        let found = differences(&self.desired.content, self.observed, input_known_equal);
        // If a PATCH on this server removes a pause, a schedule that must not fire keeps its first run in 2099.
        let stays_parked = self.must_not_run(want) && self.keeps_pause == Some(false);
        if stays_parked && self.observed.paused && !found.is_empty() {
            let parked = differences(&self.desired.content.parked(), self.observed, input_known_equal);
            if parked.is_empty() {
                return parked;
            }
        }
        found
    }

    pub(crate) fn patch(&mut self, want: &DesiredPause) -> Option<Plan> {
        let is_counting = self.memory.max_executions.as_ref().is_some_and(|count| count.intended.is_some());
        if is_counting && !self.fresh {
            return Some(observe(self.inputs));
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
            return Some(observe(self.inputs));
        }
        if let Count::Wait(until) = count {
            let message = "maxExecutions: an earlier call without an answer may still arrive, and change the count: the new one waits for that";
            let waiting = Outcome::Waiting {
                reason: Reason::Progressing,
                message: message.into(),
                retry: Requeue::At(until),
                drift,
            };
            return Some(finish(self.inputs, waiting, "a new maxExecutions may still arrive"));
        }
        let fields: Vec<Field> = drift.iter().map(|difference| difference.field).collect();
        self.stop(want, &fields, &drift).or_else(|| Some(self.send(want, &fields, count)))
    }

    /// With a declared pause or the kill switch the schedule must not run at any time, whoever paused it.
    fn must_not_run(&self, want: &DesiredPause) -> bool {
        self.facts.kill_switch.is_some()
            || matches!(want, DesiredPause::Paused { why: PauseReason::Declared | PauseReason::KillSwitch, .. })
    }

    /// Decided without a GET if the entry of a LIST contains no count.
    fn count(&self) -> Count {
        let sending = self.inputs.journal.is_unsent(Intention::Count);
        max_executions::count(&self.memory, self.desired, self.observed, self.inputs.now, sending)
    }

    /// Why the patch is not sent now.
    fn stop(&self, want: &DesiredPause, fields: &[Field], drift: &[Difference]) -> Option<Plan> {
        if !self.inputs.is_edit(self.desired)
            && let Some(field) = contention::contended(&self.memory, fields, self.inputs.now)
        {
            let message = format!(
                "{field} was corrected 3 times in 30 minutes, and somebody else changed it again each time; writes stop until the spec or the annotation workflows.mistral.ai/reconcile-requested-at changes: find the other writer (a worker that upserts its own schedule, a second cluster)"
            );
            let refused = Outcome::Stalled { reason: Reason::Contended, message, drift: drift.to_vec() };
            let mut memory = self.memory.clone();
            // The pause is restored, and no later PATCH can remove it: it needs no memory any more.
            memory.pause_before_patch = memory.pause_before_patch.filter(|_| !self.observed.paused);
            return Some(with(memory, Action::Finish(refused), "the schedule is contended"));
        }
        if self.inputs.journal.has_patched() && !fields.is_empty() {
            let message = "the remote did not keep the change, see status.drift; it is tried again".to_owned();
            let waiting =
                Outcome::Waiting { reason: Reason::Drifted, message, retry: Requeue::Backoff, drift: drift.to_vec() };
            return Some(finish(self.inputs, waiting, "the remote did not keep the change"));
        }
        self.guarded(drift, !self.must_not_run(want) && self.keeps_pause == Some(false))
    }

    /// `lifts`: whether the PATCH removes a pause, so that a paused schedule may run.
    pub(crate) fn guarded(&self, drift: &[Difference], lifts: bool) -> Option<Plan> {
        let until = fire_guard::wait_until(self.inputs.now, self.observed, self.inputs.journal.guarded_since, lifts)?;
        let message = format!("a run is due or has just started: the change is sent after {until}");
        let waiting =
            Outcome::Waiting { reason: Reason::Guarded, message, retry: Requeue::At(until), drift: drift.to_vec() };
        Some(finish(self.inputs, waiting, "a run is due soon"))
    }

    fn send(&self, want: &DesiredPause, fields: &[Field], count: Count) -> Plan {
        let through_parking = self.observed.paused
            && (self.keeps_pause.is_none() || (self.must_not_run(want) && self.keeps_pause == Some(false)));
        let mut memory = self.memory.clone();
        let is_to_stay = match want {
            DesiredPause::Paused { .. } => true,
            DesiredPause::Leave => comes_back(self.desired, self.observed.note.as_deref().unwrap_or_default()),
            DesiredPause::Running(_) | DesiredPause::LookAtRun(_) => false,
        };
        if self.observed.paused && is_to_stay && self.keeps_pause != Some(true) && memory.pause_before_patch.is_none() {
            memory.pause_before_patch = Some(RememberedPause { note: self.observed.note.clone() });
            return store_memory(memory, "a PATCH may lift the pause: it is stored first");
        }
        if through_parking && self.keeps_pause.is_none() {
            let body = patch_of(&self.desired.content.parked(), None);
            let reason = "testing whether a PATCH keeps a pause, while nothing can fire";
            return self.telling_of_emptied_input(call(memory, Call::Patch { body, trial: true }, reason));
        }
        let max = match count {
            Count::Settled(_) | Count::Wait(_) => None,
            Count::Intend(intended) => {
                memory.max_executions = Some(intended);
                return store_memory(memory, "a new maxExecutions is stored before it is sent");
            }
            Count::Send(value, settled) => {
                memory.max_executions = Some(settled);
                Some(wire::MaxExecutions(value))
            }
        };
        if memory.input_fingerprint.is_some() || self.observed.input.as_ref().is_some_and(is_encoded) {
            memory.input_fingerprint = Some(self.desired.input_fingerprint.clone());
        }
        if self.inputs.is_edit(self.desired) {
            memory.corrections = Vec::new();
        } else if !self.inputs.journal.has_patched() && !self.is_parked() {
            contention::count(&mut memory, fields, self.inputs.now);
        }
        let parked = through_parking.then(|| self.desired.content.parked());
        let body = patch_of(parked.as_ref().unwrap_or(&self.desired.content), max);
        let plan = call(memory, Call::Patch { body, trial: false }, "the remote differs from what is declared");
        self.telling_of_emptied_input(plan.with_event(
            !self.inputs.is_edit(self.desired),
            if self.inputs.is_edit(self.desired) { "Updated" } else { "Corrected" },
            self.told(fields),
        ))
    }

    /// Server-side apply makes null of a map that becomes empty, and nobody has written this null.
    fn telling_of_emptied_input(&self, plan: Plan) -> Plan {
        let is_emptied =
            self.observed.input.as_ref().is_some_and(|before| is_emptied(before, &self.desired.content.input));
        if !is_emptied || !self.inputs.is_edit(self.desired) {
            return plan;
        }
        let message = "the input, or a map in it, had members and is null now; server-side apply does this to a map that becomes empty: if the manifest contains {}, apply it once more";
        plan.with_event(true, "InputEmptied", message.into())
    }

    /// Whether it still has the first run in 2099 that it was created with. Ending that is no correction of drift.
    pub(crate) fn is_parked(&self) -> bool {
        self.observed.timing.as_ref().is_ok_and(|timing| timing.start_at == Some(parking_time()))
    }

    fn told(&self, fields: &[Field]) -> String {
        let names: Vec<&str> = fields.iter().map(|field| field.path()).collect();
        let names = if names.is_empty() { Field::MaxExecutions.path().to_owned() } else { names.join(", ") };
        if self.inputs.is_edit(self.desired) {
            format!("updated {} of {}", names, self.desired.id)
        } else {
            format!("{} of {} was changed by somebody else and has been corrected", names, self.desired.id)
        }
    }
}

fn patch_of(content: &Content, max: Option<wire::MaxExecutions>) -> Box<wire::Patch> {
    Box::new(wire::Patch { schedule: content.definition(max) })
}
