//! The kill switch: `paused` on the connection.

use super::*;
use crate::api::{RESUME_REQUESTED_AT, RememberedPause};
use crate::plan::decision::inputs::KillSwitch;
use crate::remote::wire::{ExecutionStatus, RecentExecution};

const MARK: &str = "paused by WorkflowConnection shop/default";

fn by_us(scene: Scene) -> Scene {
    scene.remembering(|memory| {
        memory.paused_by_connection = true;
    })
}

/// The switch has paused it and is lifted.
fn lifted() -> Scene {
    by_us(Scene::settled()).present(by_somebody(MARK))
}

/// The same, with a last run; how that ended was not looked at yet.
fn lifted_after_a_run(pause_on_failure: bool) -> Scene {
    let policy = crate::api::Policy { pause_on_failure: Some(pause_on_failure), ..Default::default() };
    let scene = Scene::settled().declaring(|spec| spec.policy = Some(policy));
    by_us(scene).present(|observed| {
        by_somebody(MARK)(observed);
        observed.policy.as_mut().unwrap().pause_on_failure = pause_on_failure;
        observed.recent = vec![RecentExecution {
            scheduled_at: at("2026-11-24T11:00:00Z"),
            started_at: None,
            execution_id: Some("run-1".into()),
        }];
    })
}

/// The last run was looked at: it ended so, or nobody knows.
fn ended(outcome: ExecutionStatus) -> Scene {
    lifted_after_a_run(true).after(|journal| journal.note_run(outcome))
}

#[test]
fn its_pause_is_stored_before_it_is_made_and_named_in_the_note() {
    let scene = Scene::settled().killed();
    assert!(scene.remembers().paused_by_connection);
    assert_eq!(paused(&stored(&scene)), MARK);
    let noted = scene.connection(|facts| facts.kill_switch = Some(KillSwitch { note: Some("incident 4711".into()) }));
    assert_eq!(paused(&stored(&noted)), format!("{MARK}: incident 4711"));
}

#[test]
fn what_somebody_else_has_paused_stays_theirs() {
    let scene = Scene::settled().killed().present(by_somebody("mine"));
    assert_eq!(ready(&scene), Reason::Paused);
    assert!(!scene.plan().memory.paused_by_connection);
    let declared = Scene::settled().killed().declaring(|spec| spec.paused = Some(true)).present(by_somebody("mine"));
    assert_eq!(ready(&declared), Reason::Paused);
}

#[test]
fn running_is_not_enforced_against_it() {
    let scene = by_us(Scene::settled().killed().declaring(|spec| spec.paused = Some(false))).present(by_somebody(MARK));
    assert_eq!(ready(&scene), Reason::Paused);
}

#[test]
fn no_request_resumes_against_it() {
    let scene = by_us(Scene::settled().killed()).present(by_somebody(MARK));
    let asked = scene.annotated(RESUME_REQUESTED_AT, "2026-11-24T11:59:00Z");
    assert_eq!(ready(&asked), Reason::Paused);
    assert_eq!(told(&asked.plan()), [(true, "ResumeRefused")]);
}

#[test]
fn lifting_it_resumes_what_it_paused_and_forgets_it() {
    assert_eq!(lifted().action().name(), "resume");
    assert!(!lifted().plan().memory.paused_by_connection);
}

#[test]
fn lifting_it_resumes_nothing_else() {
    assert_eq!(ready(&Scene::settled().present(by_somebody("mine"))), Reason::Paused);
    let taken_over = lifted().present(by_somebody("mine"));
    assert_eq!(ready(&taken_over), Reason::Paused);
    assert!(!taken_over.plan().memory.paused_by_connection);
}

/// Else the note would resume it once the declaration is taken back.
#[test]
fn a_declared_pause_takes_over_what_it_has_paused() {
    for scene in [Scene::settled(), Scene::settled().killed()] {
        let declared = by_us(scene.declaring(|spec| spec.paused = Some(true))).present(by_somebody(MARK));
        let note = paused(&declared);
        assert_eq!(note, "paused by WorkflowSchedule shop/report");
        assert!(!declared.plan().memory.paused_by_connection);
        assert_eq!(ready(&declared.done().present(by_somebody(&note))), Reason::Paused);
    }
}

#[test]
fn another_connections_note_is_not_its_own() {
    let other = Scene::settled().present(by_somebody("paused by WorkflowConnection shop/default-eu"));
    assert_eq!(ready(&other), Reason::Paused);
}

#[test]
fn where_the_status_was_lost_the_note_remembers() {
    let lost = Scene::settled().present(by_somebody(MARK));
    assert_eq!(lost.action().name(), "resume");
    let held = Scene::settled().killed().present(by_somebody(MARK));
    assert!(held.plan().memory.paused_by_connection);
    assert_eq!(ready(&held), Reason::Paused);
}

