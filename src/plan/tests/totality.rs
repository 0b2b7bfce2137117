//! Every situation has an answer, and some answers are never given.

use proptest::prelude::*;

use super::*;
use crate::api::TriggerState;
use crate::plan::id_in_question;
use crate::plan::testing::any::scene;

/// Whether the schedule may not run: so it is declared, or the connection is paused.
fn must_not_run(scene: &Scene) -> bool {
    scene.resource.spec.paused == Some(true) || scene.facts.kill_switch.is_some()
}

fn is_explained(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Ready { message, .. } | Outcome::Stalled { message, .. } | Outcome::Waiting { message, .. } => {
            !message.is_empty()
        }
        Outcome::Unmanaged | Outcome::Released => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_situation_has_a_plan_and_what_rests_has_a_status_and_a_reason(scene in scene()) {
        if let Action::Finish(outcome) = scene.action() {
            prop_assert!(is_explained(&outcome));
            let _ = scene.settles_as();
        }
    }

    #[test]
    fn what_is_remembered_is_always_news_and_comes_to_an_end(scene in scene()) {
        let mut scene = scene;
        for _ in 0..8 {
            let Action::StoreMemory(memory) = scene.action() else { return Ok(()) };
            prop_assert_ne!(&*memory, &scene.stored());
            scene = scene.done();
        }
        prop_assert!(false, "it remembers for ever: {:?}", scene.action());
    }

    #[test]
    fn nothing_is_called_but_on_a_look_of_this_pass(scene in scene()) {
        let Action::Call(call) = scene.action() else { return Ok(()) };
        let is_seen = match &scene.observation {
            Observation::Absent => matches!(call, Call::Create(_)),
            Observation::Present(_) => !matches!(call, Call::Create(_)),
            Observation::Unlisted => matches!(call, Call::Create(_)) && scene.resource.spec.max_executions.is_none(),
            Observation::None | Observation::Listed(_) => false,
        };
        prop_assert!(is_seen, "{call:?}");
    }

    #[test]
    fn nothing_is_created_or_changed_without_a_finalizer(scene in scene()) {
        match scene.action() {
            // A pause leaves nothing behind.
            Action::Call(Call::Pause { .. }) => {}
            Action::Call(call) => prop_assert!(scene.resource.metadata.finalizers.is_some(), "{call:?}"),
            _ => {}
        }
    }

    #[test]
    fn nothing_is_called_on_an_id_that_is_not_claimed_or_that_another_resource_holds(scene in scene()) {
        let Action::Call(call) = scene.action() else { return Ok(()) };
        prop_assert!(scene.conflict.is_none(), "{call:?}");
        let memory = scene.stored();
        // What was made under a name of its own has been claimed under it.
        let is_new = memory.target.is_none() && memory.lifecycle.is_none();
        prop_assume!(memory.claim.is_some() || is_new);
        let id = scene.ask(id_in_question).unwrap();
        prop_assert!(scene.ask(|s| s.is_claimed(&id, "acme")), "{call:?} of {id}");
    }

    #[test]
    fn what_must_not_run_is_never_resumed_nor_created_nor_patched_where_it_could_fire(scene in scene()) {
        let seen_paused = matches!(&scene.observation, Observation::Present(observed) if observed.paused);
        match scene.action() {
            Action::Call(call) if must_not_run(&scene) => match call {
                Call::Create(body) => prop_assert!(is_parked(&body.schedule)),
                Call::Patch { body, .. } => {
                    prop_assert!(seen_paused, "a pause comes before a patch");
                    let keeps = scene.facts.patch_keeps_pause == Some(true) || scene.journal.has_just_patched_while_paused();
                    prop_assert!(is_parked(&body.schedule) || keeps);
                }
                Call::Resume { .. } => prop_assert!(false, "it is resumed"),
                Call::Trigger { .. } => prop_assert!(scene.facts.kill_switch.is_none(), "it is triggered"),
                Call::Delete | Call::Pause { .. } => {}
            },
            _ => {}
        }
    }

    #[test]
    fn a_trigger_is_sent_only_by_the_pass_that_has_stored_it(scene in scene()) {
        if matches!(scene.action(), Action::Call(Call::Trigger { .. })) {
            let state = scene.resource.status.as_ref().unwrap().trigger.as_ref().unwrap().state;
            prop_assert_eq!(state, TriggerState::Requested);
            prop_assert!(scene.journal.is_unsent(crate::plan::decision::journal::Intention::Trigger));
        }
    }
}
