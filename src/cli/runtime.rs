//! Runs a subcommand that waits for servers.

use anyhow::Context as _;

/// Runs to the end of `work`, on this thread.
///
/// # Errors
/// The runtime cannot start.
pub(super) fn blocking<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the async runtime cannot start")?;
    let result = runtime.block_on(work);
    // A DNS lookup that hangs must not stop the process from ending.
    runtime.shutdown_background();
    Ok(result)
}
