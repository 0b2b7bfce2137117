//! What is said of runs, and what is not.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;
use crate::api::{
    Condition, Execution, ExecutionState, Overlap, Policy, RunExpectations, Tracking, WorkflowScheduleStatus,
};
use crate::plan::Observed;
use crate::plan::testing::{Scene, at};
use crate::remote::wire::RecentExecution;

/// An hourly schedule, `minutes` after 12:00, whose last run was due at 11:00 and ended in this state.
fn scene(minutes: i64, last: Option<ExecutionState>) -> Scene {
    let settled = Scene::settled()
        .resource(|resource| resource.metadata.creation_timestamp = Some(Time(at("2026-11-20T00:00:00Z"))))
        .present(|observed| {
            observed.recent = vec![run("2026-11-24T11:00:00Z", "run-11")];
            observed.future = (12..20).map(|hour| at(&format!("2026-11-24T{hour}:00:00Z"))).collect();
        });
    let at_eleven = Scene { now: at("2026-11-24T11:30:00Z"), ..settled };
    let status = at_eleven.settles_as();
    let known = with_run_outcomes(&at_eleven.resource, &status, |_| last.map(outcome), at_eleven.now);
    let now = at("2026-11-24T12:00:00Z").checked_add(SignedDuration::from_mins(minutes)).unwrap();
    Scene { now, ..at_eleven }.status(|status| *status = known).remembering(|_| {})
}

fn run(due: &str, id: &str) -> RecentExecution {
    RecentExecution { scheduled_at: at(due), started_at: Some(at(due)), execution_id: Some(id.into()) }
}

fn outcome(state: ExecutionState) -> RunOutcome {
    let ended_at = is_final(state).then(|| at("2026-11-24T11:10:00Z"));
    RunOutcome { state, started_at: None, ended_at, message: None }
}

fn missed_of(scene: &Scene) -> Option<String> {
    scene.settles_as().missed_execution_time
}

fn message(status: &WorkflowScheduleStatus, type_: &str) -> Option<String> {
    status.conditions.iter().find(|one: &&Condition| one.type_ == type_).map(|one| one.message.clone())
}

const DONE: Option<ExecutionState> = Some(ExecutionState::Completed);

#[test]
fn a_run_that_has_not_started_in_time_is_missed_and_the_next_run_ends_that() {
    assert_eq!(missed_of(&scene(5, DONE)), None, "it may still start");
    let missed = scene(6, DONE);
    let status = missed.settles_as();
    assert_eq!(status.missed_execution_time.as_deref(), Some("2026-11-24T12:00:00Z"));
    assert!(message(&status, "RunsMissed").unwrap().contains("2026-11-24T12:00:00Z has not started"));
    assert_eq!(status.conditions[0].status, "True", "Ready stays what it is");
    let later = Scene { now: at("2026-11-24T13:30:00Z"), ..missed }.status(|stored| *stored = status.clone());
    assert_eq!(missed_of(&later), status.missed_execution_time, "the first one is named");
    let ran = later.seen_with(|observed| observed.recent.push(run("2026-11-24T13:00:00Z", "run-13"))).settles_as();
    assert_eq!((ran.missed_execution_time.clone(), message(&ran, "RunsMissed")), (None, None));
}

#[test]
fn only_a_get_proves_that_a_run_was_missed() {
    let listed = scene(6, DONE).listed(|observed| observed.recent = vec![run("2026-11-24T11:00:00Z", "run-11")]);
    assert_eq!(missed_of(&listed), None);
}

