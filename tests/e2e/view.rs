//! What users and tools see: the columns of kubectl, `kubectl wait`, conditions, events, counts.

use serde_json::{Value, json};

use crate::harness::{World, condition};
use crate::specs::every;

#[tokio::test]
async fn kubectl_wait_for_ready_ends_when_the_schedule_is_at_the_remote() {
    let world = World::start().await;
    world.schedule("hourly").apply(every("1h")).await;
    let said = world.kubectl(&["wait", "--for=condition=Ready", "wfs/hourly", "--timeout=30s"]);
    assert!(said.contains("hourly condition met"), "{said}");
    assert_eq!(world.writes("hourly").await, ["create"]);
}

#[tokio::test]
async fn kubectl_get_shows_the_state_the_next_run_and_where_it_lives() {
    let world = World::start().await;
    let resource = world.schedule("hourly");
    let mut spec = every("1h");
    spec["maxExecutions"] = json!(7);
    resource.apply(spec).await;
    resource.until_ready("InSync").await;
    let next = world.remote("hourly").await["future_executions"][0]["scheduled_at"].clone();
    let row = columns(&world.kubectl(&["get", "wfs", "-o", "wide"]));
    let shown = |column: &str| row.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str());
    assert_eq!(shown("NAME"), Some("hourly"));
    assert_eq!(shown("READY"), Some("True"));
    assert_eq!(shown("STATUS"), Some("InSync"));
    assert_eq!(shown("NEXT RUN"), next.as_str());
    assert_eq!(shown("PAUSED"), Some("false"));
    assert_eq!(shown("SCHEDULE ID"), Some(world.id("hourly").as_str()));
    assert_eq!(shown("WORKFLOW"), Some("report"));
    assert_eq!(shown("CONNECTION"), Some(format!("{}/default", world.name).as_str()));
    assert_eq!(shown("REMAINING"), Some("7"));
}

#[tokio::test]
async fn kubectl_get_shows_the_connection_its_server_and_its_counts() {
    let world = World::start().await;
    for name in ["one", "two"] {
        world.schedule(name).apply(every("1h")).await;
    }
    for name in ["one", "two"] {
        world.schedule(name).until_ready("InSync").await;
    }
    world.polls(1).await;
    let counted = |object: &Value| {
        object["status"]["schedules"]
            == json!({
                "managed": 2, "ready": 2, "drifted": 0, "failing": 0, "paused": 0,
            })
    };
    world.connection("default").until("both are counted", counted).await;
    let row = columns(&world.kubectl(&["get", "wfconn"]));
    let shown = |column: &str| row.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str());
    assert_eq!(shown("READY"), Some("True"));
    assert_eq!(shown("STATUS"), Some("Connected"));
    assert!(shown("SERVER").is_some_and(|server| server.starts_with(world.sandbox.url())), "{row:?}");
    assert_eq!((shown("SCHEDULES"), shown("DRIFTED")), (Some("2"), Some("0")));
}

/// The cells of the only row of a table, by column.
fn columns(table: &str) -> Vec<(String, String)> {
    let mut lines = table.lines();
    let (heads, row) = (lines.next().expect("a head"), lines.next().expect("a row"));
    // Two or more spaces separate columns; one space may be part of a name.
    let is_start = |at: &usize| *at == 0 || (heads[..*at].ends_with("  ") && !heads[*at..].starts_with(' '));
    let starts: Vec<usize> = (0..heads.len()).filter(is_start).collect();
    let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
    let cell = |line: &str, start: usize, end: usize| {
        line.get(start..end.min(line.len())).unwrap_or_default().trim().to_owned()
    };
    starts.iter().zip(ends).map(|(start, end)| (cell(heads, *start, end), cell(row, *start, end))).collect()
}

#[tokio::test]
async fn a_schedule_in_sync_has_only_the_condition_ready() {
    let world = World::start().await;
    let resource = world.schedule("hourly");
    resource.apply(every("1h")).await;
    let ready = resource.until_ready("InSync").await;
    let types: Vec<&Value> =
        ready["status"]["conditions"].as_array().unwrap().iter().map(|condition| &condition["type"]).collect();
    assert_eq!(types, [&json!("Ready")]);
    assert_eq!(ready["status"]["observedGeneration"], ready["metadata"]["generation"]);
}

#[tokio::test]
async fn each_change_of_state_is_one_event_and_a_poll_causes_none() {
    let world = World::start().await;
    let resource = world.schedule("hourly");
    resource.apply(every("1h")).await;
    resource.until_ready("InSync").await;
    world.until_event("hourly", "Normal Created").await;
    let before = world.events("hourly").len();
    assert_eq!(before, 1, "a creation is one event: {:#?}", world.events("hourly"));
    resource.reconcile().await;
    world.polls(3).await;
    resource.edit(json!({ "paused": true })).await;
    resource.until_ready("Paused").await;
    world.until_event("hourly", "Normal Paused").await;
    let events = world.events("hourly");
    let paused = events.iter().filter(|event| event.starts_with("Normal Paused")).count();
    assert_eq!(events.len(), before + paused, "{events:#?}");
}

#[tokio::test]
async fn a_pause_on_failure_is_reported_and_not_undone() {
    let world = World::start().await;
    world.sandbox.set(json!({ "workflows": { "report": { "outcome": "FAILED" } } })).await;
    let resource = world.schedule("hourly");
    let mut spec = every("1h");
    spec["policy"] = json!({ "pauseOnFailure": true });
    spec["paused"] = json!(false);
    resource.apply(spec).await;
    resource.until_ready("InSync").await;
    world.sandbox.advance("PT1H1M").await;
    resource.reconcile().await;
    let object = resource.until_ready("PausedOnFailure").await;
    assert_eq!(condition(&object, "RunsFailing").map(|condition| &condition["status"]), Some(&json!("True")));
    let event = world.until_event("hourly", "Warning PausedOnFailure").await;
    assert!(event.contains("resume-requested-at"), "it says how to resume: {event}");
    world.stays_quiet().await;
    assert_eq!(world.writes("hourly").await, ["create"]);
    resource.annotate("resume-requested-at", &jiff::Timestamp::now().to_string()).await;
    resource.until_ready("InSync").await;
    assert_eq!(world.writes("hourly").await, ["create", "resume"]);
}

#[tokio::test]
async fn an_exhausted_schedule_is_ready_with_the_reason_exhausted() {
    let world = World::start().await;
    let resource = world.schedule("hourly");
    let mut spec = every("1h");
    spec["maxExecutions"] = json!(2);
    resource.apply(spec).await;
    resource.until_ready("InSync").await;
    world.sandbox.advance("PT3H").await;
    resource.reconcile().await;
    let exhausted = resource.until_ready("Exhausted").await;
    assert_eq!(exhausted["status"]["remainingExecutions"], 0);
    assert_eq!(exhausted["status"].get("nextExecutionTime"), None);
    world.stays_quiet().await;
    assert_eq!(world.sandbox.runs(&world.id("hourly")).await.len(), 2);
}
