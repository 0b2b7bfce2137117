//! Every single fault at every effect boundary of every scenario.

use crate::fault::Fault;
use crate::play::{Outcome, Play};
use crate::scenarios::{connections, counts, life, meddling, pauses, replicas, targets};

/// So many failing plays are told of.
const TOLD: usize = 3;

/// Plays a scenario without and with each fault.
fn holds(name: &str, play: &Play) {
    let outcome = play.run();
    assert!(outcome.breaches.is_empty(), "{name}, where nothing goes wrong:\n{outcome}");
    if std::env::var_os("BASE").is_some() {
        return;
    }
    let mut failed: Vec<(usize, Fault, Outcome)> = Vec::new();
    let mut played = 0;
    for (number, crossing) in outcome.crossings.iter().enumerate() {
        let fits = |fault: &Fault| {
            !play.without.contains(fault)
                && fault.fits(play.replicas)
                && (crossing.is_effect || fault.fits_a_question())
        };
        for fault in Fault::ALL.into_iter().filter(fits) {
            let mut play = play.clone();
            play.faults.insert(number, fault);
            let outcome = play.run();
            played += 1;
            if !outcome.breaches.is_empty() {
                failed.push((number, fault, outcome));
            }
        }
    }
    println!("{name}: {played} plays");
    let stories = failed.iter().take(TOLD);
    let told: Vec<String> =
        stories.map(|(number, fault, outcome)| format!("{name}, {fault:?} at #{number}:\n{outcome}")).collect();
    let all: Vec<String> = failed
        .iter()
        .map(|(number, fault, outcome)| format!("{fault:?} at #{number}: {}", outcome.breaches[0].oracle))
        .collect();
    assert!(
        failed.is_empty(),
        "{}\n{} of {played} plays of {name} failed: {}",
        told.join("\n"),
        failed.len(),
        all.join(", ")
    );
}

macro_rules! scenarios {
    ($($room:ident: $($name:ident)+;)+) => {
        /// All scenarios, by name.
        pub const ALL: &[(&str, fn() -> Play)] = &[$($((stringify!($name), $room::$name)),+),+];

        $($(
            #[test]
            fn $name() {
                holds(stringify!($name), &$room::$name());
            }
        )+)+
    };
}

scenarios! {
    life: create create_in_full edit_the_timing edit_the_input edit_twice delete_it delete_at_once
        delete_and_create_again orphan words_change reconcile_on_request trigger trigger_twice an_old_trigger
        adopt_an_equal_one adopt_another claim_what_is_taken an_explicit_id;
    pauses: create_paused edit_while_paused edit_while_paused_where_a_patch_rebuilds edit_and_pause_at_once
        pause_and_resume edit_and_resume_at_once paused_in_the_console
        paused_in_the_console_where_a_patch_rebuilds resumed_on_request paused_against_the_declaration
        resumed_against_the_declaration paused_by_the_server kill_switch declared_under_the_kill_switch create_under_the_kill_switch
        edit_under_the_kill_switch;
    counts: limited edit_something_else a_new_count a_first_count lift_the_limit exhausted_and_gone exhausted_paused_and_gone
        replace_with_a_count replace_what_is_used_up a_new_count_while_paused;
    targets: replace replace_while_paused replace_while_paused_in_the_console replace_and_back;
    meddling: changed_in_the_console deleted_in_the_console changed_where_lists_are_partial contended
        duplicate_is_200 duplicate_is_422 duplicate_is_500 two_claims among_others;
    connections: rotate_the_key a_wrong_key delete_the_namespace delete_the_connection withdraw_the_permission
        delete_many watches_break_off restore;
    replicas: two_replicas_create_paused two_replicas_edit two_replicas_trigger_and_delete;
}
