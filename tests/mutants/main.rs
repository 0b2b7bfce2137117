//! Defects, planted one at a time: the simulation has to catch each of them.
//!
//! They live here alone. A copy of the source is made in which each defect stands beside the line that it
//! replaces, behind a switch; it is built once, and the simulation runs once with each switch on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod copy;
mod table;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use table::{Mutant, all};

/// The simulation's own test that looks for anything that is wrong.
const HUNT: &str = "hunt::a_defect_is_caught";
/// Gives by what a defect was caught, or why it was not.
fn hunt(simulation: &Path, mutant: &Mutant) -> Result<String, String> {
    let output = Command::new(simulation)
        .args(["--exact", HUNT, "--ignored", "--nocapture"])
        .env(copy::SWITCH, mutant.name)
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines()
        .find(|line| line.starts_with("caught in play "))
        .map(str::to_owned)
        .ok_or_else(|| format!("{} survives: {} ({})", mutant.name, mutant.rule, mutant.file))
}

#[test]
fn every_defect_is_caught() {
    let simulation = copy::build();
    let mut survivors = Vec::new();
    for mutant in chosen() {
        let begun = Instant::now();
        match hunt(&simulation, mutant) {
            Ok(how) => println!("{:5.1} s  {:50} {how}", begun.elapsed().as_secs_f64(), mutant.name),
            Err(survivor) => survivors.push(survivor),
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
}

/// All, or those that `MUTANTS=NAME,NAME` names.
fn chosen() -> Vec<&'static Mutant> {
    let named = std::env::var("MUTANTS").unwrap_or_default();
    let is_chosen = |mutant: &&Mutant| named.is_empty() || named.split(',').any(|name| name == mutant.name);
    all().filter(is_chosen).collect()
}
