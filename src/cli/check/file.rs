//! A file's text, checked. Pure: `now` is an argument, and nothing is read or printed.

use std::borrow::Cow;

use jiff::Timestamp;

use super::broken::Broken;
use super::finding::{Finding, Severity};
use super::kustomize::is_patch;
use super::node::{Content, Node};
use super::objects::{Owner, bare_list, objects, owner};
use super::references::{Fault, Reference, faults, references};
use super::resource::{self, Resource};
use super::schemas::Kind;
use super::yaml::Documents;
use super::{unclosed, unquoted};

/// The code of what holds nothing to check.
pub(super) const EMPTY: &str = "empty";

/// What is in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) resources: Vec<Resource>,
    /// What is wrong with the file rather than with a resource in it.
    pub(super) problems: Vec<Finding>,
    /// How many objects are somebody else's.
    pub(super) others: usize,
    /// How many are Kustomize's patches of our kinds.
    pub(super) patches: usize,
    /// What is wrong with `ConfigMap`s and `Secret`s, should they be read as JSON.
    pub(super) faults: Vec<Fault>,
    /// Where they are read as JSON.
    pub(super) references: Vec<Reference>,
}

impl Checked {
    fn add(&mut self, object: &Node, kinds: &[Kind], now: Timestamp) {
        match owner(object, kinds) {
            Owner::Ours(_) if is_patch(object) => self.patches += 1,
            Owner::Ours(kind) => {
                self.references.extend(references(object, self.resources.len()));
                self.resources.push(resource::check(object, kind, now));
            }
            Owner::Nearly(finding) => self.problems.push(finding),
            Owner::Other => {
                self.faults.extend(faults(object));
                self.others += 1;
            }
        }
    }

    /// The same of a file that Kustomize takes for a patch: its objects are parts, and no more is said of
    /// them.
    pub(super) fn of_patch(self) -> Self {
        let patches = self.patches + self.resources.len();
        Self { patches, resources: Vec::new(), references: Vec::new(), ..self }
    }

    /// What there is to say of a folder that holds nothing to check.
    pub(super) fn empty_folder() -> Self {
        let message = "there is no *.yaml, *.yml or *.json in this folder";
        let problem = Finding::of_file(Severity::Error, EMPTY, 0..0, message);
        Self { problems: vec![problem.with_help("name another folder, or a file")], ..Self::default() }
    }
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
        let problem = Finding::of_file(severity, EMPTY, 0..0, "there is no object in this file");
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
            Ok(document) => match bare_list(&document) {
                Some(finding) => checked.problems.push(finding),
                None => objects(&document).into_iter().for_each(|object| checked.add(object, kinds, now)),
            },
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
    let at = finding.span.start;
    match unquoted::hint(text, at).or_else(|| unclosed::hint(text, at)) {
        Some(help) => finding.with_help(help),
        None => finding,
    }
}
