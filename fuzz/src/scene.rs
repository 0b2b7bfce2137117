//! A schedule that was created long ago and is as it is declared, and the reconciles of it.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::json;
use workflow_schedule_operator::api::{
    self, DeclaredPause, Management, MaxExecutionsMemory, Memory, Target, Tracking, TriggerState, WorkflowSchedule,
    WorkflowScheduleSpec, WorkflowScheduleStatus,
};
use workflow_schedule_operator::plan::{
    Action, Call, ConnectionFacts, ConnectionView, Content, Inputs, Journal, Lookup, Observation, Observed, Outcome,
    Policy, RunFacts, desired, lay_over, plan, redacted, status,
};
use workflow_schedule_operator::remote::ScheduleId;
use workflow_schedule_operator::remote::wire::{ExecutionStatus, Remaining};
use workflow_schedule_operator::timing::{Interval, Spec};

use crate::NOW;

/// The schedule, what is at the remote, and what happened in the current reconcile.
pub struct Scene {
    /// The time.
    pub now: Timestamp,
    /// The resource as it is stored.
    pub resource: WorkflowSchedule,
    /// What is at the remote.
    pub remote: Observed,
    /// Whether the connection is paused.
    pub kill_switch: bool,
}

/// What a reconcile did, and how it ended.
pub struct Reconciled {
    /// The calls that changed the remote.
    pub calls: Vec<Call>,
    /// The outcome.
    pub outcome: Outcome,
}

impl Scene {
    /// Nothing differs.
    #[must_use]
    pub fn settled() -> Self {
        let spec = WorkflowScheduleSpec {
            workflow_identifier: Some("report-workflow".into()),
            intervals: vec![api::Interval { every: "1h".into(), offset: None }],
            input: Some(json!({"region": "eu"})),
            ..WorkflowScheduleSpec::default()
        };
        let mut resource = WorkflowSchedule::new("report", spec);
        resource.metadata.namespace = Some("shop".into());
        resource.metadata.generation = Some(1);
        resource.metadata.creation_timestamp = Some(Time(NOW - SignedDuration::from_hours(1)));
        resource.metadata.finalizers = Some(vec![api::FINALIZER.into()]);
        let memory = Memory {
            target: Some(Target { workflow_identifier: Some("report-workflow".into()), ..Target::default() }),
            paused: Some(DeclaredPause::Undeclared),
            max_executions: Some(MaxExecutionsMemory { declared: None, intended: None }),
            ..Memory::default()
        };
        resource.status = Some(WorkflowScheduleStatus {
            observed_generation: Some(1),
            connection: Some("shop/default".into()),
            schedule_id: Some("acme.shop.report".into()),
            memory: Some(memory),
            ..WorkflowScheduleStatus::default()
        });
        Self { now: NOW, resource, remote: remote(), kill_switch: false }
    }

    /// The status of the resource if the operator only observes what is at the remote. `is_listed`: a LIST has
    /// shown it.
    ///
    /// # Panics
    /// An observed schedule would be changed.
    #[must_use]
    pub fn observed(&self, is_listed: bool) -> WorkflowScheduleStatus {
        let mut resource = self.resource.clone();
        resource.spec.management = Some(Management::Observe);
        let remote = Box::new(self.remote.clone());
        let observation = if is_listed { Observation::Listed(remote) } else { Observation::Present(remote) };
        let memory = resource.status.as_ref().and_then(|status| status.memory.clone()).unwrap_or_default();
        // What is managed in full has a plan too.
        ask(self, &self.resource, &memory, &observation, &Journal::default(), |inputs| drop(plan(inputs)));
        // A schedule that is observed has neither a memory nor the finalizer.
        let memory = Memory::default();
        resource.metadata.finalizers = None;
        resource.status.get_or_insert_default().memory = None;
        ask(self, &resource, &memory, &observation, &Journal::default(), |inputs| {
            let plan = plan(inputs);
            match &plan.action {
                Action::Finish(outcome) => redacted(status(inputs, outcome, &plan.memory), &[]),
                // A LIST may not be enough.
                Action::Observe if is_listed => WorkflowScheduleStatus::default(),
                other => panic!("{other:?} for a schedule that is observed"),
            }
        })
    }

