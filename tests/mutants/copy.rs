//! A copy of the source with every defect in it, switched off.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::place::{self, At, Found};
use crate::table::{Mutant, all};

/// The variable of the environment that names the defect to switch on.
pub const SWITCH: &str = "MUTANT";

/// The package of the copy. Its library has the name of ours.
const PACKAGE: &str = "workflow-schedule-operator-with-defects";

/// What the copy's library has beside ours.
const IS_MUTANT: &str = "
/// Whether this defect is switched on.
pub fn is_mutant(name: &str) -> bool {
    static NAME: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    NAME.get_or_init(|| std::env::var(\"MUTANT\").unwrap_or_default()) == name
}
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Builds it, and gives its simulation.
pub fn build() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let place = target().join("mutants");
            write(&place, &sources());
            compile(&place)
        })
        .clone()
}

/// The text of every file of the copy, by its path.
pub fn sources() -> BTreeMap<PathBuf, String> {
    let mut sources = BTreeMap::new();
    for folder in ["src", "tests/simulation"] {
        read(&root().join(folder), &mut sources);
    }
    // A library alone: its binary must not take the place of ours.
    sources.remove(Path::new("src/main.rs"));
    for name in ["Cargo.toml", "Cargo.lock"] {
        sources.insert(name.into(), fs::read_to_string(root().join(name)).unwrap());
    }
    let manifest = sources.get_mut(Path::new("Cargo.toml")).unwrap();
    let (before, after) = manifest.split_once("[[bench]]").unwrap();
    let after = after.split_once("[lints.rust]").unwrap().1;
    *manifest = format!("{before}[lints.rust]{after}\n[workspace]\n").replace("default-run", "# default-run");
    for name in ["Cargo.toml", "Cargo.lock"] {
        rename(sources.get_mut(Path::new(name)).unwrap());
    }
    *sources.get_mut(Path::new("src/lib.rs")).unwrap() += IS_MUTANT;
    plant(&mut sources).unwrap_or_else(|missing| panic!("{}", missing.join("\n")));
    sources
}

/// Cargo names what it builds of a package in a workspace by the package's name and its place in there, not
/// by where the workspace is. With the name of ours, the copy in the same target folder would overwrite our
/// library, and one of the two would be taken for the other.
fn rename(manifest: &mut String) {
    let name = format!("name = \"{}\"", env!("CARGO_PKG_NAME"));
    assert_eq!(manifest.matches(&name).count(), 1, "the package names itself once");
    *manifest = manifest.replace(&name, &format!("name = \"{PACKAGE}\""));
}

/// Puts all defects in; or names those whose place is not found.
fn plant(sources: &mut BTreeMap<PathBuf, String>) -> Result<(), Vec<String>> {
    let mut insertions: BTreeMap<PathBuf, Vec<Insertion>> = BTreeMap::new();
    let mut missing = Vec::new();
    for mutant in all() {
        match place::find(sources, mutant.item, mutant.at) {
            Ok(found) => insertions.entry(found.file.clone()).or_default().extend(insertions_of(mutant, &found)),
            Err(why) => missing.push(format!("{}: {why}: name its place anew", mutant.name)),
        }
    }
    for (file, mut insertions) in insertions {
        insertions.sort_by_key(|insertion| insertion.order);
        let text = sources.get_mut(&file).unwrap();
        for insertion in insertions.iter().rev() {
            text.insert_str(insertion.order.0, &insertion.text);
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

/// A piece of code at a byte of a file.
struct Insertion {
    /// Of several at one byte, ends come before beginnings, the ends of what is inside first, and the
    /// beginnings of what is outside.
    order: (usize, isize),
    text: String,
}

fn insertions_of(mutant: &Mutant, found: &Found) -> [Insertion; 2] {
    let is_statement = matches!(mutant.at, At::Statement(_));
    let (before, after) = mutant.change.around(is_statement, found.has_let);
    let is_on = format!("crate::is_mutant(\"{}\")", mutant.name);
    let length = isize::try_from(found.bytes.len()).unwrap();
    [
        Insertion { order: (found.bytes.start, isize::MAX - length), text: before.replace("IS_ON", &is_on) },
        Insertion { order: (found.bytes.end, length), text: after.replace("IS_ON", &is_on) },
    ]
}

fn read(folder: &Path, sources: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "html") {
            let name = path.strip_prefix(root()).unwrap().to_owned();
            sources.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Writes what has changed, so that the rest need not be compiled again.
fn write(place: &Path, sources: &BTreeMap<PathBuf, String>) {
    for folder in ["src", "tests"] {
        remove_strangers(place, &place.join(folder), sources);
    }
    for (name, text) in sources {
        let path = place.join(name);
        if fs::read_to_string(&path).is_ok_and(|old| old == *text) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Files that are no longer there.
fn remove_strangers(place: &Path, folder: &Path, sources: &BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remove_strangers(place, &path, sources);
        } else if !sources.contains_key(path.strip_prefix(place).unwrap()) {
            fs::remove_file(path).unwrap();
        }
    }
}

/// Where this test was built: TARGET/debug/deps/mutants.
fn target() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_owned()
}

/// The dependencies are compiled already: the copy shares them.
fn compile(place: &Path) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo tells this test of its package would make build scripts run anew, and all that stands on them.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_")) {
        if name != "CARGO_HOME" {
            cargo.env_remove(name);
        }
    }
    let output = cargo
        .args(["test", "--locked", "--offline", "--test", "simulation", "--no-run", "--message-format=json"])
        .current_dir(place)
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    assert!(output.status.success(), "the copy is not built:\n{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let mut messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executable = messages.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.expect("cargo names what it has built")
}
