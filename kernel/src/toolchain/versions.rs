//! Which definition of a type a stored variable has.
//!
//! Cells are compiled apart, and a type that is defined anew has the same name
//! and often the same size as the old one. Its values are not the same: reading
//! one as the other is a crash or a wrong number. So the generated lines that
//! store and load a variable tell the store a number that stands for all the
//! definitions that the variable's type depends on.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use sha2::{Digest, Sha256};

use super::parts::{Item, Parts, words};

/// The store in generated lines.
const STORE: &str = "evcxr_variable_store.";

/// What the generated lines call; the type follows.
const CALLS: [&str; 3] = ["check_variable::<", "take_variable::<", "put_variable::<"];

/// The definitions of a session, by name.
pub struct Versions<'a> {
    items: BTreeMap<String, &'a Item<'a>>,
}

impl<'a> Versions<'a> {
    pub fn of(parts: &'a Parts<'a>) -> Self {
        let named = parts
            .items
            .iter()
            .filter_map(|item| Some((defined(&item.syntax)?, item)));
        Self {
            items: named.collect(),
        }
    }

    /// A line of the generated function, with the number of the variable's type.
    pub fn stamp(&self, line: &str) -> String {
        let Some((before, call)) = line.split_once(STORE) else {
            return line.to_owned();
        };
        let generated = before.is_empty() || before.starts_with("let ") || before == "vars_ok &= ";
        let kind = CALLS
            .iter()
            .find_map(|name| call.strip_prefix(name))
            .and_then(|rest| Some(rest.rsplit_once(">(stringify!(")?.0));
        match kind
            .filter(|_| generated)
            .and_then(|kind| self.version(kind))
        {
            Some(version) => format!("{before}{STORE}version({version:#x}).{call}"),
            None => line.to_owned(),
        }
    }

    /// `None` for a type that no item of the session has a part in.
    fn version(&self, kind: &str) -> Option<u64> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&str> = words(kind).collect();
        while let Some(word) = next.pop() {
            if let Some(item) = self.items.get(word).filter(|_| !reached.contains(word)) {
                reached.insert(word);
                next.extend(&item.words);
            }
        }
        if reached.is_empty() {
            return None;
        }
        let mut digest = Sha256::new();
        for name in reached {
            digest.update(name);
            digest.update([0]);
            digest.update(definition(&self.items.get(name)?.syntax));
            digest.update([0]);
        }
        digest
            .finalize()
            .first_chunk()
            .copied()
            .map(u64::from_be_bytes)
    }
}

/// The name under which an item has a part in a type.
fn defined(item: &syn::Item) -> Option<String> {
    let name = match item {
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Const(item) => &item.ident,
        syn::Item::Mod(item) => &item.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        _ => return None,
    };
    let name = name.to_string();
    Some(name.strip_prefix("r#").map_or(name.clone(), str::to_owned))
}

/// What decides over the values of a type: a new `derive` or comment does not.
fn definition(item: &syn::Item) -> String {
    let mut item = item.clone();
    let attributes = match &mut item {
        syn::Item::Struct(item) => &mut item.attrs,
        syn::Item::Enum(item) => &mut item.attrs,
        syn::Item::Union(item) => &mut item.attrs,
        _ => return item.to_token_stream().to_string(),
    };
    attributes.retain(|attribute| attribute.path().is_ident("repr"));
    item.to_token_stream().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(items: &str, kind: &str) -> String {
        let source = format!("{items}\nfn twoaxes_cell() {{}}\n");
        let parts = Parts::of(&source).unwrap();
        let line = format!("evcxr_variable_store.put_variable::<{kind}>(stringify!(x), x);");
        Versions::of(&parts).stamp(&line)
    }

    #[test]
    fn a_type_has_another_number_when_what_it_is_made_of_changes() {
        let base = "struct In(u64);\nstruct Out(In);";
        let rows = [
            // Another session, another order, another derive: the same values.
            ("struct Out(In);\nstruct In(u64);", "Out", true),
            (
                "/// Words.\n#[derive(Debug)]\nstruct In(u64);\nstruct Out(In);",
                "Out",
                true,
            ),
            (
                "struct In(u64);\nstruct Out(In);\nstruct Other;",
                "Out",
                true,
            ),
            ("struct In(f64);\nstruct Out(In);", "Out", false),
            ("struct In(u64);\nstruct Out { a: In }", "Out", false),
            ("#[repr(C)]\nstruct In(u64);\nstruct Out(In);", "Out", false),
        ];
        for (items, kind, same) in rows {
            assert_eq!(stamped(base, kind) == stamped(items, kind), same, "{items}");
        }
        assert_ne!(
            stamped("trait T { fn a(&self); fn b(&self); }", "Box<dyn T>"),
            stamped("trait T { fn b(&self); fn a(&self); }", "Box<dyn T>")
        );
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        assert_eq!(
            stamped("struct A;", "Vec<i32>"),
            "evcxr_variable_store.put_variable::<Vec<i32>>(stringify!(x), x);"
        );
        let source = "struct A;\nfn twoaxes_cell() {}\n";
        let parts = Parts::of(source).unwrap();
        for line in [
            "a.evcxr_variable_store.put_variable::<A>(stringify!(x), x);",
            "A",
            "",
        ] {
            assert_eq!(Versions::of(&parts).stamp(line), line);
        }
    }
}
