//! Any situation at all.

use http::StatusCode;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::{ID, Scene, at, content, desired, observed, target};
use crate::api::{
    Adoption, Claim, ClaimVia, Creation, DeclaredPause, DeletionPolicy, IntendedCount, Lifecycle, Management,
    MaxExecutionsMemory, Memory, OldSchedule, RECONCILE_REQUESTED_AT, RESUME_REQUESTED_AT, Reason, RememberedPause,
    Replacement, TRIGGER_REQUESTED_AT, Trigger, TriggerState, UnansweredCalls, WorkflowScheduleSpec,
};
use crate::plan::decision::inputs::{KillSwitch, Lookup};
use crate::plan::{Call, ConnectionFacts, ConnectionView, Journal, Observation, Observed};
use crate::remote::wire::{self, ExecutionStatus, RecentExecution};
use crate::remote::{Operation, RemoteError, ScheduleId, TransportError};

const TIMES: [&str; 4] =
    ["2026-11-24T11:30:00Z", "2026-11-24T11:59:00Z", "2026-11-24T11:59:58Z", "2026-11-24T12:00:03Z"];
const NOTES: [&str; 4] = [
    "incident 4711",
    "paused due to workflow failure: boom",
    "paused by WorkflowConnection shop/default",
    "paused by WorkflowSchedule shop/report",
];

fn time() -> impl Strategy<Value = String> {
    select(&TIMES[..]).prop_map(Into::into)
}

fn note() -> impl Strategy<Value = Option<String>> {
    option::of(select(&NOTES[..]).prop_map(Into::into))
}

fn count() -> impl Strategy<Value = Option<i64>> {
    option::of(0_i64..4)
}

fn id() -> impl Strategy<Value = String> {
    select(&[ID, "nightly", "acme.shop.other"][..]).prop_map(Into::into)
}

fn workflow() -> impl Strategy<Value = String> {
    select(&["report-workflow", "other"][..]).prop_map(Into::into)
}

fn spec() -> impl Strategy<Value = WorkflowScheduleSpec> {
    let text = select(&["0 9 * * *", "@hourly", "nonsense"][..]).prop_map(Into::into);
    let adoption = option::of(select(&[Adoption::Never, Adoption::IfEqual, Adoption::IfExists][..]));
    let management = option::weighted(0.2, select(&[Management::Full, Management::Observe, Management::Off][..]));
    let deletion = option::weighted(0.2, select(&[DeletionPolicy::Delete, DeletionPolicy::Orphan][..]));
    (
        (workflow(), option::weighted(0.2, id()), proptest::collection::vec(text, 0..2), any::<bool>()),
        (count(), option::of(any::<bool>()), note(), adoption, management, deletion),
    )
        .prop_map(
            |((workflow, id, crons, pause_on_failure), (max, paused, note, adoption, management, deletion))| {
                WorkflowScheduleSpec {
                    workflow_identifier: Some(workflow),
                    schedule_id: id,
                    cron_expressions: crons,
                    policy: Some(crate::api::Policy { pause_on_failure: Some(pause_on_failure), ..Default::default() }),
                    max_executions: max,
                    paused,
                    pause_note: note,
                    adoption,
                    management,
                    deletion_policy: deletion,
                    ..Scene::fresh().resource.spec
                }
            },
        )
}

