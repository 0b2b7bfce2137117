//! From text to documents. A broken document costs no other one.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag, options};
use serde_json::Value;

use super::node::{Content, Key, Node};
use super::scalar;

/// The most values that the aliases of a document may stand for. Real ones stand for a few; a few
/// hundred bytes of nested aliases stand for billions.
const MOST_ALIASED: usize = 100_000;
/// The deepest nesting. The API server takes less than this in JSON.
const DEEPEST: usize = 128;

/// Why a document cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) message: String,
    pub(super) span: Range<usize>,
}

/// The documents of a text, YAML or JSON, one after the other.
pub(super) struct Documents<'a> {
    parser: Parser<'a, StrInput<'a>>,
    is_over: bool,
}

impl<'a> Documents<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let options = options! { flow_nesting_limit: DEEPEST, block_nesting_limit: DEEPEST };
        Self { parser: Parser::new_from_str_with_options(text, options), is_over: false }
    }

    fn document(&mut self) -> Option<Result<Node, Broken>> {
        let mut builder = Builder::default();
        loop {
            let (event, span) = match self.parser.next_event()? {
                Ok(next) => next,
                Err(error) => return Some(Err(scan_error(&error))),
            };
            match builder.take(event, span) {
                Ok(None) => {}
                Ok(Some(document)) => return Some(Ok(document)),
                Err(broken) => return Some(Err(broken)),
            }
        }
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Node, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let document = self.document();
        if matches!(document, Some(Err(_))) {
            // What cannot find its way to another document has said why already.
            self.is_over = !self.parser.proceed_next_document().unwrap_or(false);
        }
        document
    }
}

fn scan_error(error: &ScanError) -> Broken {
    let at = error.marker().byte_offset().unwrap_or_default();
    Broken { message: format!("this is not YAML: {}", error.info()), span: at..at }
}

/// An open collection.
enum Open {
    List { items: Vec<Node>, span: Range<usize>, anchor: usize },
    Map { members: Vec<(Key, Node)>, key: Option<Key>, span: Range<usize>, anchor: usize },
}

/// Puts events together.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    aliased: usize,
}

impl Builder {
    /// Takes an event; the one that ends the document gives it back.
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<Option<Node>, Broken> {
        let span = span.byte_range().unwrap_or_default();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = Self::scalar(&text, style, tag.as_deref(), span)?;
                self.add(node, anchor)?;
            }
            Event::Alias(anchor) => {
                let node = self.alias(anchor, span)?;
                self.add(node, 0)?;
            }
            Event::SequenceStart(_, anchor, _) => self.open.push(Open::List { items: Vec::new(), span, anchor }),
            Event::MappingStart(_, anchor, _) => {
                self.open.push(Open::Map { members: Vec::new(), key: None, span, anchor });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&span)?,
            Event::DocumentEnd => return Ok(self.root.take()),
            // Comments, anchors as events and the like are not asked for.
            _ => {}
        }
        Ok(None)
    }

    fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Range<usize>) -> Result<Node, Broken> {
        let is_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        let value = if is_text { Ok(Value::String(text.to_owned())) } else { scalar::plain(text) };
        let value = value.map_err(|message| Broken { message, span: span.clone() })?;
        Ok(Node { content: Content::Scalar(value), span, size: 1, depth: 1 })
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<Node, Broken> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(Broken { message: "this alias stands for something that holds it".into(), span });
        };
        self.aliased += node.size;
        if self.aliased > MOST_ALIASED {
            let message = format!("the aliases of this document stand for more than {MOST_ALIASED} values");
            return Err(Broken { message, span });
        }
        Ok(Node { span, ..node.clone() })
    }

    /// Ends the innermost collection, at its bracket or with the last thing in it.
    fn close(&mut self, end: &Range<usize>) -> Result<(), Broken> {
        let (content, begin, anchor) = match self.open.pop() {
            Some(Open::List { items, span, anchor }) => (Content::List(Rc::new(items)), span, anchor),
            Some(Open::Map { members, span, anchor, .. }) => (Content::Map(Rc::new(merged(members)?)), span, anchor),
            None => return Ok(()),
        };
        let (mut size, mut depth, mut last) = (1, 0, if end.is_empty() { begin.start } else { end.end });
        for node in content.children() {
            size += node.size;
            depth = depth.max(node.depth);
            last = last.max(node.span.end);
        }
        let span = begin.start..last;
        self.add(Node { content, span, size, depth: depth + 1 }, anchor)
    }

    /// Puts a whole node where it belongs.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Broken> {
        if node.depth > DEEPEST {
            let message = format!("this document is nested deeper than {DEEPEST} levels");
            return Err(Broken { message, span: node.span });
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { members, key, .. }) => match key.take() {
                Some(key) => members.push((key, node)),
                None => *key = Some(key_of(node)?),
            },
        }
        Ok(())
    }
}

/// JSON has only strings for keys, and so other scalars become what they look like.
fn key_of(node: Node) -> Result<Key, Broken> {
    let Node { content, span, .. } = node;
    match content {
        Content::Scalar(Value::String(name)) => Ok(Key { name, span }),
        Content::Scalar(value) if !value.is_null() => Ok(Key { name: value.to_string(), span }),
        Content::Scalar(_) | Content::List(_) | Content::Map(_) => {
            Err(Broken { message: "a key must be a string".into(), span })
        }
    }
}

/// Carries `<<` out: what it brings in yields to what stands beside it.
fn merged(members: Vec<(Key, Node)>) -> Result<Vec<(Key, Node)>, Broken> {
    let (merges, mut own): (Vec<_>, Vec<_>) = members.into_iter().partition(|(key, _)| key.name == "<<");
    let mut names: HashSet<String> = HashSet::new();
    if !merges.is_empty() {
        names.extend(own.iter().map(|(key, _)| key.name.clone()));
    }
    for (key, node) in merges {
        let several = match &node.content {
            Content::List(items) => Rc::clone(items),
            Content::Map(_) | Content::Scalar(_) => Rc::new(vec![node]),
        };
        for node in several.iter() {
            let Content::Map(members) = &node.content else {
                return Err(Broken { message: "`<<` takes a map, or a list of maps".into(), span: key.span });
            };
            own.extend(members.iter().filter(|(key, _)| names.insert(key.name.clone())).cloned());
        }
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
