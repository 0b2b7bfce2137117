//! Create, and create again.

use super::*;
use crate::api::{ClaimVia, Creation, IntendedCount, Lifecycle, MaxExecutionsMemory, RememberedPause, UnansweredCalls};

/// A new resource whose schedule is not there.
fn new() -> Scene {
    Scene::fresh().seeing(Observation::Absent)
}

/// A known schedule that is gone.
fn gone() -> Scene {
    Scene::settled().seeing(Observation::Absent)
}

#[test]
fn what_is_not_known_is_looked_at_first() {
    assert_eq!(Scene::fresh().action(), Action::Observe);
}

#[test]
fn the_finalizer_comes_before_the_first_post() {
    assert_eq!(new().resource(|resource| resource.metadata.finalizers = None).action(), Action::AddFinalizer);
}

#[test]
fn what_a_creation_is_for_is_stored_before_its_post() {
    let memory = new().declaring(|spec| spec.max_executions = Some(5)).remembers();
    let creation = Creation {
        connection: "shop/default".into(),
        schedule_id: ID.into(),
        target: target(),
        max_executions: Some(5),
        body_fingerprint: memory.creation().unwrap().body_fingerprint.clone(),
    };
    assert_eq!(creation.body_fingerprint.as_ref().map(String::len), Some(32));
    let unanswered_creations = Some(UnansweredCalls { count: 1, since: NOW.into() });
    assert_eq!(
        memory,
        Memory { lifecycle: Some(Box::new(Lifecycle::Creating(creation))), unanswered_creations, ..Memory::default() }
    );
}

#[test]
fn a_post_carries_the_id_the_workflow_the_content_and_the_count() {
    let scene = stored(&new().declaring(|spec| spec.max_executions = Some(5)));
    let wire::Create { schedule_id, target, schedule } = created(&scene);
    assert_eq!((schedule_id.as_str(), target), (ID, desired().target));
    assert_eq!(schedule, content().definition(Some(wire::MaxExecutions(Some(5)))));
    assert_eq!(told(&scene.plan()), [(false, "Created")]);
}

#[test]
fn a_first_pass_makes_one_post_and_stores_three_times_at_most() {
    let first = Scene::fresh().resource(|resource| resource.metadata.finalizers = None);
    assert_eq!(
        first.steps([None, Some(observed())]),
        ["observe", "add_finalizer", "store_memory", "create", "observe", "finish"]
    );
}

#[test]
fn an_explicit_id_is_claimed_before_the_post_and_a_derived_one_needs_no_word() {
    let claim = new().declaring(|spec| spec.schedule_id = Some("nightly".into())).remembers().claim.unwrap();
    assert_eq!((claim.schedule_id.as_str(), claim.via), ("nightly", ClaimVia::Explicit));
    assert_eq!(new().remembers().claim, None);
}

#[test]
fn a_count_that_is_edited_between_the_post_and_its_status_is_a_change() {
    let scene = stored(&new()).edited(|spec| spec.max_executions = Some(2)).present(|_| {});
    let intended = scene.remembers().max_executions.unwrap().intended.unwrap();
    assert_eq!(intended.value, Some(2));
}

#[test]
fn a_workflow_that_is_edited_between_the_post_and_its_status_is_replaced() {
    let scene = stored(&new()).edited(|spec| spec.workflow_identifier = Some("other".into())).present(|_| {});
    assert!(scene.remembers().old_schedule().is_some());
}

#[test]
fn a_schedule_whose_post_was_answered_by_a_crash_is_taken_as_it_is() {
    assert_eq!(ready(&stored(&new()).present(|_| {})), Reason::InSync);
}

#[test]
fn what_is_gone_behind_our_back_is_created_again_with_an_event() {
    let scene = stored(&gone());
    assert_eq!(created(&scene).schedule, content().definition(None));
    assert_eq!(told(&scene.plan()), [(true, "Recreated")]);
}

#[test]
fn what_is_created_again_has_the_runs_that_were_left() {
    let counted = gone().declaring(|spec| spec.max_executions = Some(5)).status(|s| s.remaining_executions = Some(3));
    assert_eq!(created(&stored(&counted)).schedule.max_executions, Some(wire::MaxExecutions(Some(3))));
    let edited = counted.edited(|spec| spec.max_executions = Some(9));
    assert_eq!(created(&stored(&edited)).schedule.max_executions, Some(wire::MaxExecutions(Some(9))));
}

#[test]
fn what_was_exhausted_stays_exhausted_until_a_new_count_is_declared() {
    let used_up = gone().declaring(|spec| spec.max_executions = Some(5)).status(|s| s.remaining_executions = Some(0));
    assert_eq!(ready(&used_up), Reason::Exhausted);
    assert_eq!(used_up.settles_as().remaining_executions, Some(0));
    let edited = used_up.edited(|spec| spec.max_executions = Some(6));
    assert_eq!(created(&stored(&edited)).schedule.max_executions, Some(wire::MaxExecutions(Some(6))));
}

#[test]
fn a_persons_pause_survives_the_creation_of_what_was_gone() {
    let was_paused = gone().status(|status| {
        status.paused = Some(true);
        status.pause_note = Some("incident 4711".into());
    });
    let scene = stored(&was_paused);
    assert_eq!(scene.stored().pause_before_patch, Some(RememberedPause { note: Some("incident 4711".into()) }));
    assert!(is_parked(&created(&scene).schedule));
    let there = scene.done().present(|_| {});
    assert_eq!(paused(&there), "incident 4711");
}

