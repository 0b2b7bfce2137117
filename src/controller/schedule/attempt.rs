//! The state of one reconcile: what it knows, and what it has learned so far.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{Memory, Trigger, WorkflowSchedule};
use crate::controller::context::Context;
use crate::controller::schedule::evaluate::{Snapshot, Subject};
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::key::Key;
use crate::controller::state::last_outcome::LastOutcome;
use crate::controller::state::list_requests::{ListAnswer, Suspended};
use crate::controller::state::workqueue::{Priority, RankedPriority, WorkItem};
use crate::plan::{Input, InputError, Inputs, Journal, Observation};

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
    /// What the trigger that this reconcile has stored as requested has replaced in the status.
    pub(crate) earlier_trigger: Option<Trigger>,
    /// The API server has confirmed in this reconcile that the resource has not changed.
    pub(crate) is_current: bool,
}

/// How a reconcile ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReconcileResult {
    /// The reconcile is finished, and the status is written.
    Done(LastOutcome),
    /// The resource does not exist any more, or does not have the finalizer.
    Gone,
    /// It must be tried again soon: another writer was faster, or Kubernetes does not answer.
    Retry,
    /// It continues with the answer of a LIST.
    AwaitsList,
    /// The process is stopping, or another replica leads.
    Interrupted,
}

/// How old a LIST may be that proves that a schedule does not exist. While many creations wait for their tokens,
/// somebody else may create one of them.
const LIST_ANSWER_LASTS: Duration = Duration::from_mins(1);

impl<'a> Attempt<'a> {
    /// Starts a reconcile and reads its input.
    pub(crate) async fn begin(ctx: &'a Context, work: &WorkItem, known: CachedSchedule) -> Self {
        let resource = known.resource.clone();
        let input = read_input(ctx, work, &resource).await;
        let mut attempt = Self {
            ctx,
            key: work.key.clone(),
            urgency: work.urgency,
            memory: resource.status.as_ref().and_then(|status| status.memory.clone()).unwrap_or_default(),
            observation: Observation::None,
            journal: Journal::guarded(known.guarded_since),
            input,
            earlier_trigger: None,
            is_current: false,
            known,
            resource,
        };
        attempt.resume();
        attempt
    }

    /// Continues a reconcile that has waited for a LIST, if the resource is the same and the answer is not old.
    fn resume(&mut self) {
        let answer = self.ctx.cache().schedule_mut(&self.key).and_then(|known| known.list_answer.take());
        let Some(ListAnswer { suspended, observation, at }) = answer.map(|answer| *answer) else { return };
        if suspended.version != self.resource.metadata.resource_version {
            return;
        }
        if observation == Observation::Unlisted && self.ctx.seams.elapsed() > at.saturating_add(LIST_ANSWER_LASTS) {
            // The next LIST would take as long: a GET answers.
            self.journal.is_list_in_vain = true;
            return;
        }
        self.memory = suspended.memory;
        self.journal = suspended.journal;
        self.observation = observation;
    }

    /// What is needed to continue this reconcile with the answer of a LIST.
    pub(crate) fn suspended(&self) -> Suspended {
        Suspended {
            version: self.resource.metadata.resource_version.clone(),
            memory: self.memory.clone(),
            journal: self.journal.clone(),
        }
    }

    /// Everything that the next plan needs, read again: a connection may change during a reconcile.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::read(self.ctx, &self.key, &self.known.connection_ref, &self.resource, self.input.clone())
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            resource: &self.resource,
            memory: &self.memory,
            observation: &self.observation,
            journal: &self.journal,
        }
    }

    pub(crate) fn inputs<'b>(&'b self, snapshot: &'b Snapshot) -> Inputs<'b> {
        snapshot.inputs(self.subject())
    }

    /// The secret texts, which must not be shown.
    pub(crate) fn secrets(&self) -> &[String] {
        self.input.as_ref().map_or(&[], |input| &input.secrets)
    }
}

/// Reads the input. An edit, a first creation or a request must not use values that were
/// read before.
async fn read_input(ctx: &Context, work: &WorkItem, resource: &WorkflowSchedule) -> Result<Input, InputError> {
    let spec = &resource.spec;
    let is_first = resource.status.as_ref().is_none_or(|status| status.schedule_id.is_none());
    let is_asked_for = is_first || work.urgency.priority != Priority::Background;
    let since = is_asked_for.then(|| ctx.seams.elapsed());
    ctx.sources.input(&work.key.namespace, spec.input.as_ref(), &spec.input_from, since).await
}
