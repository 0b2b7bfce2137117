//! Many creations at once: a LIST stands in for the GETs.

use super::*;
use crate::api::{FINALIZER, WorkflowScheduleSpec};
use crate::plan::decision::inputs::Lookup;
use crate::plan::decision::plan::Learned;

/// A resource that nobody has touched, while many others wait for their creation.
fn untouched() -> Scene {
    Scene::fresh().resource(|resource| resource.metadata.finalizers = None).connection(|facts| {
        facts.lookup = Lookup::List;
    })
}

fn declaring(change: impl FnOnce(&mut WorkflowScheduleSpec)) -> Scene {
    untouched().declaring(change)
}

/// What a LIST has told of a resource that waited for it.
fn unlisted(scene: Scene) -> Scene {
    scene.seeing(Observation::Unlisted).after(|journal| journal.was_unlisted = true)
}

#[test]
fn one_call_creates_a_schedule_when_many_are_created() {
    assert_eq!(untouched().action(), Action::AwaitList);
    let scene = unlisted(untouched());
    assert_eq!(scene.action(), Action::AddFinalizer);
    let stored = stored(&scene.done());
    assert_eq!(created(&stored).schedule_id.as_str(), ID);
    let posted = stored.done();
    assert_eq!(posted.action(), Action::AwaitList, "a LIST reads it back");
    assert_eq!(ready(&posted.listed(|_| {})), Reason::InSync);
}

#[test]
fn a_single_creation_waits_for_no_list() {
    assert_eq!(untouched().connection(|facts| facts.lookup = Lookup::Get).action(), Action::Observe);
}

#[test]
fn what_may_have_been_created_before_is_looked_at_by_a_get() {
    let restored = untouched().resource(|resource| resource.metadata.finalizers = Some(vec![FINALIZER.into()]));
    assert_eq!(restored.action(), Action::Observe, "the finalizer is from an earlier life");
    let remembered = untouched().remembering(|memory| memory.deletion_held = Some(false));
    assert_eq!(remembered.action(), Action::Observe);
    let pinned = untouched().status(|status| status.schedule_id = Some(ID.into()));
    assert_eq!(pinned.action(), Action::Observe);
}

#[test]
fn what_an_upsert_could_harm_is_looked_at_by_a_get() {
    assert_eq!(declaring(|spec| spec.schedule_id = Some("nightly".into())).action(), Action::Observe);
    assert_eq!(declaring(|spec| spec.max_executions = Some(5)).action(), Action::Observe, "its count would begin anew");
    assert_eq!(declaring(|spec| spec.paused = Some(true)).action(), Action::Observe);
    assert_eq!(untouched().killed().action(), Action::Observe);
    for scene in [declaring(|spec| spec.max_executions = Some(5)), untouched().killed()] {
        assert_eq!(unlisted(scene).action(), Action::Observe, "it has changed while the LIST was read");
    }
}

#[test]
fn a_creation_that_no_list_answers_uses_gets() {
    assert_eq!(untouched().after(|journal| journal.is_list_in_vain = true).action(), Action::Observe);
}

#[test]
fn a_new_schedule_that_a_list_shows_otherwise_is_looked_at_before_anything_is_changed() {
    let posted = stored(&unlisted(untouched()).done()).done();
    assert_eq!(posted.listed(drifted).action(), Action::Observe);
}

#[test]
fn a_schedule_that_a_list_has_not_shown_and_a_get_finds_proves_that_lists_are_not_complete() {
    let learned = |scene: &Scene| scene.plan().learned;
    let found = |scene: Scene| scene.resource(|resource| resource.metadata.finalizers = Some(vec![FINALIZER.into()]));
    let missed = found(untouched()).after(|journal| journal.was_unlisted = true).present(|_| {});
    assert_eq!(learned(&missed), Some(Learned::ListIsIncomplete));
    assert_eq!(learned(&found(untouched()).present(|_| {})), None, "no LIST was asked");
    let own = stored(&unlisted(untouched()).done()).done().present(|_| {});
    assert_eq!(learned(&own), None, "its own POST has created it");
}
