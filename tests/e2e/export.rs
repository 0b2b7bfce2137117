//! `export` and `diff --cluster`: what the remote has becomes manifests, and applying them changes nothing.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::harness::World;

/// Runs the binary, with the permissions of an administrator; the exit code, the output and the errors.
fn run(world: &World, arguments: &[&str], key: Option<&str>) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workflow-schedule-operator"));
    command.args(arguments).env("KUBECONFIG", world.cluster.kubectl().kubeconfig()).stdin(Stdio::null());
    if let Some(key) = key {
        command.env("MISTRAL_API_KEY", key);
    }
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Schedules that somebody made in the console, of every kind.
async fn legacy(world: &World) -> Vec<&'static str> {
    let console = world.sandbox.console();
    let all = [
        ("Nightly_Report", json!({ "input": { "a": [1, 2.5, null, "yes"] }, "cron_expressions": ["0 9 * * MON-FRI"] })),
        (
            "every-4h",
            json!({ "input": null, "intervals": [{ "every": "PT4H", "offset": "PT30M" }], "jitter": "PT90S" }),
        ),
        (
            "paris",
            json!({
                "input": "text", "calendars": [{ "hour": [{ "start": 9, "end": 17, "step": 2 }], "comment": "office" }],
                "skip": [{ "month": [{ "start": 12 }], "day_of_month": [{ "start": 25 }], "hour": [{ "start": 0, "end": 23 }] }],
                "time_zone_name": "Europe/Paris", "end_at": "2099-01-01T00:00:00Z",
                "policy": { "catchup_window_seconds": 600, "overlap": 6, "pause_on_failure": false },
            }),
        ),
        ("limited", json!({ "input": {}, "cron_expressions": ["@hourly"], "max_executions": 7 })),
        ("paused", json!({ "input": null, "cron_expressions": ["@daily"] })),
    ];
    for (id, schedule) in &all {
        console.create(id, "report", schedule.clone()).await;
    }
    console.pause("paused", "holidays").await;
    all.map(|(id, _)| id).to_vec()
}

#[tokio::test]
async fn what_is_exported_is_taken_over_without_a_write() {
    let world = World::start().await;
    let ids = legacy(&world).await;
    let connection = format!("{}/default", world.name);
    let (code, manifests, err) = run(&world, &["export", "--connection", &connection], None);
    assert_eq!(code, 0, "{manifests}{err}");
    assert!(manifests.contains("0 9 * * 1-5") && manifests.contains("every: 4h"), "{manifests}");
    world.cluster.kubectl().with_input(["apply", "--server-side", "-f", "-"], &manifests);
    let names = world.kubectl(&["get", "wfs", "-o", "name"]);
    assert_eq!(names.lines().count(), ids.len(), "{names}");
    for name in names.lines() {
        let name = name.rsplit('/').next().unwrap();
        let reason = if name == "paused" { "Paused" } else { "InSync" };
        world.schedule(name).until_ready(reason).await;
    }
    world.stays_quiet().await;
    let writes = world.sandbox.calls().await.mutating();
    assert_eq!(writes.count(), 0, "{writes}");
    assert_eq!(world.sandbox.schedule("limited").await.unwrap()["remaining_executions"], 7);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.yaml");
    std::fs::write(&path, &manifests).unwrap();
    let (code, out, err) = run(&world, &["diff", "--cluster", path.to_str().unwrap()], None);
    assert_eq!(code, 0, "{out}{err}");
    std::fs::write(&path, manifests.replace("every: 4h", "every: 6h")).unwrap();
    let (code, out, _) = run(&world, &["diff", "--cluster", path.to_str().unwrap()], None);
    assert!(code == 1 && out.contains("~ WorkflowSchedule") && out.contains("every-4h"), "{out}");
}

