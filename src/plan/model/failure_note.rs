//! The note of the engine when it pauses a schedule because a run failed. Only this note shows the cause.

/// The beginning of the note when a run failed …
pub(crate) const FAILURE_NOTE: &str = "paused due to workflow failure";
/// … or timed out.
const TIMEOUT_NOTE: &str = "paused due to workflow timeout";
/// The length of either.
pub(crate) const FAILURE_HEAD: usize = FAILURE_NOTE.len();

const _: () = assert!(TIMEOUT_NOTE.len() == FAILURE_HEAD);
/// Whether a note is from the engine, because a run failed.
pub(crate) fn is_failure_note(note: &str) -> bool {
    note.strip_prefix(FAILURE_NOTE).or_else(|| note.strip_prefix(TIMEOUT_NOTE)).is_some_and(begins_a_text)
}

/// The text after a mark, if there is any.
pub(crate) fn begins_a_text(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(':')
}
