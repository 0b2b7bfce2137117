//! The program that the processes run: the real controller.

use std::sync::Arc;

use jiff::Timestamp;
use workflow_schedule_operator::controller::{self, Election, LeaseTiming, Options, Seams};
use workflow_schedule_operator::telemetry::{Health, Metrics};

use crate::edge::{Edge, kubernetes, remote};
use crate::process::{Clock, Program};
use crate::world::identity;

impl controller::Clock for Clock {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }
}

/// The controller; `elects` where there are several replicas.
pub fn program(seed: u64, elects: bool) -> Program {
    Arc::new(move |edge| Box::pin(run(edge, seed, elects)))
}

async fn run(edge: Edge, seed: u64, elects: bool) {
    let election = Election { namespace: "operator".into(), name: "operator".into(), timing: LeaseTiming::default() };
    let options =
        Options { election: elects.then_some(election), instance: identity(edge.process), ..Options::default() };
    let client = kubernetes::client(edge.clone());
    let clock = edge.clock.clone();
    let seed = seed.wrapping_add(u64::from(edge.process));
    let seams = Seams::new(clock, Arc::new(move |_| Ok(remote::transport(edge.clone()))), seed);
    let metrics = Arc::new(Metrics::default());
    // A process that has lost its lease ends, and is started again.
    drop(controller::run(client, seams, options, metrics, Arc::new(Health::default()), std::future::pending()).await);
}
