//! "A 429 slows the connection: `retry-after-ms` / `Retry-After` if given."

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use workflow_schedule_operator::sandbox::Reply;

use super::{Call, Verdict};
use crate::state::{Side, State};

#[derive(Debug, Default)]
pub struct WaitsWhenTold {
    /// When a process was told to wait, and until when.
    told: BTreeMap<u32, (Timestamp, Timestamp)>,
}

impl WaitsWhenTold {
    pub fn judge(&self, call: &Call) -> Verdict {
        let (heard, until) = *self.told.get(&call.process)?;
        (heard < call.at && call.at < until)
            .then(|| ("waits_when_told", format!("{:?} of {} before {until}", call.operation, call.id)))
    }
}

pub fn observe(state: &mut State, call: &Call, reply: &Reply, now: Timestamp) {
    if let Some(wait) = reply.response.as_ref().and_then(told_wait) {
        let heard = now + state.latency(Side::Remote).back + reply.delay;
        state.oracles.waits_when_told.told.insert(call.process, (heard, heard + wait));
    }
}

/// How long an answer asks to wait.
fn told_wait(response: &http::Response<Bytes>) -> Option<SignedDuration> {
    let header = response.headers().get("retry-after-ms")?.to_str().ok()?;
    Some(SignedDuration::from_millis(header.parse().ok()?))
}
