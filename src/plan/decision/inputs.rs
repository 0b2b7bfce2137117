//! The inputs of a plan.

use crate::plan::model::failure_note::begins_a_text;
use jiff::{SignedDuration, Timestamp};

use crate::api::{
    self, ClaimVia, DeletionPolicy, Management, Memory, Reason, Tracking, WorkflowSchedule, WorkflowScheduleStatus,
};
use crate::plan::decision::journal::Journal;
use crate::plan::limits::annotation_request;
use crate::plan::model::desired::{DeclaredPause, Desired, Refusal};
use crate::plan::model::observed::Observation;
use crate::plan::model::ownership::Ownership;
use crate::remote::{Note, ScheduleId};

/// The inputs of a plan. The time is one of them.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The time.
    pub now: Timestamp,
    /// The resource as last received from the API server.
    pub resource: &'a WorkflowSchedule,
    /// The stored memory of the resource, with the changes of this reconcile.
    pub memory: &'a Memory,
    /// The connection that the resource resolves to.
    pub connection: &'a ConnectionView,
    /// The desired state of the remote schedule.
    pub desired: &'a Result<Desired, Refusal>,
    /// The observed state of the remote schedule.
    pub observation: &'a Observation,
    /// What happened in this reconcile.
    pub journal: &'a Journal,
    /// `NS/NAME` of another resource that holds the id.
    pub conflict: Option<&'a str>,
}

/// A connection as one resource sees it.
#[derive(Clone, Debug, PartialEq)]
pub enum ConnectionView {
    /// The connection does not exist, or this namespace may not use it.
    Missing {
        /// [`Reason::ConnectionNotFound`] or [`Reason::NotPermitted`].
        reason: Reason,
        /// What is missing and what to do.
        message: String,
    },
    /// It is there.
    Found {
        /// What it says.
        facts: Box<ConnectionFacts>,
        /// Set if the namespace of the resource is not allowed: then only deletions are carried out.
        not_permitted: Option<String>,
        /// Why the connection cannot be used now.
        not_ready: Option<(Reason, String)>,
    },
}

/// The facts about a connection that a plan needs.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionFacts {
    /// `NS/NAME`.
    pub key: String,
    /// Its namespace.
    pub namespace: String,
    /// The prefix of derived ids.
    pub prefix: String,
    /// The prefixes of other connections to the same workspace; known for a resource with an explicit id.
    pub other_prefixes: Vec<String>,
    /// Globs of explicit ids that other namespaces may claim.
    pub allowed_schedule_ids: Vec<String>,
    /// For schedules that do not set it.
    pub management: Option<Management>,
    /// For schedules that do not set it.
    pub deletion_policy: Option<DeletionPolicy>,
    /// The kill switch, if it is on.
    pub kill_switch: Option<KillSwitch>,
    /// The connection is being deleted: it serves its schedules and accepts no new ones.
    pub terminating: bool,
    /// Whether a PATCH of this server keeps a pause, once that is known.
    pub patch_keeps_pause: Option<bool>,
    /// Too many known ids disappeared at the same time: nothing is created again.
    pub mass_disappearance: bool,
    /// Too many deletions at the same time: none is carried out.
    pub deletion_held: bool,
    /// How the schedules of new resources are looked up.
    pub lookup: Lookup,
    /// How its runs are followed.
    pub runs: RunFacts,
}

/// How the runs of a connection are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunFacts {
    /// What is declared.
    pub tracking: Tracking,
    /// How long after its time a run must have started.
    pub start_within: SignedDuration,
    /// Since when no change of the remote schedules can have been overlooked; `None` if that is not known.
    pub in_reach_since: Option<Timestamp>,
}

impl RunFacts {
    /// Whether anything is to be known of runs.
    #[must_use]
    pub const fn is_tracking(&self) -> bool {
        match self.tracking {
            Tracking::All | Tracking::Failures => true,
            Tracking::Off => false,
        }
    }
}

/// How the schedules of new resources are looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lookup {
    /// Each by a GET.
    #[default]
    Get,
    /// Many creations wait, and LISTs of this connection are complete: one LIST answers for all of them.
    List,
}

/// The kill switch of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KillSwitch {
    /// `spec.pauseNote`.
    pub note: Option<String>,
}

impl ConnectionFacts {
    /// The note of a pause by the kill switch.
    #[must_use]
    pub fn kill_note(&self) -> Option<Note> {
        self.kill_switch.as_ref().map(|switch| Note::marked(&self.kill_mark(), switch.note.as_deref()))
    }

    /// Whether a note was written by this kill switch.
    #[must_use]
    pub fn is_kill_note(&self, note: &str) -> bool {
        note.trim().strip_prefix(&self.kill_mark()).is_some_and(begins_a_text)
    }

