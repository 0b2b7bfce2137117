//! One process of the operator: a runtime of its own, with its own tasks and its own clock. So it can be
//! killed as by `kill -9`, with all that it was about to do, and stopped as by SIGSTOP.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::edge::Edge;
use crate::state::Shared;

/// What a process runs.
pub type Program = Arc<dyn Fn(Edge) -> BoxFuture<'static, ()> + Send + Sync>;

/// A running process.
pub struct Process {
    runtime: Runtime,
    started: Timestamp,
    origin: Instant,
    edge: Edge,
}

/// The wall clock of a process: it counts from its start by the process's own time.
#[derive(Debug)]
pub struct Clock {
    started: Timestamp,
    origin: Instant,
}

impl Clock {
    /// The time. Only the process itself may ask.
    pub fn now(&self) -> Timestamp {
        self.started + self.origin.elapsed()
    }
}

impl Process {
    pub fn start(number: u32, shared: Shared, program: &Program, now: Timestamp) -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        let origin = runtime.block_on(async { Instant::now() });
        let edge = Edge {
            process: number,
            shared,
            clock: Arc::new(Clock { started: now, origin }),
            interrupt: Arc::new(Notify::new()),
        };
        let (main, end) = (program(edge.clone()), edge.clone());
        runtime.spawn(async move {
            main.await;
            end.ended();
        });
        Self { runtime, started: now, origin, edge }
    }

    /// Lets it run until `to`, or until a fault interrupts it; gives how far it has come.
    pub fn run_until(&self, to: Timestamp) -> Timestamp {
        let target = self.origin + to_std(self.started, to);
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.edge.interrupt.notified() => {}
                () = tokio::time::sleep_until(target) => {}
            }
            self.edge.clock.now()
        })
    }

    /// Wakes it after it was stopped: for itself no time has passed, for the clocks all of it has.
    pub fn wake(&self, now: Timestamp) {
        self.runtime.block_on(async {
            let behind = to_std(self.edge.clock.now(), now);
            tokio::time::advance(behind).await;
        });
    }

    /// Kills it.
    pub fn kill(self) {
        self.runtime.shutdown_background();
    }
}

fn to_std(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or(Duration::ZERO)
}
