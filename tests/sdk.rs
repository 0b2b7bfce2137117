//! The vendor's own SDK drives the sandbox: every call of the schedules API, happy and unhappy.
//!
//! The tests themselves are Python, in `tests/sdk/`. They need `python3` (3.10 or later) with `venv`, and
//! once a package index: the SDK, pinned in `tests/sdk/requirements.txt`, is installed into the cache
//! directory and kept there.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use sha2::{Digest as _, Sha256};

const REQUIREMENTS: &str = include_str!("sdk/requirements.txt");

/// The sandbox as a process; it ends with the test.
struct Sandbox {
    process: Child,
    url: String,
}

impl Sandbox {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_workflow-schedule-operator"))
            .args(["sandbox", "--listen", "127.0.0.1:0", "--api-key", "key"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("ready ").unwrap().to_owned();
        Self { process, url }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn cache_directory() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let base = base.unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(".cache"));
    base.join("workflow-schedule-operator")
}

/// The interpreter of the environment that has the SDK; it is made if it is not there.
fn python() -> PathBuf {
    let digest = Sha256::digest(REQUIREMENTS);
    let name = digest.iter().take(8).fold(0_u64, |name, byte| name << 8 | u64::from(*byte));
    let directory = cache_directory().join(format!("sdk-{name:016x}"));
    let interpreter = directory.join("bin/python");
    if !interpreter.exists() {
        // What is there belongs to an interpreter that is gone.
        let _ = std::fs::remove_dir_all(&directory);
        install(&directory);
    }
    interpreter
}

/// Made elsewhere and moved in place when it is whole: an installation that was cut short is none, and
/// two at the same time do not meet.
fn install(directory: &Path) {
    let unfinished = directory.with_extension(format!("unfinished-{}", std::process::id()));
    std::fs::create_dir_all(unfinished.parent().unwrap()).unwrap();
    run(Command::new("python3").args(["-m", "venv"]).arg(&unfinished), "making a virtual environment");
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/requirements.txt");
    let pip = ["-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--quiet", "--requirement"];
    run(Command::new(unfinished.join("bin/python")).args(pip).arg(requirements), "installing the vendor's SDK");
    if std::fs::rename(&unfinished, directory).is_err() {
        std::fs::remove_dir_all(&unfinished).unwrap();
    }
}

fn run(command: &mut Command, what: &str) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{what}: {command:?} ended with {}\n{out}{err}", output.status);
    output
}

#[test]
fn the_vendors_sdk_can_drive_the_sandbox() {
    let python = python();
    let sandbox = Sandbox::start();
    let output = run(
        Command::new(python)
            .args(["-m", "unittest", "--verbose"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk"))
            .env("SANDBOX_URL", &sandbox.url)
            .env("PYTHONDONTWRITEBYTECODE", "1"),
        "the SDK's tests",
    );
    // None found would be success as well.
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(report.contains("Ran 29 tests"), "{report}");
}
