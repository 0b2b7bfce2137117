//! The connection and the id that a resource owns, claims, or declares. All other code asks this module.

use kube::core::ObjectMeta;

use crate::api::{self, Creation, Memory, WorkflowSchedule, WorkflowScheduleStatus};
use crate::plan::model::desired::id_of;
use crate::plan::model::schedule_id::{derived_id, is_under_prefix};
use crate::remote::ScheduleId;

/// Whether our finalizer is on an object.
#[must_use]
pub fn has_finalizer(metadata: &ObjectMeta) -> bool {
    metadata.finalizers.iter().flatten().any(|one| one == api::FINALIZER)
}

/// A resource, read for what is its own at the remote.
#[derive(Clone, Copy, Debug)]
pub struct Ownership<'a> {
    resource: &'a WorkflowSchedule,
    memory: Option<&'a Memory>,
}

impl<'a> Ownership<'a> {
    /// By what is stored.
    #[must_use]
    pub fn of(resource: &'a WorkflowSchedule) -> Self {
        Self { resource, memory: resource.status.as_ref().and_then(|status| status.memory.as_ref()) }
    }

    /// By the memory of a reconcile, which may be ahead of what is stored.
    #[must_use]
    pub const fn with_memory(resource: &'a WorkflowSchedule, memory: &'a Memory) -> Self {
        Self { resource, memory: Some(memory) }
    }

