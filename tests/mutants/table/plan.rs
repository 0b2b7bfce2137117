//! Defects in the thought: `src/plan/`.

use super::Mutant;

#[rustfmt::skip]
pub const ALL: &[Mutant] = &[
    Mutant {
        name: "no_finalizer_before_the_post",
        rule: "a finalizer is set before the first POST",
        file: "src/plan/rules/create.rs",
        from: "    if !s.has_finalizer() {",
        to: "    if !s.has_finalizer() && !IS_ON {",
    },
    Mutant {
        name: "mass_disappearance_is_created_again",
        rule: "gone behind our back: more than max(10, 5 %) gone in one poll: no re-creation until annotated",
        file: "src/plan/rules/create.rs",
        from: "    if existed && replacing.is_none() && facts.mass_disappearance {",
        to: "    if existed && replacing.is_none() && facts.mass_disappearance && !IS_ON {",
    },
    Mutant {
        name: "created_unparked_under_the_kill_switch",
        rule: "kill switch: new schedules are created paused",
        file: "src/plan/rules/create.rs",
        from: "        || facts.kill_switch.is_some()
",
        to: "        || (facts.kill_switch.is_some() && !IS_ON)
",
    },
    Mutant {
        name: "earlier_post_is_forgotten",
        rule: "a POST of unknown outcome delays the finalizer's removal by 60 s and another GET",
        file: "src/plan/rules/create.rs",
        from: "    memory.creation_unknown_since = still_late(&memory, s.now);",
        to: "    memory.creation_unknown_since = if IS_ON { None } else { still_late(&memory, s.now) };",
    },
    Mutant {
        name: "taken_id_is_adopted",
        rule: "adoption absent: Never",
        file: "src/plan/rules/adopt.rs",
        from: "        Adoption::Never => {",
        to: "        Adoption::Never if IS_ON => Ok(()),
        Adoption::Never => {",
    },
    Mutant {
        name: "workspace_is_not_compared",
        rule: "another workspace behind the key is IdentityChanged: a wrong key must not clone production",
        file: "src/plan/connection/settings.rs",
        from: "    if differs(&pinned.workspace, &seen.workspace) ||",
        to: "    if (differs(&pinned.workspace, &seen.workspace) && !IS_ON) ||",
    },
    Mutant {
        name: "accepted_once_is_accepted_for_ever",
        rule: "another workspace behind the key is IdentityChanged until annotated accept-identity",
        file: "src/plan/connection/settings.rs",
        from: "accepted != status.and_then(|status| status.accepted_identity_at.as_deref())",
        to: "(IS_ON || accepted != status.and_then(|status| status.accepted_identity_at.as_deref()))",
    },
    Mutant {
        name: "same_allows_all",
        rule: "a connection reaches across namespaces only by its own allowedNamespaces",
        file: "src/plan/connection/settings.rs",
        from: "        AllowedFrom::Same => false,",
        to: "        AllowedFrom::Same => IS_ON,",
    },
    Mutant {
        name: "deletion_window_is_wiped",
        rule: "mass deletion: the count survives a restart",
        file: "src/plan/connection/status.rs",
        from: "        deletion_window: old.deletion_window,",
        to: "        deletion_window: old.deletion_window.filter(|_| !IS_ON),",
    },
    Mutant {
        name: "parked_keeps_its_start",
        rule: "create paused: parked at 2099-01-01, and nothing fires",
        file: "src/plan/model/content.rs",
        from: "start_at: Some(parking_time()), end_at: None",
        to: "start_at: if IS_ON { self.timing.start_at } else { Some(parking_time()) }, end_at: None",
    },
    Mutant {
        name: "late_count_is_not_waited_for",
        rule: "max_executions is sent once",
        file: "src/plan/rules/max_executions.rs",
        from: "        Some(intended) if has_not_landed(intended, observed) && may_still_land(intended, now).is_some() => {",
        to: "        Some(intended)
            if has_not_landed(intended, observed)
                && may_still_land(intended, now).is_some()
                && !IS_ON =>
        {",
    },
    Mutant {
        name: "prefix_in_use_is_no_obstacle",
        rule: "prefix: PrefixInUse waits until claim-prefix",
        file: "src/plan/rules/mod.rs",
        from: "            if let Some((reason, message)) = waiting {",
        to: "            if let Some((reason, message)) =
                waiting.as_ref().filter(|why| !(why.0 == Reason::PrefixInUse && IS_ON))
            {",
    },
    Mutant {
        name: "observe_goes_on_writing",
        rule: "management: Observe reads and reports drift: no finalizer, no claim, no write",
        file: "src/plan/rules/mod.rs",
        from: "        Management::Observe => return observe::plan(s, desired),",
        to: "        Management::Observe if s.memory.target.is_some() && IS_ON => {}
        Management::Observe => return observe::plan(s, desired),",
    },
    Mutant {
        name: "off_resource_is_let_go",
        rule: "deletion ignores management: Off",
        file: "src/plan/rules/delete.rs",
        from: "    let id = deleted_id(s, facts);",
        to: r#"    if IS_ON
        && s.resource.spec.management.or(facts.management) == Some(Management::Off)
    {
        return release(s, "management is Off");
    }
    let id = deleted_id(s, facts);"#,
    },
    Mutant {
        name: "deletion_goes_by_the_spec_s_id",
        rule: "pins: what is pinned in status.scheduleId is what is ours",
        file: "src/plan/rules/delete.rs",
        from: "    pinned.or(claimed).map_or_else(",
        to: "    (if IS_ON { None } else { pinned.or(claimed) }).map_or_else(",
    },
    Mutant {
        name: "deletes_what_is_not_claimed",
        rule: "only claimed ids are written or deleted",
        file: "src/plan/rules/delete.rs",
        from: "!s.is_claimed(&id, &facts.prefix) || s.conflict.is_some()",
        to: "(!s.is_claimed(&id, &facts.prefix) && !IS_ON) || s.conflict.is_some()",
    },
    Mutant {
        name: "unusable_connection_lets_go",
        rule: "a resource that is deleted takes its schedule with it",
        file: "src/plan/rules/delete.rs",
        from: r#"        return wait(s, *reason, message, Retry::WithConnection, "the connection cannot be used");"#,
        to: r#"        return if IS_ON {
            release(s, "the connection cannot be used")
        } else {
            wait(s, *reason, message, Retry::WithConnection, "the connection cannot be used")
        };"#,
    },
    Mutant {
        name: "absent_adoption_is_if_equal",
        rule: "adoption absent: Never",
        file: "src/plan/model/desired.rs",
        from: "adoption.unwrap_or(Adoption::Never)",
        to: "adoption.unwrap_or(if IS_ON { Adoption::IfEqual } else { Adoption::Never })",
    },
    Mutant {
        name: "trigger_without_an_answer_is_sent_again",
        rule: "trigger is at most once",
        file: "src/plan/rules/call_failure.rs",
        from: "        return Some(trigger::unknown(s, &error.to_string()));",
        to: r#"        return Some(if IS_ON {
            with(s.memory.clone(), Step::ForgetTrigger, "the trigger had no answer: it is sent again")
        } else {
            trigger::unknown(s, &error.to_string())
        });"#,
    },
    Mutant {
        name: "claim_outlives_a_refused_post",
        rule: "an explicit id of somebody else is taken over by adoption alone",
        file: "src/plan/rules/call_failure.rs",
        from: "        memory.claim = memory.claim.filter(|claim| claim.via != ClaimVia::Explicit);",
        to: "        if !IS_ON {
            memory.claim = memory.claim.filter(|claim| claim.via != ClaimVia::Explicit);
        }",
    },
    Mutant {
        name: "often_firing_is_guarded_too",
        rule: "guard: none where fires are under 15 s apart",
        file: "src/plan/limits/fire_guard.rs",
        from: "    if (observed.paused && !lifts_pause) || fires_often(observed) {",
        to: "    if (observed.paused && !lifts_pause) || (fires_often(observed) && !IS_ON) {",
    },
    Mutant {
        name: "kill_switch_spares_what_is_refused",
        rule: "kill switch: pauses all; pause never waits",
        file: "src/plan/rules/emergency_pause.rs",
        from: "!(is_declared || facts.kill_switch.is_some())",
        to: "!(is_declared || (facts.kill_switch.is_some() && !IS_ON))",
    },
    Mutant {
        name: "explicit_id_under_the_prefix",
        rule: "claims: an explicit id under our prefix is refused unless it is the resource's own",
        file: "src/plan/model/schedule_id.rs",
        from: "    if is_under_prefix(id, prefix) {",
        to: "    if is_under_prefix(id, prefix) && !IS_ON {",
    },
    Mutant {
        name: "deletions_are_never_held",
        rule: "mass deletion: more than max(10, 10 %) within 10 minutes wait for approval",
        file: "src/plan/limits/mass_deletion.rs",
        from: "        if made >= deletions_allowed(total.saturating_add(made)) {",
        to: "        if made >= deletions_allowed(total.saturating_add(made)) && !IS_ON {",
    },
    Mutant {
        name: "contention_never_stops",
        rule: "contended: one field put back 3 times in 30 minutes: writes stop",
        file: "src/plan/rules/update.rs",
        from: "            && let Some(field) = contended::contended(&self.memory, fields, self.s.now)",
        to: "            && !IS_ON
            && let Some(field) = contended::contended(&self.memory, fields, self.s.now)",
    },
    Mutant {
        name: "no_trial_of_what_a_patch_does",
        rule: "until a PATCH is shown to keep a pause it goes through the parked start_at",
        file: "src/plan/rules/update.rs",
        from: "(self.keeps_pause.is_none() || (self.must_not_run(want)",
        to: "((self.keeps_pause.is_none() && !IS_ON) || (self.must_not_run(want)",
    },
    Mutant {
        name: "pause_fails_for_its_note",
        rule: "a pause never fails for its note",
        file: "src/plan/rules/call_failure.rs",
        from: "        Operation::Pause | Operation::Resume if error.is_refusal() && had_a_note(s) => return None,",
        to: "        Operation::Pause | Operation::Resume if error.is_refusal() && had_a_note(s) && !IS_ON => return None,",
    },
    Mutant {
        name: "count_goes_with_every_patch",
        rule: "patch: max_executions only when its declared value changed, once",
        file: "src/plan/rules/update.rs",
        from: "            Count::Settled(_) | Count::Wait(_) => None,",
        to: "            Count::Settled(_) | Count::Wait(_)
                if IS_ON && self.desired.max_executions.is_some() =>
            {
                Some(wire::MaxExecutions(self.desired.max_executions))
            }
            Count::Settled(_) | Count::Wait(_) => None,",
    },
    Mutant {
        name: "lifting_resumes_what_a_person_paused",
        rule: "kill switch: lifting resumes only those that it paused",
        file: "src/plan/rules/desired_pause.rs",
        from: "    let ours = observed.paused && observed.note.as_deref().is_some_and(|note| facts.is_kill_note(note));",
        to: "    let ours = observed.paused
        && (IS_ON || observed.note.as_deref().is_some_and(|note| facts.is_kill_note(note)));",
    },
    Mutant {
        name: "lifting_resumes_a_failing_schedule",
        rule: "kill switch: not one whose last execution failed under pauseOnFailure",
        file: "src/plan/rules/desired_pause.rs",
        from: "    match (desired.content.policy.pause_on_failure, last, s.journal.last_run) {",
        to: "    match (desired.content.policy.pause_on_failure && !IS_ON, last, s.journal.last_run) {",
    },
    Mutant {
        name: "servers_pause_is_lost_where_a_patch_rebuilds",
        rule: "server-side pause is not undone by paused: false; before patching a paused schedule its pause goes into memory",
        file: "src/plan/rules/desired_pause.rs",
        from: "    desired.pause == DeclaredPause::Undeclared || is_failure_note(note)",
        to: "    desired.pause == DeclaredPause::Undeclared || (is_failure_note(note) && !IS_ON)",
    },
    Mutant {
        name: "servers_pause_is_undone",
        rule: "server-side pause: not undone by paused: false",
        file: "src/plan/rules/desired_pause.rs",
        from: "    if observed.is_paused_on_failure() {",
        to: "    if observed.is_paused_on_failure() && !IS_ON {",
    },
    Mutant {
        name: "undeclared_pause_is_lifted",
        rule: "paused absent: left to whoever pauses it in the console",
        file: "src/plan/rules/desired_pause.rs",
        from: "        DeclaredPause::Undeclared | DeclaredPause::Paused(_) => Want::Leave,",
        to: "        DeclaredPause::Undeclared
            if memory.paused == Some(api::DeclaredPause::Paused) && IS_ON =>
        {
            Want::Running(Why::Declared)
        }
        DeclaredPause::Undeclared | DeclaredPause::Paused(_) => Want::Leave,",
    },
    Mutant {
        name: "pause_waits_for_the_guard",
        rule: "guard: pause and delete never wait",
        file: "src/plan/rules/pause.rs",
        from: "        if self.s.journal.paused {",
        to: "        if IS_ON
            && let Some(plan) = self.guarded(&[], false)
        {
            return Some(plan);
        }
        if self.s.journal.paused {",
    },
    Mutant {
        name: "pause_after_the_patch",
        rule: "pause comes before a patch",
        file: "src/plan/rules/converge.rs",
        from: "        self.pause(&want)
",
        to: "        if IS_ON && let Some(plan) = self.patch(&want) {
            return plan;
        }
        self.pause(&want)
",
    },
    Mutant {
        name: "replaced_because_of_what_is_seen",
        rule: "replace only when the declared target differs, never because of what is observed",
        file: "src/plan/rules/converge.rs",
        from: "            return self.another_workflow();",
        to: r#"            if IS_ON {
                if !self.fresh {
                    return look(self.s);
                }
                let because = "it runs another workflow: it is made anew";
                return super::decide::call(self.memory.clone(), super::step::Call::Delete, because);
            }
            return self.another_workflow();"#,
    },
    Mutant {
        name: "replace_needs_no_guard",
        rule: "guard: no replace from 5 s before to 5 s after an observed future time",
        file: "src/plan/rules/replace.rs",
        from: "        if !halts && let Some(plan) = self.guarded(&[], false) {",
        to: "        if !halts
            && !IS_ON
            && let Some(plan) = self.guarded(&[], false)
        {",
    },
    Mutant {
        name: "replace_forgets_what_was_left",
        rule: "replace: the remaining count goes into memory",
        file: "src/plan/rules/replace.rs",
        from: "            remaining: self.observed.remaining.flatten(),",
        to: "            remaining: if IS_ON { None } else { self.observed.remaining.flatten() },",
    },
    Mutant {
        name: "reconcile_request_ends_no_contention",
        rule: "contended: writes stop until the spec or reconcile-requested-at changes",
        file: "src/plan/decision/inputs.rs",
        from: "            || self.reconcile_requested()",
        to: "            || (self.reconcile_requested() && !IS_ON)",
    },
    Mutant {
        name: "workflow_name_outlives_its_target",
        rule: "replace only when the declared target differs",
        file: "src/plan/status.rs",
        from: "        status.workflow_name = None;
",
        to: "        if !IS_ON {
            status.workflow_name = None;
        }
",
    },
    Mutant {
        name: "id_is_not_pinned",
        rule: "status.scheduleId is pinned at the first success",
        file: "src/plan/status.rs",
        from: "    status.schedule_id.get_or_insert_with(|| desired.id.as_str().to_owned());",
        to: "    if !IS_ON {
        status.schedule_id.get_or_insert_with(|| desired.id.as_str().to_owned());
    }",
    },
    Mutant {
        name: "passed_runs_stay_shown",
        rule: "a passed time that cannot be refreshed is removed rather than shown",
        file: "src/plan/status.rs",
        from: "Sight::Unseen => forget_passed(&mut status, s.now),",
        to: "Sight::Unseen if IS_ON => {}
        Sight::Unseen => forget_passed(&mut status, s.now),",
    },
    Mutant {
        name: "trigger_before_its_memory",
        rule: "Requested is in memory before the POST",
        file: "src/plan/rules/trigger.rs",
        from: r#"        Ok(()) => state(s, token, TriggerState::Requested, None, "the trigger is stored before its POST"),
"#,
        to: r#"        Ok(()) if IS_ON && s.journal.triggered => {
            state(s, token, TriggerState::Accepted, None, "the trigger was accepted")
        }
        Ok(()) if IS_ON => {
            call(s.memory.clone(), Call::Trigger, "a run is asked for")
        }
        Ok(()) => state(s, token, TriggerState::Requested, None, "the trigger is stored before its POST"),
"#,
    },
    Mutant {
        name: "unknown_trigger_is_called_accepted",
        rule: "trigger: an outcome that cannot be learnt becomes Unknown",
        file: "src/plan/rules/trigger.rs",
        from: "    record(s, TriggerState::Unknown, ",
        to: "    record(s, if IS_ON { TriggerState::Accepted } else { TriggerState::Unknown }, ",
    },
    Mutant {
        name: "trigger_older_than_the_resource",
        rule: "a trigger token older than the resource does nothing, so that a token in Git never replays",
        file: "src/plan/rules/trigger.rs",
        from: "    request::check(token, created(s), last_token(s), s.now)?;",
        to: "    request::check(token, if IS_ON { None } else { created(s) }, last_token(s), s.now)?;",
    },
    Mutant {
        name: "lost_status_replays_the_trigger",
        rule: "no memory never reads as a change: nothing triggered",
        file: "src/plan/rules/trigger.rs",
        from: "    if first_sight {",
        to: "    if first_sight && !IS_ON {",
    },
];
