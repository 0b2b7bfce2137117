//! Every single fault at every effect boundary of every scenario.

use std::collections::BTreeMap;
use std::time::Instant;

use fastrand::Rng;

use crate::fault::Fault;
use crate::scenario::{Outcome, Scenario};
use crate::scenarios::{
    adoption, bulk, cluster, connections, contention, counts, ended, guard, identity, input, keys, life, lists,
    malformed, management, mass, meddling, pauses, policies, refusals, replicas, resumes, runs, switch, targets,
    tenants, triggers,
};
use crate::state::Boundary;

/// How often the same question is looked at.
const TWICE: u32 = 2;

/// `make test` plays so many faults of each scenario, chosen by its seed. `EVERY_FAULT=1` plays all: `make simulate`.
const SAMPLE: usize = 60;

/// So many failing runs are shown.
const SHOWN: usize = 3;

/// The scenario with each fault at each of its boundaries, one at a time. A question that is asked again and
/// again while nothing happens is as good as one that is asked twice.
pub fn singles(scenario: &Scenario, boundaries: &[Boundary]) -> Vec<Scenario> {
    let mut runs = Vec::new();
    let mut asked: BTreeMap<&str, u32> = BTreeMap::new();
    for (number, boundary) in boundaries.iter().enumerate().step_by(scenario.at_every) {
        if boundary.is_effect {
            asked.clear();
        }
        let times = asked.entry(&boundary.what).or_default();
        *times += 1;
        if *times > TWICE {
            continue;
        }
        let fits = |fault: &Fault| {
            scenario.stands(*fault) && fault.fits(scenario.replicas) && fault.fits_at(boundary.side, boundary.is_effect)
        };
        runs.extend(Fault::ALL.into_iter().filter(fits).map(|fault| scenario.clone().with(number, fault)));
    }
    runs
}

/// What is played of all. Every so many of them would be the same fault again and again, for they come in turn.
fn sample(runs: Vec<Scenario>, seed: u64) -> Vec<Scenario> {
    if std::env::var("EVERY_FAULT").is_ok_and(|text| text == "1") {
        return runs;
    }
    Rng::with_seed(seed).choose_multiple(runs, SAMPLE)
}

/// Runs a scenario without and with each fault.
fn holds(name: &str, scenario: &Scenario) {
    let begun = Instant::now();
    let outcome = scenario.run();
    assert!(outcome.breaches.is_empty(), "{name}, where nothing goes wrong:\n{outcome}");
    let all = singles(scenario, &outcome.boundaries);
    let number = all.len();
    let runs = sample(all, scenario.setup.seed);
    let failed: Vec<(&BTreeMap<usize, Fault>, Outcome)> = runs
        .iter()
        .map(|scenario| (&scenario.faults, scenario.run()))
        .filter(|(_, outcome)| !outcome.breaches.is_empty())
        .collect();
    println!("{name}: {} of {number} runs in {:.1} s", runs.len(), begun.elapsed().as_secs_f64());
    let shown: Vec<String> =
        failed.iter().take(SHOWN).map(|(faults, outcome)| format!("{name}, {faults:?}:\n{outcome}")).collect();
    let shown = shown.join("\n");
    let all: Vec<String> =
        failed.iter().map(|(faults, outcome)| format!("{faults:?}: {}", outcome.breaches[0].oracle)).collect();
    assert!(failed.is_empty(), "{shown}\n{} of {} runs of {name} failed: {}", failed.len(), runs.len(), all.join(", "));
}

macro_rules! scenarios {
    ($($module:ident: $($name:ident)+;)+) => {
        /// All scenarios, by name.
        pub const ALL: &[(&str, fn() -> Scenario)] = &[$($((stringify!($name), $module::$name)),+),+];

        $($(
            #[test]
            fn $name() {
                holds(stringify!($name), &$module::$name());
            }
        )+)+
    };
}

