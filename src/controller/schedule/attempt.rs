//! One pass over one schedule: plan, do the one step, plan again, until the plan rests.

use std::sync::Arc;

use crate::api::{Memory, WorkflowSchedule};
use crate::controller::context::Context;
use crate::controller::kubernetes::writer::WriteError;
use crate::controller::schedule::apply::{self, Progress};
use crate::controller::schedule::connection_view::view;
use crate::controller::schedule::update_status;
use crate::controller::state::cache::Known;
use crate::controller::state::connection_handle::SharedLink;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::{Lane, Urgency, Work};
use crate::plan::{
    ConnectionView, Desired, Input, InputError, Journal, Plan, Refusal, Sight, Situation, Step, desired, plan,
};

/// No plan needs as many steps: one that does is a defect, and must not spin.
const MOST_STEPS: usize = 60;

/// A pass under way: what it knows, and what it has learnt so far.
pub(crate) struct Pass<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) key: Key,
    pub(crate) urgency: Urgency,
    pub(crate) known: Known,
    pub(crate) resource: Arc<WorkflowSchedule>,
    pub(crate) memory: Memory,
    pub(crate) sight: Sight,
    pub(crate) journal: Journal,
    pub(crate) input: Result<Input, InputError>,
    /// The API server has confirmed in this pass that the resource is as we know it.
    pub(crate) is_current: bool,
}

/// Where a pass stands between two steps.
pub(crate) struct Place {
    pub(crate) link: Option<SharedLink>,
    pub(crate) view: ConnectionView,
    pub(crate) desired: Result<Desired, Refusal>,
    pub(crate) conflict: Option<String>,
}

/// How a pass ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The plan rests, and the status says so.
    Rested(crate::controller::state::cache::Ended),
    /// The resource is gone, or left alone.
    Gone,
    /// It has to be tried again soon: somebody was quicker, or Kubernetes does not answer.
    Again,
    /// The process is stopping, or another replica leads.
    Interrupted,
}

/// Makes a pass.
pub(crate) async fn pass(ctx: &Context, work: &Work) -> Ended {
    let Some(known) = ctx.store().schedule(&work.key).cloned() else { return Ended::Gone };
    let resource = known.resource.clone();
    let mut pass = Pass {
        ctx,
        key: work.key.clone(),
        urgency: work.urgency,
        memory: resource.status.as_ref().and_then(|status| status.memory.clone()).unwrap_or_default(),
        sight: Sight::Unseen,
        journal: Journal { guarded_since: known.guarded_since, ..Journal::default() },
        input: Ok(Input { value: serde_json::Value::Null, secrets: Vec::new(), fingerprint: String::new() }),
        is_current: false,
        known,
        resource,
    };
    match pass.run().await {
        Ok(ended) => ended,
        Err(WriteError::Conflict | WriteError::Gone) => Ended::Again,
        Err(WriteError::NotLeading) => Ended::Interrupted,
        Err(error @ (WriteError::Pruned(_) | WriteError::Kubernetes(_))) => {
            tracing::warn!(namespace = pass.key.namespace, name = pass.key.name, %error, "nothing was stored");
            Ended::Again
        }
    }
}

impl Pass<'_> {
    async fn run(&mut self) -> Result<Ended, WriteError> {
        self.input = self.read_input().await;
        for _ in 0..MOST_STEPS {
            if self.ctx.is_stopping() {
                return Ok(Ended::Interrupted);
            }
            let place = self.place();
            let plan = plan(&self.situation(&place));
            self.log(&plan, &place);
            if let Some(rest) = plan.step.rest() {
                let ended = update_status::settle(self, &place, rest, &plan.memory).await?;
                apply::tell(self, plan.events);
                return Ok(ended);
            }
            match apply::step(self, &place, plan).await? {
                Progress::Done | Progress::NotDone => {}
                Progress::Ended(ended) => return Ok(ended),
            }
        }
        tracing::error!(namespace = self.key.namespace, name = self.key.name, "a pass found no end");
        Ok(Ended::Again)
    }

    /// All that the next plan looks at, read anew: a connection may change in mid-pass.
    fn place(&self) -> Place {
        let (link, view) = view(self.ctx, &self.key, &self.known.via, &self.resource);
        let prefix = match &view {
            ConnectionView::Found { facts, .. } => facts.prefix.as_str(),
            ConnectionView::Missing { .. } => "",
        };
        let desired = desired(&self.resource.spec, prefix, &self.key.namespace, &self.key.name, self.input.clone());
        Place { desired, conflict: self.ctx.store().conflict(&self.key), link, view }
    }

    pub(crate) fn situation<'b>(&'b self, place: &'b Place) -> Situation<'b> {
        Situation {
            now: self.ctx.seams.now(),
            resource: &self.resource,
            memory: &self.memory,
            connection: &place.view,
            desired: &place.desired,
            sight: &self.sight,
            journal: &self.journal,
            conflict: place.conflict.as_deref(),
        }
    }

    /// Reads the input. An edit, a first creation, and what somebody asks for must not be made of what was
    /// read before.
    async fn read_input(&self) -> Result<Input, InputError> {
        let spec = &self.resource.spec;
        let is_first = self.resource.status.as_ref().is_none_or(|status| status.schedule_id.is_none());
        let is_asked_for = is_first || self.urgency.lane != Lane::Background;
        let since = is_asked_for.then(|| self.ctx.seams.elapsed());
        self.ctx.sources.input(&self.key.namespace, spec.input.as_ref(), &spec.input_from, since).await
    }

    /// The texts that must not be shown.
    pub(crate) fn secrets(&self) -> &[String] {
        self.input.as_ref().map_or(&[], |input| &input.secrets)
    }

    /// One line a decision that changes something; the rest is for those who debug.
    fn log(&self, plan: &Plan, place: &Place) {
        let action = plan.step.name();
        let id = place.desired.as_ref().map(|desired| desired.id.as_str()).unwrap_or_default();
        let (namespace, name, reason) = (&self.key.namespace, &self.key.name, plan.because);
        match &plan.step {
            Step::Call(_) | Step::AddFinalizer | Step::RemoveFinalizer => {
                tracing::info!(namespace, name, id, action, reason, "decided");
            }
            Step::Look
            | Step::LookAtRun(_)
            | Step::Remember(_)
            | Step::RememberTrigger(_)
            | Step::ForgetTrigger
            | Step::Rest(_) => tracing::debug!(namespace, name, id, action, reason, "decided"),
        }
    }
}
