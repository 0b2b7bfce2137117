//! Where a process's requests cross to the world outside: here they are numbered, and here faults lie.

pub mod kubernetes;
pub mod remote;

use std::convert::Infallible;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, oneshot};

use crate::fault::Fault;
use crate::process::Clock;
use crate::state::{Boundary, Latency, Order, Shared, Side, State, lock};

/// How long an effect that comes late takes.
const LATE: Duration = Duration::from_mins(1);
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
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("connection refused")]
    Unsent,
    #[error("connection reset by peer")]
    NoAnswer,
    /// Only the API server can be asked to answer so.
    #[error("the server is not able to answer")]
    Refused,
}

impl Edge {
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared)
    }

    /// Carries a request across, to where it has its effect, and its answer back. It is judged when it
    /// leaves: what it may do is a matter of that moment, however late its effect comes.
    pub async fn cross<T: Send + 'static>(
        &self,
        boundary: Boundary,
        judge: impl FnOnce(&mut State, Timestamp),
        effect: impl FnOnce(&mut State, Timestamp) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let Latency { there, back } = self.state().latency(boundary.side);
        self.on_state(judge);
        let fault = self.on_state(|state, _| state.cross(self.process, &boundary));
        if fault == Some(Fault::CrashBefore) {
            match self.end().await {}
        }
        let unserved = match fault {
            Some(Fault::Unsent) => Some(Lost::Unsent),
            Some(Fault::Refused) if boundary.side == Side::Kubernetes => Some(Lost::Refused),
            _ => None,
        };
        if let Some(lost) = unserved {
            self.on_state(|state, _| state.oracles.unsent(self.process, &boundary.subject));
            tokio::time::sleep(there).await;
            return Err(lost);
        }
        let answer = self.send(&boundary, fault, there, effect);
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        tokio::time::sleep(back).await;
        answer.ok().and_then(Result::ok).ok_or(Lost::NoAnswer)
    }

    /// Sends a request on its way; its answer comes by the receiver, or never.
    fn send<T: Send + 'static>(
        &self,
        boundary: &Boundary,
        fault: Option<Fault>,
        there: Duration,
        effect: impl FnOnce(&mut State, Timestamp) -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (sender, answer) = oneshot::channel();
        let (process, subject) = (self.process, boundary.subject.clone());
        let is_lost = fault == Some(Fault::ReplyLost);
        let effect = Box::new(move |state: &mut State, now| {
            let answer = effect(state, now);
            if is_lost {
                state.oracles.unknown(process, &subject, now);
            } else {
                // Nobody hears it where the sender is dead.
                drop(sender.send(answer));
            }
        });
        let then = match fault {
            Some(Fault::CrashAfter) => Some(Order::Crash(process)),
            Some(Fault::StatusLost) => Some(Order::Restore(process)),
            Some(Fault::Frozen) => Some(Order::Freeze(process)),
            None
            | Some(
                Fault::CrashBefore
                | Fault::Unsent
                | Fault::Refused
                | Fault::ReplyLost
                | Fault::LateEffect
                | Fault::StaleCache
                | Fault::PersonFirst
                | Fault::PersonUnheard,
            ) => None,
        };
        self.on_state(|state, now| {
            if fault.is_some_and(Fault::is_of_the_cache) {
                state.deaf.insert(process, now + DEAF);
            }
            if fault == Some(Fault::LateEffect) {
                state.oracles.unknown(process, &boundary.subject, now);
                state.send_late(LATE, boundary.what.clone(), effect);
            } else {
                state.send(there, fault.is_some_and(Fault::is_of_a_person), effect, then);
            }
        });
        self.interrupt.notify_one();
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
    async fn end(&self) -> Infallible {
        self.state().orders.push(Order::Crash(self.process));
        self.interrupt.notify_one();
        std::future::pending().await
    }
}
