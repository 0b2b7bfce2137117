//! The start of the operator, and the size of its program.

use crate::harness::{Operator, eventually};
use crate::load::{create, schedules, unlimited};
use crate::report::{Report, Unit, float};

/// From the start of the process until it creates the schedule of a resource that was there before.
pub async fn first_reconcile(report: &mut Report) {
    let mut took = Vec::new();
    for _ in 0..3 {
        let mut world = unlimited("60s").await;
        let api = schedules(&world).await;
        create(&api, 1).await;
        let begun = jiff::Timestamp::now();
        world.start_operator();
        let created = eventually("the schedule is created", async || {
            let calls = world.sandbox.calls().await.named("create");
            calls.0.first().map(|call| call.at.clone()).ok_or_else(|| calls.to_string())
        })
        .await;
        let created: jiff::Timestamp = created.parse().unwrap();
        took.push(created.duration_since(begun).as_secs_f64() * 1000.0);
    }
    let slowest = took.into_iter().fold(0.0, f64::max);
    report.at_most("start: until the first POST, the slowest of three", slowest, Unit::Milliseconds, 500.0);
}

/// The stripped program.
pub fn size(report: &mut Report) {
    let bytes = std::fs::metadata(Operator::PROGRAM).unwrap().len();
    let mebibytes = float(usize::try_from(bytes).unwrap()) / 1_048_576.0;
    report.at_most("size of the program", mebibytes, Unit::Mebibytes, 20.0);
}
