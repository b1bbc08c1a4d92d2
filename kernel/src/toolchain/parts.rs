//! The parts of a rewritten source: items, stored variables, statements.
//!
//! evcxr puts every item and every variable of the session into every cell.
//! Knowing them apart lets [`super::prune`] leave out what a cell does not use,
//! and [`super::normal`] compare two cells whatever order evcxr chose.

use std::collections::BTreeSet;
use std::ops::Range;

use quote::ToTokens;
use syn::spanned::Spanned;

use super::rewrite::FUNCTION;

/// evcxr's function of a cell without statements.
const NOTHING_TO_RUN: &str = "mut x: *mut std::os::raw::c_void) -> *mut std::os::raw::c_void {x}";

/// Words of a text: whatever could be an identifier, in strings too, since
/// `println!("{x}")` uses `x`.
pub type Words<'a> = BTreeSet<&'a str>;

/// A source, taken apart. Lines count from 0.
pub struct Parts<'a> {
    pub lines: Vec<&'a str>,
    /// The student's items and generated ones, as they stand.
    pub items: Vec<Item<'a>>,
    /// Variables of earlier cells that this one could use.
    pub variables: Vec<Variable<'a>>,
    /// The generated function, from its attribute to its brace.
    pub function: Range<usize>,
    /// The function as syntax.
    pub body: syn::ItemFn,
}

pub struct Item<'a> {
    pub lines: Range<usize>,
    pub text: String,
    pub words: Words<'a>,
    pub role: Role,
    pub syntax: syn::Item,
}

/// What makes an item needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// One of its names: a function, a type, a constant.
    Named(String),
    /// Its name or that of a member: a trait.
    Trait(String, Vec<String>),
    /// The type of that name: an `impl` for one of the session's own types.
    Impl(String),
    /// It is always needed.
    Always,
}

/// A variable of an earlier cell. It has one line each that checks, loads and
/// stores it.
pub struct Variable<'a> {
    pub name: &'a str,
    pub type_text: &'a str,
    pub lines: [usize; 3],
}

impl<'a> Parts<'a> {
    /// `None` if the source does not parse or is not one of evcxr's: then it is
    /// compiled as it is.
    pub fn of(source: &'a str) -> Option<Self> {
        let lines: Vec<&str> = source.lines().collect();
        let file = syn::parse_file(source).ok()?;
        let mut items = Vec::new();
        let mut function = None;
        for syntax in file.items {
            let span = syntax.span();
            let range = span.start().line.checked_sub(1)?..span.end().line;
            match syntax {
                syn::Item::Fn(found) if found.sig.ident == FUNCTION => {
                    function = Some((range, found));
                }
                syntax => items.push(Item::of(syntax, range, &lines)?),
            }
        }
        resolve_implementors(&mut items);
        let (function, body) = function?;
        let variables = variables(&lines, &function);
        Some(Self {
            lines,
            items,
            variables,
            function,
            body,
        })
    }

    /// Whether the cell only defines items: there is nothing to run.
    pub fn only_defines(&self) -> bool {
        let runs = |item: &Item<'_>| {
            item.role == Role::Always
                && matches!(item.syntax, syn::Item::Fn(_) | syn::Item::Static(_))
        };
        self.lines[self.function.clone()].ends_with(&[NOTHING_TO_RUN])
            && !self.items.iter().any(runs)
    }

    /// Whether errors may show only when the items are built: those of a constant
    /// that is evaluated within a function, and of the linker.
    pub fn must_be_built(&self) -> bool {
        self.links()
            || self
                .items
                .iter()
                .any(|item| item.words.contains("const") && item.text.contains("const {"))
    }

    /// Whether an item names functions that are elsewhere.
    pub fn links(&self) -> bool {
        self.items.iter().any(|item| {
            matches!(item.syntax, syn::Item::ForeignMod(_)) || item.words.contains("link")
        })
    }

    /// The words of the function without the lines that only keep variables.
    pub fn statement_words(&self) -> Words<'a> {
        let kept = |line: &usize| !self.variables.iter().any(|v| v.lines.contains(line));
        self.function
            .clone()
            .filter(kept)
            .flat_map(|line| words(self.lines[line]))
            .collect()
    }
}

