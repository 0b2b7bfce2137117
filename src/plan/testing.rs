//! Plain values for the plan's tests.

use jiff::SignedDuration;
use serde_json::json;

use super::{Content, DeclaredPause, Desired, Observed, Policy};
use crate::api::Adoption;
use crate::remote::{ScheduleId, wire};
use crate::timing::{Interval, Spec};

/// Every hour, with an input.
#[must_use]
pub fn content() -> Content {
    let timing =
        Spec { intervals: vec![Interval { every: SignedDuration::from_hours(1), offset: None }], ..Spec::default() };
    Content::new(timing, Policy::default(), json!({"region": "eu"}))
}

/// What `shop/report` declares.
#[must_use]
pub fn desired() -> Desired {
    Desired {
        id: ScheduleId::new("acme.shop.report"),
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
    }
}

/// A remote schedule that is as [`desired`] says.
#[must_use]
pub fn observed() -> Observed {
    let content = content();
    Observed {
        id: ScheduleId::new("acme.shop.report"),
        workflow_name: Some("report-workflow".into()),
        deployment_name: None,
        paused: false,
        note: None,
        remaining: Some(None),
        timing: Ok(content.timing),
        policy: Some(content.policy),
        input: Some(content.input),
        future: Vec::new(),
        recent: Vec::new(),
    }
}
