//! "A token bucket" for each connection. Here there is one.

use jiff::SignedDuration;

use super::{Breach, Call};
use crate::kubernetes::find;
use crate::state::State;

pub fn judge(state: &State) -> Option<Breach> {
    let mut connections =
        find("workflowconnections").into_iter().flat_map(|kind| state.kubernetes.store.list(kind, None));
    let limit = connections.next().map(|(_, object)| object["spec"]["rateLimit"].clone())?;
    let (rate, burst) = (limit["requestsPerSecond"].as_u64().unwrap_or(8), limit["burst"].as_u64().unwrap_or(16));
    let within = SignedDuration::from_secs(10);
    // Those that left just before arrive just after.
    let most = usize::try_from(burst + 10 * rate + 4).unwrap_or(usize::MAX);
    let calls = &state.oracles.model.calls;
    let count = |first: &Call| {
        let own = calls.iter().filter(|other| other.process == first.process && other.at >= first.at);
        own.filter(|other| other.at < first.at + within).count()
    };
    let first = calls.iter().find(|first| count(first) > most)?;
    let what = format!("{} calls in the ten seconds from {}, and {most} are allowed", count(first), first.at);
    Some(Breach { oracle: "keeps_to_the_rate", at: first.at, what })
}
