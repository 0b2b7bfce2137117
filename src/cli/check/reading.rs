//! The objects of manifests, for other subcommands: read as `check` reads them.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;

use super::file::check;
use super::finding::Severity;
use super::kustomize::{Patches, is_patch, patches_of_tree};
use super::node::Node;
use super::objects::{Owner, objects, owner};
use super::picture::Lines;
use super::schemas::{Kind, What, kinds};
use super::source::{Found, Source, sources};
use super::yaml::Documents;

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
}

/// The objects of some files, and what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::cli) struct Manifests {
    pub(in crate::cli) objects: Vec<Manifest>,
    pub(in crate::cli) errors: Vec<String>,
    /// What could not be read at all, and why.
    pub(in crate::cli) unreadable: Vec<String>,
}

/// A text in memory.
pub(in crate::cli) struct Text {
    /// As it is shown.
    pub(in crate::cli) name: String,
    /// Where it is in its tree, without `.` and `..`.
    pub(in crate::cli) path: String,
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
                        self.text(&source.name, &bytes, is_patch);
                    }
                    Err(error) => self.found.unreadable.push(format!("{}: {error}", source.name)),
                },
                // A folder without a manifest has no objects.
                Found::Empty(_) => {}
                Found::Unreadable(name, error) => self.found.unreadable.push(format!("{name}: {error}")),
            }
        }
        self.found
    }

    /// Reads texts that are in memory.
    pub(in crate::cli) fn texts(mut self, texts: &[Text]) -> Manifests {
        let patches = patches_of_tree(texts.iter().map(|text| (text.path.as_str(), text.bytes.as_slice())));
        for text in texts {
            self.text(&text.name, &text.bytes, patches.contains(&text.path));
        }
        self.found
    }

    /// Whether a Kustomization names the file as a patch.
    fn is_patch(&mut self, source: &Source) -> bool {
        source.path.as_ref().is_some_and(|path| self.patches.has(path))
    }

    fn text(&mut self, name: &str, bytes: &[u8], is_patch_file: bool) {
        let (text, checked) = check(bytes, false, &self.kinds, self.now);
        let lines = Lines::of(&text);
        let findings = checked.resources.iter().flat_map(|resource| &resource.findings).chain(&checked.problems);
        let errors = findings.filter(|finding| finding.severity == Severity::Error && !is_patch_file).map(|finding| {
            let line = lines.place(finding.span.start).line;
            format!("{name}:{line}: {}", finding.at_field())
        });
        self.found.errors.extend(errors);
        if is_patch_file {
            return;
        }
        for document in Documents::of(&text).flatten() {
            for object in objects(&document) {
                let Owner::Ours(kind) = owner(object, &self.kinds) else { continue };
                if !is_patch(object) {
                    let line = lines.place(object.span.start).line;
                    self.found.objects.push(manifest(object, kind, format!("{name}:{line}")));
                }
            }
        }
    }
}

fn manifest(object: &Node, kind: &Kind, place: String) -> Manifest {
    Manifest {
        is_schedule: kind.what == What::Schedule,
        namespace: object.metadata("namespace").map(str::to_owned),
        name: object.metadata("name").unwrap_or_default().to_owned(),
        object: kind.schema.stored(object),
        place,
    }
}
