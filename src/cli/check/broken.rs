//! A document that cannot be read.

use std::ops::Range;

/// Why a document cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) message: String,
    pub(super) span: Range<usize>,
}
