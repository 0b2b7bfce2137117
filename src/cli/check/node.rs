//! A YAML document as a tree that knows where in the text each part stands.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use serde_json::Value;

/// A part of a document.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    /// Bytes of the text.
    pub(super) span: Range<usize>,
    /// How many values it holds, itself and those of aliases included.
    pub(super) size: usize,
    /// How deep it goes; a scalar is 1.
    pub(super) depth: usize,
    /// Whether it is a number that was written more exactly than JSON keeps it.
    pub(super) is_inexact: bool,
}

/// What a part is. Aliases share what they stand for.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Scalar(Value),
    List(Rc<Vec<Node>>),
    Map(Rc<Vec<(Key, Node)>>),
}

impl Content {
    pub(super) fn children(&self) -> Box<dyn Iterator<Item = &Node> + '_> {
        match self {
            Self::Scalar(_) => Box::new(std::iter::empty()),
            Self::List(items) => Box::new(items.iter()),
            Self::Map(members) => Box::new(members.iter().map(|(_, value)| value)),
        }
    }
}

/// A key of a map.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) span: Range<usize>,
}

impl Node {
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|(_, value)| value)
    }

    /// A text of an object's metadata.
    pub(super) fn metadata(&self, name: &str) -> Option<&str> {
        self.get("metadata").and_then(|metadata| metadata.get(name)).and_then(Self::as_str)
    }

    fn entry(&self, name: &str) -> Option<&(Key, Self)> {
        match &self.content {
            Content::Map(members) => members.iter().find(|(key, _)| key.name == name),
            Content::Scalar(_) | Content::List(_) => None,
        }
    }

    pub(super) const fn is_null(&self) -> bool {
        matches!(self.content, Content::Scalar(Value::Null))
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(value) => value.as_str(),
            Content::List(_) | Content::Map(_) => None,
        }
    }

    /// As JSON; of members with the same name the last counts.
    pub(super) fn to_json(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Map(members) => {
                Value::Object(members.iter().map(|(key, value)| (key.name.clone(), value.to_json())).collect())
            }
        }
    }

    /// A part of it, and where it is named.
    fn part(&self, segment: &Segment) -> Option<(&Self, Range<usize>)> {
        match (segment, &self.content) {
            (Segment::Name(name), _) => self.entry(name).map(|(key, value)| (value, key.span.clone())),
            (Segment::Index(index), Content::List(items)) => items.get(*index).map(|item| (item, item.span.clone())),
            (Segment::Index(_), Content::Scalar(_) | Content::Map(_)) => None,
        }
    }

    /// What is at a path.
    pub(super) fn at(&self, path: &Path) -> Option<&Self> {
        path.0.iter().try_fold(self, |node, segment| node.part(segment).map(|(part, _)| part))
    }

    /// Whether there is something at a path.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.at(path).is_some()
    }

    /// The place of a path, or of as much of it as there is: a scalar itself, of a collection the
    /// key that it stands under.
    pub(super) fn spot(&self, path: &Path) -> Range<usize> {
        let (mut node, mut spot) = (self, self.span.clone());
        for segment in &path.0 {
            let Some((part, named)) = node.part(segment) else { break };
            let is_shown = matches!(part.content, Content::Scalar(_)) && !part.span.is_empty();
            spot = if is_shown { part.span.clone() } else { named };
            node = part;
        }
        spot
    }
}

/// Where in an object something is: `spec.calendars[0].hour`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Name(String),
    Index(usize),
}

impl Path {
    /// Reads what [`fmt::Display`] writes, as far as names hold neither dots nor brackets.
    pub(super) fn parse(text: &str) -> Self {
        let parts = text.split(['.', '[']).filter(|part| !part.is_empty());
        Self(
            parts
                .map(|part| match part.strip_suffix(']').map(str::parse) {
                    Some(Ok(index)) => Segment::Index(index),
                    Some(Err(_)) | None => Segment::Name(part.to_owned()),
                })
                .collect(),
        )
    }

    pub(super) fn name(&self, name: &str) -> Self {
        self.with(Segment::Name(name.to_owned()))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    fn with(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    /// Whether `other` is this, or lies within it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Name(name) if name.contains(['.', '/']) => write!(f, "[{name}]")?,
                Segment::Name(name) if index == 0 => f.write_str(name)?,
                Segment::Name(name) => write!(f, ".{name}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
