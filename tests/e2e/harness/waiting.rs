//! Waits for conditions, never for a fixed time.

use std::time::Duration;

use tokio::time::Instant;

/// Longer than any step takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(45);
const EVERY: Duration = Duration::from_millis(50);

/// Retries until `Ok`; panics with the last error after the limit.
pub async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    eventually_within(LIMIT, what, ask).await
}

/// Like [`eventually`], with another limit.
pub async fn eventually_within<T>(limit: Duration, what: &str, mut ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(seen) if Instant::now() >= deadline => {
                panic!("not within {} s: {what}\nlast seen: {seen}", limit.as_secs())
            }
            Err(_) => tokio::time::sleep(EVERY).await,
        }
    }
}
