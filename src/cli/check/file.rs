//! A file's text, checked. Pure: `now` is an argument, and nothing is read or printed.

use std::borrow::Cow;

use jiff::Timestamp;

use super::finding::{Finding, Severity};
use super::node::{Content, Node};
use super::objects::{Owner, objects, owner};
use super::resource::{self, Resource};
use super::schemas::Kind;
use super::unquoted;
use super::yaml::{Broken, Documents};

/// What is in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) resources: Vec<Resource>,
    /// What is wrong with the file rather than with a resource in it.
    pub(super) problems: Vec<Finding>,
    /// How many objects are somebody else's.
    pub(super) others: usize,
}

/// Checks the bytes of a file, and gives its text. One that was `named` on the command line must hold
/// something; in a folder an empty one is a lesser evil.
pub(super) fn check<'a>(bytes: &'a [u8], is_named: bool, kinds: &[Kind], now: Timestamp) -> (Cow<'a, str>, Checked) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = std::str::from_utf8(bytes) {
        let end = error.valid_up_to();
        let is_utf_16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let what = if is_utf_16 { "this is UTF-16, not UTF-8" } else { "this byte is not UTF-8" };
        let problem = Finding::of_file(Severity::Error, "not-utf-8", end..end + 1, what);
        let problems = vec![problem.with_help("save the file as UTF-8")];
        return (text, Checked { problems, ..Checked::default() });
    }
    let mut checked = documents(&text, kinds, now);
    if checked == Checked::default() {
        let severity = if is_named { Severity::Error } else { Severity::Warning };
        let problem = Finding::of_file(severity, "empty", 0..0, "there is no object in this file");
        checked.problems.push(problem.with_help("write a resource into it, or delete it"));
    }
    (text, checked)
}

fn documents(text: &str, kinds: &[Kind], now: Timestamp) -> Checked {
    let mut checked = Checked::default();
    for document in Documents::of(text) {
        match document {
            Err(broken) => checked.problems.push(problem(broken, text)),
            // Between two `---` there may be nothing.
            Ok(Node { content: Content::Scalar(serde_json::Value::Null), .. }) => {}
            Ok(document) => objects(&document).into_iter().for_each(|object| match owner(object, kinds) {
                Owner::Ours(kind) => checked.resources.push(resource::check(object, kind, now)),
                Owner::Nearly(finding) => checked.problems.push(finding),
                Owner::Other => checked.others += 1,
            }),
        }
    }
    checked
}

fn problem(broken: Broken, text: &str) -> Finding {
    let finding = Finding::of_file(Severity::Error, "yaml", broken.span, broken.message);
    if text.contains("{{") {
        return finding.with_help(
            "this looks like a Helm template: check what it renders, `helm template CHART | workflow-schedule-operator check -`",
        );
    }
    match unquoted::hint(text, finding.span.start) {
        Some(help) => finding.with_help(help),
        None => finding,
    }
}
