//! Defects in what is decided: `src/plan/`.

use crate::change::Change::{Always, And, First, Instead, InsteadWhere, Never, Skip};
use crate::place::At::{Arm, Call, Condition, Result, Statement, Value};
use crate::table::Mutant;

pub const ALL: &[Mutant] = &[
    Mutant {
        name: "restored_is_untouched",
        rule: "bulk creation: a resource with a finalizer may have a schedule",
        item: "plan::rules::bulk_creation::wait_for_list",
        at: Condition("has_finalizer"),
        change: Always,
    },
    Mutant {
        name: "no_finalizer_before_the_post",
        rule: "a finalizer is set before the first POST",
        item: "plan::rules::create::plan",
        at: Condition("has_finalizer"),
        change: Never,
    },
    Mutant {
        name: "mass_disappearance_is_created_again",
        rule: "gone behind our back: more than max(10, 5 %) gone in one poll: no re-creation until annotated",
        item: "plan::rules::create::plan",
        at: Condition("mass_disappearance"),
        change: Never,
    },
    Mutant {
        name: "created_unparked_under_the_kill_switch",
        rule: "kill switch: new schedules are created paused",
        item: "plan::rules::create::body",
        at: Condition("kill_switch"),
        change: Never,
    },
    Mutant {
        name: "earlier_post_is_forgotten",
        rule: "a POST of unknown outcome delays the finalizer's removal by 60 s and another GET",
        item: "plan::rules::delete::gone",
        at: Value("late_creation"),
        change: Instead("None"),
    },
    Mutant {
        name: "second_post_does_not_wait",
        rule: "a POST may be an upsert: a late or repeated one must do no harm",
        item: "plan::rules::create::late",
        at: Value("creation"),
        change: Instead("None"),
    },
    Mutant {
        name: "late_count_meets_the_new_schedule",
        rule: "max_executions is sent once",
        item: "plan::rules::create::late",
        at: Value("count"),
        change: Instead("None"),
    },
    Mutant {
        name: "taken_id_is_adopted",
        rule: "adoption absent: Never",
        item: "plan::rules::adopt",
        at: Arm("Adoption::Never"),
        change: Instead("Ok(())"),
    },
    Mutant {
        name: "what_has_ended_is_created_again",
        rule: "what has no run left and is gone has ended: not created again",
        item: "plan::limits::closed::has_ended",
        at: Result,
        change: And("!IS_ON"),
    },
    Mutant {
        name: "what_has_no_times_has_ended",
        rule: "without any timing it is created again: a trigger needs it",
        item: "plan::limits::closed::has_ended",
        at: Condition("is_timeless"),
        change: Always,
    },
    Mutant {
        name: "what_has_ended_counts",
        rule: "what has ended is not counted for the brake",
        item: "plan::limits::closed::is_closed_by_itself",
        at: Result,
        change: And("!IS_ON"),
    },
    Mutant {
        name: "resumed_after_long_counts",
        rule: "what the engine closes at our own resume is created again without approval",
        item: "plan::rules::create::protective",
        at: Call("cause"),
        change: Instead("None"),
    },
    Mutant {
        name: "workspace_is_not_compared",
        rule: "another workspace behind the key is IdentityChanged: a wrong key must not clone production",
        item: "plan::connection::identity::is_same_workspace",
        at: Condition("&pinned.workspace"),
        change: Never,
    },
    Mutant {
        name: "any_word_accepts_an_identity",
        rule: "another workspace behind the key is IdentityChanged until accept-identity names it",
        item: "plan::connection::identity::identity",
        at: Condition("accepted == Some(name(&seen))"),
        change: InsteadWhere("accepted.is_some()", "true"),
    },
    Mutant {
        name: "untold_identity_is_taken",
        rule: "a key whose identity is not told is not used in place of one whose identity is",
        item: "plan::connection::identity::is_comparable",
        at: Result,
        change: Always,
    },
    Mutant {
        name: "same_allows_all",
        rule: "a connection reaches across namespaces only by its own allowedNamespaces",
        item: "plan::connection::settings::allows",
        at: Arm("AllowedFrom::Same"),
        change: Instead("true"),
    },
    Mutant {
        name: "deletion_window_is_wiped",
        rule: "mass deletion: the count survives a restart",
        item: "plan::connection::status",
        at: Value("deletion_window"),
        change: Instead("None"),
    },
    Mutant {
        name: "parked_keeps_its_start",
        rule: "create paused: parked at 2099-01-01, and nothing fires",
        item: "plan::model::content::parked",
        at: Value("start_at"),
        change: Instead("self.timing.start_at"),
    },
    Mutant {
        name: "late_count_is_not_waited_for",
        rule: "max_executions is sent once",
        item: "plan::rules::max_executions::count",
        at: Condition("may_still_land"),
        change: Never,
    },
    Mutant {
        name: "prefix_in_use_is_no_obstacle",
        rule: "prefix: PrefixInUse waits until claim-prefix",
        item: "plan::rules::usable",
        at: Condition("not_ready"),
        change: And("!(IS_ON && *reason == Reason::PrefixInUse)"),
    },
    Mutant {
        name: "observe_goes_on_writing",
        rule: "management: Observe reads and reports drift: no finalizer, no claim, no write",
        item: "plan::rules::by_rules",
        at: Arm("Management::Observe"),
        change: InsteadWhere("inputs.memory.target.is_some()", "{}"),
    },
    Mutant {
        name: "off_resource_is_let_go",
        rule: "deletion ignores management: Off",
        item: "plan::rules::delete::plan",
        at: Statement("id_of_calls"),
        change: First(
            r#"
            if inputs.resource.spec.management.or(facts.management) == Some(Management::Off) {
                return release(inputs, "management is Off");
            }
        "#,
        ),
    },
    Mutant {
        name: "deletion_goes_by_the_spec_s_id",
        rule: "pins: what is pinned in status.scheduleId is what is ours",
        item: "plan::model::ownership::id_of_calls",
        at: Result,
        change: Instead("self.meant_id(prefix)"),
    },
    Mutant {
        name: "recorded_id_is_believed",
        rule: "only claimed ids are written or deleted, whatever a status says",
        item: "plan::model::ownership::own_pinned_id",
        at: Call("is_claimed"),
        change: Instead("true"),
    },
    Mutant {
        name: "deletes_what_is_not_claimed",
        rule: "only claimed ids are written or deleted",
        item: "plan::rules::delete::plan",
        at: Condition("is_claimed"),
        change: Never,
    },
    Mutant {
        name: "unusable_connection_lets_go",
        rule: "a resource that is deleted takes its schedule with it",
        item: "plan::rules::delete::plan",
        at: Statement("Requeue::WithConnection"),
        change: Instead(r#"return release(inputs, "the connection cannot be used");"#),
    },
    Mutant {
        name: "absent_adoption_is_if_equal",
        rule: "adoption absent: Never",
        item: "plan::model::desired",
        at: Value("adoption"),
        change: Instead("adoption.unwrap_or(Adoption::IfEqual)"),
    },
    Mutant {
        name: "trigger_without_an_answer_is_sent_again",
        rule: "trigger is at most once",
        item: "plan::rules::call_failure::after_trigger",
        at: Call("unknown"),
        change: Instead(
            r#"with(inputs.memory.clone(), Action::ClearTrigger, "the trigger had no answer: it is sent again")"#,
        ),
    },
    Mutant {
        name: "often_firing_is_guarded_too",
        rule: "guard: none where fires are under 15 s apart",
        item: "plan::limits::fire_guard",
        at: Condition("fires_often"),
        change: Never,
    },
    Mutant {
        name: "kill_switch_spares_what_is_refused",
        rule: "kill switch: pauses all; pause never waits",
        item: "plan::rules::emergency_pause::plan",
        at: Condition("kill_switch"),
        change: Never,
    },
    Mutant {
        name: "explicit_id_under_the_prefix",
        rule: "claims: an explicit id under our prefix is refused unless it is the resource's own",
        item: "plan::model::schedule_id::check_explicit",
        at: Condition("is_under_prefix"),
        change: Never,
    },
    Mutant {
        name: "deletions_are_never_held",
        rule: "mass deletion: more than max(10, 10 %) within 10 minutes wait for approval",
        item: "plan::limits::mass_deletion",
        at: Condition("made >= allowed"),
        change: Never,
    },
    Mutant {
        name: "contention_never_stops",
        rule: "contended: one field put back 3 times in 30 minutes: writes stop",
        item: "plan::rules::update",
        at: Condition("contended"),
        change: Never,
    },
    Mutant {
        name: "no_trial_of_what_a_patch_does",
        rule: "until a PATCH is shown to keep a pause it goes through the parked start_at",
        item: "plan::rules::update",
        at: Value("through_parking"),
        change: And("!(IS_ON && self.keeps_pause.is_none())"),
    },
    Mutant {
        name: "pause_fails_for_its_note",
        rule: "a pause never fails for its note",
        item: "plan::rules::call_failure",
        at: Condition("had_a_note"),
        change: Never,
    },
    Mutant {
        name: "count_goes_with_every_patch",
        rule: "patch: max_executions only when its declared value changed, once",
        item: "plan::rules::update::send",
        at: Arm("Count::Settled"),
        change: InsteadWhere(
            "self.desired.max_executions.is_some()",
            "Some(wire::MaxExecutions(self.desired.max_executions))",
        ),
    },
    Mutant {
        name: "lifting_resumes_what_a_person_paused",
        rule: "kill switch: lifting resumes only those that it paused",
        item: "plan::rules::desired_pause::lifted",
        at: Condition("is_kill_note"),
        change: Always,
    },
    Mutant {
        name: "lifting_resumes_a_failing_schedule",
        rule: "kill switch: not one whose last execution failed under pauseOnFailure",
        item: "plan::rules::desired_pause::lifted",
        at: Value("last"),
        change: Instead("None"),
    },
    Mutant {
        name: "servers_pause_is_lost_where_a_patch_rebuilds",
        rule: "server-side pause is not undone by paused: false; before patching a paused schedule its pause goes into memory",
        item: "plan::rules::desired_pause::comes_back",
        at: Condition("is_failure_note"),
        change: Never,
    },
    Mutant {
        name: "servers_pause_is_undone",
        rule: "server-side pause: not undone by paused: false",
        item: "plan::rules::desired_pause",
        at: Condition("is_paused_on_failure"),
        change: Never,
    },
    Mutant {
        name: "undeclared_pause_is_lifted",
        rule: "paused absent: left to whoever pauses it in the console",
        item: "plan::rules::desired_pause",
        at: Arm("DeclaredPause::Undeclared"),
        change: InsteadWhere(
            "desired.pause == DeclaredPause::Undeclared && memory.paused == Some(api::DeclaredPause::Paused)",
            "DesiredPause::Running(PauseReason::Declared)",
        ),
    },
    Mutant {
        name: "pause_waits_for_the_guard",
        rule: "guard: pause and delete never wait",
        item: "plan::rules::pause::pause",
        at: Statement("let offer"),
        change: First(
            r"
            if let Some(plan) = self.guarded(&[], false) {
                return Some(plan);
            }
        ",
        ),
    },
    Mutant {
        name: "pause_after_the_patch",
        rule: "pause comes before a patch",
        item: "plan::rules::converge::next",
        at: Result,
        change: First(
            r"
            if let Some(plan) = self.patch(&want) {
                return plan;
            }
        ",
        ),
    },
    Mutant {
        name: "replaced_because_of_what_is_seen",
        rule: "replace only when the declared target differs, never because of what is observed",
        item: "plan::rules::converge::next",
        at: Statement("another_workflow"),
        change: First(
            r#"
            if !self.fresh {
                return observe(self.inputs);
            }
            return crate::plan::rules::delete::delete(self.inputs, Reason::Progressing, "it runs another workflow: it is created anew");
        "#,
        ),
    },
    Mutant {
        name: "replace_needs_no_guard",
        rule: "guard: no replace from 5 s before to 5 s after an observed future time",
        item: "plan::rules::replace",
        at: Condition("guarded"),
        change: Never,
    },
    Mutant {
        name: "replace_forgets_what_was_left",
        rule: "replace: the remaining count goes into memory",
        item: "plan::rules::replace",
        at: Value("remaining"),
        change: Instead("None"),
    },
    Mutant {
        name: "reconcile_request_ends_no_contention",
        rule: "contended: writes stop until the spec or reconcile-requested-at changes",
        item: "plan::decision::inputs::is_edit",
        at: Condition("reconcile_requested"),
        change: Never,
    },
    Mutant {
        name: "workflow_name_outlives_its_target",
        rule: "replace only when the declared target differs",
        item: "plan::status::remembering",
        at: Statement("workflow_name"),
        change: Skip,
    },
    Mutant {
        name: "id_is_not_pinned",
        rule: "status.scheduleId is pinned at the first success",
        item: "plan::status::pin",
        at: Statement("schedule_id"),
        change: Skip,
    },
    Mutant {
        name: "trigger_before_its_memory",
        rule: "Requested is in memory before the POST",
        item: "plan::rules::trigger::plan",
        at: Arm("Ok(())"),
        change: Instead(
            r#"
            if inputs.journal.triggered().is_some() {
                state(inputs, token, TriggerState::Accepted, None, "the trigger was accepted")
            } else {
                let trigger = Call::Trigger { overlap: None, before: Box::new(observed.clone()) };
                call(inputs.memory.clone(), trigger, "a run is asked for")
            }
        "#,
        ),
    },
    Mutant {
        name: "unknown_trigger_is_called_accepted",
        rule: "trigger: an outcome that cannot be learnt becomes Unknown",
        item: "plan::rules::trigger::unknown",
        at: Call("record"),
        change: Instead("record(inputs, TriggerState::Accepted, why)"),
    },
    Mutant {
        name: "trigger_older_than_the_resource",
        rule: "a trigger token older than the resource does nothing, so that a token in Git never replays",
        item: "plan::rules::trigger::verdict",
        at: Call("created"),
        change: Instead("None"),
    },
    Mutant {
        name: "lost_status_replays_the_trigger",
        rule: "no memory never reads as a change: nothing triggered",
        item: "plan::rules::trigger::verdict",
        at: Condition("is_unknown"),
        change: Never,
    },
    Mutant {
        name: "triggers_are_not_apart",
        rule: "two triggers of one schedule never fall within one second of the engine",
        item: "plan::rules::trigger::last_is_over",
        at: Result,
        change: Instead("None"),
    },
    Mutant {
        name: "claim_outlives_a_refused_post",
        rule: "an explicit id of somebody else is taken over by adoption alone",
        item: "plan::rules::call_failure",
        at: Statement("ClaimVia::Explicit"),
        change: Skip,
    },
    Mutant {
        name: "passed_runs_stay_shown",
        rule: "a passed time that cannot be refreshed is removed rather than shown",
        item: "plan::status::status",
        at: Arm("Observation::None"),
        change: Instead("{}"),
    },
    Mutant {
        name: "refused_stays_switched_off",
        rule: "lifting the kill switch resumes those that it has paused",
        item: "plan::rules::lifted_switch::before",
        at: Value("is_final"),
        change: Instead("false"),
    },
    Mutant {
        name: "lifting_resumes_what_failed",
        rule: "lifting resumes not one whose last execution failed under pauseOnFailure",
        item: "plan::rules::lifted_switch::take_back",
        at: Value("pauses_on_failure"),
        change: Instead("false"),
    },
    Mutant {
        name: "a_run_that_is_going_hides_no_other",
        rule: "what cannot be known of a missed run is not said",
        item: "plan::runs::missed::Declared::first_due",
        at: Condition("self.waits"),
        change: Never,
    },
    Mutant {
        name: "failing_runs_are_not_told",
        rule: "RunsFailing is True after a failed last run",
        item: "plan::runs::conditions::failing",
        at: Statement("let count"),
        change: First("return None;"),
    },
];
