//! Faults: errors, lost and late answers, and wrong answers, injected into calls.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Content, Operation, Spelling, Substitute, iso};

/// A fault, and the calls that it applies to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Only these calls; absent: all.
    #[serde(default)]
    pub operations: Option<Vec<Operation>>,
    /// Only calls about this schedule.
    #[serde(default)]
    pub schedule_id: Option<String>,
    /// Only calls with a key of this principal.
    #[serde(default)]
    pub principal: Option<String>,
    /// How often; absent: always.
    #[serde(default)]
    pub times: Option<u64>,
    /// How likely, from 0 to 1.
    #[serde(default = "certain")]
    pub probability: f64,
    /// The fault.
    pub fault: Fault,
}

const fn certain() -> f64 {
    1.0
}

impl FaultRule {
    /// A fault of every call.
    #[must_use]
    pub const fn always(fault: Fault) -> Self {
        Self { operations: None, schedule_id: None, principal: None, times: None, probability: 1.0, fault }
    }
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", deny_unknown_fields)]
pub enum Fault {
    /// It has no effect. The answer has this status.
    Status {
        /// The status.
        status: u16,
        /// The sender of the answer.
        #[serde(default)]
        body: Body,
    },
    /// It has no effect. The answer is a 429.
    RateLimited {
        /// The header `retry-after-ms`.
        #[serde(default)]
        retry_after_ms: Option<u64>,
        /// The header `Retry-After`, as it stands.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// It has no effect. The connection closes.
    DropBefore,
    /// It has its effect. The connection closes.
    DropAfter,
    /// It has its effect. The answer has this status.
    StatusAfter {
        /// The status.
        status: u16,
    },
    /// It takes longer. Another fault may apply as well.
    Latency {
        /// How much longer.
        #[serde(with = "iso")]
        delay: SignedDuration,
    },
    /// It has its effect. The answer comes late.
    LateReply {
        /// How late.
        #[serde(with = "iso")]
        delay: SignedDuration,
    },
    /// The connection closes. It has its effect later.
    LateEffect {
        /// How much later.
        #[serde(with = "iso")]
        delay: SignedDuration,
    },
    /// It has no effect. The answer has a large body.
    LargeBody {
        /// The status.
        #[serde(default = "ok")]
        status: u16,
        /// What the body consists of.
        content: Content,
        /// Its size, in bytes.
        size: usize,
        /// The body never ends: after `size` bytes the server sends more of the same, until the client
        /// closes the connection.
        #[serde(default)]
        endless: bool,
    },
    /// It has its effect. In the JSON of the answer, each field of this name has another value.
    ReplaceField {
        /// The name of the field, at any depth.
        field: String,
        /// Its value.
        with: Substitute,
    },
    /// It has no effect. The error in the answer repeats the API key.
    EchoKey {
        /// The status, on which the shape of the body depends: 401 `{"detail"}` as a text, 422 as a list, 403
        /// the gateway's `{"message"}`, any other the generic `{"object":"error","message"}`.
        status: u16,
        /// How the key is written.
        spelling: Spelling,
    },
}

const fn ok() -> u16 {
    200
}

/// The sender of an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// The API, with a code.
    #[default]
    Domain,
    /// The gateway before it.
    Gateway,
    /// A proxy.
    Html,
    /// The vendor's platform: `{"object":"error","message",…}`.
    Generic,
}

/// The part of a call that rules look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub operation: Operation,
    pub schedule_id: Option<&'a str>,
    pub principal: Option<&'a str>,
}

/// The active faults.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(Vec<FaultRule>);

impl Faults {
    pub fn add(&mut self, rule: FaultRule) {
        self.0.push(rule);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn rules(&self) -> &[FaultRule] {
        &self.0
    }

    /// The faults of a call: how much longer it takes, and the first other fault that applies.
    pub fn choose(&mut self, subject: Subject<'_>, random: &mut fastrand::Rng) -> (SignedDuration, Option<Fault>) {
        let mut latency = SignedDuration::ZERO;
        let mut fault = None;
        for rule in &mut self.0 {
            let is_latency = matches!(rule.fault, Fault::Latency { .. });
            if !is_latency && fault.is_some() || !rule.applies(subject, random) {
                continue;
            }
            match &rule.fault {
                Fault::Latency { delay } => latency = latency.saturating_add(*delay),
                other => fault = Some(other.clone()),
            }
        }
        self.0.retain(|rule| rule.times != Some(0));
        (latency, fault)
    }
}

impl FaultRule {
    /// Whether it applies to a call, which then counts.
    fn applies(&mut self, subject: Subject<'_>, random: &mut fastrand::Rng) -> bool {
        let concerns = self.operations.as_ref().is_none_or(|operations| operations.contains(&subject.operation))
            && self.schedule_id.as_deref().is_none_or(|id| subject.schedule_id == Some(id))
            && self.principal.as_deref().is_none_or(|principal| subject.principal == Some(principal));
        if !concerns || random.f64() >= self.probability {
            return false;
        }
        self.times = self.times.map(|times| times.saturating_sub(1));
        true
    }
}
