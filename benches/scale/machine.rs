//! Where and with what a run was measured.

use std::process::Command;

/// Prints it as Markdown.
pub fn print() {
    let cpu = field("/proc/cpuinfo", "model name");
    let memory = field("/proc/meminfo", "MemTotal:");
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = read("/proc/loadavg");
    println!("- date: {}", jiff::Timestamp::now().strftime("%F %T UTC"));
    println!("- machine: {cores} cores, {cpu}, {memory} of memory, Linux {}", read("/proc/sys/kernel/osrelease"));
    println!("- load before: {load}");
    println!("- operator: {} ({})", env!("CARGO_PKG_VERSION"), output("git", &["describe", "--always", "--dirty"]));
    println!("- compiler: {}\n", output("rustc", &["--version"]));
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn field(path: &str, name: &str) -> String {
    let text = read(path);
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim_start_matches([' ', '\t', ':']).to_owned()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
