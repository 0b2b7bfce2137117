//! Plain values for the plan's tests, and a scene to change them in.

pub mod any;
mod scene;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::api::{Adoption, Target};
use crate::plan::decision::action::Call;
use crate::plan::model::content::Content;
use crate::plan::model::content::Policy;
use crate::plan::model::desired::DeclaredPause;
use crate::plan::model::desired::{Desired, RunLimits};
use crate::plan::model::observed::Observed;
use crate::remote::{ScheduleId, wire};
use crate::timing::{Interval, Spec};

pub use scene::Scene;

/// When every scene plays.
pub const NOW: &str = "2026-11-24T12:00:00Z";

/// The id of `shop/report`.
pub const ID: &str = "acme.shop.report";

/// A time.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Every hour, with an input.
pub fn content() -> Content {
    let timing =
        Spec { intervals: vec![Interval { every: SignedDuration::from_hours(1), offset: None }], ..Spec::default() };
    Content::new(timing, Policy::default(), json!({"region": "eu"}))
}

/// What `shop/report` declares.
pub fn desired() -> Desired {
    Desired {
        id: ScheduleId::new(ID),
        explicit: false,
        target: wire::Target {
            workflow_identifier: Some("report-workflow".into()),
            workflow_registration_id: None,
            deployment_name: None,
        },
        content: content(),
        input_fingerprint: "fingerprint".into(),
        max_executions: None,
        pause: DeclaredPause::Undeclared,
        adoption: Adoption::Never,
        management: None,
        runs: RunLimits::default(),
    }
}

/// A remote schedule that is as [`desired`] says.
pub fn observed() -> Observed {
    let content = content();
    Observed {
        id: ScheduleId::new(ID),
        workflow_name: Some("report-workflow".into()),
        deployment_name: None,
        paused: false,
        note: None,
        remaining: Some(wire::Remaining(None)),
        timing: Ok(content.timing),
        policy: Some(content.policy),
        input: Some(content.input),
        future: Vec::new(),
        recent: Vec::new(),
    }
}

/// A PATCH to what `shop/report` declares.
pub fn patch() -> Call {
    Call::Patch { body: Box::new(wire::Patch { schedule: content().definition(None) }), trial: false }
}

/// The workflow that `shop/report` was made for.
pub fn target() -> Target {
    Target { workflow_identifier: Some("report-workflow".into()), ..Target::default() }
}
