//! "Only claimed ids are written or deleted", and "a finalizer is set before the first POST": without it no
//! write can be undone.

use serde_json::Value;

use super::{Call, Verdict};
use crate::kubernetes::finalizers;

pub fn judge(call: &Call, owners: &[&Value]) -> Verdict {
    owners
        .is_empty()
        .then(|| ("claimed", format!("{:?} of {}, which no resource has claimed", call.operation, call.id)))
}

pub fn finalizer_first(call: &Call, owners: &[&Value]) -> Verdict {
    let has_finalizer = |object: &&Value| finalizers(object).contains(&"workflows.mistral.ai/finalizer");
    let is_held = owners.is_empty() || owners.iter().any(has_finalizer);
    (!is_held).then(|| ("finalizer_first", format!("{:?} of {} before its finalizer", call.operation, call.id)))
}
