//! What is read of runs, when, and what is given up.

use http::StatusCode;

use super::*;
use crate::controller::state::key::Key;
use crate::remote::wire::ExecutionStatus;

fn at(minutes: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    noon.checked_add(SignedDuration::from_mins(minutes)).unwrap()
}

/// Newest runs of schedules of their own.
fn open(runs: &[(&str, i64, Option<ExecutionState>)]) -> OpenRuns {
    let run = |(id, began, state): &(&str, i64, Option<ExecutionState>)| {
        let key = Key { namespace: "shop".into(), name: (*id).into() };
        let (began, state) = (at(*began), *state);
        ((*id).to_owned(), OpenRun { key, began, state, is_newest: true, is_failing: false, is_awaited: false })
    };
    runs.iter().map(run).collect()
}

/// The same before later runs.
fn older(runs: &[(&str, i64, Option<ExecutionState>)]) -> OpenRuns {
    let mut open = open(runs);
    for run in open.values_mut() {
        run.is_newest = false;
    }
    open
}

fn ended(id: &str, status: ExecutionStatus) -> Run {
    Run {
        execution_id: id.into(),
        root_execution_id: Some(id.into()),
        parent_execution_id: None,
        status,
        start_time: None,
        end_time: Some(at(5)),
    }
}

/// A tracker whose poll has read all lists.
fn listed() -> RunTracker {
    let mut tracker = RunTracker::default();
    tracker.listed(Scope::All, &ListsRead::Whole, at(0));
    tracker
}

fn down() -> RemoteError {
    RemoteError::Unavailable { status: StatusCode::BAD_GATEWAY, code: None }
}

fn asked(tracker: &RunTracker, scope: Scope, open: &OpenRuns, now: i64) -> Vec<String> {
    tracker.unanswered(scope, open, at(now)).0.into_iter().cloned().collect()
}

/// From when on the ends are read, in minutes after noon.
fn from(tracker: &RunTracker, open: &OpenRuns, now: i64) -> i64 {
    match tracker.ended(Scope::All, open, at(now)) {
        Some(RunFilter::EndedSince(from)) => from.duration_since(at(0)).saturating_add(OVERLAP).as_mins(),
        other => panic!("{other:?}"),
    }
}

fn state(tracker: &RunTracker, id: &str) -> Option<ExecutionState> {
    tracker.outcome(id).map(|outcome| outcome.state)
}

const GOING: Option<ExecutionState> = Some(ExecutionState::Running);

#[test]
fn ends_are_read_from_where_the_last_poll_stopped_but_of_a_new_run_from_its_start() {
    let mut tracker = RunTracker::default();
    let one = open(&[("a", 0, None)]);
    assert_eq!(from(&tracker, &one, 60), 0);
    tracker.note_read(&one, Some(at(50)), true, at(60));
    assert_eq!(from(&tracker, &one, 61), 50, "it was looked for up to then");
    assert_eq!(from(&tracker, &open(&[("a", 0, None), ("b", 40, None)]), 61), 40, "b was not");
    let restarted = RunTracker::remembered(tracker.read_until());
    assert_eq!(from(&restarted, &open(&[("a", 0, GOING)]), 61), 50);
}

#[test]
fn a_list_that_was_read_in_part_goes_on_from_there() {
    let mut tracker = RunTracker::default();
    let one = open(&[("a", 0, None)]);
    tracker.note_read(&one, None, false, at(60));
    assert_eq!(from(&tracker, &one, 60), 0, "no page was read");
    tracker.note_read(&one, Some(at(20)), false, at(60));
    assert_eq!(from(&tracker, &one, 61), 20);
}

#[test]
fn an_end_that_is_still_to_come_hides_no_other() {
    let one = open(&[("a", 0, GOING)]);
    let mut tracker = RunTracker::remembered(Some(at(9000)));
    tracker.note_read(&one, Some(at(50)), true, at(60));
    tracker.note_read(&one, Some(at(9000)), true, at(61));
    assert_eq!(from(&tracker, &one, 62), 50);
}

#[test]
fn without_an_open_run_no_list_is_read() {
    let mut tracker = RunTracker::default();
    assert_eq!(tracker.ended(Scope::All, &open(&[]), at(60)), None);
    let one = open(&[("a", 0, None)]);
    tracker.take(&one, &ended("a", ExecutionStatus::Failed));
    assert_eq!(tracker.ended(Scope::All, &one, at(60)), None, "its end is known, though not written yet");
    tracker.retain(&open(&[]), at(60));
    assert_eq!(tracker.outcome("a"), None, "it is written");
}

