//! A cell, taken apart into its statements: what each brings along, and what it
//! needs.

use std::collections::BTreeSet;
use std::ops::Range;

use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Item, Pat, Stmt, UseTree};

use super::inside::unpacked;
use crate::notebook::words;

/// A statement of a cell, or a whole cell that does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The index of its cell.
    pub cell: usize,
    pub code: String,
    /// The names that it brings into scope.
    pub defines: BTreeSet<String>,
    /// Variables among them that later statements may change.
    pub changeable: BTreeSet<String>,
    /// Items among them: what the piece says of them is said of itself.
    pub items: BTreeSet<String>,
    pub kind: PieceKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Brings names along, and does nothing else that counts.
    Definition,
    /// Belongs to the type or trait that it names.
    Implementation,
    /// Does something: to a variable that it names, perhaps.
    Statement,
    /// Belongs to every other one: an import of all names of a module, or a
    /// bank of questions.
    Always,
}

/// Functions whose call sets up what checks rely on.
const SET_UP: [&str; 2] = ["questions", "questions_from"];

/// The statements of a cell's code.
pub fn pieces(cell: usize, code: &str) -> Vec<Piece> {
    use syn::parse::Parser as _;
    let Ok(statements) = syn::Block::parse_within.parse_str(code) else {
        // Commands, or no Rust at all: the whole of it or nothing.
        let whole = Piece {
            cell,
            code: code.to_owned(),
            defines: BTreeSet::new(),
            changeable: BTreeSet::new(),
            items: BTreeSet::new(),
            kind: PieceKind::Always,
        };
        return vec![whole];
    };
    let spans: Vec<Range<usize>> = statements
        .iter()
        .map(|statement| statement.span().byte_range())
        .collect();
    let mut made = Vec::new();
    for (statement, span) in statements.iter().zip(spans) {
        let Some(text) = code.get(span) else {
            continue;
        };
        let mut names = Names::default();
        names.visit_stmt_at_top(statement);
        made.push(Piece {
            cell,
            code: ended(statement, text),
            kind: kind(statement, text),
            items: match statement {
                Stmt::Item(Item::Use(_)) | Stmt::Local(_) => BTreeSet::new(),
                _ => names.defines.clone(),
            },
            defines: names.defines,
            changeable: names.changeable,
        });
    }
    made
}

/// The names that code imports at its top, each with the path that it stands for.
pub fn imports(code: &str) -> Vec<(String, String)> {
    use syn::parse::Parser as _;
    let mut found = Vec::new();
    for statement in syn::Block::parse_within.parse_str(code).unwrap_or_default() {
        if let Stmt::Item(Item::Use(item)) = statement {
            spell(&item.tree, &mut Vec::new(), &mut found);
        }
    }
    found
}

fn spell(tree: &UseTree, above: &mut Vec<String>, found: &mut Vec<(String, String)>) {
    let whole = |above: &[String], last: &syn::Ident| {
        let last = last.unraw().to_string();
        above
            .iter()
            .cloned()
            .chain([last])
            .collect::<Vec<_>>()
            .join("::")
    };
    match tree {
        UseTree::Path(path) => {
            above.push(path.ident.unraw().to_string());
            spell(&path.tree, above, found);
            above.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            let last = above.last().cloned().unwrap_or_default();
            found.push((last, above.join("::")));
        }
        UseTree::Name(name) => {
            found.push((name.ident.unraw().to_string(), whole(above, &name.ident)));
        }
        UseTree::Rename(rename) => {
            let name = rename.rename.unraw().to_string();
            found.push((name, whole(above, &rename.ident)));
        }
        UseTree::Group(group) => {
            group
                .items
                .iter()
                .for_each(|tree| spell(tree, above, found));
        }
        UseTree::Glob(_) => {}
    }
}

/// Whether code is nothing but items: functions, types and the like.
pub fn only_defines(code: &str) -> bool {
    use syn::parse::Parser as _;
    let statements = syn::Block::parse_within.parse_str(code);
    statements.is_ok_and(|statements| {
        let is_item = |statement: &Stmt| matches!(statement, Stmt::Item(_));
        statements.iter().all(is_item)
    })
}

/// The names that code brings into scope at its top.
pub fn defined(code: &str) -> BTreeSet<String> {
    let pieces = pieces(0, code);
    let names: BTreeSet<String> = pieces.into_iter().flat_map(|piece| piece.defines).collect();
    names.into_iter().chain(unpacked(code)).collect()
}

/// A last expression shows its value; among others it does not.
fn ended(statement: &Stmt, text: &str) -> String {
    match statement {
        Stmt::Expr(_, None) => format!("{text};"),
        _ => text.to_owned(),
    }
}

fn kind(statement: &Stmt, text: &str) -> PieceKind {
    match statement {
        Stmt::Item(Item::Impl(_)) => PieceKind::Implementation,
        Stmt::Item(Item::Use(item)) if has_glob(&item.tree) => PieceKind::Always,
        Stmt::Item(_) | Stmt::Local(_) => PieceKind::Definition,
        Stmt::Macro(statement) if !of_threads(&statement.mac).is_empty() => PieceKind::Definition,
        // `macro_rules!` is an item; any other macro may do anything.
        _ if words(text).any(|(word, _)| SET_UP.contains(&word)) => PieceKind::Always,
        _ => PieceKind::Statement,
    }
}

