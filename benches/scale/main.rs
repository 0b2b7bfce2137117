//! The numbers that the operator is held to, measured through the real binary against a real control
//! plane and the sandbox, with their floors side by side in one run. `docs/benchmarks.md` explains each.
//!
//! `cargo bench --bench scale` measures all; `-- creation steady` only those.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

mod creation;
mod failover;
#[allow(dead_code, unused_imports, reason = "the tests need more of it")]
#[path = "../../tests/e2e/harness/mod.rs"]
mod harness;
mod latency;
mod load;
mod meter;
mod steady;
mod table;

use table::Table;

fn main() {
    // `cargo test` builds benches too and asks for nothing: numbers are measured by `cargo bench` alone.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let wanted = |name: &str| {
        let mut names = arguments.iter().filter(|argument| !argument.starts_with("--")).peekable();
        names.peek().is_none() || names.any(|argument| argument == name)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut table = Table::default();
    runtime.block_on(async {
        if wanted("creation") {
            creation::measure(&mut table).await;
        }
        if wanted("many") {
            creation::measure_many(&mut table).await;
        }
        if wanted("latency") {
            latency::measure(&mut table).await;
        }
        if wanted("failover") {
            failover::measure(&mut table).await;
        }
        if wanted("steady") {
            steady::measure(&mut table).await;
        }
    });
    table.print();
}
