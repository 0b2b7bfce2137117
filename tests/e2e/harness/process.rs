//! A child process with its output in files. It ends with its owner.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::run::Run;

/// A running child. Dropped, it is killed.
pub struct Process {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Process {
    /// Starts a command; `name` names its logs.
    pub fn start(name: &str, command: &mut Command) -> Self {
        let run = Run::get();
        let number = Run::number();
        let path = |stream: &str| run.folder().join(format!("{name}-{number}.{stream}"));
        let (stdout, stderr) = (path("out"), path("err"));
        let child = command
            .stdin(Stdio::null())
            .stdout(File::create(&stdout).expect("a log file"))
            .stderr(File::create(&stderr).expect("a log file"))
            .process_group(run.group())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name: name.to_owned(), child, stdout, stderr }
    }

    /// Waits for the first line of its standard output; panics with its log if it ends before, or prints
    /// nothing within `limit`.
    pub fn first_line(&mut self, limit: Duration) -> String {
        let deadline = Instant::now() + limit;
        loop {
            let text = read(&self.stdout);
            if let Some((line, _)) = text.split_once('\n') {
                return line.to_owned();
            }
            let ended = self.child.try_wait().expect("the state of a child");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "{} is not ready ({}):\n{}",
                self.name,
                ended.map_or("still running".into(), |status| status.to_string()),
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it has written to standard error.
    pub fn log(&self) -> String {
        read(&self.stderr)
    }

    /// What it has written to standard output.
    pub fn output(&self) -> String {
        read(&self.stdout)
    }

    /// Its process id.
    #[allow(dead_code, reason = "the benchmarks need it")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a signal to our own child");
    }

    /// Waits for its end for at most `limit`.
    pub fn ended_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            let ended = self.child.try_wait().expect("the state of a child");
            if ended.is_some() || Instant::now() >= deadline {
                return ended;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it at once, like a crash of the machine.
    pub fn kill(&mut self) {
        self.child.kill().expect("a signal to our own child");
        self.child.wait().expect("its end");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}
