//! 10,000 equal schedules: at rest, after a restart, and what they weigh.

use std::time::Duration;

use crate::creation::unlimited;
use crate::harness::{World, sandbox::Calls};
use crate::load::{create, schedules, until_all_ready};
use crate::meter::{cpu_seconds, kubernetes_writes, memory};
use crate::table::Table;

const COUNT: usize = 10_000;
/// Three polls of 10 s.
const WATCHED: Duration = Duration::from_secs(30);

/// Measures.
pub async fn measure(table: &mut Table) {
    let mut world = unlimited().await;
    let api = schedules(&world).await;
    create(&api, COUNT).await;
    world.start_operator();
    until_all_ready(&api, COUNT).await;
    // The first LIST after a creation judges every entry, the ones after it only what has changed.
    world.polls(3).await;
    at_rest(table, &mut world).await;
    let before = world.sandbox.calls().await.count();
    world.crash_and_restart();
    world.polls(2).await;
    let calls = Calls(world.sandbox.calls().await.0.split_off(before));
    let writes = kubernetes_writes(world.operator()).await;
    let measured = format!("{}, {writes} Kubernetes writes", counts(&calls));
    table.row("10,000: a restart and 2 more polls", measured, "10 LISTs a poll, no GET, no mutating call, no write");
    let (now, peak) = memory(world.operator());
    table.row("10,000: memory after a restart", format!("{now:.0} MB, peak {peak:.0} MB"), "≤ 100 MiB (105 MB)");
}

async fn at_rest(table: &mut Table, world: &mut World) {
    let before = world.sandbox.calls().await.count();
    let writes_before = kubernetes_writes(world.operator()).await;
    let cpu_before = cpu_seconds(world.operator());
    tokio::time::sleep(WATCHED).await;
    let cpu = (cpu_seconds(world.operator()) - cpu_before) / WATCHED.as_secs_f64() * 100.0;
    let writes = kubernetes_writes(world.operator()).await - writes_before;
    let calls = Calls(world.sandbox.calls().await.0.split_off(before));
    let measured = format!("{}, {writes} Kubernetes writes, {cpu:.1} % of a core", counts(&calls));
    table.row(
        "10,000 at rest: 30 s, a poll every 10 s",
        measured,
        "10 LISTs a poll, 0 GETs, 0 writes; < 2 % at a poll a minute",
    );
    let (now, peak) = memory(world.operator());
    table.row("10,000: memory", format!("{now:.0} MB, peak {peak:.0} MB"), "≤ 100 MiB (105 MB)");
}

fn counts(calls: &Calls) -> String {
    let of = |name: &str| calls.clone().named(name).count();
    let mutating = calls.clone().mutating().count();
    format!("{} LISTs, {} GETs, {mutating} mutating calls", of("list"), of("get"))
}
