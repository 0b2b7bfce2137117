//! All that a plan is made from, with changes that read like what happened.

use std::collections::VecDeque;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::json;

use super::{ID, NOW, at, observed, target};
use crate::api::{
    self, InputSource, MaxExecutionsMemory, Memory, Tracking, TriggerState, WorkflowSchedule, WorkflowScheduleSpec,
    WorkflowScheduleStatus,
};
use crate::plan::decision::inputs::{KillSwitch, Lookup, RunFacts};
use crate::plan::{
    Action, Call, ConnectionFacts, ConnectionView, Inputs, Journal, Observation, Observed, Outcome, Plan, Read,
    desired as desired_of, lay_over, plan, status as status_of,
};
use crate::remote::{Operation, RemoteError};

/// All that a plan is made from: `shop/report`, its connection `shop/default`, and what is seen.
#[derive(Clone)]
pub struct Scene {
    pub now: Timestamp,
    pub resource: WorkflowSchedule,
    pub facts: ConnectionFacts,
    /// In place of the connection that the facts make.
    pub view: Option<ConnectionView>,
    pub sources: Vec<(InputSource, Read)>,
    pub observation: Observation,
    pub journal: Journal,
    pub conflict: Option<String>,
    /// What this reconcile has added to the stored memory.
    pub memory: Option<Memory>,
}

/// What the plan is asked about: a source that was read is not shown.
impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ask(|s| fmt::Debug::fmt(s, f))
    }
}