#[test]
fn a_run_that_continues_another_ends_it_and_a_part_of_it_does_not() {
    let mut tracker = RunTracker::default();
    let one = open(&[("a", 0, None)]);
    let started = Run { root_execution_id: Some("a".into()), ..ended("started", ExecutionStatus::Completed) };
    tracker.take(&one, &started);
    assert_eq!(state(&tracker, "a"), None, "a run that it has started is not itself");
    tracker.take(&one, &ended("a", ExecutionStatus::ContinuedAsNew));
    assert_eq!(state(&tracker, "a"), Some(ExecutionState::ContinuedAsNew));
    let part = Run { parent_execution_id: Some("a".into()), ..ended("part", ExecutionStatus::Failed) };
    tracker.take(&one, &Run { root_execution_id: Some("a".into()), ..part });
    assert!(!tracker.has_ended("a"));
    let next = Run { root_execution_id: Some("a".into()), ..ended("next", ExecutionStatus::Completed) };
    tracker.take(&one, &next);
    assert_eq!(state(&tracker, "a"), Some(ExecutionState::Completed));
}

#[test]
fn a_workspace_with_too_many_runs_is_read_less_and_after_an_hour_whole_again() {
    for (tracking, scopes) in [
        (Tracking::All, &[(Scope::All, 0), (Scope::Failures, 3), (Scope::LastRuns, 6)][..]),
        (Tracking::Failures, &[(Scope::Failures, 0), (Scope::LastRuns, 3)]),
    ] {
        let mut tracker = RunTracker::default();
        for (scope, polled) in scopes {
            assert_eq!(tracker.scope(tracking, at(*polled)), Some(*scope));
            assert_eq!(tracker.limited().is_some(), *scope != scopes[0].0);
            (0..3).for_each(|_| tracker.listed(*scope, &ListsRead::Part, at(*polled)));
        }
        assert_eq!(tracker.scope(tracking, at(67)), Some(scopes[0].0));
        assert_eq!(tracker.limited(), None);
    }
}

#[test]
fn a_list_that_does_not_answer_is_said_after_three_polls_and_one_that_is_refused_at_once() {
    let mut tracker = RunTracker::default();
    tracker.listed(Scope::All, &ListsRead::failed(down()), at(0));
    tracker.listed(Scope::All, &ListsRead::Stopped, at(1));
    tracker.listed(Scope::All, &ListsRead::failed(RemoteError::RateLimited { retry_after: None }), at(2));
    assert_eq!(tracker.limited(), None);
    assert_eq!(tracker.scope(Tracking::All, at(2)), Some(Scope::All));
    tracker.listed(Scope::All, &ListsRead::failed(down()), at(3));
    assert!(tracker.limited().unwrap().contains("does not answer"), "{:?}", tracker.limited());
    assert_eq!(tracker.scope(Tracking::All, at(3)), Some(Scope::LastRuns));
    for error in [RemoteError::Forbidden("no".into()), RemoteError::Unauthorized] {
        let mut tracker = RunTracker::default();
        tracker.listed(Scope::All, &ListsRead::failed(error), at(0));
        assert!(tracker.limited().unwrap().contains("cannot be read"));
    }
    assert_eq!(tracker.scope(Tracking::Off, at(1)), None);
    assert_eq!(tracker.limited(), None, "nothing is read, so nothing is limited");
}

#[test]
fn a_run_in_no_list_is_looked_up_when_a_worker_must_have_registered_it_and_then_rarely() {
    let mut tracker = listed();
    let one = open(&[("a", 0, None)]);
    assert_eq!((asked(&tracker, Scope::All, &one, 1).len(), asked(&tracker, Scope::All, &one, 2).len()), (0, 1));
    tracker.answered(&one, "a", None, at(2));
    tracker.retain(&one, at(61));
    assert_eq!(state(&tracker, "a"), Some(ExecutionState::Unknown), "the status may not show it yet");
    assert_eq!(asked(&tracker, Scope::All, &one, 61).len(), 0);
    tracker.retain(&one, at(62));
    assert_eq!(asked(&tracker, Scope::All, &one, 62).len(), 1);
}

#[test]
fn of_failures_only_a_failing_or_an_awaited_schedule_is_looked_up() {
    let mut tracker = RunTracker::default();
    tracker.listed(Scope::Failures, &ListsRead::Whole, at(0));
    let mut one = open(&[("a", 0, None)]);
    let (ask, give_up) = tracker.unanswered(Scope::Failures, &one, at(5));
    assert_eq!((ask.len(), give_up.len()), (0, 1));
    one.get_mut("a").unwrap().is_failing = true;
    assert_eq!(asked(&tracker, Scope::Failures, &one, 5).len(), 1);
    let run = one.get_mut("a").unwrap();
    (run.is_failing, run.is_awaited) = (false, true);
    assert_eq!(asked(&tracker, Scope::Failures, &one, 5).len(), 1);
}