#[test]
fn what_cannot_be_known_is_not_said() {
    let missed = || scene(6, DONE);
    assert!(missed_of(&missed()).is_some());
    let at_noon = || Some("2026-11-24T12:00:01Z".to_owned());
    for (why, quiet) in vec![
        ("changed meanwhile", missed().status(|status| status.last_change_time = at_noon())),
        ("resumed meanwhile", missed().status(|status| status.last_resume_time = at_noon())),
        ("paused", missed().seen_with(|observed| observed.paused = true)),
        (
            "exhausted",
            missed().seen_with(|observed| observed.remaining = Some(crate::remote::wire::Remaining(Some(0)))),
        ),
        ("out of reach", missed().connection(|facts| facts.runs.in_reach_since = Some(at("2026-11-24T12:00:01Z")))),
        (
            "the remote has other times",
            missed().seen_with(|observed| observed.future = vec![at("2026-11-24T12:30:00Z")]),
        ),
        ("reach unknown", missed().connection(|facts| facts.runs.in_reach_since = None)),
        ("not tracked", missed().connection(|facts| facts.runs.tracking = Tracking::Off)),
        ("the last run may be going", scene(6, None)),
        ("the last run may be going", scene(6, Some(ExecutionState::Unknown))),
        (
            "it was not Ready",
            missed().status(|status| {
                status.conditions[0].status = "False".into();
            }),
        ),
    ] {
        assert_eq!(missed_of(&quiet), None, "{why}");
    }
    let jitter = |spec: &mut crate::api::WorkflowScheduleSpec| spec.jitter = Some("10m".into());
    let jittered = missed().declaring(jitter).seen_with(|observed| {
        observed.timing.as_mut().unwrap().jitter = Some(SignedDuration::from_mins(10));
    });
    assert_eq!(missed_of(&jittered), None, "it may be delayed by its jitter");
}

#[test]
fn a_run_that_hangs_hides_the_next_one_and_that_is_said_with_its_name() {
    let hanging = scene(6, Some(ExecutionState::Running));
    let status = hanging.settles_as();
    assert!(message(&status, "RunsMissed").unwrap().contains("run-11"), "{:?}", status.conditions);
    let usual = hanging.status(|status| {
        let before = Execution {
            scheduled_at: "2026-11-24T10:00:00Z".into(),
            state: Some(Completed),
            duration_seconds: Some(3600),
            ..Execution::default()
        };
        status.recent_executions.insert(0, before);
    });
    let usual = usual.seen_with(|observed| observed.recent.insert(0, run("2026-11-24T10:00:00Z", "run-10")));
    let usual = usual.status(|status| status.recent_executions[0].execution_id = Some("run-10".into()));
    assert_eq!(missed_of(&usual), None, "its runs take an hour");
    let beside = |spec: &mut crate::api::WorkflowScheduleSpec| {
        spec.policy = Some(Policy { overlap: Some(Overlap::AllowAll), ..Policy::default() });
    };
    let beside = scene(6, Some(ExecutionState::Running)).declaring(beside).seen_with(|observed| {
        observed.policy.as_mut().unwrap().overlap = 6;
    });
    let told = message(&beside.settles_as(), "RunsMissed").unwrap();
    assert!(told.contains("not known why") && !told.contains("run-11"), "it starts beside the other: {told}");
}

#[test]
fn what_is_usual_is_what_completed_runs_took_or_what_is_declared() {
    let hanging = |minutes: i64| scene(minutes, Some(Running));
    let late = |observed: &mut Observed| observed.recent[0].started_at = Some(at("2026-11-24T11:30:00Z"));
    assert_eq!(missed_of(&hanging(6).seen_with(late)), None, "not an hour yet");
    let limit = |spec: &mut crate::api::WorkflowScheduleSpec| {
        spec.runs = Some(RunExpectations { max_duration: Some("30m".into()), ..RunExpectations::default() });
    };
    assert!(missed_of(&hanging(6).declaring(limit).seen_with(late)).is_some(), "longer than declared");
    for (state, is_usual) in [(Completed, true), (Terminated, false)] {
        let after = hanging(6).status(|status| {
            let mut before = status.recent_executions[0].clone();
            before.scheduled_at = "2026-11-24T06:00:00Z".into();
            before.execution_id = Some("run-06".into());
            (before.state, before.duration_seconds) = (Some(state), Some(14_400));
            before.ended_at = Some("2026-11-24T10:00:00Z".into());
            status.recent_executions.insert(0, before);
        });
        let after = after.seen_with(|observed| observed.recent.insert(0, run("2026-11-24T06:00:00Z", "run-06")));
        assert_eq!(missed_of(&after).is_none(), is_usual, "{state:?}");
    }
}

