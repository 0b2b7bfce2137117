//! The documents of a text as `kubectl` takes it apart, which is not quite as YAML has it: JSON objects
//! may follow on each other, `---` ends a document wherever a line begins with it, and of what lies
//! between two of them only the first document is read
//! (`k8s.io/apimachinery/pkg/util/yaml`, `YAMLOrJSONDecoder`).

use std::ops::Range;

use serde::de::IgnoredAny;

use super::broken::Broken;

/// What comes next.
pub(super) enum Part {
    /// Bytes of the text that are read as one document.
    Document(Range<usize>),
    /// Where `kubectl` would stop.
    Broken(Broken),
}

/// A text, taken apart.
pub(super) struct Stream<'a> {
    text: &'a str,
    at: usize,
    form: Form,
}

enum Form {
    /// JSON objects, and how many there were.
    Json(usize),
    Yaml,
    /// Nothing more is read.
    Over,
}

impl<'a> Stream<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let is_json = text.trim_start().starts_with('{');
        Self { text, at: 0, form: if is_json { Form::Json(0) } else { Form::Yaml } }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Steps over the bytes that a text begins with.
    fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.text.len());
    }

    fn json(&mut self, count: usize) -> Option<Part> {
        let mut objects = serde_json::Deserializer::from_str(self.rest()).into_iter::<IgnoredAny>();
        let Some(object) = objects.next() else {
            self.form = Form::Over;
            return None;
        };
        let end = objects.byte_offset();
        match object {
            Ok(_) => {
                let start = self.at + self.rest().len() - self.rest().trim_start().len();
                self.skip(end);
                self.form = Form::Json(count + 1);
                Some(Part::Document(start..self.at))
            }
            // After one object it may be YAML yet.
            Err(_) if count < 2 => {
                self.skip(to_next_line(self.rest()));
                self.form = Form::Yaml;
                self.yaml()
            }
            Err(error) => {
                self.form = Form::Over;
                let start = self.at + self.rest().len() - self.rest().trim_start().len();
                let message = format!("after several JSON objects only JSON is read, and this is not JSON: {error}");
                Some(Part::Broken(Broken { message, span: start..start }))
            }
        }
    }

    fn yaml(&mut self) -> Option<Part> {
        while !self.rest().is_empty() {
            let start = self.at;
            let end = self.next_separator();
            let part = if start == end {
                self.separator()
            } else {
                self.at = end;
                self.document(start..end)
            };
            if part.is_some() {
                return part;
            }
        }
        self.form = Form::Over;
        None
    }

    /// Where a line begins with `---`, here or further on; else the end.
    fn next_separator(&self) -> usize {
        let is_line = self.at == 0 || self.text.as_bytes().get(self.at - 1) == Some(&b'\n');
        if is_line && self.rest().starts_with("---") {
            return self.at;
        }
        self.rest().find("\n---").map_or(self.text.len(), |found| self.at + found + 1)
    }

    /// Steps over a separator. Beside it nothing may stand; what does is looked at all the same.
    fn separator(&mut self) -> Option<Part> {
        let begin = self.at;
        let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
        let beside = line.get(3..).unwrap_or_default();
        let is_document = !is_blank(beside) && beside.starts_with([' ', '\t']);
        self.skip(if is_document { 3 } else { line.len() });
        if is_blank(beside) {
            return None;
        }
        let span = begin + 3 + beside.len() - beside.trim_start().len()..begin + 3 + beside.trim_end().len();
        let message = "beside `---` there may only be a comment: kubectl refuses the file".into();
        Some(Part::Broken(Broken { message, span }))
    }

    fn document(&self, part: Range<usize>) -> Option<Part> {
        let text = self.text.get(part.clone())?;
        let (at, line) = first_line(text)?;
        let span = part.start + at..part.start + at + line.trim_end().len();
        if line.starts_with('%') {
            let message = "a directive is refused, for kubectl takes files apart at each `---`: take it out".into();
            return Some(Part::Broken(Broken { message, span }));
        }
        if line.starts_with("...") {
            let message = "`...` ends a document, and here is none: take it out".into();
            return Some(Part::Broken(Broken { message, span }));
        }
        Some(Part::Document(part))
    }
}

impl Iterator for Stream<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        match self.form {
            Form::Json(count) => self.json(count),
            Form::Yaml => self.yaml(),
            Form::Over => None,
        }
    }
}

/// Whether only blanks and a comment are left of a line.
fn is_blank(rest: &str) -> bool {
    let rest = rest.trim();
    rest.is_empty() || rest.starts_with('#')
}

/// The first line that is more than a comment, and where it begins.
fn first_line(text: &str) -> Option<(usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').find_map(|line| {
        let begin = at;
        at += line.len();
        (!is_blank(line.trim_start_matches('\u{feff}'))).then_some((begin, line))
    })
}

/// The blanks that a text begins with, up to the first end of a line.
fn to_next_line(text: &str) -> usize {
    let blank = text.len() - text.trim_start().len();
    text.get(..blank).and_then(|blanks| blanks.find('\n')).map_or(blank, |at| at + 1)
}
