//! The files of `src/`, and which of them uses which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Attribute, Item, UseTree};

/// The path of a module below the crate: `["plan", "rules"]`.
pub type ModulePath = Vec<String>;

/// A file of the crate.
pub struct Module {
    /// Where it lies in `src/`.
    pub file: String,
    /// What it imports, by the name that it has here.
    imports: BTreeMap<String, Vec<String>>,
    /// The modules whose names are all imported.
    globs: Vec<Vec<String>>,
    /// The paths in its code.
    paths: Vec<Vec<String>>,
    /// What it defines.
    defines: BTreeSet<String>,
}

/// All files, by their module.
pub struct Crate(pub BTreeMap<ModulePath, Module>);

impl Crate {
    /// Reads them. `with_tests`: the unit tests too.
    pub fn read(with_tests: bool) -> Self {
        let mut modules = BTreeMap::new();
        read_module(&folder(), "lib.rs", &Vec::new(), with_tests, &mut modules);
        Self(modules)
    }

    /// The modules that a module uses, where the names that it uses are defined.
    pub fn uses(&self, of: &ModulePath) -> BTreeSet<ModulePath> {
        let module = &self.0[of];
        let imported = module.imports.values().filter(|path| !self.0.contains_key(*path));
        let paths = module.paths.iter().filter_map(|path| self.absolute(of, path));
        let used = paths.chain(imported.cloned()).chain(module.globs.iter().cloned());
        used.filter_map(|path| self.owner(&path, 0)).filter(|owner| owner != of).collect()
    }

    /// A path in a module's code, from the crate on; nothing where it is no path of ours.
    fn absolute(&self, of: &ModulePath, path: &[String]) -> Option<Vec<String>> {
        let module = &self.0[of];
        if let Some(absolute) = from_crate(of, path) {
            return Some(absolute);
        }
        let (first, rest) = path.split_first()?;
        if let Some(imported) = module.imports.get(first) {
            return Some([imported, rest].concat());
        }
        let child = [of.as_slice(), std::slice::from_ref(first)].concat();
        self.0.contains_key(&child).then(|| [&child, rest].concat())
    }

    /// The module that defines what a path names: re-exports are followed.
    fn owner(&self, path: &[String], depth: usize) -> Option<ModulePath> {
        let length = (0..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]))?;
        let (at, rest) = path.split_at(length);
        let module = &self.0[at];
        let Some((name, rest)) = rest.split_first() else { return Some(at.to_vec()) };
        if module.defines.contains(name) || depth > 8 {
            return Some(at.to_vec());
        }
        if let Some(imported) = module.imports.get(name) {
            return self.owner(&[imported, rest].concat(), depth + 1);
        }
        let by_glob = module.globs.iter().find(|glob| self.0.get(*glob).is_some_and(|it| it.defines.contains(name)));
        Some(by_glob.cloned().unwrap_or_else(|| at.to_vec()))
    }
}

/// `src/`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn read_module(
    folder: &Path,
    file: &str,
    path: &ModulePath,
    with_tests: bool,
    modules: &mut BTreeMap<ModulePath, Module>,
) {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let items = syn::parse_file(&text).unwrap().items;
    let mut module = Module {
        file: file.to_owned(),
        imports: BTreeMap::new(),
        globs: Vec::new(),
        paths: Vec::new(),
        defines: BTreeSet::new(),
    };
    let mut children = Vec::new();
    for item in items.iter().filter(|item| with_tests || !is_for_tests(attributes(item))) {
        match item {
            Item::Use(item) => module.import(Vec::new(), &item.tree),
            Item::Mod(child) if child.content.is_none() => children.push(child.ident.to_string()),
            item => {
                module.defines.extend(name(item));
                let text = item.span().source_text().unwrap_or_default();
                let mut found = paths(&flatten(text.parse().unwrap()));
                if let Item::Mod(_) = item {
                    // In a module that is written out here, `super` is this file.
                    found.retain(|path| path[0] != "super");
                }
                module.paths.extend(found);
            }
        }
    }
    // `a/mod.rs` and `a.rs` both have their children in `a/`.
    let below = path.join("/");
    for child in &children {
        let files = [format!("{below}/{child}.rs"), format!("{below}/{child}/mod.rs")];
        let files = files.map(|file| file.trim_start_matches('/').to_owned());
        let file = files.iter().find(|file| folder.join(file).exists()).unwrap();
        read_module(folder, file, &[path.as_slice(), std::slice::from_ref(child)].concat(), with_tests, modules);
    }
    // What begins with no module of ours is another crate's.
    let in_crate = |import: &Vec<String>| {
        let is_child = import.first().is_some_and(|first| children.contains(first));
        from_crate(path, import).or_else(|| is_child.then(|| [path, &import[..]].concat()))
    };
    module.imports = module.imports.iter().filter_map(|(name, it)| Some((name.clone(), in_crate(it)?))).collect();
    module.globs = module.globs.iter().filter_map(in_crate).collect();
    modules.insert(path.clone(), module);
}

