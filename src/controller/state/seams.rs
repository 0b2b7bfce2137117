//! What the controller gets from outside, so that a simulation can replace it: time, randomness and sockets.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::remote::{BodyBudget, HttpOptions, Transport, http_transport};

/// Tells the time. Waiting is `tokio::time`'s, which a simulation can pause.
pub trait Clock: Send + Sync {
    /// The wall-clock time.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Makes the transport of a connection.
pub type Transports = Arc<dyn Fn(&HttpOptions) -> Result<Transport, String> + Send + Sync>;

/// Time, randomness and sockets.
#[derive(Clone)]
pub struct Seams {
    /// The wall-clock time.
    pub clock: Arc<dyn Clock>,
    /// Makes transports.
    pub transports: Transports,
    chance: Arc<Mutex<fastrand::Rng>>,
    started: Instant,
}

impl Seams {
    /// Seams with these parts. All randomness depends on `seed`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, transports: Transports, seed: u64) -> Self {
        let chance = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        Self { clock, transports, chance, started: Instant::now() }
    }

    /// The machine's clock and real sockets.
    #[must_use]
    pub fn real() -> Self {
        let budget = BodyBudget::new(BodyBudget::PROCESS);
        let transports = move |options: &HttpOptions| http_transport(options, budget.clone());
        Self::new(Arc::new(SystemClock), Arc::new(transports), fastrand::u64(..))
    }

    /// The wall-clock time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time since the start, which never goes back.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// A random number in `0.0..1.0`.
    #[must_use]
    pub fn chance(&self) -> f64 {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
}
