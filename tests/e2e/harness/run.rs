//! One run of the tests: its folder, and the cleanup of all its processes.

use std::io::PipeWriter;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The run that this process is.
pub struct Run {
    folder: PathBuf,
    group: i32,
    _reaper: Reaper,
}

/// The child process that cleans up. Nothing waits for it, because it outlives this process.
struct Reaper {
    _child: Child,
    /// The kernel closes it when this process ends, for whatever reason.
    _lifeline: PipeWriter,
}

/// Waits for the end of the test process, then ends all processes of its group and deletes the folder. It runs
/// in its own group, so that it does not end itself.
const REAPER: &str =
    r#"read -r _; set -m; { sleep 1; [ -n "$WSO_TEST_KEEP" ] || rm -rf -- "$1"; } & kill -KILL -- -$$"#;

static RUN: OnceLock<Run> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(1);

impl Run {
    /// The run; the first caller starts it.
    pub fn get() -> &'static Self {
        RUN.get_or_init(Self::begin)
    }

    fn begin() -> Self {
        // One TLS provider for the whole process, before the first client is built.
        rustls::crypto::ring::default_provider().install_default().expect("nobody has installed one before");
        let folder = tempfile::Builder::new().prefix("wso-e2e-").tempdir().expect("a temporary folder").keep();
        let (waiting_end, lifeline) = std::io::pipe().expect("a pipe");
        let child = Command::new("bash")
            .args(["-c", REAPER, "reaper"])
            .arg(&folder)
            .env("WSO_TEST_KEEP", std::env::var("WSO_TEST_KEEP").unwrap_or_default())
            .stdin(waiting_end)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("bash starts");
        let group = i32::try_from(child.id()).expect("a process id");
        Self { folder, group, _reaper: Reaper { _child: child, _lifeline: lifeline } }
    }

    /// Where logs and data of this run are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The process group that ends with the run.
    pub const fn group(&self) -> i32 {
        self.group
    }

    /// A number that is unique in this run.
    pub fn number() -> u32 {
        NEXT.fetch_add(1, Ordering::Relaxed)
    }
}

/// A value that no annotation had before.
pub fn unique() -> String {
    format!("{}-{}", jiff::Timestamp::now(), Run::number())
}

/// The seed of all random values of a test; it is printed when the test fails.
pub fn seed() -> u64 {
    let given = std::env::var("WSO_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("again with the same: WSO_TEST_SEED={seed}");
    seed
}
