//! Which objects of the two sides are compared with each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::check::Manifest;

/// What an object is known by on both sides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) is_schedule: bool,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    /// Its file, if a side has it in several files: one for each environment.
    pub(super) file: Option<String>,
}

/// The objects of a side.
pub(super) type Side<'a> = BTreeMap<Key, &'a Manifest>;

/// Whether it is a schedule, namespace, name.
type Name<'a> = (bool, Option<&'a str>, &'a str);

fn name(object: &Manifest) -> Name<'_> {
    (object.is_schedule, object.namespace.as_deref(), object.name.as_str())
}

/// Both sides, by the same keys.
pub(super) fn sides<'a>(old: &'a [Manifest], new: &'a [Manifest]) -> (Side<'a>, Side<'a>) {
    let several: BTreeSet<Name<'_>> = in_several_files(old).chain(in_several_files(new)).collect();
    let side = |objects: &'a [Manifest]| {
        let keyed = objects.iter().map(|object| {
            let file = several.contains(&name(object)).then(|| object.file.clone());
            let (is_schedule, namespace, name) = (object.is_schedule, object.namespace.clone(), object.name.clone());
            (Key { is_schedule, namespace, name, file }, object)
        });
        keyed.collect()
    };
    (side(old), side(new))
}

fn in_several_files(objects: &[Manifest]) -> impl Iterator<Item = Name<'_>> {
    let mut files: BTreeMap<Name<'_>, BTreeSet<&str>> = BTreeMap::new();
    for object in objects {
        files.entry(name(object)).or_default().insert(&object.file);
    }
    files.into_iter().filter(|(_, files)| files.len() > 1).map(|(name, _)| name)
}

/// Objects that are twice in one file. Which of them is meant cannot be known.
pub(super) fn doubles(objects: &[Manifest]) -> Vec<String> {
    let mut places: BTreeMap<(Name<'_>, &str), Vec<&str>> = BTreeMap::new();
    for object in objects {
        places.entry((name(object), &object.file)).or_default().push(&object.place);
    }
    let doubles = places.into_iter().filter(|(_, places)| places.len() > 1);
    let said = doubles.map(|(((_, namespace, name), _), places)| {
        let namespace =
            namespace.map_or_else(|| "no namespace".to_owned(), |namespace| format!("namespace {namespace}"));
        let (count, places) = (places.len(), places.join(", "));
        format!("{name} with {namespace} is there {count} times in one file, at {places}: keep one of them")
    });
    said.collect()
}
