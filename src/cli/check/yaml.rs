//! From text to documents. A broken document costs no other one.

use std::collections::VecDeque;
use std::ops::Range;

use granit_parser::{Event, Parser, ScanError, options};

use super::broken::Broken;
use super::node::Node;
use super::stream::{Part, Stream};
use super::tree::{Builder, DEEPEST};

/// The documents of a text, YAML or JSON, one after the other.
pub(super) struct Documents<'a> {
    text: &'a str,
    parts: Stream<'a>,
    read: VecDeque<Result<Node, Broken>>,
}

impl<'a> Documents<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, parts: Stream::of(text), read: VecDeque::new() }
    }

    /// The first document of a part, which is all that `kubectl` reads of it; and that it is all, if
    /// there is more.
    fn read(&mut self, part: Range<usize>) {
        let Some(text) = self.text.get(part.clone()) else { return };
        let options = options! { flow_nesting_limit: DEEPEST, block_nesting_limit: DEEPEST };
        let mut parser = Parser::new_from_str_with_options(text, options);
        let mut builder = Builder::new(part.start);
        let mut is_whole = false;
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(next) => next,
                Err(error) if is_whole => {
                    let at = scan_error(&error, part.start).span.start;
                    return self.read.push_back(Err(unread(at)));
                }
                Err(error) => return self.read.push_back(Err(scan_error(&error, part.start))),
            };
            if is_whole && matches!(event, Event::DocumentStart(..)) {
                let at = span.byte_range().unwrap_or_default().start + part.start;
                return self.read.push_back(Err(unread(at)));
            }
            match builder.take(event, span) {
                Ok(None) => {}
                Ok(Some(document)) => {
                    self.read.push_back(Ok(document));
                    is_whole = true;
                }
                Err(broken) => return self.read.push_back(Err(broken)),
            }
        }
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Node, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(next) = self.read.pop_front() {
                return Some(next);
            }
            match self.parts.next()? {
                Part::Document(part) => self.read(part),
                Part::Broken(broken) => return Some(Err(broken)),
            }
        }
    }
}

fn unread(at: usize) -> Broken {
    let message =
        "kubectl reads nothing after the end of a document but what follows `---`: this is dropped without a word";
    Broken { message: message.into(), span: at..at }
}

fn scan_error(error: &ScanError, base: usize) -> Broken {
    let at = error.marker().byte_offset().unwrap_or_default() + base;
    Broken { message: format!("this is not YAML: {}", error.info()), span: at..at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(text: &str) -> Vec<Result<Value, String>> {
        Documents::of(text)
            .map(|document| document.map(|node| node.to_json()).map_err(|broken| broken.message))
            .collect()
    }

    fn whole(text: &str) -> Value {
        let documents: Result<Vec<Value>, String> = read(text).into_iter().collect();
        Value::from(documents.unwrap())
    }

    #[test]
    fn documents_come_one_after_the_other() {
        assert_eq!(whole("a: 1\n---\n- x\n- b: [1, 2]\n"), json!([{"a": 1}, ["x", {"b": [1, 2]}]]));
        assert_eq!(whole("{\"a\": {\"b\": [true, null, \"1\"]}}"), json!([{"a": {"b": [true, null, "1"]}}]));
        assert_eq!(whole(""), json!([]));
        assert_eq!(whole("# nothing\n"), json!([]));
    }

    #[test]
    fn a_broken_document_leaves_the_next_one_whole() {
        let documents = read("a: [1, 2\n---\nb: 1\n---\nc: {{ .Values.c }}\n---\nd: 2\n");
        assert!(documents[0].as_ref().is_err_and(|message| message.starts_with("this is not YAML")), "{documents:?}");
        assert_eq!(documents[1], Ok(json!({"b": 1})));
        assert_eq!(documents[2], Err("a key must be a string".into()));
        assert_eq!(documents[3], Ok(json!({"d": 2})));
    }

    #[test]
    fn only_plain_scalars_are_other_than_text() {
        assert_eq!(whole("[yes, 'yes', \"1\", !!str 1, 1]"), json!([[true, "yes", "1", "1", 1]]));
        assert_eq!(whole("on: 1\n1: 2\n"), json!([{"true": 1, "1": 2}]));
    }

    #[test]
    fn aliases_and_merges_are_carried_out() {
        assert_eq!(
            whole("a: &a {p: 1, q: 2}\nb: *a\nc: {<<: *a, p: 3}\n"),
            json!([{
                "a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 2}, "c": {"p": 3, "q": 2}
            }])
        );
    }

    #[test]
    fn a_few_bytes_of_aliases_cannot_fill_the_memory() {
        let bomb = (1..30).fold(String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"), |text, level| {
            let below = format!("*a{}, ", level - 1).repeat(10);
            format!("{text}a{level}: &a{level} [{below}]\n")
        });
        assert!(read(&bomb)[0].as_ref().is_err_and(|message| message.contains("aliases")));
        let deep: String =
            (1..500).fold("a0: &a0 x\n".into(), |text, level| format!("{text}a{level}: &a{level} [*a{}]\n", level - 1));
        assert!(read(&deep)[0].as_ref().is_err_and(|message| message.contains("deeper")));
        assert!(read("a: &a [*a]")[0].is_err());
        assert!(read(&"[".repeat(100_000))[0].is_err());
    }

    #[test]
    fn places_are_bytes_of_the_text() {
        let text = "é: 1\nspec:\n  hour: '9'\n  list:\n  - a\n  - {b: c}\n";
        let document = Documents::of(text).next().unwrap().unwrap();
        let at = |path: &str| &text[document.spot(&super::super::node::Path::parse(path))];
        assert_eq!(at("spec.hour"), "'9'");
        assert_eq!(at("spec"), "spec");
        assert_eq!(at("spec.nothing.here"), "spec");
        assert_eq!(at("spec.list[0]"), "a");
        assert_eq!(at("spec.list[1].b"), "c");
    }
}
