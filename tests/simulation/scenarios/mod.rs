//! What people do, one thing at a time. Each scenario is a play in which nothing goes wrong; the tests
//! place every fault at every boundary of each.

pub mod connections;
pub mod counts;
pub mod life;
pub mod meddling;
pub mod pauses;
pub mod replicas;
pub mod targets;

use serde_json::{Value, json};

use crate::people::Step;
use crate::story::seconds;

type At = (jiff::SignedDuration, Step);

/// The schedule that most scenarios are about.
pub const REPORT: &str = "shop/report";
/// Its id at the remote.
pub const ID: &str = "acme.shop.report";

/// A spec of the workflow `report` with more to it.
pub fn spec(more: Value) -> Value {
    let mut spec = json!({ "workflowIdentifier": "report" });
    if let (Some(spec), Value::Object(more)) = (spec.as_object_mut(), more) {
        spec.extend(more);
    }
    spec
}

/// It would fire between any two calls.
pub fn every_second(more: Value) -> Value {
    let mut spec = spec(more);
    spec["intervals"] = json!([{ "every": "PT1S" }]);
    spec
}

pub fn every_minute(more: Value) -> Value {
    let mut spec = spec(more);
    spec["intervals"] = json!([{ "every": "PT1M", "offset": "PT20S" }]);
    spec
}

pub fn daily(more: Value) -> Value {
    let mut spec = spec(more);
    spec["cronExpressions"] = json!(["0 9 * * *"]);
    spec
}

pub fn apply(at: i64, spec: Value) -> At {
    (seconds(at), Step::Apply(REPORT.into(), spec))
}

pub fn edit(at: i64, change: Value) -> At {
    (seconds(at), Step::Edit(REPORT.into(), change))
}

pub fn ask(at: i64, name: &'static str) -> At {
    (seconds(at), Step::Ask(REPORT.into(), name))
}

pub fn delete(at: i64) -> At {
    (seconds(at), Step::Delete(REPORT.into()))
}

pub fn console(at: i64, what: crate::people::Console) -> At {
    (seconds(at), Step::Console(what, ID.into()))
}

pub fn connection(at: i64, change: Value) -> At {
    (seconds(at), Step::Connection("shop/default".into(), change))
}