#[test]
fn an_older_run_that_may_be_going_hides_what_comes_after_it() {
    let with_older = |state: Option<ExecutionState>, ended_at: Option<&str>| {
        let seen = scene(6, DONE).status(|status| {
            let mut older = status.recent_executions[0].clone();
            older.scheduled_at = "2026-11-24T10:30:00Z".into();
            older.started_at = Some("2026-11-24T11:55:00Z".into());
            older.execution_id = Some("triggered".into());
            (older.state, older.ended_at, older.duration_seconds) = (state, ended_at.map(str::to_owned), None);
            status.recent_executions.insert(0, older);
        });
        let triggered = RecentExecution {
            scheduled_at: at("2026-11-24T10:30:00Z"),
            started_at: Some(at("2026-11-24T11:55:00Z")),
            execution_id: Some("triggered".into()),
        };
        missed_of(&seen.seen_with(|observed| observed.recent.insert(0, triggered)))
    };
    for state in [Some(Running), Some(Unknown), Some(ExecutionState::ContinuedAsNew), None] {
        assert_eq!(with_older(state, None), None, "{state:?}");
    }
    assert_eq!(with_older(Some(Completed), Some("2026-11-24T12:01:00Z")), None, "it was going at noon");
    assert!(with_older(Some(Completed), Some("2026-11-24T11:59:00Z")).is_some());
}

#[test]
fn without_tracking_nothing_is_said_of_runs() {
    let missed = scene(6, DONE);
    let status = missed.settles_as();
    let off = missed.status(|stored| *stored = status).connection(|facts| facts.runs.tracking = Tracking::Off);
    let off = off.settles_as();
    assert_eq!((off.missed_execution_time.clone(), message(&off, "RunsMissed")), (None, None));
}

#[test]
fn an_edit_whose_status_was_lost_counts_as_a_change() {
    let edited = scene(6, DONE).resource(|resource| resource.metadata.generation = Some(2));
    let status = edited.settles_as();
    assert_eq!(status.last_change_time.as_deref(), Some("2026-11-24T12:06:00Z"));
    assert_eq!(status.missed_execution_time, None, "it was not declared so at noon");
}

#[test]
fn a_schedule_says_itself_how_late_a_run_may_start() {
    let strict = |spec: &mut crate::api::WorkflowScheduleSpec| {
        spec.runs = Some(RunExpectations { start_within: Some("1m".into()), ..RunExpectations::default() });
    };
    assert!(missed_of(&scene(2, DONE).declaring(strict)).is_some());
    let resource = |scene: Scene| scene.resource;
    let facts = scene(0, DONE).facts.runs;
    assert_eq!(missed_deadline(&resource(scene(0, DONE)), &facts), Some(at("2026-11-24T12:05:00Z")));
    assert_eq!(missed_deadline(&resource(scene(0, DONE).declaring(strict)), &facts), Some(at("2026-11-24T12:01:00Z")));
}

fn status_of(runs: &[(&str, Option<ExecutionState>)]) -> WorkflowScheduleStatus {
    let run = |(index, (id, state)): (usize, &(&str, Option<ExecutionState>))| Execution {
        scheduled_at: format!("2026-11-24T{index:02}:00:00Z"),
        started_at: Some(format!("2026-11-24T{index:02}:00:05Z")),
        execution_id: Some((*id).into()),
        state: *state,
        ended_at: state.filter(|state| is_final(*state)).map(|_| format!("2026-11-24T{index:02}:10:05Z")),
        ..Execution::default()
    };
    let recent_executions = runs.iter().enumerate().map(run).collect();
    let mut status = WorkflowScheduleStatus { recent_executions, ..WorkflowScheduleStatus::default() };
    let before = status.clone();
    carry_over(&before, &mut status);
    status
}

use ExecutionState::{Canceled, Completed, Failed, Running, Terminated, TimedOut, Unknown};

