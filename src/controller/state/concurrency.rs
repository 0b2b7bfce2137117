//! How many calls of a connection are in flight at the same time. The rate limit says how many begin per second; this
//! limit follows what the server can take: it grows while answers are quick, and shrinks when they are slow, or refused.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::remote::{HttpVersion, RemoteError, TransportError};

/// The maximum over HTTP/2, where all calls share a socket.
const MOST_OVER_ONE: f64 = 32.0;
/// The maximum over HTTP/1.1, where each call in flight has a socket.
pub(crate) const MOST_SOCKETS: usize = 16;
const MOST_OVER_SOCKETS: f64 = 16.0;
/// At the start, and the least after failures.
const FIRST: f64 = 8.0;
const LEAST: f64 = 2.0;
/// A quarter of the calls in flight is kept free of background work, so that a slow remote does not delay a pause.
const BACKGROUND_SHARE: f64 = 0.75;
/// An answer that takes so much longer than the quickest ones shows that calls wait for each other at the server.
const SLOW: f64 = 4.0;
/// Differences below this are not the server's.
const NOISE: Duration = Duration::from_millis(50);
/// By how much the memory of the quickest answer grows with each answer, so that a server may become slower.
const FORGETS: f64 = 1.01;

/// The limit of a connection.
#[derive(Debug, Default)]
pub(crate) struct Concurrency {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    limit: f64,
    most: f64,
    in_flight: usize,
    in_background: usize,
    /// Of recent answers.
    quickest: Option<Duration>,
}

impl Default for State {
    fn default() -> Self {
        Self { limit: FIRST, most: MOST_OVER_SOCKETS, in_flight: 0, in_background: 0, quickest: None }
    }
}

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A call in flight.
    Call,
    /// Background work, from before it waits for its token until its call has ended.
    Background,
}

/// A place that is in use until this is dropped.
#[derive(Debug)]
pub(crate) struct InUse<'a> {
    concurrency: &'a Concurrency,
    place: Place,
}

impl Concurrency {
    /// Waits for a place.
    pub(crate) async fn place(&self, place: Place) -> InUse<'_> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.state().take(place) {
                return InUse { concurrency: self, place };
            }
            changed.await;
        }
    }

    /// A call was answered with success after `took`.
    pub(crate) fn answered(&self, took: Duration, version: HttpVersion) {
        self.state().answered(took, version);
    }

    /// A call has failed.
    pub(crate) fn failed(&self, error: &RemoteError) {
        match error {
            RemoteError::RateLimited { .. }
            | RemoteError::Unavailable { .. }
            | RemoteError::Transport(TransportError::NoAnswer(_)) => self.state().shrink(0.5),
            RemoteError::Transport(TransportError::NotSent(_) | TransportError::TooLong(_))
            | RemoteError::Unauthorized
            | RemoteError::Forbidden(_)
            | RemoteError::NotFound(_)
            | RemoteError::Conflict(_)
            | RemoteError::Ambiguous(_)
            | RemoteError::AlreadyExists { .. }
            | RemoteError::Refused { .. }
            | RemoteError::EncodingRequired
            | RemoteError::Malformed { .. } => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, place: Place) -> bool {
        let (used, limit) = match place {
            Place::Call => (&mut self.in_flight, self.limit),
            Place::Background => (&mut self.in_background, (self.limit * BACKGROUND_SHARE).max(1.0)),
        };
        let is_free = fits(*used, limit);
        *used += usize::from(is_free);
        is_free
    }

    fn answered(&mut self, took: Duration, version: HttpVersion) {
        self.most = match version {
            HttpVersion::Two => MOST_OVER_ONE,
            HttpVersion::One => MOST_OVER_SOCKETS,
        };
        self.limit = self.limit.min(self.most);
        let quickest = self.quickest.map_or(took, |quickest| took.min(quickest.mul_f64(FORGETS)));
        self.quickest = Some(quickest);
        if took > quickest.mul_f64(SLOW) && took > quickest.saturating_add(NOISE) {
            self.shrink(0.95);
        } else if !fits(self.in_flight, self.limit * BACKGROUND_SHARE / 2.0) {
            // One more for each round of calls. What is not used tells nothing about the server.
            self.limit = (self.limit + 1.0 / self.limit).min(self.most);
        }
    }

    fn shrink(&mut self, by: f64) {
        self.limit = (self.limit * by).max(LEAST);
    }
}

/// Whether one more than `count` is within a limit.
fn fits(count: usize, limit: f64) -> bool {
    u32::try_from(count).is_ok_and(|count| f64::from(count) + 1.0 <= limit)
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        let mut state = self.concurrency.state();
        let used = match self.place {
            Place::Call => &mut state.in_flight,
            Place::Background => &mut state.in_background,
        };
        *used = used.saturating_sub(1);
        drop(state);
        self.concurrency.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(20);

    /// A state with so many calls in flight.
    fn busy(calls: usize) -> State {
        let mut state = State::default();
        for _ in 0..calls {
            assert!(state.take(Place::Call));
        }
        state
    }

    fn after(state: &mut State, answers: usize, took: Duration, version: HttpVersion) -> f64 {
        for _ in 0..answers {
            state.answered(took, version);
        }
        state.limit
    }

    #[test]
    fn it_grows_while_answers_are_quick_and_calls_are_waiting_for_it() {
        assert!((after(&mut busy(8), 1000, QUICK, HttpVersion::One) - MOST_OVER_SOCKETS).abs() < 0.01);
        assert!((after(&mut busy(8), 8, QUICK, HttpVersion::Two) - FIRST - 1.0).abs() < 0.1);
        assert!((after(&mut busy(1), 1000, QUICK, HttpVersion::Two) - FIRST).abs() < 0.01);
    }

    #[test]
    fn it_shrinks_when_answers_become_slow_and_halves_when_the_server_refuses_calls() {
        let mut state = busy(8);
        let grown = after(&mut state, 100, QUICK, HttpVersion::Two);
        assert!(after(&mut state, 20, QUICK * 20, HttpVersion::Two) < grown / 2.0);
        let concurrency = Concurrency::default();
        concurrency.failed(&RemoteError::RateLimited { retry_after: None });
        assert!((concurrency.state().limit - FIRST / 2.0).abs() < 0.01);
        for _ in 0..10 {
            concurrency.failed(&RemoteError::RateLimited { retry_after: None });
        }
        assert!((concurrency.state().limit - LEAST).abs() < 0.01);
    }

    #[test]
    fn a_server_that_is_always_slow_is_not_punished_for_it() {
        assert!(after(&mut busy(8), 1000, Duration::from_secs(2), HttpVersion::Two) > FIRST);
    }

    #[test]
    fn background_work_leaves_a_place_for_a_pause() {
        let mut state = State::default();
        let mut places = |place| std::iter::repeat_with(|| state.take(place)).take_while(|is_free| *is_free).count();
        assert_eq!((places(Place::Background), places(Place::Call)), (6, 8));
        let mut least = State { limit: LEAST, ..State::default() };
        assert!(least.take(Place::Background));
        assert!(!least.take(Place::Background), "one is left for a pause");
    }

    #[tokio::test]
    async fn a_call_that_waits_begins_when_another_ends() {
        let concurrency = Concurrency::default();
        let mut calls = Vec::new();
        for _ in 0..8 {
            calls.push(concurrency.place(Place::Call).await);
        }
        let waiting = concurrency.place(Place::Call);
        tokio::pin!(waiting);
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        calls.pop();
        waiting.await;
    }
}