#[test]
fn a_failed_get_of_one_run_is_about_this_run_alone() {
    let mut tracker = listed();
    let two = open(&[("a", 0, None), ("b", 0, None)]);
    for (error, state_of_a, again) in [
        (RemoteError::Forbidden("no".into()), Some(ExecutionState::Unknown), 62),
        (down(), Some(ExecutionState::Unknown), 67),
    ] {
        assert!(tracker.not_answered(&two, "a", &error, at(again - 60)), "the next one is asked for");
        assert_eq!(state(&tracker, "a"), state_of_a);
        assert_eq!(asked(&tracker, Scope::All, &two, again - 60), ["b"]);
    }
    assert_eq!(tracker.limited(), None, "it says nothing of the list");
    let mut tracker = listed();
    assert!(tracker.not_answered(&two, "a", &down(), at(2)));
    assert_eq!(state(&tracker, "a"), None, "the API may tell later");
    assert_eq!(
        (asked(&tracker, Scope::All, &two, 6), asked(&tracker, Scope::All, &two, 7)),
        (vec!["b".into()], vec!["b".into(), "a".into()])
    );
    for error in [RemoteError::Unauthorized, RemoteError::RateLimited { retry_after: None }] {
        assert!(!tracker.not_answered(&two, "b", &error, at(7)), "all calls wait");
    }
}

#[test]
fn a_run_that_was_going_is_looked_up_although_a_later_one_has_started() {
    for scope in [Scope::All, Scope::Failures, Scope::LastRuns] {
        for going in [ExecutionState::Running, ExecutionState::ContinuedAsNew] {
            let one = older(&[("a", 0, Some(going)), ("b", 0, Some(ExecutionState::Unknown))]);
            assert_eq!(asked(&RunTracker::default(), scope, &one, 5), ["a"], "{scope:?}");
        }
    }
    let one = older(&[("a", 0, GOING)]);
    let mut tracker = listed();
    tracker.take(&one, &Run { end_time: None, ..ended("a", ExecutionStatus::Running) });
    assert!(asked(&tracker, Scope::All, &one, 5).is_empty(), "the list shows it running");
}

#[test]
fn a_run_that_neither_the_list_of_running_runs_nor_a_get_knows_is_given_up() {
    let one = older(&[("a", 0, GOING)]);
    let unknown = ended("a", ExecutionStatus::Unknown);
    for (what, run) in [("404", None), ("no status", Some(&unknown))] {
        let mut tracker = listed();
        tracker.answered(&one, "a", run, at(5));
        assert_eq!(state(&tracker, "a"), Some(ExecutionState::Unknown), "{what}");
    }
    let mut tracker = listed();
    tracker.not_answered(&one, "a", &down(), at(5));
    assert_eq!(state(&tracker, "a"), Some(ExecutionState::Unknown), "no answer");
    let mut tracker = RunTracker::default();
    tracker.not_answered(&one, "a", &down(), at(5));
    assert_eq!(state(&tracker, "a"), None, "a list that was not read may contain it");
}

#[test]
fn what_a_run_continues_as_is_given_up_when_no_list_shows_it() {
    let again = ended("a", ExecutionStatus::ContinuedAsNew);
    let mut tracker = listed();
    tracker.answered(&older(&[("a", 0, GOING)]), "a", Some(&again), at(5));
    assert_eq!(state(&tracker, "a"), Some(ExecutionState::ContinuedAsNew));
    let mut tracker = listed();
    tracker.answered(&older(&[("a", 0, Some(ExecutionState::ContinuedAsNew))]), "a", Some(&again), at(5));
    assert_eq!(state(&tracker, "a"), Some(ExecutionState::Unknown));
}

#[test]
fn runs_from_before_the_lists_are_looked_up_for_a_day_and_after_the_newest() {
    let tracker = listed();
    let mut runs = older(&[("old", -180, None), ("young", -60, None), ("ancient", -1500, None)]);
    runs.extend(open(&[("new", -5, None)]));
    let (ask, give_up) = tracker.unanswered(Scope::All, &runs, at(0));
    assert_eq!(ask, ["new", "old"]);
    assert_eq!(give_up, ["ancient", "young"]);
    assert!(RunTracker::default().unanswered(Scope::All, &runs, at(0)).1.is_empty(), "the lists were not read");
}

#[test]
fn each_run_has_its_turn() {
    let mut tracker = listed();
    let runs = open(&[("a", 3, GOING), ("b", 1, GOING), ("c", 2, GOING)]);
    assert_eq!(asked(&tracker, Scope::LastRuns, &runs, 10), ["b", "c", "a"]);
    let going = |id: &str| Run { end_time: None, ..ended(id, ExecutionStatus::Running) };
    tracker.answered(&runs, "b", Some(&going("b")), at(10));
    tracker.answered(&runs, "c", Some(&going("c")), at(11));
    tracker.retain(&runs, at(20));
    assert_eq!(asked(&tracker, Scope::LastRuns, &runs, 20), ["a", "b", "c"]);
}
