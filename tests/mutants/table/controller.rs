//! Defects in what is done: `src/controller/`.

use crate::change::Change::{Always, And, First, Instead, InsteadWhere, Never};
use crate::place::At::{Arm, Call, Condition, Guard, Result, Statement, Value};
use crate::table::Mutant;

pub const ALL: &[Mutant] = &[
    Mutant {
        name: "gone_ids_are_forgotten",
        rule: "bulk creation: what an earlier resource of the name has left may be there unseen",
        item: "controller::state::gone_ids::GoneIds::contains",
        at: Result,
        change: And("!IS_ON"),
    },
    Mutant {
        name: "lists_are_trusted_at_once",
        rule: "bulk creation: a LIST may not show yet what an earlier process has done",
        item: "controller::state::connection_handle::ListTrust::is_given",
        at: Arm("Self::From"),
        change: Instead("true"),
    },
    Mutant {
        name: "prefix_in_use_is_free",
        rule: "bulk creation: only under a prefix that was free when it was claimed",
        item: "controller::schedule::connection_view::lookup",
        at: Condition("was_free"),
        change: Always,
    },
    Mutant {
        name: "trigger_is_never_ours",
        rule: "a trigger is carried out (once), and Unknown only where its outcome cannot be learnt",
        item: "plan::decision::journal::has_requested_trigger",
        at: Result,
        change: And("!IS_ON"),
    },
    Mutant {
        name: "created_twice",
        rule: "nothing is created twice; after a change it is looked at again",
        item: "controller::schedule::apply::note",
        at: Condition("Call::Trigger"),
        change: And("!(IS_ON && matches!(call, Call::Create(_)) && attempt.journal.changes() == 1)"),
    },
    Mutant {
        name: "creation_is_not_stored_first",
        rule: "a protective write comes before its call (POST)",
        item: "controller::schedule::apply",
        at: Arm("Action::StoreMemory"),
        change: InsteadWhere(
            r"stored.creation().is_some()
                && attempt.memory.creation().is_none()
                && stored.claim == attempt.memory.claim
                && stored.paused_by_connection == attempt.memory.paused_by_connection",
            "Progress::Done",
        ),
    },
    Mutant {
        name: "last_key_forgotten",
        rule: "a namespace deleted whole (Secret first) empties itself by the last known key",
        item: "controller::state::connection_state::set_problem",
        at: Statement("readiness"),
        change: First("if problem.0 == Reason::SecretNotFound { self.client = None; }"),
    },
    Mutant {
        name: "kill_switch_in_any_order",
        rule: "kill switch: soonest next run first",
        item: "controller::context",
        at: Call("soonest"),
        change: Instead("0"),
    },
    Mutant {
        name: "lease_taken_though_renewed",
        rule: "expiry is judged by how long the lease is unchanged",
        item: "controller::kubernetes::leader_election::has_ended",
        at: Guard("seen"),
        change: Always,
    },
    Mutant {
        name: "one_forbidden_schedule_stops_the_connection",
        rule: "another 403 is that resource's",
        item: "controller::state::connection_handle::learn_of_key",
        at: Value("is_refused"),
        change: First(
            r"
            if let Err(CallError::Remote(RemoteError::Forbidden(detail))) = result {
                self.state().set_problem((Reason::Forbidden, detail.clone()));
            }
        ",
        ),
    },
    Mutant {
        name: "candidate_is_used_at_once",
        rule: "nothing is called through a key before it is known whose it is",
        item: "controller::state::connection_state::set_candidate",
        at: Statement("candidate"),
        change: First("self.client = Some(client.clone());"),
    },
    Mutant {
        name: "sources_are_judged_once",
        rule: "inputFrom sources are read every 5 minutes",
        item: "controller::connection::poll",
        at: Condition("has_sources"),
        change: Always,
    },
    Mutant {
        name: "absence_from_a_list_is_believed",
        rule: "only a GET with 404 counts for the brake: a sample decides whether the LIST or the world is wrong",
        item: "controller::connection::missing::find",
        at: Call("vanished"),
        change: Instead("Some(missing.gone.len())"),
    },
    Mutant {
        name: "a_wrong_list_hides_what_is_gone",
        rule: "what is really gone while a LIST lost many others is created again",
        item: "controller::connection::missing::find",
        at: Value("is_gone"),
        change: Instead("are_unseen_gone || state.approved.contains(key)"),
    },
    Mutant {
        name: "stale_entries_are_believed",
        rule: "a schedule is looked at when its next run has passed and the entry has not moved",
        item: "controller::connection::stale::is_stale",
        at: Result,
        change: And("!IS_ON"),
    },
    Mutant {
        name: "entries_are_believed_for_ever",
        rule: "each schedule is looked at once a day",
        item: "controller::connection::sweep::whole",
        at: Call("turn"),
        change: Instead("None"),
    },
    Mutant {
        name: "each_poll_looks_at_all",
        rule: "a steady connection makes one LIST a poll; each schedule is looked at once a day",
        item: "controller::connection::sweep::turn",
        at: Result,
        change: Instead("Some(after)"),
    },
    Mutant {
        name: "approvals_end_with_the_process",
        rule: "an approval of re-creations survives a restart",
        item: "controller::connection::poll_state::remembered",
        at: Value("approved_before"),
        change: Instead("0"),
    },
    Mutant {
        name: "any_claimant_pins_an_id",
        rule: "prefix: ids that no resource of this cluster has pinned: PrefixInUse",
        item: "controller::connection::prefix",
        at: Call("is_some_and"),
        change: Always,
    },
    Mutant {
        name: "versions_compared_as_text",
        rule: "a cache knows which of two versions is older",
        item: "controller::state::cache::answers::is_older",
        at: Arm("(Some(new), Some(old))"),
        change: Instead("new.to_string() < old.to_string()"),
    },
    Mutant {
        name: "versions_compared_across_sessions",
        rule: "what a list-watch session shows is the truth: a control plane may be restored",
        item: "controller::state::cache::watched_schedule",
        at: Statement("shown"),
        change: First(
            r"
            let is_late = |known: &CachedSchedule| {
                let version = known.resource.metadata.resource_version.as_deref().unwrap_or_default();
                is_older(resource.metadata.resource_version.as_deref(), version)
            };
            if before.is_some_and(is_late) {
                return Change::Stale;
            }
        ",
        ),
    },
    Mutant {
        name: "a_broken_watch_goes_on",
        rule: "a watch that breaks off is followed by a listing: its version may lie in the future",
        item: "controller::watch::session",
        at: Arm("SessionEnd::Broken"),
        change: InsteadWhere("matches!(ended, SessionEnd::Broken | SessionEnd::Silent)", "{}"),
    },
    Mutant {
        name: "an_answer_inserts",
        rule: "a late answer inserts no object that was deleted",
        item: "controller::state::cache::answered_schedule",
        at: Statement("self.schedule"),
        change: First(
            r"
            if !self.schedules.contains_key(&key) {
                return self.put_schedule(key, answer);
            }
        ",
        ),
    },
    Mutant {
        name: "deletion_follows_the_spec",
        rule: "a deletion goes to where the schedule lives",
        item: "controller::state::cache::resolve",
        at: Condition("deletion_timestamp"),
        change: Never,
    },
    Mutant {
        name: "recreated_connection_keeps_its_task",
        rule: "a connection made anew is another one",
        item: "controller::connection::reconcile",
        at: Condition("metadata.uid"),
        change: Never,
    },
    Mutant {
        name: "connection_goes_first",
        rule: "a connection in use outlives its schedules",
        item: "controller::connection::reconcile::keep_finalizer",
        at: Value("is_used"),
        change: And("!(IS_ON && is_going)"),
    },
    Mutant {
        name: "narrowed_namespaces_block_deletion",
        rule: "deletion ignores a narrowed allowedNamespaces",
        item: "controller::schedule::connection_view",
        at: Condition("pinned"),
        change: Always,
    },
    Mutant {
        name: "pruned_memory_is_accepted",
        rule: "the answer is checked for the field: absent, nothing is sent",
        item: "controller::kubernetes::writer::schedule_status",
        at: Condition("memory"),
        change: Never,
    },
    Mutant {
        name: "what_cannot_be_read_is_never_deleted",
        rule: "an object that cannot be read can be deleted",
        item: "controller::watch::malformed::attend",
        at: Condition("to_delete"),
        change: Never,
    },
    Mutant {
        name: "kubernetes_is_waited_for_for_ever",
        rule: "every call has a time limit, those to Kubernetes too",
        item: "controller::kubernetes::time_limit::limited",
        at: Statement("timeout"),
        change: First("return answer(client, request).await;"),
    },
    Mutant {
        name: "a_denied_write_is_only_logged",
        rule: "every failure of a Kubernetes write reaches a condition",
        item: "controller::schedule::reconcile::note_failed_write",
        at: Condition("!is_certain"),
        change: Always,
    },
    Mutant {
        name: "a_denied_status_is_only_logged",
        rule: "where no condition can be written, a Warning event says so",
        item: "controller::schedule::update_status::report_unwritten",
        at: Condition("is_certain"),
        change: Never,
    },
    Mutant {
        name: "the_finalizer_of_a_connection_is_only_logged",
        rule: "every failure of a Kubernetes write reaches a condition",
        item: "plan::connection::status::conditions",
        at: Value("unwritten"),
        change: Instead("None"),
    },
    Mutant {
        name: "ids_are_claimed_on_a_connection",
        rule: "an id is claimed in a workspace, not on a connection",
        item: "controller::state::cache::claims::share",
        at: Call("may_share_workspace"),
        change: And("!IS_ON"),
    },
    Mutant {
        name: "only_the_own_prefix_counts",
        rule: "no explicit id may lie under the prefix of another connection to the workspace",
        item: "controller::state::cache::claims::other_prefixes",
        at: Call("may_share_workspace"),
        change: And("!IS_ON"),
    },
    Mutant {
        name: "broken_list_is_the_end",
        rule: "a LIST that breaks off says nothing of what it lacks",
        item: "controller::connection::poll::list",
        at: Arm("Err(error)"),
        change: InsteadWhere("token.is_some()", "return Ok(())"),
    },
    Mutant {
        name: "going_back_is_not_noticed",
        rule: "a smaller version ends the session",
        item: "controller::watch::session::goes_on",
        at: Result,
        change: Always,
    },
    Mutant {
        name: "interrupted_work_is_dropped",
        rule: "an edit is carried through whatever happens to the lease meanwhile",
        item: "controller::schedule::worker::finish",
        at: Guard("is_stopping"),
        change: Never,
    },
    Mutant {
        name: "unreadable_loses_its_id",
        rule: "an id is claimed in a workspace, also by a resource that cannot be read",
        item: "controller::watch::watcher::WorkflowSchedule::unreadable",
        at: Statement("unreadable_schedule"),
        change: Instead("cache.remove_schedule(&key);"),
    },
    Mutant {
        name: "what_is_not_known_of_a_run_is_a_success",
        rule: "only an explicit COMPLETED is a success",
        item: "controller::connection::run_tracker::RunTracker::give_up",
        at: Call("unknown"),
        change: Instead("RunOutcome { state: ExecutionState::Completed, ..RunOutcome::unknown() }"),
    },
];