fn memory() -> impl Strategy<Value = Memory> {
    let target =
        || workflow().prop_map(|workflow| crate::api::Target { workflow_identifier: Some(workflow), ..target() });
    let claim = (id(), select(&[ClaimVia::Explicit, ClaimVia::Adoption][..]))
        .prop_map(|(schedule_id, via)| Claim { schedule_id, via });
    let paused = select(&[DeclaredPause::Undeclared, DeclaredPause::Paused, DeclaredPause::Running][..]);
    let intended = (count(), count(), time()).prop_map(|(value, remaining_before, at)| IntendedCount {
        value,
        remaining_before,
        at,
    });
    let max =
        (count(), option::of(intended)).prop_map(|(declared, intended)| MaxExecutionsMemory { declared, intended });
    let creation =
        || {
            let body = option::of(Just("0123456789abcdef0123456789abcdef".to_owned()));
            (target(), id(), count(), body).prop_map(|(target, schedule_id, max_executions, body_fingerprint)| {
                Creation { connection: "shop/default".into(), schedule_id, target, max_executions, body_fingerprint }
            })
        };
    let unanswered =
        || option::weighted(0.3, (1_i64..3, time()).prop_map(|(count, since)| UnansweredCalls { count, since }));
    let old = || {
        (count(), any::<bool>(), note()).prop_map(|(remaining, paused, note)| OldSchedule { remaining, paused, note })
    };
    let lifecycle = prop_oneof![
        creation().prop_map(Lifecycle::Creating),
        old().prop_map(Lifecycle::DeletingOld),
        (old(), option::of(creation()))
            .prop_map(|(old, creation)| Lifecycle::CreatingNew(Replacement { old, creation })),
    ];
    (
        (option::weighted(0.3, claim), option::of(target()), option::of(paused), option::of(max)),
        (option::weighted(0.3, note()), option::weighted(0.5, lifecycle)),
        (proptest::bool::weighted(0.3), unanswered(), unanswered()),
    )
        .prop_map(|((claim, target, paused, max), (before, lifecycle), (by_connection, creations, deletions))| {
            Memory {
                claim,
                target,
                paused,
                max_executions: max,
                pause_before_patch: before.map(|note| RememberedPause { note }),
                lifecycle: lifecycle.map(Box::new),
                paused_by_connection: by_connection,
                unanswered_creations: creations,
                unanswered_deletions: deletions,
                ..Memory::default()
            }
        })
}

fn observation() -> impl Strategy<Value = Observation> {
    let run = (time(), option::of(Just("run-1".to_owned()))).prop_map(|(text, execution_id)| RecentExecution {
        scheduled_at: at(&text),
        started_at: None,
        execution_id,
    });
    let schedule = (
        (option::of(workflow()), any::<bool>(), note(), option::of(count())),
        (any::<bool>(), any::<bool>(), option::of(time()), option::of(run)),
    )
        .prop_map(|((workflow_name, paused, note, remaining), (parked, same_input, next, last))| {
            let mut observed =
                Observed { workflow_name, paused, note, remaining: remaining.map(wire::Remaining), ..observed() };
            if parked {
                observed.timing = Ok(content().parked().timing);
            }
            if !same_input {
                observed.input = Some(Value::Null);
            }
            observed.future = next.iter().map(|text| at(text)).collect();
            observed.recent = last.into_iter().collect();
            Box::new(observed)
        });
    let made = |(kind, schedule)| match kind {
        0 => Observation::None,
        1 => Observation::Absent,
        2 => Observation::Unlisted,
        3 => Observation::Listed(schedule),
        _ => Observation::Present(schedule),
    };
    (0..9, schedule).prop_map(made)
}

fn failure() -> impl Strategy<Value = (Operation, RemoteError)> {
    let operations = [Operation::Get, Operation::Create, Operation::Patch, Operation::Delete, Operation::Trigger];
    let errors = vec![
        RemoteError::Unauthorized,
        RemoteError::Forbidden("no".into()),
        RemoteError::NotFound("gone".into()),
        RemoteError::Conflict("exists".into()),
        RemoteError::Ambiguous("[AMBIGUOUS_WORKFLOW]".into()),
        RemoteError::Refused { status: StatusCode::UNPROCESSABLE_ENTITY, detail: "bad".into() },
        RemoteError::AlreadyExists { status: StatusCode::UNPROCESSABLE_ENTITY, detail: "already exists".into() },
        RemoteError::EncodingRequired,
        RemoteError::RateLimited { retry_after: None },
        RemoteError::Unavailable { status: StatusCode::BAD_GATEWAY, code: None },
        RemoteError::Transport(TransportError::NoAnswer("timeout".into())),
        RemoteError::Malformed { status: StatusCode::OK, what: "html".into() },
    ];
    (select(operations.to_vec()), select(errors))
}