    /// The beginning of every note of the kill switch of this connection.
    #[must_use]
    pub fn kill_mark(&self) -> String {
        format!("paused by WorkflowConnection {}", self.key)
    }
}

impl Inputs<'_> {
    /// The connection, if it may be used, the resource is managed in full, and its schedule there is its own: then the
    /// schedule may be paused and resumed whatever the rest of the spec says.
    #[must_use]
    pub fn own_connection(&self) -> Option<&ConnectionFacts> {
        let ConnectionView::Found { facts, not_permitted: None, not_ready: None } = self.connection else {
            return None;
        };
        let management = self.resource.spec.management.or(facts.management).unwrap_or(Management::Full);
        let owns = self.ownership().owns_remote(&facts.key, &facts.prefix) && self.conflict.is_none();
        (management == Management::Full && owns).then_some(&**facts)
    }

    /// What is the resource's own, by the memory of this reconcile.
    #[must_use]
    pub const fn ownership(&self) -> Ownership<'_> {
        Ownership::with_memory(self.resource, self.memory)
    }

    /// The namespace of the resource.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.resource.metadata.namespace.as_deref().unwrap_or_default()
    }

    /// The name of the resource.
    #[must_use]
    pub fn name(&self) -> &str {
        self.resource.metadata.name.as_deref().unwrap_or_default()
    }

    /// The status that is stored.
    #[must_use]
    pub const fn status(&self) -> Option<&WorkflowScheduleStatus> {
        self.resource.status.as_ref()
    }

    /// The stored memory, which remains after a crash.
    #[must_use]
    pub fn stored(&self) -> Option<&Memory> {
        self.status().and_then(|status| status.memory.as_ref())
    }

    /// The value of an annotation of the operator.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.resource.metadata.annotations.as_ref()?.get(name).map(|text| annotation_request::annotation_value(text))
    }

    /// Whether the resource has the finalizer.
    #[must_use]
    pub fn has_finalizer(&self) -> bool {
        self.ownership().has_finalizer()
    }

    /// The generation of the spec.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.resource.metadata.generation.unwrap_or(0)
    }

    /// The generation that was last processed.
    #[must_use]
    pub fn observed_generation(&self) -> i64 {
        self.status().and_then(|status| status.observed_generation).unwrap_or(-1)
    }

    /// A new value of `reconcile-requested-at`.
    #[must_use]
    pub fn reconcile_requested(&self) -> bool {
        let asked = self.annotation(api::RECONCILE_REQUESTED_AT);
        asked.is_some() && asked != self.status().and_then(|status| status.last_handled_reconcile_at.as_deref())
    }

    /// Whether no reconcile of this resource has completed yet, according to its status: it is new, or its
    /// status was lost in a restore.
    #[must_use]
    pub const fn is_never_reconciled(&self) -> bool {
        self.memory.target.is_none()
    }

    /// Whether this reconcile applies an edit of the resource, and not a correction of changes by others.
    #[must_use]
    pub fn is_edit(&self, desired: &Desired) -> bool {
        self.is_never_reconciled()
            || self.observed_generation() != self.generation()
            || self.reconcile_requested()
            || self
                .stored()
                .and_then(|memory| memory.input_fingerprint.as_ref())
                .is_some_and(|old| *old != desired.input_fingerprint)
    }

    /// Whether `id` is claimed: a derived id always is, an explicit one after a status write before its POST.
    #[must_use]
    pub fn is_claimed(&self, id: &ScheduleId, prefix: &str) -> bool {
        self.ownership().is_claimed(id, prefix)
    }

    /// The note of a declared pause without `pauseNote`.
    #[must_use]
    pub fn own_pause_note(&self) -> Note {
        Note::marked(&format!("paused by WorkflowSchedule {}/{}", self.namespace(), self.name()), None)
    }
}

/// The id for all calls of a reconcile.
#[must_use]
pub fn id_in_question(inputs: &Inputs) -> Option<ScheduleId> {
    match inputs.connection {
        ConnectionView::Found { facts, .. } => Some(inputs.ownership().id_of_calls(&facts.prefix)),
        ConnectionView::Missing { .. } => None,
    }
}

/// A claim with its origin.
#[must_use]
pub fn claim(id: &ScheduleId, via: ClaimVia) -> api::Claim {
    api::Claim { schedule_id: id.as_str().to_owned(), via }
}

/// The declared pause in the form of the memory.
#[must_use]
pub const fn remembered_pause(pause: &DeclaredPause) -> api::DeclaredPause {
    match pause {
        DeclaredPause::Undeclared => api::DeclaredPause::Undeclared,
        DeclaredPause::Paused(_) => api::DeclaredPause::Paused,
        DeclaredPause::Running => api::DeclaredPause::Running,
    }
}
