//! One reconcile of one schedule: plan, do the action, plan again, until the action is to finish.

use std::sync::Arc;

use crate::api::{Memory, WorkflowSchedule};
use crate::controller::context::Context;
use crate::controller::kubernetes::writer::WriteError;
use crate::controller::schedule::apply::{self, Progress};
use crate::controller::schedule::connection_view::view;
use crate::controller::schedule::update_status;
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::connection_handle::SharedConnection;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::{Priority, RankedPriority, WorkItem};
use crate::plan::{
    Action, ConnectionView, Desired, Input, InputError, Inputs, Journal, Observation, Plan, Refusal, desired, plan,
};

/// No reconcile needs so many actions: this would be a defect, and must not loop forever.
const MOST_STEPS: usize = 60;

/// A reconcile in progress: what it knows, and what it has learned so far.
pub(crate) struct Attempt<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) key: Key,
    pub(crate) urgency: RankedPriority,
    pub(crate) known: CachedSchedule,
    pub(crate) resource: Arc<WorkflowSchedule>,
    pub(crate) memory: Memory,
    pub(crate) observation: Observation,
    pub(crate) journal: Journal,
    pub(crate) input: Result<Input, InputError>,
    /// The API server has confirmed in this reconcile that the resource has not changed.
    pub(crate) is_current: bool,
}

/// The state of a reconcile between two actions.
pub(crate) struct Snapshot {
    pub(crate) link: Option<SharedConnection>,
    pub(crate) view: ConnectionView,
    pub(crate) desired: Result<Desired, Refusal>,
    pub(crate) conflict: Option<String>,
}

/// How a reconcile ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReconcileResult {
    /// The plan has finished, and the status is written.
    Done(crate::controller::state::cache::LastOutcome),
    /// The resource is deleted, or not managed.
    Gone,
    /// It must be tried again soon: another writer was faster, or Kubernetes does not answer.
    Retry,
    /// The process is stopping, or another replica leads.
    Interrupted,
}

/// Reconciles a schedule.
pub(crate) async fn reconcile(ctx: &Context, work: &WorkItem) -> ReconcileResult {
    let Some(known) = ctx.cache().schedule(&work.key).cloned() else { return ReconcileResult::Gone };
    let resource = known.resource.clone();
    let mut attempt = Attempt {
        ctx,
        key: work.key.clone(),
        urgency: work.urgency,
        memory: resource.status.as_ref().and_then(|status| status.memory.clone()).unwrap_or_default(),
        observation: Observation::None,
        journal: Journal { guarded_since: known.guarded_since, ..Journal::default() },
        input: Ok(Input { value: serde_json::Value::Null, secrets: Vec::new(), fingerprint: String::new() }),
        is_current: false,
        known,
        resource,
    };
    match attempt.run().await {
        Ok(ended) => ended,
        Err(WriteError::Conflict | WriteError::Gone) => ReconcileResult::Retry,
        Err(WriteError::NotLeading) => ReconcileResult::Interrupted,
        Err(error @ (WriteError::Pruned(_) | WriteError::Kubernetes(_))) => {
            tracing::warn!(namespace = attempt.key.namespace, name = attempt.key.name, %error, "nothing was stored");
            ReconcileResult::Retry
        }
    }
}

impl Attempt<'_> {
    async fn run(&mut self) -> Result<ReconcileResult, WriteError> {
        self.input = self.read_input().await;
        for _ in 0..MOST_STEPS {
            if self.ctx.is_stopping() {
                return Ok(ReconcileResult::Interrupted);
            }
            let snapshot = self.snapshot();
            let plan = plan(&self.inputs(&snapshot));
            self.log(&plan, &snapshot);
            if let Some(rest) = plan.action.outcome() {
                let ended = update_status::settle(self, &snapshot, rest, &plan.memory).await?;
                apply::tell(self, plan.events);
                return Ok(ended);
            }
            match apply::step(self, &snapshot, plan).await? {
                Progress::Done | Progress::NotDone => {}
                Progress::Finished(ended) => return Ok(ended),
            }
        }
        tracing::error!(namespace = self.key.namespace, name = self.key.name, "a pass found no end");
        Ok(ReconcileResult::Retry)
    }

    /// The inputs of the next plan, read again: a connection may change during a reconcile.
    fn snapshot(&self) -> Snapshot {
        let (link, view) = view(self.ctx, &self.key, &self.known.via, &self.resource);
        let prefix = match &view {
            ConnectionView::Found { facts, .. } => facts.prefix.as_str(),
            ConnectionView::Missing { .. } => "",
        };
        let desired = desired(&self.resource.spec, prefix, &self.key.namespace, &self.key.name, self.input.clone());
        Snapshot { desired, conflict: self.ctx.cache().conflict(&self.key), link, view }
    }

    pub(crate) fn inputs<'b>(&'b self, snapshot: &'b Snapshot) -> Inputs<'b> {
        Inputs {
            now: self.ctx.seams.now(),
            resource: &self.resource,
            memory: &self.memory,
            connection: &snapshot.view,
            desired: &snapshot.desired,
            observation: &self.observation,
            journal: &self.journal,
            conflict: snapshot.conflict.as_deref(),
        }
    }

    /// Reads the input. An edit, a first creation and a request must not use objects that were read before.
    async fn read_input(&self) -> Result<Input, InputError> {
        let spec = &self.resource.spec;
        let is_first = self.resource.status.as_ref().is_none_or(|status| status.schedule_id.is_none());
        let is_asked_for = is_first || self.urgency.priority != Priority::Background;
        let since = is_asked_for.then(|| self.ctx.seams.elapsed());
        self.ctx.sources.input(&self.key.namespace, spec.input.as_ref(), &spec.input_from, since).await
    }

    /// The texts that must not be shown.
    pub(crate) fn secrets(&self) -> &[String] {
        self.input.as_ref().map_or(&[], |input| &input.secrets)
    }

    /// One line for each action that changes something; all others are debug messages.
    fn log(&self, plan: &Plan, snapshot: &Snapshot) {
        let action = plan.action.name();
        let id = snapshot.desired.as_ref().map(|desired| desired.id.as_str()).unwrap_or_default();
        let (namespace, name, reason) = (&self.key.namespace, &self.key.name, plan.reason);
        match &plan.action {
            Action::Call(_) | Action::AddFinalizer | Action::RemoveFinalizer => {
                tracing::info!(namespace, name, id, action, reason, "decided");
            }
            Action::Observe
            | Action::ObserveRun(_)
            | Action::StoreMemory(_)
            | Action::StoreTrigger(_)
            | Action::ClearTrigger
            | Action::Finish(_) => tracing::debug!(namespace, name, id, action, reason, "decided"),
        }
    }
}
