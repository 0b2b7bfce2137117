//! The desired and the observed state of an existing schedule, as the rules compare them.

use crate::api::Memory;
use crate::plan::decision::inputs::{ConnectionFacts, Inputs};
use crate::plan::model::desired::Desired;
use crate::plan::model::observed::Observed;

/// One comparison with an existing schedule. `fresh`: it was read by a GET of this reconcile, so a write may be
/// based on it.
pub(crate) struct Comparison<'a> {
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) desired: &'a Desired,
    pub(crate) facts: &'a ConnectionFacts,
    pub(crate) observed: &'a Observed,
    pub(crate) fresh: bool,
    /// The new memory.
    pub(crate) memory: Memory,
    /// Whether a PATCH keeps a pause, if this reconcile has just seen it or the connection knows it.
    pub(crate) keeps_pause: Option<bool>,
    pub(crate) is_unknown: bool,
}
