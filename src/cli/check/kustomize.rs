//! Kustomize's patches: parts of a resource, which say nothing of what is left out.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::node::{Content, Node};
use super::yaml::Documents;

/// The names that Kustomize looks for.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// How far above a patch the folder may be that names it.
const LEVELS: usize = 6;

/// Which files are patches, as far as folders were asked.
#[derive(Default)]
pub(super) struct Patches(HashMap<PathBuf, HashSet<PathBuf>>);

impl Patches {
    /// Whether a `kustomization.yaml` of the file's own folder, or of one above, names it as a patch.
    pub(super) fn has(&mut self, file: &Path) -> bool {
        let Ok(file) = file.canonicalize() else { return false };
        file.ancestors().skip(1).take(LEVELS).any(|folder| {
            let named = self.0.entry(folder.to_owned()).or_insert_with(|| patches_of(folder));
            named.contains(&file)
        })
    }
}

/// The files of a tree in memory that its Kustomizations name as patches: paths without `.` and `..`.
pub(super) fn patches_of_tree<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> HashSet<String> {
    let kustomizations = files.filter_map(|(path, bytes)| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        NAMES.contains(&name).then(|| (folder, String::from_utf8_lossy(bytes)))
    });
    let mut patches = HashSet::new();
    for (folder, text) in kustomizations {
        for name in Documents::of(&text).flatten().flat_map(|document| named(&document)) {
            patches.insert(normal(&format!("{folder}/{name}")));
        }
    }
    patches
}

/// A path without `.` and `..`.
pub(in crate::cli) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The files that a folder names as patches.
fn patches_of(folder: &Path) -> HashSet<PathBuf> {
    let files = NAMES.iter().filter_map(|name| fs::read_to_string(folder.join(name)).ok());
    let names =
        files.flat_map(|text| Documents::of(&text).flatten().flat_map(|document| named(&document)).collect::<Vec<_>>());
    names.filter_map(|name| folder.join(name).canonicalize().ok()).collect()
}

/// The paths in `patches[].path`, and in the older `patchesStrategicMerge`.
fn named(kustomization: &Node) -> Vec<String> {
    let items = |field| match kustomization.get(field).map(|list| &list.content) {
        Some(Content::List(items)) => items.iter().collect::<Vec<_>>(),
        Some(Content::Scalar(_) | Content::Map(_)) | None => Vec::new(),
    };
    let of_patches = items("patches").into_iter().filter_map(|patch| patch.get("path").and_then(Node::as_str));
    let merged = items("patchesStrategicMerge").into_iter().filter_map(Node::as_str);
    of_patches.chain(merged).map(str::to_owned).collect()
}

/// Whether an object says itself that it is a patch.
pub(super) fn is_patch(object: &Node) -> bool {
    object.get("$patch").is_some()
}