fn journal() -> impl Strategy<Value = Journal> {
    let body = || Box::new(wire::Patch { schedule: content().definition(None) });
    let calls = vec![
        Call::Create(Box::new(wire::Create {
            schedule_id: ScheduleId::new(ID),
            target: desired().target,
            schedule: content().definition(None),
        })),
        Call::Patch { body: body(), trial: false },
        Call::Patch { body: body(), trial: true },
        Call::Pause { note: None },
        Call::Resume { note: None },
        Call::Trigger { overlap: None, before: Box::new(observed()) },
    ];
    let calls = proptest::collection::vec((select(calls), any::<bool>()), 0..3);
    let intended = any::<[bool; 4]>();
    let last_run =
        option::of(select(&[ExecutionStatus::Completed, ExecutionStatus::Failed, ExecutionStatus::Unknown][..]));
    (option::weighted(0.2, failure()), calls, intended, last_run).prop_map(|(failed, calls, intended, last_run)| {
        let mut journal = Journal::default();
        for (call, was_paused) in &calls {
            journal.note(call, *was_paused);
        }
        let [count, creation, deletion, trigger] = intended;
        let unanswered = |is_there: bool| is_there.then(UnansweredCalls::default);
        let stored = Memory {
            max_executions: count
                .then(|| MaxExecutionsMemory { declared: None, intended: Some(IntendedCount::default()) }),
            unanswered_creations: unanswered(creation),
            unanswered_deletions: unanswered(deletion),
            ..Memory::default()
        };
        journal.note_stored(&Memory::default(), &stored);
        journal.note_trigger_stored(trigger);
        if let Some(outcome) = last_run {
            journal.note_run(outcome);
        }
        if let Some((operation, error)) = failed {
            journal.note_failed(operation, error);
        }
        journal
    })
}

fn connection() -> impl Strategy<Value = (ConnectionFacts, Option<ConnectionView>)> {
    let switch = option::weighted(0.3, Just(KillSwitch::default()));
    let states = (any::<[bool; 2]>(), option::weighted(0.1, any::<bool>()), 0..10);
    (switch, option::of(any::<bool>()), states).prop_map(|(kill_switch, keeps, ([one, two], mass, state))| {
        let facts = ConnectionFacts {
            kill_switch,
            patch_keeps_pause: keeps,
            terminating: mass == Some(true),
            mass_disappearance: mass.is_some(),
            deletion_held: one && two,
            lookup: if one == two { Lookup::Get } else { Lookup::List },
            ..Scene::fresh().facts
        };
        let found = |not_permitted: Option<&str>, not_ready| ConnectionView::Found {
            facts: Box::new(facts.clone()),
            not_permitted: not_permitted.map(Into::into),
            not_ready,
        };
        let view = match state {
            0 => Some(ConnectionView::Missing { reason: Reason::ConnectionNotFound, message: "none".into() }),
            1 => Some(found(Some("no"), None)),
            2 => Some(found(None, Some((Reason::Unauthorized, "no".into())))),
            _ => None,
        };
        (facts, view)
    })
}

fn asked() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let names = [RECONCILE_REQUESTED_AT, RESUME_REQUESTED_AT, TRIGGER_REQUESTED_AT];
    proptest::collection::vec((select(names.to_vec()), time()), 0..3)
}

fn trigger() -> impl Strategy<Value = Trigger> {
    let states = [TriggerState::Requested, TriggerState::Accepted, TriggerState::Refused, TriggerState::Unknown];
    (time(), select(states.to_vec())).prop_map(|(at, state)| Trigger { token: at.clone(), state, at, message: None })
}

/// Any situation, at the beginning of a reconcile or in the middle of it.
pub fn scene() -> impl Strategy<Value = Scene> {
    let status = (option::of(id()), any::<bool>(), option::of(any::<bool>()), note(), count(), -1_i64..2);
    let metadata = (any::<bool>(), proptest::bool::weighted(0.2), proptest::bool::weighted(0.1), asked());
    ((spec(), memory(), status, option::weighted(0.3, trigger())), (metadata, connection(), observation(), journal()))
        .prop_map(|((spec, memory, status, trigger), (metadata, (facts, view), observation, journal))| {
            let (pinned, named, paused, note, remaining, generation) = status;
            let (finalizer, deleted, contested, asked) = metadata;
            let mut scene = Scene { facts, view, observation, journal, ..Scene::fresh() };
            scene.resource.spec = spec;
            scene.conflict = contested.then(|| "shop/older".into());
            scene = scene.status(|stored| {
                stored.connection = pinned.as_ref().map(|_| "shop/default".into());
                stored.schedule_id = pinned;
                stored.workflow_name = named.then(|| "report-workflow".into());
                stored.paused = paused;
                stored.pause_note = note;
                stored.remaining_executions = remaining;
                stored.observed_generation = Some(generation);
                stored.trigger = trigger;
                stored.memory = Some(memory);
            });
            for (name, value) in asked {
                scene = scene.annotated(name, &value);
            }
            if !finalizer {
                scene.resource.metadata.finalizers = None;
            }
            if deleted { scene.deleted() } else { scene }
        })
}
