//! What the kernel and the operator say of the operator's process.

use crate::harness::{Operator, eventually};

/// Memory in MB (1 MB = 1000 kB), now and at its peak.
pub fn memory(operator: &Operator) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", operator.id())).unwrap();
    let kilobytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1000.0
    };
    (kilobytes("VmRSS:"), kilobytes("VmHWM:"))
}

/// Seconds of processor time so far.
pub fn cpu_seconds(operator: &Operator) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", operator.id())).unwrap();
    // The name stands in parentheses and may hold spaces; utime and stime are the 12th and 13th after it.
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// Connections to the remote that are open.
pub fn open_connections(operator: &Operator, url: &str) -> usize {
    let port = url.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let wanted = format!(":{port:04X}");
    let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", operator.id())).unwrap();
    // The second address of a line is the other side; 01 is an established connection.
    let is_open = |fields: &Vec<&str>| fields.len() > 3 && fields[2].ends_with(&wanted) && fields[3] == "01";
    table.lines().map(|line| line.split_whitespace().collect()).filter(is_open).count()
}

/// Writes to Kubernetes so far, by the operator's own count.
pub async fn kubernetes_writes(operator: &Operator) -> u64 {
    let address = eventually("the operator says where it listens", async || {
        let lines = operator.log_lines();
        let listen = lines.iter().find_map(|line| line["listen"].as_str().map(str::to_owned));
        listen.ok_or_else(|| operator.log())
    })
    .await;
    let text = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
    let counts = text.lines().filter(|line| line.starts_with("workflow_schedule_operator_kubernetes_writes_total"));
    counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}
