//! The leader dies: how long until the other replica works.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Cluster, World, eventually_within};
use crate::table::Table;
/// Measures.
pub async fn measure(table: &mut Table) {
    let arguments = ["--leader-elect", "--leader-election-namespace", "workflow-schedule-operator-system"];
    let cluster = Arc::new(Cluster::private());
    let mut world = World::builder().on(cluster).arguments(&arguments).operators(2).start().await;
    let resource = world.schedule("nightly");
    resource.apply(json!({ "workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"] })).await;
    resource.until_ready("InSync").await;
    let leads = |log: &str| log.contains("leadership acquired");
    let leader = world.operators().iter().position(|operator| leads(&operator.log())).expect("one leads");
    world.operators()[leader].kill();
    let died = Instant::now();
    resource.edit(json!({ "jitter": "7s" })).await;
    eventually_within(Duration::from_mins(2), "the other replica sends the edit", async || {
        let calls = world.sandbox.calls().await.named("patch");
        if calls.count() == 1 { Ok(()) } else { Err(calls.to_string()) }
    })
    .await;
    let took = died.elapsed().as_secs_f64();
    let creates = world.sandbox.calls().await.named("create").count();
    table.row(
        "failover after kill -9 of the leader",
        format!("{took:.0} s, {creates} create in all"),
        "≤ 60 s, no call twice",
    );
}
