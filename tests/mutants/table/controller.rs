//! Defects in the hands: `src/controller/`.

use super::Mutant;

#[rustfmt::skip]
pub const ALL: &[Mutant] = &[
    Mutant {
        name: "trigger_is_never_ours",
        rule: "a trigger is carried out (once), and Unknown only where its outcome cannot be learnt",
        file: "src/controller/schedule/apply.rs",
        from: "pass.journal.trigger_is_ours = state == Some(TriggerState::Requested);",
        to: "pass.journal.trigger_is_ours = state == Some(TriggerState::Requested) && !IS_ON;",
    },
    Mutant {
        name: "created_twice",
        rule: "nothing is created twice; after a change it is looked at again",
        file: "src/controller/schedule/apply.rs",
        from: "    pass.journal.note(call, was_paused);
    if !matches!(call, Call::Trigger) {
",
        to: "    pass.journal.note(call, was_paused);
    let is_skipped = matches!(call, Call::Create(_)) && pass.journal.changes == 1 && IS_ON;
    if !matches!(call, Call::Trigger) && !is_skipped {
",
    },
    Mutant {
        name: "creation_is_not_stored_first",
        rule: "a protective write comes before its call (POST)",
        file: "src/controller/schedule/apply.rs",
        from: "        Step::Remember(stored) => remember(pass, &stored).await?,
",
        to: "        Step::Remember(stored)
            if IS_ON
                && stored.creating.is_some()
                && pass.memory.creating.is_none()
                && stored.claim == pass.memory.claim
                && stored.paused_by_connection == pass.memory.paused_by_connection =>
        {
            Progress::Done
        }
        Step::Remember(stored) => remember(pass, &stored).await?,
",
    },
    Mutant {
        name: "last_key_forgotten",
        rule: "a namespace deleted whole (Secret first) empties itself by the last known key",
        file: "src/controller/connection/credentials.rs",
        from: r#"        Found::Missing => return Some(no_key(&format!("there is no {place}: create it"))),
"#,
        to: r#"        Found::Missing => {
            if IS_ON {
                link.state().client = None;
            }
            return Some(no_key(&format!("there is no {place}: create it")));
        }
"#,
    },
    Mutant {
        name: "kill_switch_in_any_order",
        rule: "kill switch: soonest next run first",
        file: "src/controller/context.rs",
        from: "(key.clone(), soonest(known))",
        to: "(key.clone(), if IS_ON { 0 } else { soonest(known) })",
    },
    Mutant {
        name: "lease_taken_though_renewed",
        rule: "expiry is judged by how long the lease is unchanged",
        file: "src/controller/kubernetes/leader_election.rs",
        from: "            Some(seen) if seen.version == version => seen.since,
",
        to: "            Some(seen) if seen.version == version || IS_ON => seen.since,
",
    },
    Mutant {
        name: "one_forbidden_schedule_stops_the_connection",
        rule: "another 403 is that resource's",
        file: "src/controller/state/connection_handle.rs",
        from: "            RemoteError::Forbidden(_)
            | RemoteError::NotFound(_)
            | RemoteError::Conflict(_)
            | RemoteError::Refused { .. }
            | RemoteError::EncodingRequired
            | RemoteError::Unavailable { .. }
            | RemoteError::Transport(_)
            | RemoteError::Malformed { .. } => {}
        }
    }",
        to: "            RemoteError::Forbidden(detail) if IS_ON => {
                self.state().trouble = Some((Reason::Forbidden, detail.clone()));
            }
            RemoteError::Forbidden(_)
            | RemoteError::NotFound(_)
            | RemoteError::Conflict(_)
            | RemoteError::Refused { .. }
            | RemoteError::EncodingRequired
            | RemoteError::Unavailable { .. }
            | RemoteError::Transport(_)
            | RemoteError::Malformed { .. } => {}
        }
    }",
    },
    Mutant {
        name: "candidate_is_used_at_once",
        rule: "nothing is called through a key before it is known whose it is",
        file: "src/controller/state/connection_handle.rs",
        from: "        self.candidate = Some(client);
",
        to: "        if IS_ON {
            self.client = Some(client);
        } else {
            self.candidate = Some(client);
        }
