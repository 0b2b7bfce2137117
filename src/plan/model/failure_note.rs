//! The note with which the engine pauses a schedule because a run failed: the only trace that it leaves.

/// How the engine's note begins when it pauses a schedule because a run failed …
pub(crate) const FAILURE_NOTE: &str = "paused due to workflow failure";
/// … or timed out.
const TIMEOUT_NOTE: &str = "paused due to workflow timeout";
/// The length of either.
pub(crate) const FAILURE_HEAD: usize = FAILURE_NOTE.len();

const _: () = assert!(TIMEOUT_NOTE.len() == FAILURE_HEAD);
/// The server's own notes of a pause because a run failed.
pub(crate) fn is_failure_note(note: &str) -> bool {
    note.strip_prefix(FAILURE_NOTE).or_else(|| note.strip_prefix(TIMEOUT_NOTE)).is_some_and(begins_a_text)
}

/// What follows a mark: nothing, or a text.
pub(crate) fn begins_a_text(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(':')
}