/// Whether an import brings whatever is in a module or an enum.
pub(super) fn has_glob(tree: &UseTree) -> bool {
    match tree {
        UseTree::Glob(_) => true,
        UseTree::Path(path) => has_glob(&path.tree),
        UseTree::Group(group) => group.items.iter().any(has_glob),
        UseTree::Name(_) | UseTree::Rename(_) => false,
    }
}

#[derive(Default)]
struct Names {
    defines: BTreeSet<String>,
    changeable: BTreeSet<String>,
}

/// The names that an item brings along.
pub(super) fn names_of(item: &Item) -> BTreeSet<String> {
    let mut names = Names::default();
    names.item(item);
    names.defines
}

/// The names of `thread_local! { static NAME: .. }`.
fn of_threads(called: &syn::Macro) -> Vec<String> {
    let name = called.path.segments.last();
    if name.is_none_or(|name| name.ident != "thread_local") {
        return Vec::new();
    }
    let text = called.tokens.to_string();
    let words: Vec<&str> = words(&text).map(|(word, _)| word).collect();
    let pairs = words.iter().zip(words.iter().skip(1));
    let statics = pairs.filter(|(word, _)| **word == "static");
    statics.map(|(_, name)| (*name).to_owned()).collect()
}

impl Names {
    fn visit_stmt_at_top(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Local(local) => self.visit_pat(&local.pat),
            Stmt::Item(item) => self.item(item),
            Stmt::Macro(statement) => self.defines.extend(of_threads(&statement.mac)),
            Stmt::Expr(..) => {}
        }
    }

    fn item(&mut self, item: &Item) {
        let name = match item {
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Mod(item) => &item.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::TraitAlias(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Union(item) => &item.ident,
            Item::Macro(item) => match &item.ident {
                Some(name) => name,
                None => return self.defines.extend(of_threads(&item.mac)),
            },
            Item::Use(item) => return self.tree(&item.tree),
            Item::ExternCrate(item) => match &item.rename {
                Some((_, name)) => name,
                None => &item.ident,
            },
            _ => return,
        };
        self.defines.insert(name.unraw().to_string());
    }

    fn tree(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                // `use a::{self}` brings `a` along.
                if brings_itself(&path.tree) {
                    self.defines.insert(path.ident.unraw().to_string());
                }
                self.tree(&path.tree);
            }
            UseTree::Name(name) => {
                self.defines.insert(name.ident.unraw().to_string());
            }
            UseTree::Rename(rename) => {
                self.defines.insert(rename.rename.unraw().to_string());
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree)),
            UseTree::Glob(_) => {}
        }
    }
}

fn brings_itself(tree: &UseTree) -> bool {
    match tree {
        UseTree::Name(name) => name.ident == "self",
        UseTree::Group(group) => group.items.iter().any(brings_itself),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_pat(&mut self, pattern: &'ast Pat) {
        if let Pat::Ident(found) = pattern {
            let name = found.ident.unraw().to_string();
            if found.mutability.is_some() {
                self.changeable.insert(name.clone());
            }
            self.defines.insert(name);
        }
        visit::visit_pat(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &[(&str, PieceKind)]) {
        let found: Vec<(String, PieceKind)> = pieces(0, code)
            .into_iter()
            .map(|piece| {
                let names: Vec<String> = piece.defines.into_iter().collect();
                (names.join(" "), piece.kind)
            })
            .collect();
        let expected: Vec<(String, PieceKind)> = expected
            .iter()
            .map(|(names, kind)| ((*names).to_owned(), *kind))
            .collect();
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn what_each_statement_defines() {
        use PieceKind::{Always, Definition, Implementation, Statement};
        check(
            "use a::{B, self as c, d::{self, E as F}};\nfn g() {}\nstruct H;\nimpl H {}",
            &[
                ("B F c d self", Definition),
                ("g", Definition),
                ("H", Definition),
                ("", Implementation),
            ],
        );
        check(
            "let (mut x, y) = (1, 2);\nx += 1;\nx",
            &[("x y", Definition), ("", Statement), ("", Statement)],
        );
        check(
            "use a::*;\nquiz::questions(\"..\");",
            &[("", Always), ("", Always)],
        );
        check("macro_rules! m { () => {} }", &[("m", Definition)]);
        check(
            "thread_local! { pub static A: u8 = 1; static B: u8 = 2 }",
            &[("A B", Definition)],
        );
        check(":dep x = \"1\"", &[("", Always)]);
    }

    #[test]
    fn the_text_of_a_piece_is_that_of_the_cell() {
        let found = pieces(3, "/// é\nfn g() {} // why\n\nx.push(1);\ng()");
        let texts: Vec<&str> = found.iter().map(|piece| piece.code.as_str()).collect();
        assert_eq!(texts, ["/// é\nfn g() {}", "x.push(1);", "g();"]);
    }
}