#[test]
fn failures_in_a_row_are_counted_since_the_last_success_that_is_known() {
    let count = |runs: &[(&str, Option<ExecutionState>)]| status_of(runs).consecutive_failures;
    assert_eq!(count(&[("a", None), ("b", Some(Running))]), None);
    assert_eq!(count(&[("a", Some(Completed)), ("b", None)]), Some(0));
    assert_eq!(
        count(&[("a", Some(Completed)), ("b", Some(Failed)), ("c", Some(TimedOut)), ("d", Some(Running))]),
        Some(2)
    );
    assert_eq!(count(&[("a", Some(Failed)), ("b", Some(Failed)), ("c", Some(Canceled)), ("d", Some(Failed))]), Some(3));
    assert_eq!(
        count(&[("a", Some(Failed)), ("b", Some(Unknown)), ("c", Some(Failed))]),
        Some(1),
        "b may have completed"
    );
    assert_eq!(count(&[("a", Some(Failed)), ("b", Some(Failed)), ("c", Some(Unknown))]), Some(2));
}

#[test]
fn failures_that_the_list_does_not_show_any_more_count_only_if_nothing_is_between() {
    let mut old = status_of(&[("a", Some(Failed)), ("b", Some(Failed))]);
    old.consecutive_failures = Some(7);
    let mut joined = status_of(&[("b", None), ("c", None)]);
    carry_over(&old, &mut joined);
    assert_eq!(joined.consecutive_failures, Some(7));
    let failed = history::with_outcomes(&joined, |_| Some(outcome(Failed)));
    assert_eq!(failed.consecutive_failures, Some(8));
    let mut apart = status_of(&[("x", Some(Failed))]);
    carry_over(&old, &mut apart);
    let apart = history::with_outcomes(&apart, |_| Some(outcome(Failed)));
    assert_eq!(apart.consecutive_failures, Some(1));
}

#[test]
fn failures_before_a_run_that_may_have_completed_are_not_in_a_row() {
    let mut old = status_of(&[("a", Some(Failed)), ("b", Some(Failed))]);
    old.consecutive_failures = Some(7);
    let mut joined = status_of(&[("b", None), ("c", None), ("d", None)]);
    carry_over(&old, &mut joined);
    let ends = |id: &str| Some(outcome(if id == "c" { Unknown } else { Failed }));
    assert_eq!(history::with_outcomes(&joined, ends).consecutive_failures, Some(1), "only d");
}

#[test]
fn failures_count_until_a_run_completes_also_when_they_are_not_shown_any_more() {
    let mut old = status_of(&[("a", Some(Failed)), ("b", Some(Unknown))]);
    old.consecutive_failures = Some(7);
    let mut joined = status_of(&[("b", None), ("c", None)]);
    carry_over(&old, &mut joined);
    assert_eq!(joined.consecutive_failures, Some(7));
    let mut later = status_of(&[("c", None), ("d", None)]);
    carry_over(&joined, &mut later);
    assert_eq!(later.consecutive_failures, Some(7));
    let mut apart = status_of(&[("x", None)]);
    carry_over(&later, &mut apart);
    assert_eq!(apart.consecutive_failures, None, "nobody knows what is between");
}

#[test]
fn a_run_that_the_list_does_not_show_any_more_is_not_said_to_run() {
    let old = status_of(&[("a", Some(Running))]);
    let mut replaced = WorkflowScheduleStatus { recent_executions: Vec::new(), ..old.clone() };
    carry_over(&old, &mut replaced);
    assert_eq!(replaced.last_execution.unwrap().state, None);
}

fn listed(runs: &[(&str, &str)]) -> Vec<Execution> {
    let run = |(id, due): &(&str, &str)| Execution {
        execution_id: Some((*id).into()),
        scheduled_at: format!("2026-11-24T{due}:00:00Z"),
        ..Execution::default()
    };
    runs.iter().map(run).collect()
}

/// The ids of a list after it was merged with one of 01:00 to 03:00.
fn merged(runs: &[(&str, &str)]) -> Vec<String> {
    let mut new = listed(runs);
    history::merge_listed(&listed(&[("a", "01"), ("b", "02"), ("c", "03")]), &mut new, 3);
    new.into_iter().filter_map(|run| run.execution_id).collect()
}

