//! The layers: a module uses only what lies below it, no two files use each other, and pure layers name
//! nothing with side effects.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use source::{Crate, ModulePath, folder};

/// Each layer, and the layers that it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("timing", &[]),
    ("remote", &["timing"]),
    ("api", &[]),
    ("plan", &["api", "remote", "timing"]),
    ("telemetry", &["remote"]),
    ("controller", &["api", "plan", "remote", "telemetry"]),
    ("sandbox", &["timing"]),
    ("cli", &["api", "controller", "plan", "remote", "sandbox", "telemetry", "timing"]),
];

/// The modules inside a layer from the lowest up: each may use those of the lines before it.
const INSIDE: &[(&str, &[&[&str]])] = &[
    (
        "plan",
        &[
            &["model"],
            &["limits"],
            &["decision"],
            &["rules"],
            &["condition"],
            &["runs"],
            &["status", "connection"],
            &["workflow"],
        ],
    ),
    (
        "controller",
        &[
            &["state"],
            &["kubernetes"],
            &["context"],
            &["samples", "watch"],
            &["schedule"],
            &["connection"],
            &["manager"],
        ],
    ),
];

/// Files that use each other, and why that may be so.
const ONE_THING: &[(&str, &str, &str)] = &[(
    "controller/state/cache.rs",
    "controller/state/cache/claims.rs",
    "the methods of one type, the cache, in two files",
)];

/// What a pure layer must not name: runtimes, clients, clocks, chance, files.
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

/// The layers that are pure.
const PURE: &[&str] = &["timing", "api", "plan"];

fn files(of: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(of).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a file without its comments.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_layer_uses_only_what_lies_below_it() {
    let code = Crate::read(true);
    for (from, to) in uses(&code) {
        let (Some(layer), Some(used)) = (from.first(), to.first()) else {
            assert!(from.is_empty(), "{} uses src/lib.rs: import it where it is defined", code.0[from].file);
            continue;
        };
        let (_, below) = LAYERS.iter().find(|(name, _)| name == layer).unwrap();
        let may = layer == used || below.contains(&used.as_str());
        assert!(may, "{}: {layer} must not use {used} ({})", code.0[from].file, code.0[&to].file);
    }
}

#[test]
fn a_module_of_a_layer_uses_only_what_lies_below_it() {
    let code = Crate::read(false);
    let mut wrong = Vec::new();
    for (layer, heights) in INSIDE {
        let height = |module: &ModulePath| match &module[..] {
            [first, second, ..] if first == layer => heights.iter().position(|line| line.contains(&second.as_str())),
            _ => None,
        };
        for (from, to) in uses(&code).into_iter().filter(|(from, to)| from.first() == to.first()) {
            let (Some(of_from), Some(of_to)) = (height(from), height(&to)) else { continue };
            if of_to > of_from || (of_to == of_from && from[1] != to[1]) {
                wrong.push(format!("{} must not use {}", code.0[from].file, code.0[&to].file));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_place_in_these_lists() {
    for module in Crate::read(false).0.keys() {
        match &module[..] {
            [layer] => assert!(LAYERS.iter().any(|(name, _)| name == layer), "{layer} is not in LAYERS"),
            [layer, module] => {
                let inside = INSIDE.iter().find(|(name, _)| name == layer);
                let is_there = inside.is_none_or(|(_, lines)| lines.iter().any(|line| line.contains(&module.as_str())));
                assert!(is_there, "{layer}::{module} is not in INSIDE");
            }
            _ => {}
        }
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let code = Crate::read(false);
    let file = |module: &ModulePath| code.0[module].file.as_str();
    let mut excused = BTreeSet::new();
    let mut used: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in uses(&code) {
        let (from, to) = (file(from), file(&to));
        let pair = ONE_THING.iter().find(|(a, b, _)| (*a, *b) == (from, to) || (*b, *a) == (from, to));
        if let Some(pair) = pair {
            excused.insert(pair);
        } else {
            used.entry(from).or_default().insert(to);
        }
    }
    let is_in_a_circle = |from: &&str, to: &&str| reachable(&used, to).contains(from);
    let pairs = used.iter().flat_map(|(from, tos)| tos.iter().map(move |to| (from, to)));
    let circles: Vec<String> = pairs
        .filter(|(from, to)| is_in_a_circle(from, to))
        .map(|(from, to)| format!("{from} uses {to}, which uses it in turn"))
        .collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
    assert_eq!(excused.len(), ONE_THING.len(), "ONE_THING names files that do not use each other");
}

fn uses(code: &Crate) -> Vec<(&ModulePath, ModulePath)> {
    code.0.keys().flat_map(|from| code.uses(from).into_iter().map(move |to| (from, to))).collect()
}

/// All that a file uses, directly or by others.
fn reachable<'a>(used: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &'a str) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        if found.insert(file) {
            open.extend(used.get(file).into_iter().flatten());
        }
    }
    found
}

#[test]
fn pure_layers_name_nothing_with_side_effects() {
    for layer in PURE {
        for file in files(&folder().join(layer)) {
            let code = code(&file);
            for word in IMPURE {
                assert!(!code.contains(word), "{}: {layer} is pure and must not name {word}", file.display());
            }
        }
    }
}

#[test]
fn only_the_edge_reads_the_machines_clock_and_chance() {
    let edge = ["controller/state/seams.rs", "cli/", "sandbox/server.rs"];
    for file in files(&folder()) {
        let path = file.strip_prefix(folder()).unwrap().to_str().unwrap().to_owned();
        if edge.iter().any(|allowed| path.starts_with(allowed)) {
            continue;
        }
        for word in ["Timestamp::now", "SystemTime::now", "fastrand::u"] {
            assert!(!code(&file).contains(word), "{path}: time and chance come in through the seams, not by {word}");
        }
    }
}
