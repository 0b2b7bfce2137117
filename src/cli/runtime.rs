//! Runs a subcommand that waits for servers.

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};

/// A runtime on this thread, for work that is done in parts.
///
/// # Errors
/// It cannot start.
pub(super) fn on_this_thread() -> anyhow::Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("the async runtime cannot start")
}

/// Runs to the end of `work`, on this thread.
///
/// # Errors
/// The runtime cannot start.
pub(super) fn blocking<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = on_this_thread()?;
    let result = runtime.block_on(work);
    // A DNS lookup that hangs must not stop the process from ending.
    runtime.shutdown_background();
    Ok(result)
}
