//! What code holds below its top: names that it may unpack, methods, patterns.

use std::collections::BTreeSet;

use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};
use syn::{Item, Stmt};

use super::pieces::{has_glob, names_of};

/// The names that `use own_module::*` may bring to the top: all that is defined in
/// modules and enums of the code, at whatever depth, where it has such an import.
pub fn unpacked(code: &str) -> BTreeSet<String> {
    let statements = statements(code);
    let unpacks = |statement: &Stmt| match statement {
        Stmt::Item(Item::Use(item)) => has_glob(&item.tree),
        _ => false,
    };
    let mut inside = Inside::default();
    if statements.iter().any(unpacks) {
        statements.iter().for_each(|one| inside.visit_stmt(one));
    }
    inside.names
}

/// The names of the methods that the code writes, in types and in traits.
pub fn methods_of(code: &str) -> BTreeSet<String> {
    let mut methods = Methods::default();
    statements(code)
        .iter()
        .for_each(|statement| methods.visit_stmt(statement));
    methods.0
}

/// The names that patterns of the code bind, at whatever depth.
pub(super) fn bound(code: &str) -> BTreeSet<String> {
    let mut bound = Bound::default();
    statements(code)
        .iter()
        .for_each(|statement| bound.visit_stmt(statement));
    bound.0
}

fn statements(code: &str) -> Vec<Stmt> {
    use syn::parse::Parser as _;
    syn::Block::parse_within.parse_str(code).unwrap_or_default()
}

#[derive(Default)]
struct Inside {
    names: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Inside {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        for item in module.content.iter().flat_map(|(_, items)| items) {
            self.names.extend(names_of(item));
        }
        visit::visit_item_mod(self, module);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.names.insert(variant.ident.unraw().to_string());
    }
}

#[derive(Default)]
struct Methods(BTreeSet<String>);

impl<'ast> Visit<'ast> for Methods {
    fn visit_trait_item_fn(&mut self, method: &'ast syn::TraitItemFn) {
        self.0.insert(method.sig.ident.unraw().to_string());
        visit::visit_trait_item_fn(self, method);
    }

    fn visit_impl_item_fn(&mut self, method: &'ast syn::ImplItemFn) {
        self.0.insert(method.sig.ident.unraw().to_string());
        visit::visit_impl_item_fn(self, method);
    }
}

#[derive(Default)]
struct Bound(BTreeSet<String>);

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.0.insert(pattern.ident.unraw().to_string());
        visit::visit_pat_ident(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(names: BTreeSet<String>) -> String {
        names.into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_glob_unpacks_what_is_in_modules_and_enums() {
        let code = "mod m { pub fn f() {} mod n { pub struct S; } use std::mem; }\nenum E { A, B }";
        assert_eq!(words(unpacked(code)), "");
        let code = format!("use m::{{self, n::*}};\n{code}");
        assert_eq!(words(unpacked(&code)), "A B S f mem n");
    }

    #[test]
    fn methods_and_bindings_are_found_at_any_depth() {
        let code =
            "fn f(x: u8) { impl T { fn a() {} } if let Some(y) = x { trait U { fn b(); } } }";
        assert_eq!(words(methods_of(code)), "a b");
        assert_eq!(words(bound(code)), "x y");
    }
}
