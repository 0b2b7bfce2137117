//! docs/annotations.md.

use std::collections::BTreeSet;

use super::{files, read, root};

/// The annotations of the operator that the code names.
fn known() -> BTreeSet<String> {
    let api = read(&root().join("src/api/mod.rs"));
    let texts = api.lines().filter_map(|line| line.split_once("\"workflows.mistral.ai/")?.1.split_once('"'));
    let names: BTreeSet<String> = texts.map(|(name, _)| name.to_owned()).filter(|name| name != "finalizer").collect();
    assert!(names.len() >= 8, "{names:?}");
    names
}

#[test]
fn the_table_of_annotations_has_each_of_them_once() {
    let text = read(&root().join("docs/annotations.md"));
    let rows: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name).collect();
    assert_eq!(rows.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), known());
    assert_eq!(rows.len(), known().len(), "{rows:?}");
}

#[test]
fn no_document_names_an_annotation_that_there_is_not() {
    let known = known();
    for document in [files(".", "md"), files("docs", "md")].concat() {
        for (position, prefix) in read(&document).match_indices("workflows.mistral.ai/") {
            let text = read(&document);
            let rest = &text[position + prefix.len()..];
            let name = rest.split(|c: char| !c.is_ascii_lowercase() && c != '-' && !c.is_ascii_digit()).next().unwrap();
            let is_other =
                ["v1alpha1", "finalizer", ""].contains(&name) || rest[name.len()..].starts_with(char::is_uppercase);
            assert!(is_other || known.contains(name), "{}: {name}", document.display());
        }
    }
}
