//! What a scrape shows.

use std::sync::Arc;

use super::*;

struct Two;

impl Objects for Two {
    fn connections(&self) -> Vec<ConnectionSample> {
        let labels = |name: &str| ObjectLabels { namespace: "team-a".into(), name: name.into() };
        let schedules =
            |reason: &str| vec![ScheduleCount { ready: reason == "InSync", reason: reason.into(), count: 2.0 }];
        let own =
            ConnectionValues { ready: true, last_poll: Some(1_790_000_000.5), throttles: 3, ..Default::default() };
        let none = ConnectionSample {
            labels: labels("absent"),
            own: None,
            schedules: schedules("ConnectionNotFound"),
            drifted: 0.0,
            failing: 0.0,
            paused: 0.0,
        };
        vec![
            none.clone(),
            ConnectionSample { labels: labels("default"), own: Some(own), schedules: schedules("InSync"), ..none },
        ]
    }

    fn schedules(&self) -> Vec<ScheduleSample> {
        let labels = ObjectLabels { namespace: "team-a".into(), name: "nightly".into() };
        vec![ScheduleSample {
            labels,
            next_run: Some(1_790_000_000.0),
            last_run: None,
            ready: true,
            drifted: false,
            paused: false,
            runs: RunSample::default(),
        }]
    }
}

fn shown(has_schedules: bool) -> (Metrics, Arc<dyn Objects>) {
    let (metrics, objects): (_, Arc<dyn Objects>) = (Metrics::new(has_schedules), Arc::new(Two));
    metrics.show(Arc::downgrade(&objects));
    (metrics, objects)
}

#[test]
fn every_counter_that_may_rise_is_at_zero_from_the_start() {
    let text = Metrics::default().text(Format::Text);
    for series in [
        r#"remote_calls_total{operation="get_execution",outcome="rate_limited"} 0"#,
        r#"reconciles_total{outcome="failed"} 0"#,
        r#"kubernetes_writes_total{what="run_times"} 0"#,
        r#"kubernetes_write_failures_total{what="event",outcome="dropped"} 0"#,
        r#"remote_call_duration_seconds_count{operation="create",outcome="ok"} 0"#,
        "panics_total 0",
        "resource_versions_went_back_total 0",
        "leader 0",
    ] {
        assert!(text.contains(&format!("\nworkflow_schedule_operator_{series}\n")), "{series} is not in\n{text}");
    }
}

#[test]
fn what_happens_is_counted_only_in_series_that_were_there() {
    let metrics = Metrics::default();
    let series = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
    let before = series(&metrics.text(Format::Text));
    metrics.called(Operation::List, None, Duration::from_millis(20));
    metrics.reconciled(ReconcileOutcome::Ready, Duration::from_millis(20));
    metrics.wrote("memory");
    metrics.write_took("status", Duration::from_millis(2));
    metrics.write_failed("lease", "failed");
    let text = metrics.text(Format::Text);
    assert_eq!(series(&text), before);
    let bucket = r#"remote_call_duration_seconds_bucket{le="0.025",operation="list",outcome="ok"} 1"#;
    assert!(text.contains(bucket), "{text}");
}

#[test]
fn an_object_has_series_while_it_is_there() {
    let (metrics, objects) = shown(true);
    let text = metrics.text(Format::Text);
    for series in [
        r#"connection_ready{namespace="team-a",name="default"} 1.0"#,
        r#"connection_throttles_total{namespace="team-a",name="default"} 3"#,
        r#"connection_last_poll_timestamp_seconds{namespace="team-a",name="default"} 1790000000.5"#,
        r#"connection_schedules{namespace="team-a",name="default",ready="true",reason="InSync"} 2.0"#,
        r#"connection_schedules{namespace="team-a",name="absent",ready="false",reason="ConnectionNotFound"} 2.0"#,
        r#"schedule_next_run_timestamp_seconds{namespace="team-a",name="nightly"} 1790000000.0"#,
    ] {
        assert!(text.contains(&format!("\nworkflow_schedule_operator_{series}\n")), "{series} is not in\n{text}");
    }
    assert!(!text.contains(r#"connection_ready{namespace="team-a",name="absent"}"#), "{text}");
    assert!(!text.contains("schedule_last_run_timestamp_seconds{"), "it has not run yet: {text}");
    drop(objects);
    assert!(!metrics.text(Format::Text).contains("team-a"), "another replica leads");
}

#[test]
fn single_schedules_can_be_left_out() {
    let (metrics, _objects) = shown(false);
    let text = metrics.text(Format::Text);
    assert!(!text.contains("_operator_schedule_") && text.contains("connection_schedules{"), "{text}");
}

#[test]
fn the_process_has_the_usual_names_without_a_prefix() {
    let text = Metrics::default().text(Format::OpenMetrics);
    for name in [
        "process_cpu_seconds_total",
        "process_start_time_seconds",
        "process_resident_memory_bytes",
        "process_virtual_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_threads",
    ] {
        let line = text.lines().find(|line| line.starts_with(&format!("{name} ")));
        let value: f64 =
            line.unwrap_or_else(|| panic!("no {name}:\n{text}")).rsplit(' ').next().unwrap().parse().unwrap();
        assert!(value > 0.0 || name == "process_cpu_seconds_total", "{name} {value}");
    }
    assert!(text.ends_with("# EOF\n"));
    assert!(text.contains("workflow_schedule_operator_build_info{version="), "{text}");
}

#[test]
fn compressed_metrics_are_the_same() {
    let metrics = Metrics::default();
    for format in [Format::Text, Format::OpenMetrics] {
        let (mut text, compressed) = (String::new(), metrics.gzip(format));
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*compressed), &mut text).unwrap();
        assert_eq!(without_process(&text), without_process(&metrics.text(format)));
        assert!(text.ends_with('\n'), "the last line is whole");
    }
}

/// What the kernel says of the process changes.
fn without_process(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.contains("process_")).collect()
}
