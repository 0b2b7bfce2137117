//! The verbs that only look, and who may use the others.

use std::process::Command;

use serde_json::{Value, json};

use super::{said, wfs, wfs_with};
use crate::harness::World;
use crate::specs::{daily, with};

#[tokio::test]
async fn status_shows_one_schedule_on_a_screen_and_several_in_a_table() {
    let world = World::start().await;
    let paris = with(daily(), "timeZoneName", json!("Europe/Paris"));
    world.schedule("nightly").apply(paris).await;
    world.schedule("broken").apply(with(daily(), "cronExpressions", json!(["0 9 * * MOO"]))).await;
    world.schedule("nightly").until_ready("InSync").await;
    world.schedule("broken").until_stalled("Invalid").await;
    let screen = wfs(&world, &["status", "nightly"]).ok();
    for part in ["InSync", "every day at 09:00 Europe/Paris", &world.id("nightly"), "next runs", "Normal Created"] {
        assert!(screen.contains(part), "{part} is missing:\n{screen}");
    }
    assert!(!screen.contains('\u{1b}'), "there is no colour off a terminal");
    let table = wfs(&world, &["status"]).ok();
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.contains("Invalid"), "{table}");
    assert!(wfs(&world, &["status", "--color", "always"]).ok().contains("\u{1b}[31mInvalid"));
    let all = wfs(&world, &["status", "-o", "json"]).json();
    let names: Vec<&Value> = all.as_array().unwrap().iter().map(|view| &view["name"]).collect();
    assert_eq!(names, ["broken", "nightly"]);
    assert_eq!(all[1]["nextRuns"].as_array().map(Vec::len), Some(10));
    let yaml: Value = serde_saphyr::from_str(&wfs(&world, &["status", "nightly", "-o", "yaml"]).ok()).unwrap();
    assert_eq!(yaml[0]["state"], "InSync");
}

#[tokio::test]
async fn next_orders_the_runs_of_all_schedules() {
    let world = World::start().await;
    world.schedule("morning").apply(daily()).await;
    world.schedule("noon").apply(with(daily(), "cronExpressions", json!(["0 12 * * *"]))).await;
    world.schedule("paused").apply(with(daily(), "paused", json!(true))).await;
    world.schedule("paused").until_ready("Paused").await;
    let period = ["next", "--from", "2090-01-01T10:00:00Z", "--to", "2090-01-02T10:00:00Z", "-o", "json"];
    let runs = wfs(&world, &period).json();
    let found: Vec<(&str, &str)> = runs
        .as_array()
        .unwrap()
        .iter()
        .map(|run| (run["name"].as_str().unwrap(), run["utc"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [("noon", "2090-01-01T12:00:00Z"), ("morning", "2090-01-02T09:00:00Z")]);
    let said = wfs(&world, &["next", "morning", "--count", "3"]).ok();
    assert_eq!(said.lines().count(), 4, "{said}");
}

/// The permissions of `docs/kubectl-plugin.md`.
const LOOK: &str = r#"[
    {"apiGroups":["workflows.mistral.ai"],"resources":["workflowschedules","workflowconnections"],"verbs":["get","list"]},
    {"apiGroups":[""],"resources":["events"],"verbs":["list"]}
]"#;

#[tokio::test]
async fn looking_needs_get_and_list_and_a_change_needs_patch() {
    let world = World::start().await;
    world.schedule("nightly").apply(daily()).await;
    world.schedule("nightly").until_ready("InSync").await;
    let look: Value = serde_json::from_str(LOOK).unwrap();
    let mut rules = look.as_array().unwrap().clone();
    let role = |name: &str, rules: &Value| {
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": { "name": name, "namespace": world.name }, "rules": rules,
        });
        world.cluster.kubectl().with_input(["apply", "-f", "-"], &role.to_string());
        world.kubectl(&["create", "serviceaccount", name]);
        let account = format!("--serviceaccount={}:{name}", world.name);
        world.kubectl(&["create", "rolebinding", name, &format!("--role={name}"), &account]);
        world.cluster.kubeconfig_of(&world.name, name)
    };
    let looker = role("looker", &look);
    for verb in [&["status", "nightly"][..], &["next"], &["connections"], &["unclaimed", "default"]] {
        wfs_with(&looker, &world.name, verb).ok();
    }
    let said = wfs_with(&looker, &world.name, &["trigger", "nightly"]).with_code(1);
    assert!(said.contains("forbidden"), "{said}");
    assert!(wfs_with(&looker, &world.name, &["status", "-A"]).with_code(1).contains("cannot list"));
    rules.push(json!({
        "apiGroups": ["workflows.mistral.ai"], "resources": ["workflowschedules"], "verbs": ["patch"],
    }));
    let writer = role("writer", &json!(rules));
    for verb in [&["trigger", "nightly"][..], &["pause", "nightly"], &["resume", "nightly"], &["reconcile", "nightly"]]
    {
        wfs_with(&writer, &world.name, verb).ok();
    }
    assert!(wfs_with(&writer, &world.name, &["kill-switch", "on", "default"]).with_code(1).contains("forbidden"));
}

#[tokio::test]
async fn kubectl_finds_it_as_a_plugin() {
    let world = World::start().await;
    world.schedule("nightly").apply(daily()).await;
    world.schedule("nightly").until_ready("InSync").await;
    let folder = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_workflow-schedule-operator");
    std::os::unix::fs::symlink(binary, folder.path().join("kubectl-wfs")).unwrap();
    let kubectl = world.cluster.kubectl();
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let mut command = Command::new(kubectl.program());
    command.args(["wfs", "status", "nightly", "-n", &world.name]);
    let shown = said(command.env("KUBECONFIG", kubectl.kubeconfig()).env("PATH", path)).ok();
    assert!(shown.contains("InSync"), "{shown}");
    let usage = said(Command::new(binary).args(["wfs", "--help"])).ok();
    assert!(usage.contains("trigger"), "{usage}");
}
