//! Where a process's requests cross to the world outside: here they are numbered, and here faults lie.

pub mod kubernetes;
pub mod remote;

use std::convert::Infallible;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::fault::Fault;
use crate::process::Clock;
use crate::state::{Crossing, Order, Shared, Side, State, lock};

/// How long an effect that comes late takes.
const LATE: SignedDuration = SignedDuration::from_secs(60);
/// How long a process hears nothing where its cache is stale.
const DEAF: SignedDuration = SignedDuration::from_secs(30);
/// How long a sender that has no timeout of its own waits for an answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// One process's way to the world.
#[derive(Clone)]
pub struct Edge {
    pub process: u32,
    pub shared: Shared,
    pub clock: Arc<Clock>,
    /// Takes the process's turn away, so that the world can act.
    pub interrupt: Arc<Notify>,
    /// Gives it back.
    pub go_on: Arc<Notify>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("connection refused")]
    Unsent,
    #[error("connection reset by peer")]
    NoAnswer,
}

impl Edge {
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared)
    }

    /// Carries a request across, to where it has its effect, and its answer back. It is judged when it
    /// leaves: what it may do is a matter of that moment, however late its effect comes.
    pub async fn cross<T: Send + 'static>(
        &self,
        crossing: Crossing,
        judge: impl FnOnce(&mut State, Timestamp),
        effect: impl FnOnce(&mut State, Timestamp) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let latency = match crossing.side {
            Side::Kubernetes => self.state().latency_of_kubernetes,
            Side::Remote => self.state().latency_of_remote,
        };
        tokio::time::sleep(latency.there).await;
        self.on_state(judge);
        let fault = self.on_state(|state, _| state.cross(self.process, &crossing));
        let answer = match fault {
            None => Ok(self.on_state(effect)),
            Some(Fault::CrashBefore) => match self.end(Order::Crash(self.process)).await {},
            Some(Fault::CrashAfter) => {
                self.on_state(effect);
                match self.end(Order::Crash(self.process)).await {}
            }
            Some(Fault::StatusLost) => {
                self.on_state(effect);
                match self.end(Order::Restore(self.process)).await {}
            }
            Some(Fault::Unsent) => Err(Lost::Unsent),
            Some(Fault::ReplyLost) => {
                self.on_state(effect);
                self.on_state(|state, _| state.witness.unknown(self.process, &crossing.subject));
                Err(Lost::NoAnswer)
            }
            Some(Fault::LateEffect) => {
                self.on_state(|state, _| {
                    state.witness.unknown(self.process, &crossing.subject);
                    let effect = Box::new(move |state: &mut State, now| drop(effect(state, now)));
                    state.later(LATE, crossing.what, effect);
                });
                tokio::time::sleep(PATIENCE).await;
                Err(Lost::NoAnswer)
            }
            Some(Fault::StaleCache) => {
                self.on_state(|state, now| state.deaf.insert(self.process, now + DEAF));
                Ok(self.on_state(effect))
            }
            Some(Fault::Frozen) => {
                let answer = self.on_state(effect);
                self.pause(Order::Freeze(self.process)).await;
                Ok(answer)
            }
            Some(Fault::PersonFirst) => {
                self.pause(Order::PersonFirst(self.process)).await;
                Ok(self.on_state(effect))
            }
        };
        tokio::time::sleep(latency.back).await;
        answer
    }

    /// Acts on the world at this process's time.
    pub fn on_state<T>(&self, act: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let mut state = self.state();
        let now = state.at_least(self.clock.now());
        act(&mut state, now)
    }

    /// The process has come to its end by itself.
    pub fn ended(&self) {
        self.state().orders.push(Order::Ended(self.process));
        self.interrupt.notify_one();
    }

    /// The end of the process.
    async fn end(&self, order: Order) -> Infallible {
        self.state().orders.push(order);
        self.interrupt.notify_one();
        std::future::pending().await
    }

    /// Lets the world act, and goes on when it says so.
    async fn pause(&self, order: Order) {
        self.state().orders.push(order);
        self.interrupt.notify_one();
        self.go_on.notified().await;
    }
}
