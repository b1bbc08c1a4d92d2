//! What a set of sources defines: modules with their items and `use` lines, and `impl`
//! blocks. Types are kept as they are written; [`super::types`] reads them when asked.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::types::{Bound, Type};

/// The module in which the cells of a session stand.
pub(super) const CELL: &str = "cell";

#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    /// By path, for example `std::vec`.
    pub modules: HashMap<String, Module>,
    pub impls: Vec<Impl>,
    /// Places in `impls`, by the head of the type that they are for.
    by_head: HashMap<String, Vec<usize>>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Module {
    /// Several where names of types, values and macros are the same.
    pub items: HashMap<String, Vec<Item>>,
    pub uses: Vec<Use>,
}

/// One name that a `use` brings, or all of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// `None` for `*`.
    pub name: Option<String>,
    pub path: Vec<String>,
    pub is_public: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub name: String,
    /// As Jupyter's clients know kinds.
    pub kind: &'static str,
    /// The path of the module that it stands in.
    pub module: String,
    /// The item without its body.
    pub signature: String,
    pub is_public: bool,
    pub is_stable: bool,
    pub docs: Docs,
    /// Fields of a struct; an enum's variants; functions of a trait.
    pub parts: Vec<Item>,
    /// What a type or trait is generic over, with defaults.
    pub params: Vec<(String, Option<String>)>,
    /// What a field, constant, alias or associated type is.
    pub of: Option<String>,
}

/// Documentation, or where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Docs {
    Text(String),
    /// Above this line (from 0) of this file.
    Above {
        file: usize,
        line: usize,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Impl {
    pub module: String,
    /// Up to the brace.
    pub header: String,
    /// The last name of the trait's path.
    pub of_trait: Option<String>,
    /// Of the type: its last name, or what kind of type it is.
    pub head: String,
    /// Functions where it is of no trait, and types.
    pub items: Vec<Item>,
    /// Read when it is asked for the first time; `None` where it cannot be understood.
    pub understood: OnceLock<Option<Header>>,
}

/// What the header of an `impl` says.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub params: Vec<String>,
    pub of: Type,
    pub of_trait: Option<Bound>,
    /// What has to be so for it to hold.
    pub asked: Vec<(Type, Bound)>,
}

impl Item {
    pub(super) fn is_function(&self) -> bool {
        self.kind == "function"
    }

    pub(super) fn is_type(&self) -> bool {
        matches!(self.kind, "struct" | "enum" | "trait" | "type")
    }

    pub(super) fn is_macro(&self) -> bool {
        self.kind == "macro"
    }

    /// Its module and name.
    pub(super) fn path(&self) -> String {
        format!("{}::{}", self.module, self.name)
    }

    /// What it is offered and searched as.
    pub(super) fn shown(&self) -> String {
        match self.is_macro() {
            true => format!("{}!", self.name),
            false => self.name.clone(),
        }
    }

    /// Whether any value of its type can stand before it and a dot: not one that says
    /// `self: Box<Self>`.
    pub(super) fn takes_self(&self) -> bool {
        let Some(arguments) = self.arguments() else {
            return false;
        };
        let first = arguments.split([',', ')']).next().unwrap_or_default();
        super::identifier::last(first.trim()) == "self"
    }

    /// What stands behind the parenthesis of a function, which its generic parameters may
    /// have as well.
    fn arguments(&self) -> Option<&str> {
        let (mut open, mut before) = (0_usize, ' ');
        for (at, c) in self.signature.char_indices() {
            match c {
                '(' if open == 0 => return self.signature.get(at + 1..),
                '<' => open += 1,
                '>' if before != '-' => open = open.saturating_sub(1),
                _ => {}
            }
            before = c;
        }
        None
    }
}

impl Source {
    pub(super) fn add_impl(&mut self, added: Impl) {
        let places = self.by_head.entry(added.head.clone()).or_default();
        places.push(self.impls.len());
        self.impls.push(added);
    }

    pub(super) fn impls_for(&self, head: &str) -> impl Iterator<Item = &Impl> {
        let places = self.by_head.get(head).into_iter().flatten();
        places.filter_map(|place| self.impls.get(*place))
    }

    pub(super) fn has_impl(&self, of: &Impl) -> bool {
        self.impls_for(&of.head)
            .any(|known| known.header == of.header && known.items == of.items)
    }

    pub(super) fn retain_impls(&mut self, keep: impl Fn(&Impl) -> bool) {
        let impls = std::mem::take(&mut self.impls);
        self.by_head.clear();
        for kept in impls.into_iter().filter(keep) {
            self.add_impl(kept);
        }
    }

    /// All items, in no order.
    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        let modules = self.modules.values();
        modules.flat_map(|module| module.items.values().flatten())
    }
}
