//! Any texts as the annotations of a schedule and of a connection: nothing panics, a request is carried out if and
//! only if its time is allowed, and only once. Each line of the input is a value; `~` is an absent one.

#![no_main]

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use libfuzzer_sys::fuzz_target;
use workflow_schedule_operator::api::{
    ACCEPT_IDENTITY, APPROVE_DELETIONS_AT, APPROVE_DISAPPEARANCE_AT, CLAIM_PREFIX, Identity, RECONCILE_REQUESTED_AT,
    RESUME_REQUESTED_AT, ScheduleCounts, TRIGGER_OVERLAP, TRIGGER_REQUESTED_AT, Trigger, TriggerState,
    WorkflowConnection, WorkflowConnectionSpec, WorkflowConnectionStatus,
};
use workflow_schedule_operator::plan::{
    Call, ConnectionNow, ForeignIds, IdentityVerdict, PrefixVerdict, connection_status, identity, is_approved, prefix,
};
use workflow_schedule_operator::remote::wire;
use workflow_schedule_operator_fuzz::scene::Scene;
use workflow_schedule_operator_fuzz::{NOW, seed};

/// The overlap policies of a trigger.
const OVERLAPS: [&str; 6] = ["Skip", "BufferOne", "BufferAll", "CancelOther", "TerminateOther", "AllowAll"];
/// The oldest request that is carried out, and the one that lies furthest ahead.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
/// A longer text is no time.
const LONGEST_TOKEN: usize = 64;

fuzz_target!(init: seed(SEEDS), |bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let mut next = || lines.next().filter(|line| *line != "~");
    let flags = next().unwrap_or_default();
    let (asked, handled) = ([next(), next(), next()], [next(), next(), next()]);
    connection(flags, [next(), next(), next(), next()]);
    schedule(flags, asked, handled, next());
});

