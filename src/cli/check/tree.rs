//! Puts the events of a YAML parser together to a tree.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use granit_parser::{Event, ScalarStyle, Span, Tag};
use serde_json::Value;

use super::broken::Broken;
use super::node::{Content, Key, Node};
use super::number;
use super::scalar;

/// The most values that the aliases of a document may stand for. Real ones stand for a few; a few
/// hundred bytes of nested aliases stand for billions.
const MOST_ALIASED: usize = 100_000;
/// The deepest nesting. The API server takes less than this in JSON.
pub(super) const DEEPEST: usize = 128;

/// An open collection.
enum Open {
    List { items: Vec<Node>, span: Range<usize>, anchor: usize },
    Map { members: Vec<(Key, Node)>, key: Option<Key>, span: Range<usize>, anchor: usize },
}

/// Puts events together.
pub(super) struct Builder {
    /// Where in the text the parser's own begins.
    base: usize,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    aliased: usize,
}

impl Builder {
    pub(super) fn new(base: usize) -> Self {
        Self { base, open: Vec::new(), root: None, anchors: HashMap::new(), aliased: 0 }
    }

    /// Takes an event; the one that ends the document gives it back.
    pub(super) fn take(&mut self, event: Event<'_>, span: Span) -> Result<Option<Node>, Broken> {
        let span = span.byte_range().unwrap_or_default();
        let span = span.start + self.base..span.end + self.base;
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
        let is_inexact = value.is_f64() && !number::is_exact(text);
        Ok(Node { content: Content::Scalar(value), span, size: 1, depth: 1, is_inexact })
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
        self.add(Node { content, span, size, depth: depth + 1, is_inexact: false }, anchor)
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
