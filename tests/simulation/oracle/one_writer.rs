//! "One active replica by Lease": whoever calls holds it, and has renewed it lately.

use jiff::{SignedDuration, Timestamp};

use super::{Call, Verdict};
use crate::state::State;

/// No call starts so long after the lease was renewed last: it would not have ended when the lease does.
const RENEW_DEADLINE: SignedDuration = SignedDuration::from_secs(25);

pub fn judge(state: &State, call: &Call) -> Verdict {
    let lease = state.lease()?;
    let holder = lease["spec"]["holderIdentity"].as_str()?;
    let renewed: Timestamp = lease["spec"]["renewTime"].as_str()?.parse().ok()?;
    let what = if holder != crate::world::identity(call.process) {
        format!("while {holder} leads")
    } else if call.at.duration_since(renewed) > RENEW_DEADLINE {
        format!("with a lease of {renewed}")
    } else {
        return None;
    };
    Some(("one_writer", format!("{:?} of {} by process {}, {what}", call.operation, call.id, call.process)))
}