#[test]
fn after_a_mass_disappearance_only_new_schedules_are_created() {
    let (reason, retry) = waits(&gone().connection(|facts| facts.mass_disappearance = true));
    assert_eq!((reason, retry), (Reason::MassDisappearance, Requeue::WithConnection));
    let fresh = new().connection(|facts| facts.mass_disappearance = true);
    assert_eq!(created(&stored(&fresh)).schedule_id.as_str(), ID);
}

#[test]
fn a_connection_that_is_being_deleted_serves_its_schedules_and_takes_no_new_ones() {
    let terminating = |scene: Scene| scene.connection(|facts| facts.terminating = true);
    assert_eq!(waits(&terminating(new())).0, Reason::Terminating);
    assert_eq!(created(&stored(&terminating(gone()))).schedule_id.as_str(), ID);
}

/// The memory of a reconcile that did not end: a POST was stored at `since`.
fn interrupted(since: &str) -> Scene {
    stored(&new()).next_process().remembering(|memory| {
        memory.unanswered_creations.as_mut().unwrap().since = since.into();
    })
}

#[test]
fn a_post_that_may_still_arrive_is_not_forgotten_for_a_second_one() {
    let second = stored(&interrupted("2026-11-24T11:59:59Z"));
    let both = Some(UnansweredCalls { count: 2, since: NOW.into() });
    assert_eq!(second.stored().unanswered_creations, both, "it is counted before it is sent");
    assert_eq!(second.done().memory.unwrap().unanswered_creations, both, "the first one may still come");
    let late = stored(&interrupted("2026-11-24T11:58:50Z"));
    assert_eq!(late.done().memory.unwrap().unanswered_creations, None, "after a minute it arrives no more");
}

/// The same for a resource that is edited so before.
fn interrupted_with(since: &str, edit: fn(&mut crate::api::WorkflowScheduleSpec)) -> Scene {
    stored(&new().edited(edit)).next_process().remembering(|memory| {
        memory.unanswered_creations.as_mut().unwrap().since = since.into();
    })
}

#[test]
fn a_second_post_with_a_count_or_a_pause_waits_until_the_first_can_no_longer_arrive() {
    let edits: [fn(&mut crate::api::WorkflowScheduleSpec); 2] =
        [|spec| spec.max_executions = Some(3), |spec| spec.paused = Some(true)];
    for edit in edits {
        let since = "2026-11-24T11:59:30Z";
        let until = Requeue::At(at(since) + jiff::SignedDuration::from_secs(70));
        assert_eq!(waits(&interrupted_with(since, edit)), (Reason::Progressing, until));
        let late = stored(&interrupted_with("2026-11-24T11:58:50Z", edit));
        assert_eq!(late.stored().unanswered_creations, Some(UnansweredCalls { count: 1, since: NOW.into() }));
        assert_eq!(created(&late).schedule_id.as_str(), ID);
    }
    let paused = interrupted_with("2026-11-24T11:59:30Z", |spec| spec.paused = Some(true));
    let resumed = paused.edited(|spec| spec.paused = None);
    assert_eq!(waits(&resumed).0, Reason::Progressing, "the first one would put the first run into 2099");
    let edited =
        interrupted("2026-11-24T11:59:30Z").edited(|spec| spec.input = Some(serde_json::json!({"region": "us"})));
    assert_eq!(waits(&edited).0, Reason::Progressing, "the first one would restore the older input");
    let lifted = interrupted_with("2026-11-24T11:59:30Z", |spec| spec.max_executions = Some(3));
    let lifted = lifted.edited(|spec| spec.max_executions = None);
    assert_eq!(waits(&lifted).0, Reason::Progressing, "the first one would bring its count");
}

#[test]
fn a_creation_waits_for_a_count_of_the_old_schedule_that_may_still_arrive() {
    let sent_at = |at: &str| {
        let intended = IntendedCount { value: Some(3), remaining_before: Some(9), at: at.into() };
        gone().edited(|spec| spec.max_executions = Some(3)).remembering(|memory| {
            memory.max_executions = Some(MaxExecutionsMemory { declared: Some(9), intended: Some(intended.clone()) });
        })
    };
    assert_eq!(waits(&sent_at("2026-11-24T11:59:30Z")).0, Reason::Progressing);
    let late = stored(&sent_at("2026-11-24T11:58:50Z"));
    assert_eq!(created(&late).schedule.max_executions, Some(wire::MaxExecutions(Some(3))));
}

#[test]
fn a_post_that_was_answered_is_waited_for_no_longer() {
    assert_eq!(stored(&new()).done().memory.unwrap().unanswered_creations, None);
}

#[test]
fn the_one_post_without_an_answer_that_has_arrived_is_waited_for_no_longer() {
    let found_after = |posts: i64| {
        let scene = interrupted("2026-11-24T11:59:59Z").remembering(|memory| {
            memory.unanswered_creations.as_mut().unwrap().count = posts;
        });
        scene.present(|_| {}).plan().memory.unanswered_creations
    };
    assert_eq!(found_after(1), None);
    assert!(found_after(2).is_some(), "another may still be on its way");
}

#[test]
fn what_arrives_late_and_was_to_be_paused_is_paused() {
    let parked = |observed: &mut Observed| observed.timing = Ok(content().parked().timing);
    let was_paused = gone().status(|status| {
        status.paused = Some(true);
        status.pause_note = Some("incident 4711".into());
    });
    let late = was_paused.present(parked).remembering(|memory| {
        memory.unanswered_creations = Some(UnansweredCalls { count: 2, since: "2026-11-24T11:59:30Z".into() });
    });
    assert_eq!(paused(&late), "incident 4711");
}