/// `asked` is to trigger, to resume and to reconcile; `handled` is what was last handled of each; `overlap` is of the
/// trigger. The flags: `n`, the
/// resource is new; `p`, a person has paused the schedule; `k`, the connection is paused.
fn schedule(flags: &str, asked: [Option<&str>; 3], handled: [Option<&str>; 3], overlap: Option<&str>) {
    let mut scene = Scene::settled();
    let created = if flags.contains('n') { NOW - SignedDuration::from_mins(1) } else { NOW - LONGEST * 60 };
    scene.resource.metadata.creation_timestamp = Some(Time(created));
    scene.kill_switch = flags.contains('k');
    let is_paused = flags.contains('p');
    scene.remote.paused = is_paused;
    let annotations = scene.resource.metadata.annotations.get_or_insert_default();
    for (name, value) in [TRIGGER_REQUESTED_AT, RESUME_REQUESTED_AT, RECONCILE_REQUESTED_AT].into_iter().zip(asked) {
        annotations.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
    annotations.extend(overlap.map(|value| (TRIGGER_OVERLAP.to_owned(), value.to_owned())));
    let [trigger, resume, reconcile] = handled.map(|token| token.map(str::to_owned));
    let status = scene.status_mut();
    // Long enough ago that nothing waits for it.
    let (state, at, message) = (TriggerState::Accepted, created.to_string(), None);
    status.trigger = trigger.map(|token| Trigger { token, state, at, message });
    (status.last_handled_resume_at, status.last_handled_reconcile_at) = (resume, reconcile);

    let is_allowed = |index: usize| {
        asked[index].is_some_and(|token| is_allowed(token, handled[index], created)) && !flags.contains('k')
    };
    let calls = scene.reconcile().calls;
    assert_eq!(
        count(&calls, is_trigger),
        usize::from(is_allowed(0) && overlap.is_none_or(|name| OVERLAPS.contains(&name))),
        "{calls:?}"
    );
    assert_eq!(count(&calls, is_resume), usize::from(is_allowed(1) && is_paused), "{calls:?}");
    // The same again, a person pauses it again, a day goes by: nothing is carried out twice.
    for _ in 0..2 {
        let calls = scene.reconcile().calls;
        assert_eq!(count(&calls, is_trigger) + count(&calls, is_resume), 0, "{calls:?}");
        scene.remote.paused = true;
        scene.now += SignedDuration::from_hours(24);
    }
}

/// What the rules say of a request for one run or for one resume.
fn is_allowed(token: &str, handled: Option<&str>, created: Timestamp) -> bool {
    let last = handled.and_then(|last| last.parse::<Timestamp>().ok());
    token.parse::<Timestamp>().is_ok_and(|at| {
        token.len() <= LONGEST_TOKEN
            && at >= created
            && at >= NOW - LONGEST
            && at <= NOW + LONGEST
            && last.is_none_or(|last| at > last)
            && handled != Some(token)
    })
}

fn count(calls: &[Call], is_one: fn(&Call) -> bool) -> usize {
    calls.iter().filter(|call| is_one(call)).count()
}

fn is_trigger(call: &Call) -> bool {
    matches!(call, Call::Trigger { .. })
}

fn is_resume(call: &Call) -> bool {
    matches!(call, Call::Resume { .. })
}

/// `asked` is to approve deletions, to approve a disappearance, to claim the prefix and to accept the identity. The
/// flag `f`: ids of others have the prefix.
fn connection(flags: &str, asked: [Option<&str>; 4]) {
    let names = [APPROVE_DELETIONS_AT, APPROVE_DISAPPEARANCE_AT, CLAIM_PREFIX, ACCEPT_IDENTITY];
    let spec = WorkflowConnectionSpec { schedule_id_prefix: "acme".into(), ..WorkflowConnectionSpec::default() };
    let mut connection = WorkflowConnection::new("default", spec);
    connection.metadata.namespace = Some("shop".into());
    let annotations = names.into_iter().zip(asked).filter_map(|(name, value)| Some((name.into(), value?.into())));
    connection.metadata.annotations = Some(annotations.collect());
    let since = NOW - SignedDuration::from_millis(299_500);
    for (name, value) in names.into_iter().zip(asked).take(2) {
        let at = value.and_then(|value| value.parse::<Timestamp>().ok());
        // Kubernetes shows times to the second.
        let is_allowed = at.is_some_and(|at| at >= NOW - SignedDuration::from_secs(300) && at <= NOW + LONGEST);
        assert_eq!(is_approved(&connection, name, since, NOW), is_allowed, "{name}={value:?}");
    }
    let count = usize::from(flags.contains('f'));
    let verdict = prefix(&connection, ForeignIds { count, example: None, through: None });
    assert_eq!(matches!(verdict, PrefixVerdict::Claim), count == 0 || asked[2] == Some("acme"), "{verdict:?}");

    let of = |workspace: &str| Identity { principal: None, workspace: Some(workspace.into()), organization: None };
    connection.status =
        Some(WorkflowConnectionStatus { identity: Some(of("production")), ..WorkflowConnectionStatus::default() });
    let seen =
        |workspace: &str| wire::Identity { principal: None, workspace: Some(workspace.into()), organization: None };
    let verdict = identity(&connection, None, Some(&seen("staging")));
    let is_accepted = matches!(&verdict, IdentityVerdict::Accepted(_));
    assert_eq!(is_accepted, asked[3] == Some("staging"), "{verdict:?}");
    if let IdentityVerdict::Accepted(known) = verdict {
        connection.status = Some(connection_status(&connection, &working(known), NOW));
        let verdict = identity(&connection, None, Some(&seen("test")));
        assert!(matches!(verdict, IdentityVerdict::Changed(_)), "one value accepts one identity: {verdict:?}");
    }
}

/// A connection that works, with this identity.
fn working(identity: Identity) -> ConnectionNow {
    ConnectionNow {
        health: Ok(()),
        server: None,
        identity: Some(identity),
        prefix_is_claimed: true,
        counts: ScheduleCounts::default(),
        unclaimed: None,
        held_deletions: Vec::new(),
        rate_limited: false,
        patch_keeps_pause: None,
        mass_disappearance: None,
        approved_recreations: 0,
        runs_limited: None,
        runs_read_until: None,
        in_reach_since: None,
        failed_write: None,
        polled_at: None,
    }
}

/// Requests that are allowed and that are not. The time is 2026-11-24T12:00:00Z.
const SEEDS: [&str; 7] = [
    "p\n2026-11-24T11:59:00Z\n2026-11-24T11:59:30Z\n2026-11-24T11:59:00Z\n~\n~\n~\n2026-11-24T12:00:00Z\n2026-11-24T12:00:00Z\nacme\nstaging\nAllowAll",
    "pk\n2026-11-24T11:59:00Z\n2026-11-24T11:59:30Z\n~\n2026-11-24T11:58:00Z\n2026-11-24T11:58:00Z\n~\n2026-11-24T11:55:00Z\n2026-11-24T11:54:59Z\nother\nproduction\n~",
    "npf\n2026-11-24T11:58:59Z\n2026-11-24T12:59:30+01:00\nnow\n2026-11-24T11:58:59Z\nsoon\nnow\n2026-11-24T12:10:00.000000001Z\n2026-11-24T12:10:00Z\n~\n~\n~",
    "p\n2026-11-24T12:10:00Z\n2026-11-24T11:50:00Z\n~\n2026-11-24T12:09:59.999999999Z\n2026-11-24T11:49:59Z\n~\n+1\n20261124T120000Z\n\n\n",
    "p\n2026-11-24T12:10:00.000000001Z\n2026-11-24T11:49:59.999999999Z\n\n\n\n\n-9999-01-01T00:00:00Z\n9999-12-31T23:59:59Z\nacme.\nyes\nyes",
    "p\n2026-11-24 11:59:00+00:00[UTC]\n2026-11-24T11:59:60Z\n~\n~\n~\n~\n~\n~\n~\n~\n~",
    "",
];
