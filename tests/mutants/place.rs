//! Where a defect stands: an item of the source, and a condition, a call, a value, … inside it.
//!
//! A place is named by what it means, and not by a line that is copied: so an edit nearby, or a rename of
//! something else, costs nothing. A place that is not there, or is there twice, is an error.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ImplItem, Item, Pat, Stmt};

/// A part of an item. The text names it: for `Call` and `Value` a name, for the others some tokens that it
/// holds. Where several hold them, the innermost is meant.
#[derive(Clone, Copy, Debug)]
pub enum At {
    /// A condition of an `if`, `while` or match arm, or one side of an `&&` or `||`.
    Condition(&'static str),
    /// The whole guard of a match arm.
    Guard(&'static str),
    /// A call of a function or method of this name.
    Call(&'static str),
    /// What this field or variable is set to.
    Value(&'static str),
    /// What a match arm comes to whose pattern holds these tokens.
    Arm(&'static str),
    /// A statement.
    Statement(&'static str),
    /// The value of a function: its last expression.
    Result,
}

/// A part of a file.
#[derive(Clone, Debug)]
pub struct Found {
    pub file: PathBuf,
    pub bytes: Range<usize>,
    /// A condition with `let` must not be put into parentheses.
    pub has_let: bool,
}

/// Finds `at` in `item`: `plan::rules::create`, or `plan::rules::create::plan`, or `a::b::Type::method`.
pub fn find(sources: &BTreeMap<PathBuf, String>, item: &str, at: At) -> Result<Found, String> {
    let path: Vec<&str> = item.split("::").collect();
    let (file, rest) = file_of(sources, &path).ok_or_else(|| format!("there is no module of {item}"))?;
    let parsed = syn::parse_file(&sources[&file]).map_err(|error| format!("{}: {error}", file.display()))?;
    let parts = parts(&parsed.items, rest, at)?;
    let wanted = |part: &&Part| part.kind.is_it(at, &part.name);
    let found: Vec<&Part> = parts.iter().filter(wanted).collect();
    let is_innermost = |part: &&&Part| !found.iter().any(|other| is_inside(&other.bytes, &part.bytes));
    match found.iter().filter(is_innermost).collect::<Vec<_>>()[..] {
        [part] => Ok(Found { file, bytes: part.bytes.clone(), has_let: part.has_let }),
        [] => Err(format!("there is no {at:?} in {item}")),
        ref several => Err(format!("{at:?} is {} times in {item}", several.len())),
    }
}

fn is_inside(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    inner != outer && outer.start <= inner.start && inner.end <= outer.end
}

/// The file of the longest module that begins the path, and what of the path is left.
fn file_of<'a>(sources: &BTreeMap<PathBuf, String>, path: &'a [&'a str]) -> Option<(PathBuf, &'a [&'a str])> {
    (1..=path.len()).rev().find_map(|length| {
        let module = path[..length].join("/");
        let files = [format!("src/{module}.rs"), format!("src/{module}/mod.rs")];
        let file = files.map(PathBuf::from).into_iter().find(|file| sources.contains_key(file))?;
        Some((file, &path[length..]))
    })
}

/// All parts of a file, or of one function of it.
fn parts(items: &[Item], path: &[&str], at: At) -> Result<Vec<Part>, String> {
    let mut parts = Parts::default();
    let mut functions = 0;
    for item in items {
        match (item, path) {
            (Item::Mod(module), _) if module.ident == "tests" => {}
            (item, []) => parts.visit_item(item),
            (Item::Fn(function), [name]) if function.sig.ident == name => {
                functions += 1;
                parts.visit_item_fn(function);
            }
            (Item::Impl(block), [of @ .., name]) => {
                let self_type = tokens(&block.self_ty);
                if of.iter().any(|of| !self_type.iter().any(|token| token == of)) {
                    continue;
                }
                for item in &block.items {
                    if let ImplItem::Fn(method) = item
                        && method.sig.ident == name
                    {
                        functions += 1;
                        parts.visit_impl_item_fn(method);
                    }
                }
            }
            _ => {}
        }
    }
    match (path, functions) {
        ([], _) if matches!(at, At::Result) => Err("which function's result?".into()),
        ([], _) | (_, 1) => Ok(parts.0),
        (path, functions) => Err(format!("there are {functions} functions {}", path.join("::"))),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Condition,
    Guard,
    Call,
    Value,
    Arm,
    Statement,
    Result,
}

impl Kind {
    fn is_it(self, at: At, name: &[String]) -> bool {
        let (kind, text) = match at {
            At::Condition(text) => (Self::Condition, text),
            At::Guard(text) => (Self::Guard, text),
            At::Call(text) => (Self::Call, text),
            At::Value(text) => (Self::Value, text),
            At::Arm(text) => (Self::Arm, text),
            At::Statement(text) => (Self::Statement, text),
            At::Result => return self == Self::Result,
        };
        let sought = flatten(text.parse().unwrap());
        kind == self && name.windows(sought.len()).any(|window| *window == sought[..])
    }
}

struct Part {
    kind: Kind,
    name: Vec<String>,
    bytes: Range<usize>,
    has_let: bool,
}

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn add(&mut self, kind: Kind, name: Vec<String>, place: &impl Spanned) {
        self.0.push(Part { kind, name, bytes: place.span().byte_range(), has_let: false });
    }

    fn add_condition(&mut self, kind: Kind, condition: &Expr) {
        let bytes = condition.span().byte_range();
        self.0.push(Part { kind, name: tokens(condition), bytes, has_let: has_let(condition) });
    }

    fn add_result(&mut self, block: &syn::Block) {
        if let Some(Stmt::Expr(result, None)) = block.stmts.last() {
            self.add(Kind::Result, Vec::new(), result);
        }
    }
}

impl<'ast> Visit<'ast> for Parts {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add_result(&function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add_result(&function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_expr_if(&mut self, it: &'ast syn::ExprIf) {
        self.add_condition(Kind::Condition, &it.cond);
        visit::visit_expr_if(self, it);
    }

    fn visit_expr_while(&mut self, it: &'ast syn::ExprWhile) {
        self.add_condition(Kind::Condition, &it.cond);
        visit::visit_expr_while(self, it);
    }

    fn visit_expr_binary(&mut self, it: &'ast syn::ExprBinary) {
        if let BinOp::And(_) | BinOp::Or(_) = it.op {
            self.add_condition(Kind::Condition, &it.left);
            self.add_condition(Kind::Condition, &it.right);
        }
        visit::visit_expr_binary(self, it);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let pattern = if let Pat::Guard(guarded) = &arm.pat {
            self.add_condition(Kind::Condition, &guarded.guard);
            self.add_condition(Kind::Guard, &guarded.guard);
            &guarded.pat
        } else {
            &arm.pat
        };
        self.add(Kind::Arm, tokens(pattern), &arm.body);
        visit::visit_arm(self, arm);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(function) = &*call.func
            && let Some(name) = function.path.segments.last()
        {
            self.add(Kind::Call, vec![name.ident.to_string()], call);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.add(Kind::Call, vec![call.method.to_string()], call);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        self.add(Kind::Value, tokens(&field.member), &field.expr);
        visit::visit_field_value(self, field);
    }

    fn visit_expr_assign(&mut self, it: &'ast syn::ExprAssign) {
        self.add(Kind::Value, tokens(&it.left).last().into_iter().cloned().collect(), &it.right);
        visit::visit_expr_assign(self, it);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init
            && let Pat::Ident(name) = &local.pat
        {
            self.add(Kind::Value, vec![name.ident.to_string()], &init.expr);
        }
        visit::visit_local(self, local);
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        self.add(Kind::Statement, tokens(statement), statement);
        visit::visit_stmt(self, statement);
    }
}

/// The tokens of a piece of code, one by one.
fn tokens(code: &impl Spanned) -> Vec<String> {
    let text = code.span().source_text().unwrap_or_default();
    flatten(text.parse().unwrap())
}

fn flatten(code: TokenStream) -> Vec<String> {
    let one = |token| match token {
        TokenTree::Group(group) => {
            let border = |side| vec![format!("{side} {:?}", group.delimiter())];
            [border("begin"), flatten(group.stream()), border("end")].concat()
        }
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => vec![token.to_string()],
    };
    code.into_iter().flat_map(one).collect()
}

fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(it) => has_let(&it.left) || has_let(&it.right),
        _ => false,
    }
}