#[test]
fn a_list_that_shows_fewer_runs_does_not_forget_the_others() {
    assert_eq!(merged(&[("c", "03"), ("d", "04")]), ["b", "c", "d"]);
    assert_eq!(merged(&[("x", "05")]), ["x"], "it is another schedule");
}

#[test]
fn a_list_that_is_older_than_the_status_changes_nothing() {
    assert_eq!(merged(&[("a", "01"), ("b", "02")]), ["a", "b", "c"]);
    assert_eq!(merged(&[("z", "00"), ("a", "01")]), ["a", "b", "c"]);
    assert_eq!(merged(&[("y", "00"), ("z", "00")]), ["a", "b", "c"]);
    assert_eq!(merged(&[("z", "00"), ("a", "01"), ("b", "02"), ("c", "03")]), ["a", "b", "c"], "z was dropped");
}

#[test]
fn only_an_explicit_completion_is_a_success() {
    let status = status_of(&[("a", Some(Completed)), ("b", Some(Unknown)), ("c", Some(Canceled))]);
    assert_eq!(status.last_successful_time.as_deref(), Some("2026-11-24T00:10:05Z"));
    assert_eq!(status_of(&[("b", Some(Unknown))]).last_successful_time, None);
}

#[test]
fn an_outcome_is_kept_while_the_list_is_read_again_and_the_last_run_shows_it() {
    let ended = RunOutcome { message: Some("no disk".into()), ..outcome(Failed) };
    let status = history::with_outcomes(&scene(0, None).settles_as(), |_| Some(ended.clone()));
    let last = status.last_execution.clone().unwrap();
    assert_eq!(
        (last.state, last.ended_at.as_deref(), last.duration_seconds),
        (Some(Failed), Some("2026-11-24T11:10:00Z"), Some(600))
    );
    let again = scene(0, None).status(|stored| *stored = status).settles_as();
    assert_eq!(again.last_execution, Some(last));
    let failing = message(&again, "RunsFailing").unwrap();
    assert!(failing.contains("run-11") && failing.contains("no disk") && failing.contains("1 in a row"), "{failing}");
}

#[test]
fn a_failure_stays_said_until_a_run_completes() {
    let failing = scene(0, Some(Failed));
    let next = failing.seen_with(|observed| observed.recent.push(run("2026-11-24T12:00:00Z", "run-12")));
    let going = next.settles_as();
    assert!(message(&going, "RunsFailing").is_some(), "the next run is still going");
    let done = with_run_outcomes(&next.resource, &going, |_| Some(outcome(Completed)), next.now);
    assert_eq!((message(&done, "RunsFailing"), done.consecutive_failures), (None, Some(0)));
}

#[test]
fn a_run_is_overdue_only_by_what_is_declared_and_only_while_it_is_known_to_run() {
    let limit = |spec: &mut crate::api::WorkflowScheduleSpec| {
        spec.runs = Some(RunExpectations { max_duration: Some("30m".into()), ..RunExpectations::default() });
    };
    let overdue = |scene: Scene| message(&scene.settles_as(), "RunOverdue");
    assert_eq!(overdue(scene(0, Some(Running))), None);
    assert!(overdue(scene(0, Some(Running)).declaring(limit)).unwrap().contains("run-11"));
    assert_eq!(overdue(scene(0, Some(Unknown)).declaring(limit)), None);
    assert_eq!(overdue(scene(-31, Some(Running)).declaring(limit)), None);
}

#[test]
fn the_end_of_a_run_that_the_api_does_not_know_is_looked_for_for_a_day() {
    let unknown = &status_of(&[("a", Some(Unknown))]).recent_executions[0];
    let after = |hours: i64| Timestamp::from_second(at("2026-11-24T00:00:05Z").as_second() + hours * 3600).unwrap();
    assert!(is_open(unknown, after(23)));
    assert!(!is_open(unknown, after(24)));
}
