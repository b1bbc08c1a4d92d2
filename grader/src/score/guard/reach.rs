//! What an answer's items change beside themselves: methods that are found before
//! others, and constants that patterns would be compared with.

use std::collections::BTreeSet;

use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};
use syn::{Fields, Item, Stmt, Type};

use crate::plan::{AnswerCell, Check, defined, imports, unpacked};

/// A constant whose name the check, or what is given above it, binds: their
/// pattern would no longer bind it.
pub(super) fn constant(
    answer: &[Stmt],
    code: &str,
    cell: &AnswerCell,
    check: &Check,
) -> Option<String> {
    let own = defined(code);
    let constants = answer.iter().filter_map(|statement| match statement {
        Stmt::Item(Item::Const(item)) => Some(&item.ident),
        Stmt::Item(Item::Static(item)) => Some(&item.ident),
        Stmt::Item(Item::Struct(item)) if matches!(item.fields, Fields::Unit) => Some(&item.ident),
        _ => None,
    });
    let constants = constants.map(|name| name.unraw().to_string());
    let imported = imports(code).into_iter().filter(|(name, path)| {
        let first = path.split("::").next().unwrap_or_default();
        let is_own = own.contains(first) || ["self", "crate", "super"].contains(&first);
        is_own || path.rsplit("::").next() != Some(name)
    });
    let imported = imported.map(|(name, _)| name);
    let taken = constants
        .chain(imported)
        .chain(unpacked(code))
        .find(|name| check.binds.contains(name) && !cell.defines.contains(name))?;
    Some(format!(
        "The answer gives `{taken}` a meaning of its own, and the check has a variable of that \
         name: choose another name."
    ))
}

/// A method that would be found in place of one that the check calls: that of a
/// trait, or one for a type that is not the answer's own.
pub(super) fn method(answer: &[Stmt], cell: &AnswerCell, check: &Check) -> Option<String> {
    let mut found = Methods::default();
    found.within(types(items(answer)), |found| {
        answer
            .iter()
            .for_each(|statement| found.visit_stmt(statement));
    });
    let taken = |name: &&String| check.calls.contains(*name) && !cell.methods.contains(*name);
    let name = found.names.iter().find(taken)?;
    Some(format!(
        "The answer has a method `{name}` for what is not its own, and the check calls one of that \
         name: choose another name."
    ))
}

/// Methods for what may not be the code's own.
#[derive(Default)]
struct Methods {
    names: BTreeSet<String>,
    /// The types that are defined around where the visit is, the innermost last.
    types: Vec<BTreeSet<String>>,
}

impl Methods {
    fn within(&mut self, types: BTreeSet<String>, visit: impl FnOnce(&mut Self)) {
        self.types.push(types);
        visit(self);
        self.types.pop();
    }

    fn is_own(&self, of: &Type) -> bool {
        let Type::Path(path) = of else {
            return false;
        };
        // By its name alone: behind a path may stand anything.
        let name = match path.path.segments.first() {
            Some(name) if path.path.segments.len() == 1 => name.ident.unraw().to_string(),
            _ => return false,
        };
        self.types.last().is_some_and(|types| types.contains(&name))
    }
}

impl<'ast> Visit<'ast> for Methods {
    fn visit_trait_item_fn(&mut self, method: &'ast syn::TraitItemFn) {
        self.names.insert(method.sig.ident.unraw().to_string());
        visit::visit_trait_item_fn(self, method);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if item.trait_.is_none() && !self.is_own(&item.self_ty) {
            let methods = item.items.iter().filter_map(|item| match item {
                syn::ImplItem::Fn(method) => Some(method.sig.ident.unraw().to_string()),
                _ => None,
            });
            self.names.extend(methods);
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let content = module.content.as_ref().map(|(_, items)| items.as_slice());
        // What is outside of a module is not in its scope.
        self.within(types(content.unwrap_or_default()), |methods| {
            visit::visit_item_mod(methods, module);
        });
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let around = self.types.last().cloned().unwrap_or_default();
        let own = types(items(&block.stmts));
        self.within(around.into_iter().chain(own).collect(), |methods| {
            visit::visit_block(methods, block);
        });
    }
}

fn items(statements: &[Stmt]) -> impl Iterator<Item = &Item> {
    statements.iter().filter_map(|statement| match statement {
        Stmt::Item(item) => Some(item),
        _ => None,
    })
}

fn types<'a>(items: impl IntoIterator<Item = &'a Item>) -> BTreeSet<String> {
    let names = items.into_iter().filter_map(|item| match item {
        Item::Struct(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    });
    names.map(|name| name.unraw().to_string()).collect()
}
