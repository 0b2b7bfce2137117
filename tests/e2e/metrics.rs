//! What `/metrics` shows, and what a real Prometheus makes of it.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{World, eventually, process::Process};
use crate::specs::daily;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[tokio::test]
async fn the_metrics_of_a_schedule_end_with_it() {
    let mut world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    let (_, metrics) = world.operator().ask("metrics").await;
    let namespace = world.name.clone();
    let value = |metrics: &str, name: &str, labels: &str| -> Option<f64> {
        let series = format!("workflow_schedule_operator_{name}{{namespace=\"{namespace}\",name={labels}}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&series)).map(|value| value.parse().unwrap())
    };
    assert_eq!(value(&metrics, "connection_ready", r#""default""#), Some(1.0), "{metrics}");
    assert_eq!(value(&metrics, "connection_kill_switch", r#""default""#), Some(0.0), "{metrics}");
    let in_sync = r#""default",ready="true",reason="InSync""#;
    assert_eq!(value(&metrics, "connection_schedules", in_sync), Some(1.0), "{metrics}");
    assert_eq!(value(&metrics, "schedule_ready", r#""nightly""#), Some(1.0), "{metrics}");
    let now = jiff::Timestamp::now().duration_since(jiff::Timestamp::UNIX_EPOCH).as_secs_f64();
    let polled = value(&metrics, "connection_last_poll_timestamp_seconds", r#""default""#).unwrap();
    assert!(polled <= now && polled > now - 600.0, "{polled} {now}");
    assert!(value(&metrics, "schedule_next_run_timestamp_seconds", r#""nightly""#).unwrap() > now, "{metrics}");
    resource.delete().await;
    resource.until_gone().await;
    let without = eventually("the series end", async || {
        let (_, metrics) = world.operator().ask("metrics").await;
        if metrics.contains("nightly") { Err(metrics) } else { Ok(metrics) }
    });
    let without = without.await;
    assert_eq!(value(&without, "connection_ready", r#""default""#), Some(1.0), "{without}");
}

/// A Prometheus that scrapes an operator, with the alerts of the chart.
struct Prometheus {
    url: String,
    _process: Process,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    /// `None` where there is none.
    fn start(operator: &str) -> Option<Self> {
        if let Err(error) = Command::new("prometheus").arg("--version").output() {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "prometheus cannot be run: {error}");
            println!("NOT RUN: prometheus is not on the PATH");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let config = json!({
            "global": { "scrape_interval": "1s", "evaluation_interval": "1s" },
            "rule_files": [format!("{ROOT}/charts/workflow-schedule-operator/files/alerts.yaml")],
            "scrape_configs": [{ "job_name": "operator", "static_configs": [
                { "targets": [operator], "labels": { "namespace": "NAMESPACE", "pod": "FULLNAME-a" } },
            ] }],
        });
        let (file, data) = (folder.path().join("prometheus.yaml"), folder.path().join("data"));
        std::fs::write(&file, config.to_string()).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("prometheus");
        command.arg("--config.file").arg(&file).arg("--storage.tsdb.path").arg(&data);
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let process = Process::start("prometheus", &mut command);
        Some(Self { url: format!("http://127.0.0.1:{port}/api/v1"), _process: process, _folder: folder })
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
        let client = reqwest::Client::new();
        let answer = client.get(format!("{}/{path}", self.url)).query(query).send().await;
        let answer = answer.map_err(|error| error.to_string())?;
        let answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        if answer["status"] == "success" { Ok(answer["data"].clone()) } else { Err(answer.to_string()) }
    }
}

/// The queries of the dashboard, with values in place of its variables.
fn queries() -> Vec<String> {
    let board =
        std::fs::read_to_string(format!("{ROOT}/charts/workflow-schedule-operator/files/dashboard.json")).unwrap();
    let board: Value = serde_json::from_str(&board).unwrap();
    let targets =
        board["panels"].as_array().unwrap().iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries = targets.map(|target| target["expr"].as_str().unwrap());
    queries.map(|query| query.replace("$__rate_interval", "1m").replace("$namespace", ".+")).collect()
}

#[tokio::test]
async fn prometheus_answers_every_query_of_the_dashboard_and_no_alert_is_raised() {
    let mut world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    let address = world.operator().address().await;
    let Some(prometheus) = Prometheus::start(&address) else { return };
    for query in queries() {
        eventually(&format!("there is an answer to {query}"), async || {
            let found = prometheus.get("query", &[("query", &query)]).await?;
            if found["result"].as_array().is_some_and(|result| !result.is_empty()) {
                Ok(())
            } else {
                Err(found.to_string())
            }
        })
        .await;
    }
    // Prometheus renames the label of the object, as the alerts expect.
    let query = r#"workflow_schedule_operator_connection_ready{namespace="NAMESPACE",name="default"}"#;
    let ready = prometheus.get("query", &[("query", query)]).await.unwrap();
    assert_eq!(ready["result"][0]["metric"]["exported_namespace"], json!(world.name), "{ready}");
    let rules = eventually("every rule was evaluated", async || {
        let rules = prometheus.get("rules", &[]).await?;
        let all = rules["groups"][0]["rules"].as_array().cloned().unwrap_or_default();
        if !all.is_empty() && all.iter().all(|rule| rule["health"] == "ok") { Ok(all) } else { Err(rules.to_string()) }
    })
    .await;
    for rule in rules {
        assert_eq!(rule["state"], "inactive", "{rule}");
    }
}
