//! The names that code takes from around it.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

use crate::notebook::free_words;

/// Names that `code` takes from outside: not methods, not what stands behind
/// `::`, and not what it defines itself, at whatever depth.
pub(super) fn taken(code: &str) -> BTreeSet<String> {
    use syn::parse::Parser as _;
    let mut own = Own::default();
    if let Ok(statements) = syn::Block::parse_within.parse_str(code) {
        statements
            .iter()
            .for_each(|statement| own.visit_stmt(statement));
    }
    free_words(code)
        .filter(|word| !own.0.contains(*word) && !word.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// The names in the signatures of functions, types and all.
pub(super) fn of_signatures(code: &str) -> BTreeSet<String> {
    use syn::parse::Parser as _;
    let Ok(statements) = syn::Block::parse_within.parse_str(code) else {
        return BTreeSet::new();
    };
    let functions = statements.iter().filter_map(|statement| match statement {
        syn::Stmt::Item(syn::Item::Fn(function)) => Some(function),
        _ => None,
    });
    let mut types = Types::default();
    functions.for_each(|function| types.visit_signature(&function.sig));
    types.0
}

#[derive(Default)]
struct Own(BTreeSet<String>);

impl<'ast> Visit<'ast> for Own {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.0.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.0.insert(item.sig.ident.to_string());
        visit::visit_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.0.insert(item.ident.to_string());
        visit::visit_item_struct(self, item);
    }
}

#[derive(Default)]
struct Types(BTreeSet<String>);

impl<'ast> Visit<'ast> for Types {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let first = path.segments.first();
        self.0
            .extend(first.map(|segment| segment.ident.to_string()));
        visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside() {
        let check = |code: &str, expected: &str| {
            let found: Vec<String> = taken(code).into_iter().collect();
            assert_eq!(found.join(" "), expected, "{code}");
        };
        check(
            "let n = f(3).count(); g::h(n, |x| x + n, 0..m)",
            "f g let m",
        );
        check("fn own() {} own(); vec![1]", "fn vec");
        check(
            "exercise(\"a\").equal(1, \"b\", || f(&[1]), Ok(2)).points()",
            "Ok exercise f",
        );
    }

    #[test]
    fn signatures_name_types() {
        let found: Vec<String> =
            of_signatures("fn f(a: &[u64], b: Vec<(usize, X)>) -> bool { y() }")
                .into_iter()
                .collect();
        assert_eq!(found.join(" "), "Vec X bool u64 usize");
    }
}
