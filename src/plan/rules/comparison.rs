//! The two sides of a schedule that is there, as the rules compare them.

use crate::api::Memory;
use crate::plan::decision::inputs::{ConnectionFacts, Inputs};
use crate::plan::model::desired::Desired;
use crate::plan::model::observed::Observed;

/// One look at a schedule that is there. `fresh`: by a GET of this pass, and so good to write on.
pub(crate) struct Comparison<'a> {
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) desired: &'a Desired,
    pub(crate) facts: &'a ConnectionFacts,
    pub(crate) observed: &'a Observed,
    pub(crate) fresh: bool,
    /// The memory as it will be.
    pub(crate) memory: Memory,
    /// Whether a PATCH keeps a pause, if this pass has just seen it or the connection knows.
    pub(crate) keeps_pause: Option<bool>,
    pub(crate) is_unknown: bool,
}