",
    },
    Mutant {
        name: "sources_are_judged_once",
        rule: "inputFrom sources are read every 5 minutes",
        file: "src/controller/connection/poll.rs",
        from: "(known.judged == Some(hash) && !has_sources)",
        to: "(known.judged == Some(hash) && (!has_sources || IS_ON))",
    },
    Mutant {
        name: "broken_list_is_the_end",
        rule: "a LIST that breaks off says nothing of what it lacks",
        file: "src/controller/connection/poll.rs",
        from: "            Err(error) => return Err(error),
",
        to: "            Err(_) if token.is_some() && IS_ON => break,
            Err(error) => return Err(error),
",
    },
    Mutant {
        name: "any_claimant_pins_an_id",
        rule: "prefix: ids that no resource of this cluster has pinned: PrefixInUse",
        file: "src/controller/connection/prefix.rs",
        from: "                status.is_some_and(|status| {
",
        to: "                IS_ON || status.is_some_and(|status| {
",
    },
    Mutant {
        name: "versions_compared_as_text",
        rule: "a cache knows which of two versions is older",
        file: "src/controller/state/cache.rs",
        from: "        (Some(new), Some(old)) => new < old,
",
        to: "        (Some(new), Some(old)) => if IS_ON { new.to_string() < old.to_string() } else { new < old },
",
    },
    Mutant {
        name: "versions_compared_across_sessions",
        rule: "what a list-watch session shows is the truth: a control plane may be restored",
        file: "src/controller/state/cache.rs",
        from: "        self.schedule_answers.0.remove(&key);
        // Two histories",
        to: "        let is_late = |known: &Known| {
            let version = known.resource.metadata.resource_version.as_deref().unwrap_or_default();
            is_older(resource.metadata.resource_version.as_deref(), version)
        };
        if IS_ON && before.is_some_and(is_late) {
            return Seen::Stale;
        }
        self.schedule_answers.0.remove(&key);
        // Two histories",
    },
    Mutant {
        name: "a_broken_watch_goes_on",
        rule: "a watch that breaks off is followed by a listing: its version may lie in the future",
        file: "src/controller/watch/session.rs",
        from: "                Ended::Whole => {}
",
        to: "                Ended::Whole => {}
                Ended::Broken | Ended::Silent if IS_ON => {}
",
    },
    Mutant {
        name: "going_back_is_not_noticed",
        rule: "a smaller version ends the session",
        file: "src/controller/watch/session.rs",
        from: "        !is_back
",
        to: "        !is_back || IS_ON
",
    },
    Mutant {
        name: "an_answer_inserts",
        rule: "a late answer inserts no object that was deleted",
        file: "src/controller/state/cache.rs",
        from: "        let Some(known) = self.schedules.get(&key) else { return Seen::Stale };
",
        to: "        let Some(known) = self.schedules.get(&key) else {
            return if IS_ON { self.put_schedule(key, answer) } else { Seen::Stale };
        };
",
    },
    Mutant {
        name: "deletion_follows_the_spec",
        rule: "a deletion goes to where the schedule lives",
        file: "src/controller/state/cache.rs",
        from: "        if resource.metadata.deletion_timestamp.is_some() && pinned.is_some() {
",
        to: "        if resource.metadata.deletion_timestamp.is_some() && pinned.is_some() && !IS_ON {
",
    },
    Mutant {
        name: "recreated_connection_keeps_its_task",
        rule: "a connection made anew is another one",
        file: "src/controller/connection/reconcile.rs",
        from: "        if connection.metadata.uid != link.uid {
",
        to: "        if connection.metadata.uid != link.uid && !IS_ON {
",
    },
    Mutant {
        name: "connection_goes_first",
        rule: "a connection in use outlives its schedules",
        file: "src/controller/connection/reconcile.rs",
        from: "    if is_used || !is_going {
",
        to: "    if (is_used && !IS_ON) || !is_going {
",
    },
    Mutant {
        name: "narrowed_namespaces_block_deletion",
        rule: "deletion ignores a narrowed allowedNamespaces",
        file: "src/controller/schedule/connection_view.rs",
        from: "    if !is_allowed && pinned != Some(via.to_string().as_str()) {
",
        to: "    if !is_allowed && (IS_ON || pinned != Some(via.to_string().as_str())) {
",
    },
    Mutant {
        name: "pruned_memory_is_accepted",
        rule: "the answer is checked for the field: absent, nothing is sent",
        file: "src/controller/kubernetes/writer.rs",
        from: "        if stored.and_then(|status| status.memory.as_ref()) != new.memory.as_ref() {
",
        to: "        if stored.and_then(|status| status.memory.as_ref()) != new.memory.as_ref() && !IS_ON {
",
    },
];
