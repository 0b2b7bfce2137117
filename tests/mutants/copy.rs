//! A copy of the source with every defect in it, switched off.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::table::all;

/// The variable of the environment that names the defect to switch on.
pub const SWITCH: &str = "MUTANT";

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
fn sources() -> BTreeMap<PathBuf, String> {
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
    *sources.get_mut(Path::new("src/lib.rs")).unwrap() += IS_MUTANT;
    for mutant in all() {
        let text = sources.get_mut(Path::new(mutant.file)).unwrap_or_else(|| panic!("there is no {}", mutant.file));
        let places = text.matches(mutant.from).count();
        assert_eq!(places, 1, "{}: its text is {places} times in {}", mutant.name, mutant.file);
        let is_on = format!("crate::is_mutant(\"{}\")", mutant.name);
        *text = text.replacen(mutant.from, &mutant.to.replace("IS_ON", &is_on), 1);
    }
    sources
}

fn read(folder: &Path, sources: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
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
    let output = Command::new(env!("CARGO"))
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
