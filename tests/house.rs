//! The house: rooms know only what stands below them, and pure rooms name nothing that acts.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may know.
const ROOMS: &[(&str, &[&str])] = &[
    ("timing", &[]),
    ("remote", &["timing"]),
    ("api", &[]),
    ("plan", &["api", "remote", "timing"]),
    ("telemetry", &["remote"]),
    ("controller", &["api", "plan", "remote", "telemetry"]),
    ("sandbox", &["timing"]),
    ("cli", &["api", "controller", "plan", "sandbox", "telemetry", "timing"]),
];

/// What a pure room must not name: runtimes, clients, clocks, chance, files.
const IMPURE: &[&str] = &[
    "tokio",
    "reqwest",
    "kube::Client",
    "kube::Api",
    "std::fs",
    "std::net",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "fastrand",
];

/// The rooms that are pure.
const PURE: &[&str] = &["timing", "api", "plan"];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The code of a file without its comments.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The rooms that a file names by `crate::ROOM`.
fn named(code: &str) -> Vec<&str> {
    let rests = code.split("crate::").skip(1);
    rests.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap()).collect()
}

#[test]
fn a_room_knows_only_what_stands_below_it() {
    for (room, below) in ROOMS {
        for file in files(&source().join(room)) {
            for named in named(&code(&file)) {
                let is_room = ROOMS.iter().any(|(other, _)| *other == named);
                assert!(is_room, "{}: crate::{named} is no room: import it where it is defined", file.display());
                assert!(named == *room || below.contains(&named), "{}: {room} must not know {named}", file.display());
            }
        }
    }
}

#[test]
fn every_folder_is_a_room_of_this_list() {
    for entry in std::fs::read_dir(source()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(!path.is_dir() || ROOMS.iter().any(|(room, _)| *room == name), "{name} is not in the list");
    }
}

#[test]
fn pure_rooms_name_nothing_that_acts() {
    for room in PURE {
        for file in files(&source().join(room)) {
            let code = code(&file);
            for word in IMPURE {
                assert!(!code.contains(word), "{}: {room} is pure and must not name {word}", file.display());
            }
        }
    }
}

#[test]
fn only_the_edge_reads_the_machines_clock_and_chance() {
    let edge = ["controller/state/seams.rs", "cli/", "sandbox/server.rs"];
    for file in files(&source()) {
        let path = file.strip_prefix(source()).unwrap().to_str().unwrap().to_owned();
        if edge.iter().any(|allowed| path.starts_with(allowed)) {
            continue;
        }
        for word in ["Timestamp::now", "SystemTime::now", "fastrand::u"] {
            assert!(!code(&file).contains(word), "{path}: time and chance come in through the seams, not by {word}");
        }
    }
}
