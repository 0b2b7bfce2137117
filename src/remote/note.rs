//! The note of a pause or a resume.

use std::fmt;

use serde::Serialize;

/// A note that is short enough for the engine: a call never fails because of its length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Note(String);

impl Note {
    /// The longest note that the engine accepts, in bytes (Temporal 1.32.0: "Schedule notes exceeds limit.").
    pub const LONGEST: usize = 1000;

    /// A note with this text, cut to the limit. `None` if the text is blank, because the engine replaces an
    /// empty note by its own.
    #[must_use]
    pub fn written(text: &str) -> Option<Self> {
        let printable = |c: char| if c.is_control() && c != '\n' && c != '\t' { ' ' } else { c };
        let text: String = text.trim_end().chars().map(printable).collect();
        let cut = text[..text.floor_char_boundary(Self::LONGEST)].trim_end();
        (!cut.trim_start().is_empty()).then(|| Self(cut.to_owned()))
    }

    /// A note that begins with a mark of the operator, by which the operator recognizes it later. Only the text
    /// after the mark is cut. A mark contains names of Kubernetes objects, so it is printable ASCII and shorter
    /// than half of the limit.
    #[must_use]
    pub fn marked(mark: &str, text: Option<&str>) -> Self {
        let written = text.and_then(Self::written).and_then(|Self(text)| Self::written(&format!("{mark}: {text}")));
        written.unwrap_or_else(|| Self(mark[..mark.floor_char_boundary(Self::LONGEST)].to_owned()))
    }

    /// Whether the remote stores this note. White space and control characters are not compared, because a
    /// server may change them.
    #[must_use]
    pub fn is_kept_as(&self, held: Option<&str>) -> bool {
        held.is_some_and(|held| words(&self.0).eq(words(held)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MARK: &str = "paused by WorkflowConnection shop/default";

    #[test]
    fn a_note_is_cut_by_bytes_at_the_end_of_a_character() {
        let note = Note::written(&"障".repeat(400)).unwrap();
        assert_eq!(note.as_str(), "障".repeat(333), "999 bytes: another character would be too much");
        assert_eq!(Note::written(&"a".repeat(1000)).unwrap().as_str().len(), 1000);
    }

    #[test]
    fn a_mark_is_first_and_complete() {
        let note = Note::marked(MARK, Some(&"障".repeat(400)));
        assert!(note.as_str().starts_with(&format!("{MARK}: 障")), "{note}");
        assert!(note.as_str().len() <= Note::LONGEST);
        assert_eq!(Note::marked(MARK, None).as_str(), MARK);
        assert_eq!(Note::marked(MARK, Some(" \n")).as_str(), MARK);
    }

    #[test]
    fn a_blank_note_is_none() {
        assert_eq!(Note::written(""), None);
        assert_eq!(Note::written(" \n\t\u{0}"), None);
    }

    #[test]
    fn white_space_and_control_characters_are_not_compared() {
        let note = Note::written(" two\u{0}words\r\nand more \n").unwrap();
        assert!(note.is_kept_as(Some("two words\nand more")));
        assert!(note.is_kept_as(Some(note.as_str())));
        assert!(!note.is_kept_as(Some("two words")));
        assert!(!note.is_kept_as(None));
    }

    proptest! {
        #[test]
        fn every_note_fits_and_is_recognized(text in "(\\PC|[\\x00-\\x20]|障|🚨){0,1200}") {
            if let Some(note) = Note::written(&text) {
                prop_assert!(note.as_str().len() <= Note::LONGEST);
                prop_assert!(note.is_kept_as(Some(note.as_str().trim())));
                prop_assert_eq!(Note::written(note.as_str()), Some(note.clone()), "it is cut once");
            }
            let marked = Note::marked(MARK, Some(&text));
            prop_assert!(marked.as_str().len() <= Note::LONGEST);
            prop_assert!(marked.as_str().starts_with(MARK));
        }
    }
}