    const fn status(&self) -> Option<&'a WorkflowScheduleStatus> {
        self.resource.status.as_ref()
    }

    /// A creation under way may have arrived: it pins like a success.
    fn creation(&self) -> Option<&'a Creation> {
        self.memory?.creation()
    }

    fn namespace(&self) -> &'a str {
        self.resource.metadata.namespace.as_deref().unwrap_or_default()
    }

    fn name(&self) -> &'a str {
        self.resource.metadata.name.as_deref().unwrap_or_default()
    }

    /// Whether our finalizer is on the resource.
    #[must_use]
    pub fn has_finalizer(&self) -> bool {
        has_finalizer(&self.resource.metadata)
    }

    /// `NAMESPACE/NAME` of the connection on which the remote schedule lives, or is about to.
    #[must_use]
    pub fn pinned_connection(&self) -> Option<&'a str> {
        let recorded = self.status().and_then(|status| status.connection.as_deref());
        recorded.or_else(|| self.creation().map(|creation| creation.connection.as_str()))
    }

    /// The id of the remote schedule that is the resource's own, or is about to be.
    #[must_use]
    pub fn pinned_id(&self) -> Option<&'a str> {
        let recorded = self.status().and_then(|status| status.schedule_id.as_deref());
        recorded.or_else(|| self.creation().map(|creation| creation.schedule_id.as_str()))
    }

    /// The derived id: no other resource of this connection can have it.
    #[must_use]
    pub fn derived_id(&self, prefix: &str) -> ScheduleId {
        derived_id(prefix, self.namespace(), self.name())
    }

    /// The id that the spec declares: the explicit one, or the derived one.
    #[must_use]
    pub fn meant_id(&self, prefix: &str) -> ScheduleId {
        id_of(&self.resource.spec, prefix, self.namespace(), self.name())
    }

    /// The recorded id, if it is neither the id that the spec means nor claimed: a person has edited the
    /// status, or the connection was made anew with another prefix.
    #[must_use]
    pub fn foreign_pin(&self, prefix: &str) -> Option<&'a str> {
        let is_own = |id: &ScheduleId| self.is_claimed(id, prefix) || *id == self.meant_id(prefix);
        self.pinned_id().filter(|id| !is_own(&ScheduleId::new(*id)))
    }

    /// The id that the resource holds before all others: the pinned one, else the claimed one. What is
    /// recorded and not claimed may be another's.
    #[must_use]
    pub fn held_id(&self, prefix: &str) -> Option<ScheduleId> {
        let claimed = || self.memory?.claim.as_ref().map(|claim| claim.schedule_id.as_str());
        self.own_pinned_id(prefix).or_else(|| claimed().map(ScheduleId::new))
    }

    fn own_pinned_id(&self, prefix: &str) -> Option<ScheduleId> {
        self.pinned_id().map(ScheduleId::new).filter(|id| self.is_claimed(id, prefix))
    }

    /// The id that a call is about. A deletion goes to what is held; else an edit of the spec gives up a
    /// claim of which nothing was made.
    #[must_use]
    pub fn id_of_calls(&self, prefix: &str) -> ScheduleId {
        let is_deleted = self.resource.metadata.deletion_timestamp.is_some();
        let held = if is_deleted { self.held_id(prefix) } else { self.own_pinned_id(prefix) };
        held.unwrap_or_else(|| self.meant_id(prefix))
    }

    /// Whether an id is claimed: a derived id always is, an explicit one by a write before its POST. None
    /// under the prefix is ever claimed: it is another's derived id.
    #[must_use]
    pub fn is_claimed(&self, id: &ScheduleId, prefix: &str) -> bool {
        let claim = self.memory.and_then(|memory| memory.claim.as_ref());
        let is_explicit = claim.is_some_and(|claim| claim.schedule_id == id.as_str()) && !is_under_prefix(id, prefix);
        *id == self.derived_id(prefix) || is_explicit
    }

    /// Whether the remote schedule behind this connection is the resource's own: the recorded one, or, where
    /// a restore has lost the status, the derived one.
    #[must_use]
    pub fn owns_remote(&self, connection: &str, prefix: &str) -> bool {
        let recorded = self.status().map(|status| (status.schedule_id.as_deref(), status.connection.as_deref()));
        match recorded.unwrap_or_default() {
            (Some(_), Some(recorded)) => self.is_claimed(&self.id_of_calls(prefix), prefix) && recorded == connection,
            (None, None) => self.has_finalizer() && self.resource.spec.schedule_id.is_none(),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;
    use crate::api::{Claim, ClaimVia, Lifecycle, WorkflowScheduleSpec};

    fn resource(explicit: Option<&str>) -> WorkflowSchedule {
        let spec = WorkflowScheduleSpec { schedule_id: explicit.map(Into::into), ..Default::default() };
        let mut resource = WorkflowSchedule::new("report", spec);
        resource.metadata.namespace = Some("shop".into());
        resource
    }

    fn claim(id: &str) -> Claim {
        Claim { schedule_id: id.into(), via: ClaimVia::Explicit }
    }

    fn creation(id: &str) -> Creation {
        Creation { connection: "shop/eu".into(), schedule_id: id.into(), ..Creation::default() }
    }

    fn deleted(mut resource: WorkflowSchedule) -> WorkflowSchedule {
        resource.metadata.deletion_timestamp = Some(Time(jiff::Timestamp::UNIX_EPOCH));
        resource
    }

    #[test]
    fn what_is_recorded_goes_before_a_creation_a_claim_and_the_spec() {
        let derived = "acme.shop.report";
        let memory = Memory {
            claim: Some(claim("claimed")),
            lifecycle: Some(Box::new(Lifecycle::Creating(creation(derived)))),
            ..Memory::default()
        };
        let mut recorded = resource(Some("meant"));
        let id = |resource: &WorkflowSchedule, memory: &Memory| {
            Ownership::with_memory(resource, memory).held_id("acme").map(|id| id.as_str().to_owned())
        };
        assert_eq!(id(&recorded, &Memory::default()), None);
        assert_eq!(id(&recorded, &Memory { lifecycle: None, ..memory.clone() }).as_deref(), Some("claimed"));
        assert_eq!(id(&recorded, &memory).as_deref(), Some(derived));
        assert_eq!(Ownership::with_memory(&recorded, &memory).pinned_connection(), Some("shop/eu"));
        let status = recorded.status.get_or_insert_default();
        (status.schedule_id, status.connection) = (Some("claimed".into()), Some("shop/us".into()));
        assert_eq!(id(&recorded, &memory).as_deref(), Some("claimed"));
        assert_eq!(Ownership::with_memory(&recorded, &memory).pinned_connection(), Some("shop/us"));
    }

    #[test]
    fn a_recorded_id_that_is_neither_derived_nor_claimed_is_not_held() {
        let mut edited = resource(None);
        let record = |resource: &mut WorkflowSchedule, id: &str| {
            resource.status.get_or_insert_default().schedule_id = Some(id.into());
        };
        record(&mut edited, "acme.shop.another");
        let ownership = Ownership::of(&edited);
        assert_eq!(ownership.foreign_pin("acme"), Some("acme.shop.another"));
        assert_eq!(ownership.held_id("acme"), None);
        assert_eq!(ownership.id_of_calls("acme").as_str(), "acme.shop.report");
        let memory = Memory { claim: Some(claim("acme.shop.another")), ..Memory::default() };
        assert_eq!(Ownership::with_memory(&edited, &memory).foreign_pin("acme"), Some("acme.shop.another"));
        record(&mut edited, "theirs");
        let memory = Memory { claim: Some(claim("own")), ..Memory::default() };
        assert_eq!(Ownership::with_memory(&edited, &memory).foreign_pin("acme"), Some("theirs"));
        assert_eq!(Ownership::with_memory(&edited, &memory).held_id("acme").unwrap().as_str(), "own");
        record(&mut edited, "own");
        assert_eq!(Ownership::with_memory(&edited, &memory).foreign_pin("acme"), None);
        let mut given_up = resource(Some("observed"));
        record(&mut given_up, "observed");
        assert_eq!(Ownership::of(&given_up).foreign_pin("acme"), None, "it is what the spec means");
    }

    #[test]
    fn an_edit_gives_up_a_claim_of_which_nothing_was_made_and_a_deletion_does_not() {
        let memory = Memory { claim: Some(claim("before")), ..Memory::default() };
        let edited = resource(Some("after"));
        assert_eq!(Ownership::with_memory(&edited, &memory).id_of_calls("acme").as_str(), "after");
        assert_eq!(Ownership::with_memory(&deleted(edited), &memory).id_of_calls("acme").as_str(), "before");
    }

    #[test]
    fn a_deletion_goes_to_what_a_creation_under_way_may_have_made_whatever_the_spec_names_by_then() {
        let memory = Memory {
            lifecycle: Some(Box::new(Lifecycle::Creating(creation("acme.shop.report")))),
            ..Memory::default()
        };
        let edited = deleted(resource(Some("after")));
        assert_eq!(Ownership::with_memory(&edited, &memory).id_of_calls("acme").as_str(), "acme.shop.report");
    }

    #[test]
    fn a_derived_id_is_always_claimed() {
        let resource = resource(Some("explicit"));
        let is_claimed = |id: &str| Ownership::of(&resource).is_claimed(&ScheduleId::new(id), "acme");
        assert!(is_claimed("acme.shop.report"));
        assert!(!is_claimed("explicit"), "an explicit one by a write");
    }

    #[test]
    fn a_resource_without_a_status_owns_the_derived_schedule_alone() {
        let owns = |mut resource: WorkflowSchedule| {
            resource.metadata.finalizers = Some(vec![api::FINALIZER.into()]);
            Ownership::of(&resource).owns_remote("shop/eu", "acme")
        };
        assert!(owns(resource(None)));
        assert!(!owns(resource(Some("explicit"))));
    }

    #[test]
    fn what_is_recorded_is_its_own_on_the_recorded_connection_alone() {
        let mut resource = resource(None);
        let status = resource.status.get_or_insert_default();
        (status.schedule_id, status.connection) = (Some("acme.shop.report".into()), Some("shop/eu".into()));
        assert!(Ownership::of(&resource).owns_remote("shop/eu", "acme"));
        assert!(!Ownership::of(&resource).owns_remote("shop/us", "acme"));
    }
}