    /// Reconciles once, and stores what the operator would store.
    ///
    /// # Panics
    /// A reconcile does not end.
    pub fn reconcile(&mut self) -> Reconciled {
        let mut memory = self.status().memory.clone().unwrap_or_default();
        let (mut journal, mut observation, mut calls) = (Journal::default(), Observation::None, Vec::new());
        for _ in 0..30 {
            let (planned, end) = ask(self, &self.resource, &memory, &observation, &journal, |inputs| {
                let plan = plan(inputs);
                let end = plan.action.outcome().map(|outcome| status(inputs, outcome, &plan.memory));
                (plan, end)
            });
            match planned.action {
                Action::Observe | Action::AwaitList => {
                    observation = Observation::Present(Box::new(self.remote.clone()));
                }
                Action::ObserveRun(_) => journal.note_run(ExecutionStatus::Unknown),
                Action::AddFinalizer => self.resource.metadata.finalizers = Some(vec![api::FINALIZER.into()]),
                Action::RemoveFinalizer => self.resource.metadata.finalizers = None,
                Action::StoreMemory(stored) => {
                    journal.note_stored(&self.status().memory.clone().unwrap_or_default(), &stored);
                    self.status_mut().memory = Some(*stored);
                }
                Action::StoreTrigger(trigger) => {
                    journal.note_trigger_stored(trigger.state == TriggerState::Requested);
                    self.status_mut().trigger = Some(*trigger);
                }
                Action::ClearTrigger => self.status_mut().trigger = None,
                Action::Call(call) => {
                    journal.note(&call, self.remote.paused);
                    self.carry_out(&call);
                    if !matches!(call, Call::Trigger { .. }) {
                        observation = Observation::None;
                    }
                    calls.push(call);
                }
                Action::Finish(outcome) => {
                    self.resource.status = end.map(|status| redacted(status, &[]));
                    return Reconciled { calls, outcome };
                }
            }
            memory = planned.memory;
        }
        panic!("a reconcile without an end: {calls:?}");
    }

    /// The stored status.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn status(&self) -> &WorkflowScheduleStatus {
        self.resource.status.as_ref().expect("a settled schedule has a status")
    }

    /// The stored status.
    pub fn status_mut(&mut self) -> &mut WorkflowScheduleStatus {
        self.resource.status.get_or_insert_default()
    }

    fn carry_out(&mut self, call: &Call) {
        match call {
            Call::Pause { note } | Call::Resume { note } => {
                self.remote.paused = matches!(call, Call::Pause { .. });
                self.remote.note = note.as_ref().map(|note| note.as_str().to_owned());
            }
            Call::Trigger { .. } | Call::Patch { .. } => {}
            Call::Create(_) | Call::Delete => panic!("{call:?} for a schedule that exists and is declared"),
        }
    }
}

/// What is at the remote if nothing differs.
fn remote() -> Observed {
    let timing =
        Spec { intervals: vec![Interval { every: SignedDuration::from_hours(1), offset: None }], ..Spec::default() };
    let content = Content::new(timing, Policy::default(), json!({"region": "eu"}));
    Observed {
        id: ScheduleId::new("acme.shop.report"),
        workflow_name: Some("report-workflow".into()),
        deployment_name: None,
        paused: false,
        note: None,
        remaining: Some(Remaining(None)),
        timing: Ok(content.timing),
        policy: Some(content.policy),
        input: Some(content.input),
        future: Vec::new(),
        recent: Vec::new(),
    }
}

fn ask<T>(
    scene: &Scene,
    resource: &WorkflowSchedule,
    memory: &Memory,
    observation: &Observation,
    journal: &Journal,
    ask: impl FnOnce(&Inputs) -> T,
) -> T {
    let facts = ConnectionFacts {
        key: "shop/default".into(),
        namespace: "shop".into(),
        prefix: "acme".into(),
        other_prefixes: Vec::new(),
        allowed_schedule_ids: Vec::new(),
        management: None,
        deletion_policy: None,
        kill_switch: scene.kill_switch.then(Default::default),
        terminating: false,
        patch_keeps_pause: Some(true),
        mass_disappearance: false,
        deletion_held: false,
        runs: RunFacts {
            tracking: Tracking::All,
            start_within: SignedDuration::from_mins(5),
            in_reach_since: Some(Timestamp::UNIX_EPOCH),
        },
        lookup: Lookup::Get,
    };
    let input = lay_over(resource.spec.input.as_ref(), &[]);
    let desired = desired(&resource.spec, "acme", "shop", "report", input);
    let connection = ConnectionView::Found { facts: Box::new(facts), not_permitted: None, not_ready: None };
    let (desired, now) = (&desired, scene.now);
    ask(&Inputs { now, resource, memory, connection: &connection, desired, observation, journal, conflict: None })
}
