//! `management: Observe` reads and reports; `Off` leaves the resource alone.

use super::*;
use crate::api::{Claim, ClaimVia, Lifecycle, Management, OldSchedule};

fn observing() -> Scene {
    Scene::fresh()
        .declaring(|spec| spec.management = Some(Management::Observe))
        .resource(|resource| resource.metadata.finalizers = None)
        .present(|_| {})
}

fn partial(observed: &mut Observed) {
    observed.policy = None;
    observed.input = None;
    observed.remaining = None;
}

#[test]
fn observing_takes_no_finalizer_makes_no_claim_and_pins_nothing() {
    assert_eq!(ready(&observing()), Reason::Observing);
    let status = observing().settles_as();
    assert_eq!((status.memory, status.schedule_id, status.connection), (None, None, None));
}

#[test]
fn observing_reports_drift_and_stays_ready() {
    let scene = observing().declaring(|spec| spec.paused = Some(true)).present(|observed| {
        drifted(observed);
        observed.workflow_name = Some("theirs".into());
    });
    assert_eq!(ready(&scene), Reason::Observing);
    let status = scene.settles_as();
    let fields: Vec<&str> = status.drift.iter().map(|drift| drift.field.as_str()).collect();
    assert_eq!(fields, ["input", "workflowIdentifier", "paused"]);
    assert!(status.conditions.iter().any(|one| one.type_ == "Drifted" && one.status == "True"));
}

#[test]
fn observing_what_is_not_there_waits_for_it() {
    assert_eq!(waits(&observing().seeing(Observation::Absent)), (Reason::Drifted, Requeue::Backoff));
}

#[test]
fn a_resource_that_is_only_observed_from_now_on_gives_its_claim_up_before_its_finalizer() {
    let scene = Scene::settled().edited(|spec| spec.management = Some(Management::Observe));
    let scene = scene.remembering(|memory| {
        memory.claim = Some(Claim { schedule_id: "nightly".into(), via: ClaimVia::Adoption });
    });
    assert_eq!(scene.remembers(), Memory::default());
    assert_eq!(stored(&scene).action(), Action::RemoveFinalizer);
}

#[test]
fn a_replace_that_is_under_way_ends_with_the_claim() {
    let replacing = Scene::settled().remembering(|memory| {
        memory.lifecycle = Some(Box::new(Lifecycle::DeletingOld(OldSchedule::default())));
    });
    let released = stored(&replacing.edited(|spec| spec.management = Some(Management::Observe)));
    let managed = released.edited(|spec| spec.management = Some(Management::Full));
    assert_eq!(ready(&managed), Reason::InSync, "and nothing is deleted");
}

#[test]
fn observing_needs_no_get_a_poll_where_entries_are_partial() {
    assert_eq!(observing().listed(partial).action(), Action::Observe);
    let known = observing().settles_as();
    let again = observing().status(|status| *status = known).listed(partial);
    assert_eq!(ready(&again), Reason::Observing);
    let changed = again.listed(|observed| {
        partial(observed);
        observed.timing.as_mut().unwrap().time_zone_name = Some("Europe/Paris".into());
    });
    assert_eq!(changed.action(), Action::Observe);
}

#[test]
fn the_connections_management_stands_for_schedules_that_say_nothing() {
    let of = |management| Scene::settled().connection(|facts| facts.management = Some(management));
    assert_eq!(of(Management::Off).outcome(), Outcome::Unmanaged);
    let observed = of(Management::Observe).remembers();
    assert_eq!(observed.target, None);
    let own = of(Management::Off).declaring(|spec| spec.management = Some(Management::Full));
    assert_eq!(ready(&own), Reason::InSync);
}

#[test]
fn what_is_off_is_left_alone_whatever_is_wrong() {
    let off = Scene::settled().present(drifted).killed().edited(|spec| {
        spec.management = Some(Management::Off);
        spec.cron_expressions = vec!["nonsense".into()];
    });
    assert_eq!(off.outcome(), Outcome::Unmanaged);
    let status = off.settles_as();
    assert_eq!((status.observed_generation, status.conditions), (Some(2), Vec::new()));
}
