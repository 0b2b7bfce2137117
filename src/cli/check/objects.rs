//! Which objects a document holds, and which of them are ours.

use super::finding::{Finding, Severity};
use super::names;
use super::node::{Content, Node, Path};
use super::schemas::Kind;
use crate::api::GROUP;

/// The version that is served.
const VERSION: &str = "v1alpha1";

/// The objects of a document: those of a `List`, else itself.
pub(super) fn objects(document: &Node) -> Vec<&Node> {
    let is_list = document.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
    match document.get("items").map(|items| &items.content) {
        Some(Content::List(items)) if is_list => items.iter().flat_map(objects).collect(),
        Some(_) | None => vec![document],
    }
}

/// What is wrong with a document that is a list of objects, ours among them: only `kind: List` holds some.
pub(super) fn bare_list(document: &Node) -> Option<Finding> {
    let Content::List(items) = &document.content else { return None };
    let is_ours = |item: &Node| {
        let api_version = item.get("apiVersion").and_then(Node::as_str);
        api_version.is_some_and(|text| text.split_once('/').is_some_and(|(group, _)| group == GROUP))
    };
    items.iter().any(is_ours).then(|| {
        let message = "this document is a list, which kubectl refuses";
        let finding = Finding::of_file(Severity::Error, "bare-list", document.span.start..document.span.start, message);
        finding
            .with_help("write the objects one after the other, with `---` between them, or as items of a `kind: List`")
    })
}

/// Whose an object is.
pub(super) enum Owner<'a> {
    /// It is of this kind.
    Ours(&'a Kind),
    /// It means to be, and is not.
    Nearly(Finding),
    /// Somebody else's.
    Other,
}

/// Tells our kinds from others.
pub(super) fn owner<'a>(object: &Node, kinds: &'a [Kind]) -> Owner<'a> {
    let text = |name| object.get(name).and_then(Node::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let known = kinds.iter().find(|known| known.name == kind);
    let path = Path::default();
    let ours = format!("{GROUP}/{VERSION}");
    match (api_version.split_once('/'), known) {
        (Some((GROUP, VERSION)), Some(kind)) => Owner::Ours(kind),
        (Some((GROUP, VERSION)), None) => {
            let names = kinds.iter().map(|kind| kind.name.as_str());
            let finding = Finding::error(
                "unknown-kind",
                object,
                &path.name("kind"),
                format!("there is no kind {kind:?} in {ours}"),
            );
            Owner::Nearly(match names::nearest(kind, names.clone()) {
                Some(name) => finding.with_help(format!("did you mean `{name}`?")),
                None => finding.with_help(format!("there are {}", names.collect::<Vec<_>>().join(" and "))),
            })
        }
        (Some((GROUP, version)), Some(_) | None) => {
            let message = format!("there is no version {version:?} of {GROUP}");
            let finding = Finding::error("unknown-version", object, &path.name("apiVersion"), message);
            Owner::Nearly(finding.with_help(format!("write {ours}")))
        }
        (_, Some(known)) => {
            let is_typo =
                api_version.is_empty() || names::nearest(api_version, std::iter::once(ours.as_str())).is_some();
            let severity = if is_typo { Severity::Error } else { Severity::Warning };
            let at = path.name(if api_version.is_empty() { "kind" } else { "apiVersion" });
            let message = if api_version.is_empty() {
                format!("this {} has no apiVersion, and is not checked", known.name)
            } else {
                format!("{api_version} is not this operator's apiVersion, and this {} is not checked", known.name)
            };
            let finding = Finding::at(severity, "unknown-group", &at, object.spot(&at), message);
            Owner::Nearly(finding.with_help(format!("if it is meant for this operator, write apiVersion: {ours}")))
        }
        (_, None) => Owner::Other,
    }
}
