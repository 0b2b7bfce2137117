//! Faults: what goes wrong between the client and the API, on purpose.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Operation, iso};

/// Which calls a fault befalls.
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
    /// What happens.
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
    /// It is answered with a status and has no effect.
    Status {
        /// The status.
        status: u16,
        /// Who answers.
        #[serde(default)]
        body: Body,
    },
    /// It is answered with a 429 and has no effect.
    RateLimited {
        /// The header `retry-after-ms`.
        #[serde(default)]
        retry_after_ms: Option<u64>,
        /// The header `Retry-After`, as it stands.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// The connection closes, and it has no effect.
    DropBefore,
    /// It has its effect, and the connection closes.
    DropAfter,
    /// It has its effect, and is answered with a status.
    StatusAfter {
        /// The status.
        status: u16,
    },
    /// Everything takes longer. Other faults may come on top.
    Latency {
        /// By how much.
        #[serde(with = "iso")]
        delay: SignedDuration,
    },
    /// It has its effect, and the answer comes late.
    LateReply {
        /// By how much.
        #[serde(with = "iso")]
        delay: SignedDuration,
    },
    /// The connection closes, and it has its effect later.
    LateEffect {
        /// By how much.
        #[serde(with = "iso")]
        delay: SignedDuration,
    },
}

/// Who answers with an error.
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
}

/// What a fault looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Victim<'a> {
    pub operation: Operation,
    pub schedule_id: Option<&'a str>,
    pub principal: Option<&'a str>,
}

/// The faults that lie in wait.
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

    /// What befalls a call: how much longer it takes, and the first other fault.
    pub fn befall(&mut self, victim: Victim<'_>, random: &mut fastrand::Rng) -> (SignedDuration, Option<Fault>) {
        let mut latency = SignedDuration::ZERO;
        let mut fault = None;
        for rule in &mut self.0 {
            let is_latency = matches!(rule.fault, Fault::Latency { .. });
            if !is_latency && fault.is_some() || !rule.strikes(victim, random) {
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
    fn strikes(&mut self, victim: Victim<'_>, random: &mut fastrand::Rng) -> bool {
        let concerns = self.operations.as_ref().is_none_or(|operations| operations.contains(&victim.operation))
            && self.schedule_id.as_deref().is_none_or(|id| victim.schedule_id == Some(id))
            && self.principal.as_deref().is_none_or(|principal| victim.principal == Some(principal));
        if !concerns || random.f64() >= self.probability {
            return false;
        }
        self.times = self.times.map(|times| times.saturating_sub(1));
        true
    }
}
