//! Which build this is.

/// The version of the crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit, from the variable `WSO_COMMIT` of the build: a source archive has no repository to ask.
pub const COMMIT: &str = match option_env!("WSO_COMMIT") {
    Some(commit) if !commit.is_empty() => commit,
    _ => "unknown",
};
