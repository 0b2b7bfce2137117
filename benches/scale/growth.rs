//! How the cost grows with the number of schedules, as plots in `docs/benchmarks/`.

use std::path::Path;

use crate::plot::Plot;
use crate::report::{Report, Unit, float};
use crate::size::{self, Figures};

const COUNTS: [usize; 4] = [100, 1000, 10_000, 50_000];
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/benchmarks");

/// Measures the numbers that `known` does not hold, and draws all.
pub async fn measure(report: &mut Report, mut known: Vec<Figures>) {
    for count in COUNTS {
        if !known.iter().any(|figures| figures.count == count) {
            known.push(size::measure(count).await.1);
        }
    }
    known.sort_by_key(|figures| figures.count);
    for figures in &known {
        let mut shown =
            |what: &str, value, unit| report.shown(&format!("growth, {}: {what}", figures.count), value, unit);
        shown("until all Ready", figures.creation.seconds, Unit::Seconds);
        shown("processor time of the creation", figures.creation.cpu_seconds, Unit::ProcessorSeconds);
        shown("peak memory of the creation", figures.creation.memory.peak, Unit::Mebibytes);
        shown("processor at rest", figures.rest.minute.cpu, Unit::PercentOfCore);
        shown("memory at rest", figures.rest.memory.now, Unit::Mebibytes);
        shown("restart until all are known", figures.restart.seconds, Unit::Seconds);
        shown("processor time of the restart", figures.restart.cpu_seconds, Unit::ProcessorSeconds);
    }
    draw(&known);
}

/// The peer, provider-http, at 1,000 schedules: see `docs/benchmarks.md`.
fn draw(known: &[Figures]) {
    let line = |value: fn(&Figures) -> f64| {
        known.iter().map(|figures| (float(figures.count), value(figures))).collect::<Vec<_>>()
    };
    let plots = [
        Plot {
            file: "creation",
            title: "New schedules until all are Ready",
            unit: "seconds",
            ours: line(|figures| figures.creation.seconds),
            peer: Some(118.9),
        },
        Plot {
            file: "creation-processor",
            title: "Processor time of the creation",
            unit: "seconds of a core",
            ours: line(|figures| figures.creation.cpu_seconds),
            peer: Some(24.1),
        },
        Plot {
            file: "memory",
            title: "Peak memory",
            unit: "MiB",
            ours: line(|figures| figures.creation.memory.peak.max(figures.restart.memory.peak)),
            peer: Some(162.0),
        },
        Plot {
            file: "rest",
            title: "Processor while nothing changes, a poll a minute",
            unit: "percent of a core",
            ours: line(|figures| figures.rest.minute.cpu),
            peer: Some(8.0 / 60.0 * 100.0),
        },
        Plot {
            file: "restart",
            title: "Restart until all are known",
            unit: "seconds",
            ours: line(|figures| figures.restart.seconds),
            peer: None,
        },
    ];
    std::fs::create_dir_all(FOLDER).unwrap();
    for plot in &plots {
        plot.draw(Path::new(FOLDER));
    }
}
