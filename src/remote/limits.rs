//! Limits of the size of an answer. The author of a connection chooses the server, and the answers of this
//! server must not use the memory that other connections need.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many bytes of a body are read at most. It is set as an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit(pub usize);

impl BodyLimit {
    /// A page of the list of schedules. The largest input has 1.9 MB, so a page with one schedule always fits.
    pub const PAGE: Self = Self(16 << 20);
    /// One schedule, with the largest input in JSON.
    pub const ONE: Self = Self(8 << 20);
    /// Answers that are always short, and all errors.
    pub const SHORT: Self = Self(64 << 10);
}

/// The maximum number of JSON values in one schedule: in memory, a value is many times larger than in JSON.
pub const MOST_VALUES: usize = 100_000;

/// The memory for long bodies of all connections together. A body that is longer than [`BodyLimit::SHORT`]
/// waits for its share and keeps it until the answer is dropped.
#[derive(Clone, Debug)]
pub struct BodyBudget(Arc<Semaphore>);

/// A share of the budget.
pub type BodyShare = Arc<OwnedSemaphorePermit>;

/// One unit of the budget.
const UNIT: usize = 64 << 10;

impl BodyBudget {
    /// The budget of a process: four pages at once.
    pub const PROCESS: usize = 64 << 20;

    /// A budget of this number of bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }

    /// Waits until a body with this limit may be read. The whole share is taken at once, because two bodies
    /// that wait for a part of each other's share would wait forever.
    pub async fn share(&self, limit: BodyLimit) -> Option<BodyShare> {
        let units = u32::try_from(limit.0.div_ceil(UNIT)).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        self.0.clone().acquire_many_owned(units).await.ok().map(Arc::new)
    }
}

/// The maximum number of values in a JSON text, without parsing it: one for each comma and each opening
/// bracket.
#[must_use]
pub fn values_in(json: &[u8]) -> usize {
    let (mut count, mut is_text, mut is_escaped) = (1, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b',' | b'[' | b'{' if !is_text => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_texts_alone() {
        assert_eq!(values_in(br#"{"a":[1,2,{"b":",[{\",["}]}"#), 6);
    }

    #[tokio::test]
    async fn long_bodies_of_all_connections_share_one_budget() {
        let budget = BodyBudget::new(BodyLimit::PAGE.0);
        let first = budget.share(BodyLimit::PAGE).await;
        let second = budget.share(BodyLimit::SHORT);
        tokio::pin!(second);
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        assert!(second.await.is_some());
    }
}
