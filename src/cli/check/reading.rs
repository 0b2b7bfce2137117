//! The objects of manifests, for other subcommands: read as `check` reads them.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::file::{Checked, EMPTY, check};
use super::finding::Severity;
use super::kustomize::{Patches, is_patch, patches_of_tree};
use super::node::Node;
use super::objects::{Owner, objects, owner};
use super::picture::Lines;
use super::schemas::{Kind, What, kinds};
use super::source::{Found, Source, sources};
use super::yaml::Documents;

/// How manifests are read, for the help of each command that reads some.
pub(in crate::cli) const READING: &str = "\
What is read:
  FILE    YAML or JSON, with one or more documents; a List is opened
  FOLDER  its *.yaml, *.yml and *.json at any depth, without hidden folders
  -       standard input
Objects of other kinds are passed over, and so are Kustomize's patches. A template of Helm is
no manifest. So read what Kustomize and Helm make of them, with - for FILE:
  kustomize build DIR | COMMAND -
  helm template CHART | COMMAND -";

/// An object of ours.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cli) struct Manifest {
    pub(in crate::cli) is_schedule: bool,
    pub(in crate::cli) namespace: Option<String>,
    pub(in crate::cli) name: String,
    /// As the API server would store it.
    pub(in crate::cli) object: Value,
    /// The file and the line.
    pub(in crate::cli) place: String,
    /// The file, as a path below what was asked for.
    pub(in crate::cli) file: String,
}

/// The objects of some files, and what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::cli) struct Manifests {
    pub(in crate::cli) objects: Vec<Manifest>,
    pub(in crate::cli) errors: Vec<String>,
    /// What could not be read at all, and why.
    pub(in crate::cli) unreadable: Vec<String>,
    /// Folders without a file, and files without an object, that were asked for.
    pub(in crate::cli) empty: Vec<String>,
}

/// A text in memory.
pub(in crate::cli) struct Text {
    /// As it is shown.
    pub(in crate::cli) name: String,
    /// Where it is in its tree, without `.` and `..`.
    pub(in crate::cli) path: String,
    /// Where it is below what was asked for.
    pub(in crate::cli) file: String,
    pub(in crate::cli) bytes: Vec<u8>,
}

/// Reads manifests.
pub(in crate::cli) struct Reader {
    kinds: Vec<Kind>,
    now: Timestamp,
    patches: Patches,
    found: Manifests,
}

impl Reader {
    pub(in crate::cli) fn new(now: Timestamp) -> Self {
        Self { kinds: kinds(), now, patches: Patches::default(), found: Manifests::default() }
    }

    /// Reads files and folders; `-` is standard input.
    pub(in crate::cli) fn files(mut self, names: &[PathBuf]) -> Manifests {
        for found in sources(names) {
            match found {
                Found::Source(source) => match source.read() {
                    Ok(bytes) => {
                        let is_patch = self.is_patch(&source);
                        let file = source.path.as_ref().map_or_else(|| source.name.clone(), |path| below(names, path));
                        let asked = Asked { name: &source.name, file: &file, is_named: source.is_named };
                        self.text(&asked, &bytes, is_patch);
                    }
                    Err(error) => self.unreadable(&source.name, &error),
                },
                Found::Empty(folder) => {
                    let problems = Checked::empty_folder().problems;
                    self.found.empty.extend(problems.iter().map(|problem| format!("{folder}: {}", problem.message)));
                }
                Found::Unreadable(name, error) => self.unreadable(&name, &error),
            }
        }
        self.found
    }

    /// Reads texts that are in memory.
    pub(in crate::cli) fn texts(mut self, texts: &[Text]) -> Manifests {
        let patches = patches_of_tree(texts.iter().map(|text| (text.path.as_str(), text.bytes.as_slice())));
        for text in texts {
            let asked = Asked { name: &text.name, file: &text.file, is_named: false };
            self.text(&asked, &text.bytes, patches.contains(&text.path));
        }
        self.found
    }

    /// Whether a Kustomization names the file as a patch.
    fn is_patch(&mut self, source: &Source) -> bool {
        source.path.as_ref().is_some_and(|path| self.patches.has(path))
    }

    fn unreadable(&mut self, name: &str, error: &io::Error) {
        self.found.unreadable.push(format!("{name} cannot be read: {error}"));
    }

    fn text(&mut self, asked: &Asked<'_>, bytes: &[u8], is_patch_file: bool) {
        let (text, checked) = check(bytes, asked.is_named, &self.kinds, self.now);
        if is_patch_file {
            return;
        }
        let Asked { name, file, .. } = *asked;
        let lines = Lines::of(&text);
        let findings = checked.resources.iter().flat_map(|resource| &resource.findings).chain(&checked.problems);
        for finding in findings.filter(|finding| finding.severity == Severity::Error) {
            if finding.code == EMPTY {
                self.found.empty.push(format!("{name}: {}", finding.message));
            } else {
                let line = lines.place(finding.span.start).line;
                self.found.errors.push(format!("{name}:{line}: {}", finding.at_field()));
            }
        }
        for document in Documents::of(&text).flatten() {
            for object in objects(&document) {
                let Owner::Ours(kind) = owner(object, &self.kinds) else { continue };
                if !is_patch(object) {
                    let line = lines.place(object.span.start).line;
                    self.found.objects.push(manifest(object, kind, format!("{name}:{line}"), file.to_owned()));
                }
            }
        }
    }
}

/// A text that is read.
struct Asked<'a> {
    /// As it is shown.
    name: &'a str,
    file: &'a str,
    is_named: bool,
}

/// The path of a file below the name through which it was found; the last part of its own if it was named itself.
fn below(names: &[PathBuf], path: &Path) -> String {
    let rest = names.iter().find_map(|name| path.strip_prefix(name).ok()).unwrap_or(path);
    let own = || path.file_name().map_or(path, Path::new);
    let below = if rest.as_os_str().is_empty() { own() } else { rest };
    below.to_string_lossy().into_owned()
}

fn manifest(object: &Node, kind: &Kind, place: String, file: String) -> Manifest {
    Manifest {
        is_schedule: kind.what == What::Schedule,
        namespace: object.metadata("namespace").map(str::to_owned),
        name: object.metadata("name").unwrap_or_default().to_owned(),
        object: kind.schema.stored(object),
        place,
        file,
    }
}
