//! From a schedule and its observed state to a plan, and to the status of its outcome. A reconcile uses the answer
//! of a GET, a poll uses an entry of a LIST.

use jiff::Timestamp;

use crate::api::{Memory, WorkflowSchedule, WorkflowScheduleStatus};
use crate::controller::context::Context;
use crate::controller::schedule::connection_view::view;
use crate::controller::state::connection_handle::SharedConnection;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::ConnectionRef;
use crate::plan::{
    ConnectionView, Desired, Input, InputError, Inputs, Journal, Observation, Outcome, Plan, Refusal, desired, plan,
    redacted, status,
};

/// A schedule, and what is known about it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) resource: &'a WorkflowSchedule,
    pub(crate) memory: &'a Memory,
    pub(crate) observation: &'a Observation,
    pub(crate) journal: &'a Journal,
}

/// The state of the cluster at one moment: a connection may change between two steps.
pub(crate) struct Snapshot {
    now: Timestamp,
    pub(crate) handle: Option<SharedConnection>,
    pub(crate) view: ConnectionView,
    pub(crate) desired: Result<Desired, Refusal>,
    conflict: Option<String>,
}

impl Snapshot {
    /// Reads everything that a plan for `resource` needs, except the observed state.
    pub(crate) fn read(
        ctx: &Context,
        key: &Key,
        connection_ref: &ConnectionRef,
        resource: &WorkflowSchedule,
        input: Result<Input, InputError>,
    ) -> Self {
        let (handle, view) = view(ctx, key, connection_ref, resource);
        let prefix = match &view {
            ConnectionView::Found { facts, .. } => facts.prefix.as_str(),
            ConnectionView::Missing { .. } => "",
        };
        let desired = desired(&resource.spec, prefix, &key.namespace, &key.name, input);
        Self { now: ctx.seams.now(), desired, conflict: ctx.cache().conflict(key), handle, view }
    }

    /// A LIST that was answered proves that the connection works.
    pub(crate) fn of_working_connection(mut self) -> Self {
        if let ConnectionView::Found { not_ready, .. } = &mut self.view {
            *not_ready = None;
        }
        self
    }

    pub(crate) fn inputs<'a>(&'a self, subject: Subject<'a>) -> Inputs<'a> {
        let Subject { resource, memory, observation, journal } = subject;
        Inputs {
            now: self.now,
            resource,
            memory,
            connection: &self.view,
            desired: &self.desired,
            observation,
            journal,
            conflict: self.conflict.as_deref(),
        }
    }
}

/// The next action, or the outcome.
pub(crate) struct Evaluation {
    pub(crate) plan: Plan,
    /// The outcome and its status, without secrets; `None` if there is an action to carry out.
    pub(crate) outcome: Option<(Outcome, WorkflowScheduleStatus)>,
}

/// Plans. `secrets` are texts that no status may show.
pub(crate) fn evaluate(snapshot: &Snapshot, subject: Subject<'_>, secrets: &[String]) -> Evaluation {
    let inputs = snapshot.inputs(subject);
    let plan = plan(&inputs);
    let outcome = plan.action.outcome().map(|outcome| {
        let status = status(&inputs, outcome, &plan.memory);
        (outcome.clone(), redacted(status, secrets))
    });
    Evaluation { plan, outcome }
}