#[test]
fn the_last_run_is_looked_at_where_a_failed_one_would_have_paused_it() {
    assert_eq!(lifted_after_a_run(true).action(), Action::ObserveRun("run-1".into()));
    assert_eq!(lifted_after_a_run(false).action().name(), "resume");
}

#[test]
fn a_schedule_whose_last_run_failed_meanwhile_is_paused_as_the_engine_would_have_done() {
    for outcome in [ExecutionStatus::Failed, ExecutionStatus::TimedOut] {
        let note = paused(&ended(outcome));
        assert_eq!(note, "paused due to workflow failure: run run-1 failed while connection shop/default was paused");
        let then = ended(outcome).seen_with(by_somebody(&note));
        assert_eq!(ready(&then), Reason::PausedOnFailure);
        assert!(!then.plan().memory.paused_by_connection);
        let running = then.declaring(|spec| spec.paused = Some(false));
        assert_eq!(ready(&running), Reason::PausedOnFailure, "paused: false does not undo it");
    }
}

#[test]
fn a_schedule_whose_last_run_did_well_or_is_not_known_is_resumed() {
    for outcome in [ExecutionStatus::Completed, ExecutionStatus::Running, ExecutionStatus::Unknown] {
        assert_eq!(ended(outcome).action().name(), "resume", "{outcome:?}");
    }
}

#[test]
fn a_persons_pause_that_a_write_lifts_under_it_comes_back_as_theirs() {
    let scene = Scene::settled().killed().remembering(|memory| {
        memory.pause_before_patch = Some(RememberedPause { note: Some("incident 4711".into()) });
    });
    assert_eq!(paused(&scene), "incident 4711");
    assert!(!scene.plan().memory.paused_by_connection);
}

#[test]
fn its_own_pause_does_not_come_back_once_it_is_lifted() {
    let scene = by_us(Scene::settled()).remembering(|memory| {
        memory.pause_before_patch = Some(RememberedPause { note: Some(MARK.into()) });
    });
    assert_eq!(ready(&scene), Reason::InSync);
}

#[test]
fn it_pauses_before_it_patches() {
    let scene = Scene::settled().killed().present(drifted);
    assert_eq!(stored(&scene).action().name(), "pause");
}

#[test]
fn it_does_not_wait_for_a_spec_that_cannot_be() {
    let broken = Scene::settled().killed().edited(|spec| spec.cron_expressions = vec!["nonsense".into()]);
    assert!(broken.remembers().paused_by_connection);
    assert_eq!(paused(&stored(&broken)), MARK);
}

#[test]
fn a_pause_that_is_not_kept_is_tried_again_although_the_spec_is_refused() {
    let broken = Scene::settled().killed().edited(|spec| spec.cron_expressions = vec!["nonsense".into()]);
    let running = stored(&broken).done().present(|_| {});
    assert_eq!(waits(&running), (Reason::Drifted, Requeue::Backoff));
}

#[test]
fn it_is_made_on_a_look_of_this_pass_alone() {
    assert_eq!(Scene::settled().killed().listed(|_| {}).action(), Action::Observe);
}

/// Paused by somebody while the switch is on, and edited.
fn edited_under_it(keeps_pause: Option<bool>) -> Scene {
    let scene = Scene::settled().killed().connection(|facts| facts.patch_keeps_pause = keeps_pause);
    scene.edited(|spec| spec.time_zone_name = Some("Europe/Paris".into())).present(by_somebody("mine"))
}

#[test]
fn under_it_no_patch_lifts_a_persons_pause_where_the_schedule_could_fire() {
    assert!(patched(&stored(&edited_under_it(None))).1, "a trial");
    let lifting = stored(&edited_under_it(Some(false)));
    assert!(is_parked(&patched(&lifting).0), "it stays parked");
    assert!(!is_parked(&patched(&edited_under_it(Some(true))).0));
}

#[test]
fn a_patch_under_it_stores_no_pause_that_a_declaration_would_not_restore() {
    for keeps_pause in [None, Some(false)] {
        let running = edited_under_it(keeps_pause).edited(|spec| spec.paused = Some(false));
        assert!(is_parked(&patched(&running).0), "and not a memory that is forgotten at once, for ever");
        let lifted = running.present(|_| {});
        assert_eq!(paused(&stored(&lifted)), MARK, "the switch holds what the patch has lifted");
    }
}

#[test]
fn its_reason_is_cut_and_its_mark_stays() {
    let scene = stored(&Scene::settled().killed());
    let noted = scene.connection(|facts| facts.kill_switch = Some(KillSwitch { note: Some("障".repeat(400)) }));
    let note = paused(&noted);
    assert!(note.len() <= 1000 && note.starts_with(&format!("{MARK}: 障障")), "{note}");
    assert_eq!(ready(&noted.present(by_somebody(&note))), Reason::Paused);
    assert_eq!(lifted().present(by_somebody(&note)).action().name(), "resume");
}

