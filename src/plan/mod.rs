//! The thought: what is desired, what is observed, how they differ, and the one next step. Pure: no
//! runtime, no client, no clock (`now` is part of the [`Situation`]).

mod absent;
mod adoption;
mod claims;
mod connection;
mod connection_status;
mod contended;
mod content;
mod count;
mod decide;
mod deletion;
mod desired;
mod diff;
mod failure;
mod guard;
mod halt;
mod identity;
mod input;
mod mass;
mod observe;
mod observed;
mod patch;
mod pause;
mod pausing;
mod present;
mod replace;
mod request;
mod situation;
mod status;
mod step;
mod trigger;

pub use claims::{Claimant, holder};
pub use connection::{
    ConnectionSettings, IdentityVerdict, PrefixVerdict, ServerLimits, allows, connection_annotation, facts, identity,
    is_approved, prefix, settings,
};
pub use connection_status::{ConnectionNow, connection_status, count};
pub use content::{Content, Policy};
pub use decide::{id_in_question, plan};
pub use desired::{DeclaredPause, Desired, Refusal, desired, id_of, written};
pub use diff::{Difference, Field};
pub use identity::{IdRefusal, check_explicit, derived_id, is_under_prefix};
pub use input::{Input, InputError, Read, SourceKind, lay_over, redact, source_ref};
pub use mass::{Deletions, Verdict, deletions_allowed, disappearances_allowed};
pub use observed::{Observed, Sight};
pub use pause::resume_request;
pub use situation::{ConnectionFacts, ConnectionView, Situation, claim, remembered_pause};
pub use status::{differs_beyond_runs, redacted, remembering, shown_text, status, with_runs, without_passed_runs};
pub use step::{Call, Event, Journal, LATE_EFFECT, Learnt, Plan, Rest, Retry, Step};
pub use trigger::expired;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