impl Scene {
    /// A resource that was just applied, with the finalizer that it is given first.
    pub fn fresh() -> Self {
        let spec = WorkflowScheduleSpec {
            workflow_identifier: Some("report-workflow".into()),
            intervals: vec![api::Interval { every: "1h".into(), offset: None }],
            input: Some(json!({"region": "eu"})),
            ..WorkflowScheduleSpec::default()
        };
        let mut resource = WorkflowSchedule::new("report", spec);
        resource.metadata.namespace = Some("shop".into());
        resource.metadata.generation = Some(1);
        resource.metadata.creation_timestamp = Some(Time(at("2026-11-24T11:00:00Z")));
        resource.metadata.finalizers = Some(vec![api::FINALIZER.into()]);
        resource.status = Some(WorkflowScheduleStatus { observed_generation: Some(-1), ..Default::default() });
        let facts = ConnectionFacts {
            key: "shop/default".into(),
            namespace: "shop".into(),
            prefix: "acme".into(),
            other_prefixes: Vec::new(),
            allowed_schedule_ids: Vec::new(),
            management: None,
            deletion_policy: None,
            kill_switch: None,
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
        Self {
            now: at(NOW),
            resource,
            facts,
            view: None,
            sources: Vec::new(),
            observation: Observation::None,
            journal: Journal::default(),
            conflict: None,
            memory: None,
        }
    }

    /// A resource whose schedule was made long ago and is, by a GET, as it is declared.
    pub fn settled() -> Self {
        let settled = Self::fresh().status(|status| {
            status.observed_generation = Some(1);
            status.connection = Some("shop/default".into());
            status.schedule_id = Some(ID.into());
            status.workflow_name = Some("report-workflow".into());
            status.paused = Some(false);
        });
        settled.remembering(|memory| memory.target = Some(target())).knowing_what_is_declared().present(|_| {})
    }

    /// Remembers of the pause and the count what the spec declares.
    fn knowing_what_is_declared(self) -> Self {
        let spec = self.resource.spec.clone();
        self.remembering(|memory| {
            memory.paused = Some(match spec.paused {
                None => api::DeclaredPause::Undeclared,
                Some(true) => api::DeclaredPause::Paused,
                Some(false) => api::DeclaredPause::Running,
            });
            memory.max_executions = Some(MaxExecutionsMemory { declared: spec.max_executions, intended: None });
        })
    }

    /// Changes the resource's metadata, annotations and so on.
    pub fn resource(mut self, change: impl FnOnce(&mut WorkflowSchedule)) -> Self {
        change(&mut self.resource);
        self
    }

    /// What is declared, and was declared before: of a settled resource it was carried through.
    pub fn declaring(mut self, change: impl FnOnce(&mut WorkflowScheduleSpec)) -> Self {
        change(&mut self.resource.spec);
        let is_settled = self.stored().target.is_some();
        if is_settled { self.knowing_what_is_declared() } else { self }
    }

    /// An edit that was not carried through yet.
    pub fn edited(mut self, change: impl FnOnce(&mut WorkflowScheduleSpec)) -> Self {
        change(&mut self.resource.spec);
        self.resource.metadata.generation = Some(2);
        self
    }

    /// Changes the stored status.
    pub fn status(mut self, change: impl FnOnce(&mut WorkflowScheduleStatus)) -> Self {
        change(self.resource.status.get_or_insert_default());
        self
    }

    /// Changes the stored memory, and with it what this reconcile makes of it.
    pub fn remembering(mut self, change: impl Fn(&mut Memory)) -> Self {
        self.memory.as_mut().map(&change);
        self.status(|status| change(status.memory.get_or_insert_default()))
    }

    /// Changes what the connection says.
    pub fn connection(mut self, change: impl FnOnce(&mut ConnectionFacts)) -> Self {
        change(&mut self.facts);
        self
    }

    /// The kill switch is on.
    pub fn killed(self) -> Self {
        self.connection(|facts| facts.kill_switch = Some(KillSwitch::default()))
    }

    /// Sets one of our annotations.
    pub fn annotated(self, name: &str, value: &str) -> Self {
        self.resource(|resource| {
            resource.metadata.annotations.get_or_insert_default().insert(name.into(), value.into());
        })
    }

    /// The resource is being deleted since this moment.
    pub fn deleted(self) -> Self {
        let now = self.now;
        self.resource(|resource| resource.metadata.deletion_timestamp = Some(Time(now)))
    }

    /// A GET of this reconcile gave what is declared by default, changed.
    pub fn present(mut self, change: impl FnOnce(&mut Observed)) -> Self {
        let mut observed = observed();
        change(&mut observed);
        self.observation = Observation::Present(Box::new(observed));
        self
    }

    /// What was seen, changed.
    pub fn seen_with(mut self, change: impl FnOnce(&mut Observed)) -> Self {
        match &mut self.observation {
            Observation::Present(observed) | Observation::Listed(observed) => change(observed),
            Observation::None | Observation::Absent | Observation::Unlisted => panic!("nothing was seen"),
        }
        self
    }

    /// A LIST gave it.
    pub fn listed(self, change: impl FnOnce(&mut Observed)) -> Self {
        let mut scene = self.present(change);
        if let Observation::Present(observed) = scene.observation {
            scene.observation = Observation::Listed(observed);
        }
        scene
    }

    /// Nothing was looked at yet, or a GET says that nothing is there.
    pub fn seeing(mut self, observation: Observation) -> Self {
        self.observation = observation;
        self
    }

    /// What happened in this reconcile so far.
    pub fn after(mut self, change: impl FnOnce(&mut Journal)) -> Self {
        change(&mut self.journal);
        self
    }

    /// A call of this reconcile failed.
    pub fn failed(self, operation: Operation, error: RemoteError) -> Self {
        self.after(|journal| journal.note_failed(operation, error))
    }

    /// The remote has answered the planned call so.
    pub fn answered(mut self, error: RemoteError) -> Self {
        let call = self.call();
        self.journal.note_failure(&call, error);
        self.seeing(Observation::None)
    }

    /// The next reconcile: nothing has happened in it yet, and the status is what this one comes to.
    pub fn next_pass(self) -> Self {
        let status = self.settles_as();
        Self { journal: Journal::default(), memory: None, ..self }.status(|stored| *stored = status)
    }

    /// The next reconcile after a crash: it knows what is stored, and nothing of what has happened.
    pub fn next_process(self) -> Self {
        Self { journal: Journal::default(), memory: None, ..self }
    }

    /// The stored memory.
    pub fn stored(&self) -> Memory {
        self.resource.status.as_ref().and_then(|status| status.memory.clone()).unwrap_or_default()
    }

    /// What `ask` says of the scene.
    pub fn ask<T>(&self, ask: impl FnOnce(&Inputs) -> T) -> T {
        let memory = self.memory.clone().unwrap_or_else(|| self.stored());
        let whole = ConnectionView::Found { facts: Box::new(self.facts.clone()), not_permitted: None, not_ready: None };
        let connection = self.view.clone().unwrap_or(whole);
        let input = lay_over(self.resource.spec.input.as_ref(), &self.sources);
        let desired = desired_of(&self.resource.spec, &self.facts.prefix, "shop", "report", input);
        ask(&Inputs {
            now: self.now,
            resource: &self.resource,
            memory: &memory,
            connection: &connection,
            desired: &desired,
            observation: &self.observation,
            journal: &self.journal,
            conflict: self.conflict.as_deref(),
        })
    }

    /// The plan.
    pub fn plan(&self) -> Plan {
        self.ask(plan)
    }

    /// The step of the plan.
    pub fn action(&self) -> Action {
        self.plan().action
    }

    /// The call that is planned.
    pub fn call(&self) -> Call {
        match self.action() {
            Action::Call(call) => call,
            other => panic!("no call but {other:?}"),
        }
    }

    /// The memory that is to be stored.
    pub fn remembers(&self) -> Memory {
        match self.action() {
            Action::StoreMemory(memory) => *memory,
            other => panic!("nothing to remember but {other:?}"),
        }
    }

    /// How the plan rests.
    pub fn outcome(&self) -> Outcome {
        match self.action() {
            Action::Finish(outcome) => outcome,
            other => panic!("no outcome but {other:?}"),
        }
    }

    /// The status once the plan rests.
    pub fn settles_as(&self) -> WorkflowScheduleStatus {
        let plan = self.plan();
        let Action::Finish(outcome) = &plan.action else { panic!("no outcome but {:?}", plan.action) };
        self.ask(|s| status_of(s, outcome, &plan.memory))
    }

    /// The scene once its planned step, which is no look, has succeeded: what was to be stored is stored,
    /// and what was sent is noted.
    pub fn done(&self) -> Self {
        self.then(&mut VecDeque::new())
    }

    /// The same; a look gives the next of `seen`.
    fn then(&self, seen: &mut VecDeque<Observation>) -> Self {
        let plan = self.plan();
        let mut next = self.clone();
        match plan.action {
            Action::Observe | Action::AwaitList => {
                next.observation = seen.pop_front().expect("a look that the test has not foreseen");
            }
            Action::ObserveRun(run) => panic!("a look at run {run} that the test has not foreseen"),
            Action::AddFinalizer => next.resource.metadata.finalizers = Some(vec![api::FINALIZER.into()]),
            Action::RemoveFinalizer => next.resource.metadata.finalizers = None,
            Action::StoreMemory(memory) => {
                next.journal.note_stored(&self.stored(), &memory);
                next = next.status(|status| status.memory = Some(*memory));
            }
            Action::StoreTrigger(trigger) => {
                next.journal.note_trigger_stored(trigger.state == TriggerState::Requested);
                next = next.status(|status| status.trigger = Some(*trigger));
            }
            Action::ClearTrigger => next = next.status(|status| status.trigger = None),
            Action::Call(call) => {
                let was_paused = matches!(&self.observation, Observation::Present(observed) if observed.paused);
                next.journal.note(&call, was_paused);
                if !matches!(call, Call::Trigger { .. }) {
                    next.observation = Observation::None;
                }
            }
            Action::Finish(_) => {}
        }
        next.memory = Some(plan.memory);
        next
    }

    /// The names of the steps of a whole reconcile, in which each look gives the next of `seen`, or
    /// nothing.
    pub fn steps(mut self, seen: impl IntoIterator<Item = Option<Observed>>) -> Vec<&'static str> {
        let observation = |one: Option<Observed>| {
            one.map_or(Observation::Absent, |observed| Observation::Present(Box::new(observed)))
        };
        let mut seen: VecDeque<Observation> = seen.into_iter().map(observation).collect();
        let mut names = Vec::new();
        while names.last() != Some(&"finish") && names.last() != Some(&"remove_finalizer") {
            names.push(self.action().name());
            assert!(names.len() < 30, "a reconcile without an end: {names:?}");
            self = self.then(&mut seen);
        }
        assert!(seen.is_empty(), "looks that were foreseen and not made: {seen:?}; {names:?}");
        names
    }
}