#[test]
fn the_longest_name_leaves_room_for_a_reason() {
    let scene = Scene::settled().connection(|facts| {
        facts.key = format!("{}/{}", "n".repeat(63), "c".repeat(253));
        facts.kill_switch = Some(KillSwitch { note: Some("障".repeat(400)) });
    });
    let scene = scene.status(|status| status.connection = Some(format!("{}/{}", "n".repeat(63), "c".repeat(253))));
    let note = paused(&stored(&scene));
    assert!(note.len() <= 1000 && note.ends_with('障'), "{note}");
    assert!(scene.facts.is_kill_note(&note));
}

#[test]
fn its_note_is_known_again_though_a_server_has_changed_the_end() {
    let is_its_own = |note: &str| Scene::settled().facts.is_kill_note(note);
    assert!(is_its_own(MARK) && is_its_own(&format!("{MARK}: incident")));
    assert!(is_its_own(&format!("{MARK}:")) && is_its_own(&format!("{MARK}\n")));
    assert!(!is_its_own(&format!("{MARK}-two")) && !is_its_own(&format!("{MARK} and by me")));
}

#[test]
fn where_its_reason_is_refused_its_mark_is_sent() {
    let scene = stored(&Scene::settled().killed().connection(|facts| {
        facts.kill_switch = Some(KillSwitch { note: Some("incident 4711".into()) });
    }));
    let second = scene.answered(refusal("no such note")).present(|_| {});
    assert_eq!(paused(&second), MARK);
    assert_eq!(second.answered(refusal("no such note")).present(|_| {}).call(), Call::Pause { note: None });
}

/// The switch is lifted, and the spec makes no sense.
fn refused_and_lifted(scene: Scene) -> Scene {
    scene.edited(|spec| spec.cron_expressions = vec!["nonsense".into()])
}

#[test]
fn what_is_refused_is_resumed_too_and_then_looked_at_once_more() {
    let steps = |scene: Scene, seen: Vec<Option<Observed>>| scene.seeing(Observation::None).steps(seen);
    let mut there = observed();
    by_somebody(MARK)(&mut there);
    let lifted = steps(refused_and_lifted(lifted()), vec![Some(there.clone()), Some(observed())]);
    assert_eq!(lifted, ["observe", "resume", "observe", "finish"]);
    let switched_off = refused_and_lifted(by_us(Scene::settled())).killed();
    assert_eq!(steps(switched_off, vec![Some(observed()), Some(there)]), ["observe", "pause", "observe", "finish"]);
    let running = refused_and_lifted(by_us(Scene::settled())).present(|_| {});
    assert_eq!(refused(&running), Reason::Invalid);
    assert!(!running.plan().memory.paused_by_connection, "nothing is left to take back");
}

#[test]
fn of_what_is_refused_nothing_else_is_resumed() {
    let by_a_person = refused_and_lifted(by_us(Scene::settled()).present(by_somebody("mine")));
    assert_eq!(refused(&by_a_person), Reason::Invalid);
    assert!(!by_a_person.plan().memory.paused_by_connection);
    let declared = refused_and_lifted(lifted().declaring(|spec| spec.paused = Some(true)));
    assert_eq!(refused(&declared), Reason::Invalid);
    let never_paused = refused_and_lifted(Scene::settled()).seeing(Observation::None);
    assert_eq!(refused(&never_paused), Reason::Invalid, "and there is no look at it");
}

#[test]
fn of_what_is_refused_a_failed_run_is_looked_at_first() {
    let unseen = refused_and_lifted(lifted_after_a_run(true));
    assert_eq!(unseen.action(), Action::ObserveRun("run-1".into()));
    let note = paused(&refused_and_lifted(ended(ExecutionStatus::Failed)));
    assert!(note.starts_with("paused due to workflow failure: "), "{note}");
    let good = refused_and_lifted(ended(ExecutionStatus::Completed));
    assert!(matches!(good.call(), Call::Resume { .. }));
}

#[test]
fn what_the_remote_refuses_is_resumed_after_that() {
    let drifting = lifted().edited(|spec| spec.jitter = Some("1s".into()));
    let refused = drifting.answered(refusal("bad jitter"));
    assert_eq!(refused.action(), Action::Observe);
    assert!(matches!(refused.present(by_somebody(MARK)).call(), Call::Resume { .. }));
    let remembering = by_us(Scene::settled()).remembering(|memory| {
        memory.pause_before_patch = Some(RememberedPause { note: Some(MARK.into()) });
    });
    let resumed = refused_and_lifted(remembering).present(|_| {});
    assert_eq!(resumed.plan().memory.pause_before_patch, None, "nothing pauses it again");
}
