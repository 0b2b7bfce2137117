//! Whether the process is ready, and whether its loops go round.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// An API server that answers nothing for longer makes the process unready.
const SILENCE: Duration = Duration::from_mins(1);
/// The work loop comes round at least twice a minute and a watch every 150 s, with nothing to do as well.
const STANDSTILL: Duration = Duration::from_mins(3);

/// What `/readyz` and `/healthz` answer with.
#[derive(Debug)]
pub struct Health {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    unready: Option<String>,
    /// Since when no request to the API server has been answered.
    silent_since: Option<Instant>,
    /// When each loop came round last, by its name: not before it has begun, nor after it has ended.
    beats: BTreeMap<String, Instant>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            state: Mutex::new(State { unready: Some("starting".into()), silent_since: None, beats: BTreeMap::new() }),
        }
    }
}

impl Health {
    /// The process is ready.
    pub fn ready(&self) {
        self.state().unready = None;
    }

    /// The process is not ready, for this reason.
    pub fn not_ready(&self, why: String) {
        self.state().unready = Some(why);
    }

    /// A request to the API server was answered, or was given up.
    pub fn api_server_answers(&self, answers: bool) {
        let mut state = self.state();
        state.silent_since = if answers { None } else { state.silent_since.or_else(|| Some(Instant::now())) };
    }

    /// A loop has come round.
    pub fn beat(&self, name: &str) {
        let mut state = self.state();
        match state.beats.get_mut(name) {
            Some(at) => *at = Instant::now(),
            None => drop(state.beats.insert(name.to_owned(), Instant::now())),
        }
    }

    /// A loop has ended.
    pub fn rest(&self, name: &str) {
        self.state().beats.remove(name);
    }

    /// Why the process is not ready; `None` if it is ready.
    #[must_use]
    pub fn unready(&self) -> Option<String> {
        let state = self.state();
        let silent = state.silent_since.filter(|since| since.elapsed() >= SILENCE);
        state.unready.clone().or_else(|| silent.map(|_| "the API server does not answer".to_owned()))
    }

    /// Why it has to be started anew; `None` if it need not.
    #[must_use]
    pub fn stuck(&self) -> Option<String> {
        let state = self.state();
        let (name, beat) = state.beats.iter().min_by_key(|(_, at)| **at)?;
        (beat.elapsed() >= STANDSTILL).then(|| format!("{name} stands still since {} s", beat.elapsed().as_secs()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_stands_still_is_stuck_though_another_goes_round() {
        let health = Health::default();
        assert_eq!(health.stuck(), None, "none has begun: another replica leads");
        health.beat("one");
        health.beat("other");
        tokio::time::advance(STANDSTILL).await;
        health.beat("other");
        assert!(health.stuck().unwrap().starts_with("one stands still"));
        health.rest("one");
        assert_eq!(health.stuck(), None);
    }
}
