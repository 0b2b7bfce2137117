//! How long the next runs of a spec take: `cargo bench --bench timing`.
//!
//! The bounds are 1 ms for 10 runs of any spec and 5 ms for one that never fires; both are checked on
//! every vector before the slowest is measured thoroughly.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use serde_json::{Value, json};
use workflow_schedule_operator::timing::{Spec, WrittenSpec};

const TEN_RUNS: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::from_millis(5);
/// `start_at` of every vector lies after this.
const NOW: &str = "2026-11-24T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn spec(sent: &Value) -> Option<Spec> {
    serde_json::from_value::<WrittenSpec>(sent.clone()).unwrap().canonical().ok()
}

/// As many crons as a resource may have.
fn hundred() -> (String, Spec) {
    let crons: Vec<String> =
        (0..100).map(|index| format!("{} {} {} * *", index % 60, index % 24, index % 28 + 1)).collect();
    (
        "100 monthly crons".into(),
        spec(&json!({"cron_expressions": crons, "time_zone_name": "Europe/Paris", "jitter": "PT10M"})).unwrap(),
    )
}

/// Every spec that the vectors' server took.
fn vectors() -> Vec<(String, Spec)> {
    let lines = include_str!("../tests/vectors/temporal-1.32.0.jsonl").lines();
    let sent = lines.map(|line| serde_json::from_str::<Value>(line).unwrap()["sent"].clone());
    sent.filter_map(|sent| Some((sent.to_string(), spec(&sent)?))).collect()
}

/// Specs that never fire, each by another reason.
fn never_firing() -> Vec<(String, Spec)> {
    let all_day = json!({"hour": [{"start": 0, "end": 23}], "minute": [{"start": 0, "end": 59}],
                         "second": [{"start": 0, "end": 59}]});
    let weekdays = json!({"day_of_week": [{"start": 1, "end": 5}], "hour": [{"start": 0, "end": 23}],
                          "minute": [{"start": 0, "end": 59}]});
    let specs = [
        json!({"cron_expressions": ["0 0 31 2 *"]}),
        json!({"cron_expressions": ["* * 31 4,6,9,11 *"], "time_zone_name": "Europe/Paris"}),
        json!({"cron_expressions": ["* * * * * * *"], "skip": [all_day]}),
        json!({"cron_expressions": ["*/5 * * * 1-5"], "skip": [weekdays], "time_zone_name": "America/New_York"}),
        json!({"intervals": [{"every": "PT1S"}], "skip": [all_day], "time_zone_name": "Australia/Lord_Howe"}),
        json!({"intervals": [{"every": "PT1H"}], "end_at": "2020-01-01T00:00:00Z"}),
        json!({"cron_expressions": ["30 2 * * *"], "skip": [{"hour": [{"start": 2}], "minute": [{"start": 30}]}],
               "time_zone_name": "Europe/Paris"}),
        json!({"cron_expressions": ["30 2 * * *"], "time_zone_name": "Europe/Paris",
               "skip": [{"hour": [{"start": 2}], "minute": [{"start": 30}], "day_of_week": [{"start": 0, "end": 3}]},
                        {"hour": [{"start": 2}], "minute": [{"start": 30}], "day_of_week": [{"start": 4, "end": 6}]}]}),
        json!({"calendars": [{"hour": []}]}),
        json!({"calendars": [{"year": [{"start": 2020}]}]}),
        json!({}),
    ];
    let mut all: Vec<(String, Spec)> = specs.iter().map(|sent| (sent.to_string(), spec(sent).unwrap())).collect();
    all.extend(vectors().into_iter().filter(|(_, spec)| spec.never_fires(now())));
    all
}

fn ten_runs(spec: &Spec) -> usize {
    spec.runs_after(now(), "schedule").take(10).count()
}

/// The slowest of some specs, by the best of five tries each.
fn slowest(specs: Vec<(String, Spec)>) -> (String, Spec, Duration) {
    let best = |spec: &Spec| {
        let tries = (0..5).map(|_| {
            let begun = Instant::now();
            black_box(ten_runs(black_box(spec)));
            begun.elapsed()
        });
        tries.min().unwrap()
    };
    let timed = specs.into_iter().map(|(name, spec)| {
        let best = best(&spec);
        (name, spec, best)
    });
    timed.max_by_key(|(_, _, best)| *best).unwrap()
}

fn bounded(criterion: &mut Criterion) {
    let any = vectors().into_iter().chain([hundred()]).collect();
    for (what, specs, bound) in [("10 runs", any, TEN_RUNS), ("never fires", never_firing(), NEVER)] {
        let count = specs.len();
        let (name, spec, best) = slowest(specs);
        println!("{what}: the slowest of {count} takes {best:?}: {name}");
        assert!(best <= bound, "{what}: {best:?} is over {bound:?}");
        criterion
            .bench_function(&format!("{what}, the slowest"), |bencher| bencher.iter(|| ten_runs(black_box(&spec))));
    }
}

fn throughput(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fire times");
    for (name, sent) in [
        ("cron in a zone", json!({"cron_expressions": ["*/15 9-17 * * 1-5"], "time_zone_name": "Europe/Paris"})),
        ("interval", json!({"intervals": [{"every": "PT5M"}]})),
        (
            "ten calendars and a skip",
            json!({
                "cron_expressions": (0..10).map(|hour| format!("{} {hour} * * *", hour * 5)).collect::<Vec<_>>(),
                "skip": [{"day_of_week": [{"start": 0}], "hour": [{"start": 0, "end": 23}],
                          "minute": [{"start": 0, "end": 59}]}],
                "time_zone_name": "America/New_York"
            }),
        ),
    ] {
        let spec = spec(&sent).unwrap();
        group.throughput(Throughput::Elements(1000));
        group.bench_function(name, |bencher| {
            bencher.iter(|| spec.runs_after(black_box(now()), "schedule").take(1000).map(|run| run.nominal).last());
        });
    }
    group.finish();
}

criterion_group!(benches, bounded, throughput);
criterion_main!(benches);
