//! The output of a failed test, so that it can be understood without another run.

use super::operator::Operator;
use super::world::World;

const LINES: usize = 150;

/// Prints the resources, their events, the calls and the operators' logs.
pub fn print(world: &World, operators: &[Operator]) {
    let kubectl = |what: &[&str]| {
        let arguments = what.iter().copied().chain(["-n", &world.name]);
        String::from_utf8_lossy(&world.cluster.kubectl().attempt(arguments).stdout).into_owned()
    };
    section("resources", &kubectl(&["get", "wfs,wfconn", "-o", "yaml"]));
    section("events", &kubectl(&["get", "events.events.k8s.io", "--sort-by=.metadata.creationTimestamp"]));
    section("calls", &calls(world));
    for operator in operators {
        section("operator", &operator.log());
    }
}

fn section(title: &str, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    println!("---- {title} (the last {} of {} lines)\n{}", lines.len() - from, lines.len(), lines[from..].join("\n"));
}

/// The runtime of the failed test is ending, so this uses another runtime.
fn calls(world: &World) -> String {
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(world.sandbox.calls_from_elsewhere()).to_string()
        });
        asking.join().unwrap_or_else(|_| "the sandbox does not answer".into())
    })
}