scenarios! {
    life: create create_in_full edit_the_timing edit_the_input edit_twice delete_it delete_at_once
        delete_and_create_again orphan reconcile_on_request adopt_an_equal_one adopt_another claim_what_is_taken
        an_explicit_id somebody_is_quicker delete_what_was_never_ours delete_before_a_late_creation
        an_eleventh;
    input: words_change words_come_late words_change_often edit_often words_change_with_an_edit
        words_that_are_no_json words_change_just_after_a_look words_go words_lose_their_key words_go_and_come_back
        words_from_a_secret;
    triggers: trigger trigger_twice each_trigger_runs two_triggers_at_once two_triggers_of_what_runs_often a_trigger_at_a_run
        a_trigger_that_is_left_out a_trigger_beside_an_active_run a_trigger_with_a_wrong_overlap
        an_old_trigger a_trigger_from_before
        a_trigger_without_an_answer a_trigger_with_a_timeout a_trigger_under_the_kill_switch a_trigger_and_an_emptied_status
        a_trigger_and_an_edit a_token_that_comes_back a_token_that_comes_back_while_another_waits a_trigger_from_lunch a_trigger_that_has_to_wait
        a_trigger_after_an_unknown_one a_trigger_of_what_is_used_up a_trigger_of_what_is_used_up_and_gone;
    guard: pause_at_the_last_moment replace_at_the_last_moment edit_at_the_last_moment delete_at_the_last_moment
        edit_what_fires_often edit_after_a_run_and_before_the_next two_edits_wait_together;
    pauses: create_paused taken_over_under_the_kill_switch taken_over_and_replaced taken_over_and_deleted_in_the_console edit_while_paused edit_while_paused_where_a_patch_rebuilds edit_and_pause_at_once
        pause_and_resume edit_and_resume_at_once paused_in_the_console
        paused_in_the_console_where_a_patch_rebuilds resumed_on_request paused_again_after_a_request
        paused_against_the_declaration resumed_against_the_declaration resumed_though_refused
        deleted_while_paused_in_the_console paused_by_the_server paused_by_the_server_after_a_timeout paused_by_the_server_where_a_patch_rebuilds
        kill_switch declared_under_the_kill_switch create_under_the_kill_switch edit_under_the_kill_switch
        restore_under_the_kill_switch refused_under_the_kill_switch fails_under_the_kill_switch
        the_next_run_is_stopped_first create_paused_for_a_long_reason paused_for_a_long_reason
        switched_off_for_a_long_reason switched_off_where_notes_are_short switched_off_where_no_note_is_taken
        paused_where_no_note_is_taken;
    counts: a_count_twice replaced_by_a_delete_that_comes_late a_count_that_is_lost_and_comes_late limited limited_where_lists_are_partial edit_something_else a_new_count a_first_count a_count_that_comes_late lift_the_limit exhausted_and_gone
        exhausted_paused_and_gone deleted_with_runs_left replace_with_a_count replace_what_is_used_up
        a_new_count_while_paused a_new_count_with_another_workflow a_count_that_is_lost deleted_with_a_new_count
        a_late_creation_where_a_post_changes_what_is_there deleted_before_a_late_count replaced_before_a_late_count;
    ended: many_end ended_and_edited ended_and_given_runs without_times lifted_after_long
        lifted_after_long_and_restarted resumed_after_long;
    targets: replace replace_while_paused replace_while_paused_in_the_console replace_and_back
        another_workflow_is_there replace_and_back_in_time;
    management: observe switch_to_observe off_and_delete orphan_by_the_connection delete_without_a_key delete_behind_a_lost_proxy
        the_finalizer_is_taken_off with_anothers_finalizer observed_by_the_connection off_by_the_connection
        off_for_long off_by_the_connection_and_delete delete_against_the_connection orphan_against_the_connection
        orphan_what_cannot_be_deleted observe_and_back off_and_back observed_under_the_kill_switch delete_under_the_kill_switch orphan_and_apply_again;
    identity: another_id another_id_and_delete another_connection another_connection_and_delete prefix_in_use
        prefix_is_claimed prefix_in_use_on_the_second_page prefix_in_use_behind_a_broken_page an_explicit_id_under_the_prefix
        an_equal_one_is_not_adopted_unasked adopt_a_counted_one accept_one_workspace accept_another_word
        a_status_with_anothers_id a_wrong_key_where_whoami_fails a_wrong_key_where_whoami_is_silent_once
        two_claims_and_a_relist created_once;
    mass: delete_many held_and_deleted_by_hand delete_many_unapproved delete_many_and_restart delete_many_with_an_old_approval many_vanish
        many_vanish_and_come_back approved_and_restarted used_up_is_not_vanished delete_many_in_two_waves delete_a_namespace_of_many
        delete_another_namespace_of_many delete_a_namespace_of_many_with_approval many_vanish_and_restart many_vanish_twice many_vanish_and_one_is_edited let_go_what_is_held;
    meddling: changed_in_the_console deleted_in_the_console changed_where_lists_are_partial contended
        contended_without_faults
        duplicate_is_200 duplicate_is_422 duplicate_is_500 two_claims among_others;
    connections: rotate_the_key rotate_and_revoke a_wrong_key delete_the_namespace the_namespace_empties_itself
        delete_the_connection make_the_connection_anew the_key_comes_late never_permitted withdraw_the_permission edit_without_permission watches_break_off
        older_definitions an_outage restart_during_failures it_backs_off rate_limited one_is_forbidden restore edited_without_a_connection;
    replicas: two_replicas_create_paused two_replicas_edit two_replicas_trigger_and_delete
        two_replicas_start_together three_replicas two_replicas_at_a_low_rate the_leader_is_cut_off edited_before_a_late_renewal;
    cluster: the_api_server_is_down the_api_server_hangs the_api_server_goes_down_during_an_edit the_api_server_fails_now_and_then
        an_edit_after_a_rewind an_edit_after_a_rewind_that_watches_survive an_edit_is_lost_in_a_rewind
        an_edit_is_lost_in_a_rewind_that_watches_survive an_answer_after_the_deletion an_edit_of_what_is_quiet_is_lost_in_a_rewind
        a_creation_after_a_rewind a_creation_after_a_rewind_that_watches_survive the_kill_switch_after_a_rewind
        the_kill_switch_after_a_rewind_that_watches_survive a_deletion_is_lost_in_a_rewind;
    resumes: lifted_after_a_good_run true_then_false_after_a_failure deleted_while_paused_by_the_server an_old_resume replaced_while_paused_by_the_server;
    runs: a_run_fails a_run_fails_and_the_list_lags a_run_fails_where_runs_are_not_listed a_run_hangs
        runs_are_never_started runs_are_never_started_and_edited no_worker_takes_the_runs runs_complete
        a_run_fails_where_gets_of_runs_are_refused a_run_fails_where_the_list_does_not_answer
        a_run_fails_where_the_list_refuses_the_key a_run_fails_where_the_list_is_slow
        a_run_fails_where_the_list_is_silent a_run_that_was_going_is_forgotten a_long_run_hides_others;
    switch: paused_deleted_and_switched unreadable_and_paused unreadable_under_the_kill_switch replaced_under_the_kill_switch counted_under_the_kill_switch
        unreadable_and_lifted switched_off_unreadable_and_lifted unreadable_paused_and_lifted unreadable_failed_and_lifted
        contended_and_lifted refused_and_lifted;
    adoption: what_is_in_the_way_goes not_equal_and_not_adopted not_equal_and_told another_workflow_is_not_adopted the_owner_keeps_its_id the_owner_keeps_the_id_that_it_creates;
    contention: deleted_again_and_again_while_paused resumed_again_and_again paused_again_and_again changed_after_a_long_calm contended_and_resumed;
    refusals: the_workflow_comes_late the_input_must_be_encoded a_refused_creation an_ambiguous_workflow
        still_ambiguous refused_and_then_created_by_somebody;
    malformed: unreadable_and_deleted unreadable_and_let_go unreadable_and_claimed unreadable_and_claimed_after_a_restart
        unreadable_and_without_a_connection;
    policies: the_finalizer_is_denied the_end_of_a_deletion_is_denied the_count_of_deletions_is_denied
        the_status_is_denied all_writes_of_a_deletion_are_denied the_end_of_a_connection_is_denied;
    keys: another_entry_of_the_secret a_better_key revoked_and_met_by_one accepted_while_whoami_fails accepted_before_whoami_answers;
    tenants: a_bad_key_of_the_other_team the_switch_of_the_other_team onto_a_connection_that_goes
        an_id_that_is_allowed an_id_that_is_not_allowed an_id_that_is_allowed_later let_go_without_a_connection
        one_id_through_two_connections an_id_under_the_other_prefix;
    lists: an_empty_list a_list_that_lags a_list_that_lost_many deleted_while_the_list_is_stuck
        deleted_while_the_list_is_stuck_and_nothing_runs nothing_happens_for_long equal_after_a_restart;
    bulk: created_in_bulk created_in_bulk_where_a_list_lags created_in_bulk_where_lists_are_partial
        orphaned_and_applied_again orphaned_and_applied_again_after_a_restart let_go_and_applied_again_in_a_cluster_made_anew
        emptied_statuses_where_a_list_has_lost_one edited_while_created_in_bulk;
}
