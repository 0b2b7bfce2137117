//! What the kernel and the operator say of the operator's process, and what the sandbox has counted.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::time::Duration;

use flate2::read::GzDecoder;

use crate::harness::{Operator, World};
use crate::report::float;

/// Memory in MiB.
pub struct Memory {
    /// Resident now.
    pub now: f64,
    /// The most that was resident.
    pub peak: f64,
}

/// The memory of the operator.
pub fn memory(operator: &Operator) -> Memory {
    let status = std::fs::read_to_string(format!("/proc/{}/status", operator.id())).unwrap();
    let mebibytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    };
    Memory { now: mebibytes("VmRSS:"), peak: mebibytes("VmHWM:") }
}

/// Seconds of processor time so far.
pub fn cpu_seconds(operator: &Operator) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", operator.id())).unwrap();
    // The name stands in parentheses and may hold spaces; utime and stime are the 12th and 13th after it.
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// Connections to the remote that the operator has open.
pub fn open_connections(operator: &Operator, url: &str) -> usize {
    let port = url.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let wanted = format!(":{port:04X}");
    let descriptors = std::fs::read_dir(format!("/proc/{}/fd", operator.id())).unwrap();
    let links = descriptors.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let own: BTreeSet<String> = links.map(|link| link.to_string_lossy().into_owned()).collect();
    // The table is of all processes. The second address of a line is the other side; 01 is an established connection; the
    // tenth field is the inode of the socket.
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let is_open = |fields: &Vec<&str>| {
        fields.len() > 9
            && fields[2].ends_with(&wanted)
            && fields[3] == "01"
            && own.contains(&format!("socket:[{}]", fields[9]))
    };
    table.lines().map(|line| line.split_whitespace().collect()).filter(is_open).count()
}

/// Writes to Kubernetes so far, by the operator's own count.
pub async fn kubernetes_writes(operator: &Operator) -> f64 {
    // Compressed, as Prometheus asks: the text of 10,000 schedules is long.
    let request = reqwest::Client::new().get(format!("http://{}/metrics", operator.address().await));
    let answer = request.header("accept-encoding", "gzip").send().await.unwrap().bytes().await.unwrap();
    let mut text = String::new();
    GzDecoder::new(&*answer).read_to_string(&mut text).unwrap();
    let counts = text.lines().filter(|line| line.starts_with("workflow_schedule_operator_kubernetes_writes_total"));
    counts.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

/// How many calls there were. The calls themselves have bodies, which are long for many schedules.
pub struct CallCounts {
    by_operation: BTreeMap<String, usize>,
    /// Those that change a schedule.
    pub mutating: usize,
}

impl CallCounts {
    /// Those of the operator since the last reset.
    pub async fn of(world: &World) -> Self {
        let calls = world.sandbox.calls().await;
        let mut by_operation = BTreeMap::new();
        for call in &calls.0 {
            *by_operation.entry(call.operation.clone()).or_default() += 1;
        }
        Self { by_operation, mutating: calls.mutating().count() }
    }

    /// Those of one operation.
    pub fn named(&self, operation: &str) -> usize {
        self.by_operation.get(operation).copied().unwrap_or_default()
    }

    /// All calls about schedules, for each of `count`.
    pub fn per_schedule(&self, count: usize) -> f64 {
        float(self.named("list") + self.named("get") + self.mutating) / float(count)
    }
}

/// What happened while the operator was watched.
pub struct Watched {
    /// Its calls.
    pub calls: CallCounts,
    /// Its writes to Kubernetes.
    pub writes: f64,
    /// Percent of a core.
    pub cpu: f64,
}

/// Watches the operator for some time. What the sandbox has counted before is forgotten.
pub async fn watch(world: &mut World, time: Duration) -> Watched {
    world.sandbox.forget_calls().await;
    let (writes, cpu) = (kubernetes_writes(world.operator()).await, cpu_seconds(world.operator()));
    tokio::time::sleep(time).await;
    let cpu = (cpu_seconds(world.operator()) - cpu) / time.as_secs_f64() * 100.0;
    let writes = kubernetes_writes(world.operator()).await - writes;
    Watched { calls: CallCounts::of(world).await, writes, cpu }
}