#[tokio::test]
async fn by_a_key_of_the_environment_partial_entries_are_read_whole_and_each_gets_a_file() {
    let world = World::builder().operators(0).start().await;
    let ids = legacy(&world).await;
    world.sandbox.set(json!({ "partial_list": true, "page_limit": 2 })).await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("manifests");
    let into = into.to_str().unwrap();
    let server = world.sandbox.url().to_owned();
    let call = |more: &[&str], key: Option<&str>| {
        let arguments = ["export", "--server", &server].into_iter().chain(more.iter().copied()).collect::<Vec<_>>();
        run(&world, &arguments, key)
    };
    let (code, _, err) = call(&["--output-dir", into], Some(crate::harness::OPERATOR_KEY));
    assert_eq!(code, 0, "{err}");
    let files = std::fs::read_dir(Path::new(into)).unwrap().count();
    assert_eq!(files, ids.len());
    let (code, out, _) = run(&world, &["check", into], None);
    assert!(code == 0 && out.contains("5 WorkflowSchedules") && out.contains(" 0 errors"), "{out}");
    let (code, out, _) = call(&["--match", "p*"], Some(crate::harness::OPERATOR_KEY));
    assert_eq!((code, out.matches("kind: WorkflowSchedule").count()), (0, 2), "{out}");
    let (code, _, err) = call(&["--output-dir", into], Some(crate::harness::OPERATOR_KEY));
    assert!(code == 2 && err.contains("exists already"), "{err}");
    let (code, _, err) = call(&[], None);
    assert!(code == 2 && err.contains("MISTRAL_API_KEY is not set"), "{err}");
    let (code, _, err) = call(&[], Some("a-wrong-key"));
    assert!(code == 2 && err.contains("refused the API key"), "{err}");
}

#[tokio::test]
async fn check_asks_the_remote_what_only_it_knows() {
    let world = World::builder().operators(0).start().await;
    let schema = json!({ "type": "object", "required": ["region"] });
    let workflows = json!({ "report": { "input_schema": schema }, "sleepy": { "active": false } });
    world.sandbox.set(json!({ "known_workflows_only": true, "workflows": workflows })).await;
    world.sandbox.console().create("taken", "sleepy", json!({ "input": {}, "cron_expressions": ["@daily"] })).await;
    let folder = tempfile::tempdir().unwrap();
    let manifest = |name: &str, workflow: &str, more: &str| {
        format!(
            "apiVersion: workflows.mistral.ai/v1alpha1\nkind: WorkflowSchedule\nmetadata: {{ name: {name} }}\nspec:\n  workflowIdentifier: {workflow}\n  cronExpressions: [\"0 9 * * *\"]\n{more}---\n"
        )
    };
    let text = manifest("a", "report", "  input: { region: eu }\n  scheduleId: taken\n  adoption: IfEqual\n")
        + &manifest("b", "report", "  input: {}\n")
        + &manifest("c", "sleepy", "")
        + &manifest("d", "unknown", "");
    let path = folder.path().join("all.yaml");
    std::fs::write(&path, text).unwrap();
    let server = world.sandbox.url().to_owned();
    let check = |key: Option<&str>| {
        run(&world, &["check", "--remote", "--server", &server, "--output", "json", path.to_str().unwrap()], key)
    };
    let (code, out, err) = check(Some(crate::harness::OPERATOR_KEY));
    assert_eq!(code, 0, "they are warnings: {out}{err}");
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    let codes = |resource: &serde_json::Value| -> Vec<String> {
        let warnings = resource["warnings"].as_array().unwrap().iter();
        warnings.map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
    };
    let told: Vec<_> = document["resources"].as_array().unwrap().iter().map(codes).collect();
    assert_eq!(told, [["id-in-use"], ["input-misfit"], ["no-worker"], ["unknown-workflow"]], "{out}");
    let (code, _, err) = check(Some("a-wrong-key"));
    assert!(code == 2 && err.contains("refused the API key"), "{err}");
    let (code, _, err) = check(None);
    assert!(code == 2 && err.contains("MISTRAL_API_KEY is not set"), "{err}");
}
