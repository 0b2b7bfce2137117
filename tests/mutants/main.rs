//! Defects, planted one at a time: the simulation has to catch each of them.
//!
//! They live here alone. Each names its place in the source by an item and what it means there
//! (`place.rs`), and how it changes that place (`change.rs`). A copy of the source is made in which each
//! defect stands beside what it replaces, behind a switch; it is built once, and the simulation runs once
//! with each switch on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod change;
mod copy;
mod place;
mod table;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use table::{Mutant, all};

/// The simulation's own test that looks for anything that is wrong.
const HUNT: &str = "hunt::a_defect_is_caught";

/// Gives by what a defect was caught, or why it was not.
fn hunt(simulation: &Path, name: &str, runs: Option<usize>) -> Result<String, String> {
    let mut command = Command::new(simulation);
    command.args(["--exact", HUNT, "--ignored", "--nocapture"]).env(copy::SWITCH, name).env("RUST_BACKTRACE", "0");
    command.envs(runs.map(|runs| ("RUNS", runs.to_string())));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    // With one test thread the name of the test stands before it on the same line.
    let caught = said.lines().find_map(|line| line.find("caught in run ").map(|at| line[at..].to_owned()));
    caught.ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn every_defect_has_its_place() {
    copy::sources();
}

#[test]
#[ignore = "for `make mutants`: it takes long"]
fn every_defect_is_caught() {
    let (simulation, mutants) = (copy::build(), chosen());
    assert!(!mutants.is_empty(), "MUTANTS names none that there is");
    let mut survivors = Vec::new();
    for Mutant { name, rule, item, .. } in mutants {
        let begun = Instant::now();
        match hunt(&simulation, name, None) {
            Ok(how) => println!("{:5.1} s  {name:50} {how}", begun.elapsed().as_secs_f64()),
            Err(why) => {
                println!("{:5.1} s  {name:50} SURVIVES", begun.elapsed().as_secs_f64());
                survivors.push(format!("{name} in {item} survives, though it breaks \"{rule}\": {why}"));
            }
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
}

/// What is caught everywhere would be no find.
#[test]
#[ignore = "for `make mutants`: it takes long"]
fn without_a_defect_nothing_is_caught() {
    // More than there are scenarios: a defect that only one of them shows must not be caught by its own fault.
    let why = hunt(&copy::build(), "none", Some(400)).unwrap_err();
    assert!(why.contains("nothing is wrong in any run"), "{why}");
}

/// All, or those that `MUTANTS=NAME,NAME` names.
fn chosen() -> Vec<&'static Mutant> {
    let named = std::env::var("MUTANTS").unwrap_or_default();
    let is_chosen = |mutant: &&Mutant| named.is_empty() || named.split(',').any(|name| name == mutant.name);
    all().filter(is_chosen).collect()
}