impl Module {
    fn import(&mut self, mut begun: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                begun.push(path.ident.to_string());
                self.import(begun, &path.tree);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(begun.clone(), tree)),
            UseTree::Glob(_) => self.globs.push(begun),
            UseTree::Name(name) => {
                let known_as = begun.last().filter(|_| name.ident == "self").cloned();
                if name.ident != "self" {
                    begun.push(name.ident.to_string());
                }
                let known_as = known_as.unwrap_or_else(|| name.ident.to_string());
                self.imports.insert(known_as, begun);
            }
            UseTree::Rename(renamed) => {
                begun.push(renamed.ident.to_string());
                self.imports.insert(renamed.rename.to_string(), begun);
            }
        }
    }
}

/// A path that begins with `crate`, `self` or `super`, from the crate on.
fn from_crate(of: &ModulePath, path: &[String]) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([of, rest].concat()),
        "super" => {
            let ups = path.iter().take_while(|part| *part == "super").count();
            Some([&of[..of.len().saturating_sub(ups)], &path[ups..]].concat())
        }
        _ => None,
    }
}

/// `#[cfg(test)]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| attribute.path().is_ident("cfg") && words(attribute).contains(&"test".into());
    attributes.iter().any(is_test)
}

fn words(code: &impl Spanned) -> Vec<String> {
    flatten(code.span().source_text().unwrap_or_default().parse().unwrap())
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(it) => &it.ident,
        Item::Enum(it) => &it.ident,
        Item::Fn(it) => &it.sig.ident,
        Item::Static(it) => &it.ident,
        Item::Struct(it) => &it.ident,
        Item::Trait(it) => &it.ident,
        Item::Type(it) => &it.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// The paths of two names and more in a piece of code, macros included.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let is_name = |token: &String| token.starts_with(|c: char| c.is_alphabetic() || c == '_') && !token.contains(' ');
    let mut at = 0;
    while at < tokens.len() {
        let mut path = Vec::new();
        // `pub(in crate::a)` says who sees it, and uses nothing.
        let is_visibility = at >= 2 && tokens[at - 1] == "in" && tokens[at - 2] == "( begin";
        while tokens.get(at).is_some_and(is_name) {
            path.push(tokens[at].clone());
            at += 1;
            if tokens.get(at).is_some_and(|token| token == ":") && tokens.get(at + 1).is_some_and(|token| token == ":")
            {
                at += 2;
            } else {
                break;
            }
        }
        if path.len() > 1 && !is_visibility {
            found.push(path);
        } else if path.is_empty() {
            at += 1;
        }
    }
    found
}

fn flatten(code: TokenStream) -> Vec<String> {
    let one = |token| match token {
        TokenTree::Group(group) => {
            [vec!["( begin".to_owned()], flatten(group.stream()), vec!["end )".to_owned()]].concat()
        }
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => vec![token.to_string()],
    };
    code.into_iter().flat_map(one).collect()
}