impl<'a> Item<'a> {
    fn of(syntax: syn::Item, range: Range<usize>, lines: &[&'a str]) -> Option<Self> {
        let own = lines.get(range.clone())?;
        let words: Words<'_> = own.iter().flat_map(|line| words(line)).collect();
        // An implementation within a function is in force outside of it.
        let implements = matches!(syntax, syn::Item::Fn(_)) && words.contains("impl");
        Some(Self {
            text: own.join("\n"),
            role: if implements {
                Role::Always
            } else {
                role(&syntax)
            },
            words,
            lines: range,
            syntax,
        })
    }

    /// The name that other items use it by, if it has one.
    pub fn name(&self) -> Option<&str> {
        match &self.role {
            Role::Named(name) | Role::Trait(name, _) => Some(name),
            Role::Impl(_) | Role::Always => None,
        }
    }
}

fn role(item: &syn::Item) -> Role {
    let exported = |attributes: &[syn::Attribute]| {
        attributes.iter().any(|attribute| {
            let text = attribute.to_token_stream().to_string();
            ["no_mangle", "export_name", "used", "link"]
                .iter()
                .any(|word| words(&text).any(|found| found == *word))
        })
    };
    match item {
        syn::Item::Fn(item) if !exported(&item.attrs) => Role::Named(word(&item.sig.ident)),
        syn::Item::Static(item) if !exported(&item.attrs) => Role::Named(word(&item.ident)),
        syn::Item::Const(item) if item.ident != "_" => Role::Named(word(&item.ident)),
        syn::Item::Struct(item) => Role::Named(word(&item.ident)),
        syn::Item::Enum(item) => Role::Named(word(&item.ident)),
        syn::Item::Union(item) => Role::Named(word(&item.ident)),
        syn::Item::Type(item) => Role::Named(word(&item.ident)),
        syn::Item::Trait(item) => Role::Trait(word(&item.ident), members(item)),
        syn::Item::Impl(item) => implementor(item),
        _ => Role::Always,
    }
}

/// Only an `impl` for a type that an item defines can be left out with it.
fn resolve_implementors(items: &mut [Item<'_>]) {
    let types: BTreeSet<String> = items
        .iter()
        .filter(|item| {
            matches!(
                item.syntax,
                syn::Item::Struct(_) | syn::Item::Enum(_) | syn::Item::Union(_)
            )
        })
        .filter_map(|item| item.name().map(str::to_owned))
        .collect();
    for item in items {
        if matches!(&item.role, Role::Impl(name) if !types.contains(name)) {
            item.role = Role::Always;
        }
    }
}

fn members(item: &syn::ItemTrait) -> Vec<String> {
    item.items
        .iter()
        .filter_map(|member| match member {
            syn::TraitItem::Fn(member) => Some(word(&member.sig.ident)),
            syn::TraitItem::Const(member) => Some(word(&member.ident)),
            syn::TraitItem::Type(member) => Some(word(&member.ident)),
            _ => None,
        })
        .collect()
}

impl Variable<'_> {
    /// The name as [`words`] finds it.
    pub fn word(&self) -> &str {
        self.name.strip_prefix("r#").unwrap_or(self.name)
    }
}

/// An identifier as [`words`] finds it.
fn word(identifier: &syn::Ident) -> String {
    let text = identifier.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_owned)
}

/// What an `impl` is for, if that is a plain name. It may be an alias or a type
/// of another crate: only who knows all items can tell.
fn implementor(item: &syn::ItemImpl) -> Role {
    let syn::Type::Path(path) = &*item.self_ty else {
        return Role::Always;
    };
    let mut parameters = item.generics.type_params();
    match path.path.segments.first() {
        Some(segment)
            if path.qself.is_none()
                && path.path.leading_colon.is_none()
                && path.path.segments.len() == 1
                && !parameters.any(|parameter| parameter.ident == segment.ident) =>
        {
            Role::Impl(word(&segment.ident))
        }
        _ => Role::Always,
    }
}

/// The variables that the function checks, loads and stores by one generated
/// line each; others are left alone.
fn variables<'a>(lines: &[&'a str], function: &Range<usize>) -> Vec<Variable<'a>> {
    let places = |prefix: &str, name: &str| -> Vec<usize> {
        let end = format!("(stringify!({name})");
        function
            .clone()
            .filter(|line| lines[*line].starts_with(prefix) && lines[*line].contains(&end))
            .collect()
    };
    function
        .clone()
        .filter_map(|line| {
            let rest =
                lines[line].strip_prefix("vars_ok &= evcxr_variable_store.check_variable::<")?;
            let (type_text, rest) = rest.rsplit_once(">(stringify!(")?;
            let name = rest.strip_suffix("));")?;
            let load = [format!("let {name} = "), format!("let mut {name} = ")]
                .iter()
                .map(|start| start.clone() + "evcxr_variable_store.take_variable::<")
                .flat_map(|prefix| places(&prefix, name))
                .collect::<Vec<_>>();
            let store = places("evcxr_variable_store.put_variable::<", name);
            match (load.as_slice(), store.as_slice()) {
                ([load], [store]) if load < store => Some(Variable {
                    name,
                    type_text,
                    lines: [line, *load, *store],
                }),
                _ => None,
            }
        })
        .collect()
}

/// Whatever could be an identifier in `text`.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}
