//! The numbers that the operator is held to, measured with the real binary on a real control plane and the sandbox,
//! beside their floors in the same run. `docs/benchmarks.md` explains each. It ends with 1 if a figure exceeds its
//! bound.
//!
//! `cargo bench --bench scale` measures all; `-- crashes start` only those; `-- --help` lists them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

mod creation;
mod failures;
mod floor;
mod growth;
#[allow(dead_code, unused_imports, reason = "the tests need more of it")]
#[path = "../../tests/e2e/harness/mod.rs"]
mod harness;
mod hourly;
mod latency;
mod load;
mod machine;
mod meter;
mod plot;
mod report;
mod size;
mod start;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use report::Report;

/// In the order in which they are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// The size of the program.
    Size,
    /// The first reconcile after a start.
    Start,
    /// 1,000 schedules: new, at rest, after a restart.
    New1000,
    /// An edit while nothing else is to do.
    Edit,
    /// `kill -9` in 200 creations.
    Crashes,
    /// 200 creations with errors and lost answers.
    Faults,
    /// An outage of the remote.
    Outage,
    /// The leader is killed.
    Failover,
    /// Edits and pauses behind 10,000 creations.
    Queue,
    /// 10,000 schedules: new, at rest, after a restart, edits, the kill switch.
    New10000,
    /// 10,000 that run every hour.
    Hourly,
    /// 100 to 50,000 schedules, with plots.
    Growth,
}

#[derive(Parser)]
struct Arguments {
    /// What to measure; all if there is none.
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,
    /// Given by `cargo bench`. `cargo test` builds benchmarks too, and numbers are not measured there.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let Arguments { scenarios, bench } = Arguments::parse();
    if !bench {
        return ExitCode::SUCCESS;
    }
    let is_wanted = |scenario: &Scenario| scenarios.is_empty() || scenarios.contains(scenario);
    machine::print();
    let report = measure(Scenario::value_variants().iter().copied().filter(is_wanted)).await;
    report.print();
    match report.exceeded() {
        0 => ExitCode::SUCCESS,
        exceeded => {
            println!("\n{exceeded} figures exceed their bound");
            ExitCode::FAILURE
        }
    }
}

async fn measure(scenarios: impl Iterator<Item = Scenario>) -> Report {
    let (mut all, mut figures) = (Report::default(), Vec::new());
    let report = &mut all;
    for scenario in scenarios {
        println!("# {scenario:?}");
        match scenario {
            Scenario::Size => start::size(report),
            Scenario::Start => start::first_reconcile(report).await,
            Scenario::New1000 => figures.push(creation::thousand(report).await),
            Scenario::Edit => latency::idle(report).await,
            Scenario::Crashes => failures::crashes(report).await,
            Scenario::Faults => failures::faults(report).await,
            Scenario::Outage => failures::outage(report).await,
            Scenario::Failover => failures::failover(report).await,
            Scenario::Queue => latency::queued(report).await,
            Scenario::New10000 => figures.push(creation::ten_thousand(report).await),
            Scenario::Hourly => hourly::measure(report).await,
            Scenario::Growth => growth::measure(report, std::mem::take(&mut figures)).await,
        }
    }
    all
}
