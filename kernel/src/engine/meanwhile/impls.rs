//! Which `impl` blocks are for a type, and what it dereferences and projects to.

use ra_ap_syntax::ast::{self, HasGenericParams, HasModuleItem, HasName, HasTypeBounds};

use super::depth;
use super::lower::{self, Place};
use super::names::{Space, Target, World};
use super::source::{Header, Impl};
use super::types::{Bindings, Bound, GUESSED, Type};

const DEREF: &str = "core::ops::deref::Deref";
/// How many implementations one may depend on, one behind the other.
const DEPTH: usize = 6;
/// How often a value is dereferenced.
const STEPS: usize = 6;

/// Traits whose implementation is no written one, or is that of a closure: taken for given.
const GIVEN: [&str; 11] = [
    "core::marker::Send",
    "core::marker::Sync",
    "core::marker::Sized",
    "core::marker::MetaSized",
    "core::marker::PointeeSized",
    "core::marker::Unpin",
    "core::marker::Destruct",
    "core::ops::function::Fn",
    "core::ops::function::FnMut",
    "core::ops::function::FnOnce",
    "core::alloc::Allocator",
];

/// An `impl` block that is for a type, and what its parameters are then.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub of: &'a Impl,
    pub place: Place,
    pub bindings: Bindings,
}

/// How sure one has to be that what an `impl` asks for is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Nothing,
    All,
}

impl<'a> World<'a> {
    /// The values that one of type `of` is, and is dereferenced to, in this order.
    pub(super) fn dereferenced(&self, of: &Type) -> Vec<Type> {
        let mut steps = vec![of.clone()];
        while steps.len() < STEPS
            && let Some(next) = steps.last().and_then(|last| self.dereference(last))
            && next != Type::Unknown
        {
            steps.push(next);
        }
        if let Some(Type::Array(of)) = steps.last() {
            steps.push(Type::Slice(of.clone()));
        }
        steps
    }

    pub(super) fn dereference(&self, of: &Type) -> Option<Type> {
        match of {
            Type::Ref { to, .. } => Some((**to).clone()),
            Type::Named(..) => {
                let found = self.implementation(of, DEREF, &[], DEPTH)?;
                self.associated(&found, "Target", DEPTH)
            }
            _ => None,
        }
    }

    /// The blocks of no trait for exactly `of`.
    pub(super) fn inherent(&self, of: &Type) -> Vec<Found<'a>> {
        if is_open(of) {
            return Vec::new();
        }
        let blocks = self.blocks(of).into_iter();
        blocks
            .filter(|block| block.of_trait.is_none() && block.head != "*")
            .filter_map(|block| self.matches(block, of, None, Asks::Nothing, DEPTH))
            .collect()
    }

    pub(super) fn implements(&self, of: &Type, of_trait: &str) -> bool {
        let asked = (of.clone(), of_trait.to_owned());
        if let Some(known) = self.fulfilled.borrow().get(&asked) {
            return *known;
        }
        let found = self.fulfils(of, of_trait, &[], DEPTH);
        self.fulfilled.borrow_mut().insert(asked, found);
        found
    }

    fn fulfils(&self, of: &Type, of_trait: &str, arguments: &[Type], depth: usize) -> bool {
        if GIVEN.contains(&of_trait) {
            return true;
        }
        match of {
            Type::Bounds(bounds) => {
                bounds
                    .iter()
                    .any(|bound| self.includes(&bound.of_trait, of_trait, depth))
                    || self
                        .implementation(of, of_trait, arguments, depth)
                        .is_some()
            }
            Type::Tuple(parts) if !parts.is_empty() && is_by_parts(of_trait) => parts
                .iter()
                .all(|part| self.fulfils(part, of_trait, &[], depth)),
            of => self
                .implementation(of, of_trait, arguments, depth)
                .is_some(),
        }
    }

    /// Whether `one` is `other` or asks for it.
    pub(super) fn includes(&self, one: &str, other: &str, depth: usize) -> bool {
        if one == other {
            return true;
        }
        let (Some(item), Some(depth)) = (self.item(one), depth.checked_sub(1)) else {
            return false;
        };
        let text = format!("{} {{}}", item.signature);
        let file = depth::parse(&text);
        let Some(ast::Item::Trait(of)) = file.and_then(|file| file.items().next()) else {
            return false;
        };
        let bounds = of.type_bound_list();
        let mut bounds = bounds.iter().flat_map(ast::TypeBoundList::bounds);
        bounds.any(|bound| {
            let Some(ast::Type::PathType(path)) = bound.ty() else {
                return false;
            };
            let names = path.path().and_then(|path| lower::names(&path));
            let found = names.and_then(|names| self.resolve(&item.module, &names, Space::Type));
            matches!(found, Some(Target::Item(of)) if self.includes(&of.path(), other, depth))
        })
    }

    fn implementation(
        &self,
        of: &Type,
        of_trait: &str,
        arguments: &[Type],
        depth: usize,
    ) -> Option<Found<'a>> {
        self.look()?;
        let depth = depth.checked_sub(1)?;
        if is_open(of) {
            return None;
        }
        let name = of_trait.rsplit("::").next()?;
        let blocks = self.blocks(of).into_iter();
        let mut blocks = blocks.filter(|block| block.of_trait.as_deref() == Some(name));
        blocks.find_map(|block| {
            let bound = Bound {
                of_trait: of_trait.to_owned(),
                arguments: arguments.to_vec(),
                associated: Vec::new(),
            };
            self.matches(block, of, Some(&bound), Asks::All, depth)
        })
    }

    /// All blocks whose type may be `of`, the session's own first.
    fn blocks(&self, of: &Type) -> Vec<&'a Impl> {
        let head = match of {
            Type::Named(path, _) => path.rsplit("::").next().unwrap_or(path),
            Type::Ref { .. } => "&",
            Type::Slice(_) | Type::Array(_) => "[]",
            Type::Tuple(_) => "()",
            _ => "?",
        };
        let heads = [Some(head), integers(head), Some("*")];
        let sources = [self.session, self.library];
        let heads = heads.into_iter().flatten();
        heads
            .flat_map(|head| {
                sources
                    .iter()
                    .flat_map(move |source| source.impls_for(head))
            })
            .collect()
    }

    /// Whether `block` is for `of`, and implements `wanted` for it.
    fn matches(
        &self,
        block: &'a Impl,
        of: &Type,
        wanted: Option<&Bound>,
        asks: Asks,
        depth: usize,
    ) -> Option<Found<'a>> {
        self.look()?;
        let header = self.understood(block)?;
        let mut bindings: Bindings = vec![("Self".to_owned(), of.clone())];
        if !(integers(of.name()) == Some(&*block.head) || header.of.unify(of, &mut bindings)) {
            return None;
        }
        if bindings.iter().any(|(name, _)| name == GUESSED) {
            return None;
        }
        if let Some(wanted) = wanted {
            let written = header.of_trait.as_ref()?;
            let mut pairs = written.arguments.iter().zip(&wanted.arguments);
            if written.of_trait != wanted.of_trait
                || !pairs.all(|(one, other)| one.unify(other, &mut bindings))
            {
                return None;
            }
        }
        if !self.meets(&header.asked, &mut bindings, asks, depth) {
            return None;
        }
        Some(Found {
            of: block,
            place: Place {
                module: block.module.clone(),
                params: header.params.clone(),
                own: Some(of.clone()),
            },
            bindings,
        })
    }

    fn understood(&self, block: &'a Impl) -> Option<&'a Header> {
        if let Some(known) = block.understood.get() {
            return known.as_ref();
        }
        let header = self.understand(block);
        if self.is_exhausted() {
            return None;
        }
        block.understood.get_or_init(|| header).as_ref()
    }

    fn understand(&self, block: &Impl) -> Option<Header> {
        let text = format!("{} {{}}", block.header);
        let Some(ast::Item::Impl(header)) = depth::parse(&text)?.items().next() else {
            return None;
        };
        let place = Place {
            module: block.module.clone(),
            params: lower::params(header.generic_param_list().as_ref()),
            own: Some(Type::Param("Self".to_owned())),
        };
        let of = self.lower(header.self_ty().as_ref(), &place);
        if of.has_unknown() && OF_INTEGERS.iter().all(|name| *name != block.head) {
            return None;
        }
        let of_trait = match header.trait_() {
            Some(ast::Type::PathType(path)) => {
                let of_trait = self.lower_trait(&path.path()?, &place)?;
                if of_trait.arguments.iter().any(Type::has_unknown) {
                    return None;
                }
                Some(of_trait)
            }
            Some(_) => return None,
            None => None,
        };
        Some(Header {
            asked: self.asked(&header, &place),
            params: place.params,
            of,
            of_trait,
        })
    }

    /// Whether what an `impl` asks of its parameters is so.
    fn meets(
        &self,
        asked: &[(Type, Bound)],
        bindings: &mut Bindings,
        asks: Asks,
        depth: usize,
    ) -> bool {
        // What is associated with one parameter tells what another one is.
        for (of, bound) in asked {
            for (name, written) in &bound.associated {
                let of = Type::Projection {
                    of: Box::new(self.filled(of, bindings, false)),
                    name: name.clone(),
                };
                let of = self.normal(&of, depth);
                let written = self.filled(written, bindings, false);
                if of != Type::Unknown && !written.unify(&of, bindings) {
                    return false;
                }
            }
        }
        asked.iter().all(|(of, bound)| {
            let of = self.normal(&self.filled(of, bindings, true), depth);
            if asks == Asks::Nothing && !of.is_known() {
                return true;
            }
            let arguments = bound.arguments.iter();
            let arguments: Vec<Type> = arguments
                .map(|of| self.filled(of, bindings, true))
                .collect();
            self.fulfils(&of, &bound.of_trait, &arguments, depth)
        })
    }

    fn asked(&self, header: &ast::Impl, place: &Place) -> Vec<(Type, Bound)> {
        let mut asked = Vec::new();
        let mut add = |of: Type, list: Option<ast::TypeBoundList>| {
            for bound in list.iter().flat_map(ast::TypeBoundList::bounds) {
                if bound.question_mark_token().is_some() || bound.lifetime().is_some() {
                    continue;
                }
                // What is not understood is not taken for so.
                let bound = self.lower_bound(&bound, place).unwrap_or_else(|| Bound {
                    of_trait: String::new(),
                    arguments: Vec::new(),
                    associated: Vec::new(),
                });
                asked.push((of.clone(), bound));
            }
        };
        let params = header.generic_param_list();
        for param in params
            .iter()
            .flat_map(ast::GenericParamList::type_or_const_params)
        {
            if let ast::TypeOrConstParam::Type(of) = param
                && let Some(name) = of.name()
            {
                add(Type::Param(name.text().to_string()), of.type_bound_list());
            }
        }
        let preds = header.where_clause();
        for pred in preds.iter().flat_map(ast::WhereClause::predicates) {
            if let Some(of) = pred.ty() {
                add(self.lower(Some(&of), place), pred.type_bound_list());
            }
        }
        asked
    }

    /// The type called `name` in a block.
    fn associated(&self, found: &Found<'_>, name: &str, depth: usize) -> Option<Type> {
        let item = found.of.items.iter().find(|item| item.name == name)?;
        let of = self.type_of(item.of.as_deref()?, &found.place);
        Some(self.normal(&self.filled(&of, &found.bindings, true), depth))
    }

    /// `of` with its projections followed.
    pub(super) fn normalised(&self, of: &Type) -> Type {
        match of.is_small() {
            true => self.normal(of, DEPTH),
            false => Type::Unknown,
        }
    }

    fn normal(&self, of: &Type, depth: usize) -> Type {
        let Some(depth) = depth.checked_sub(1) else {
            return Type::Unknown;
        };
        match of {
            Type::Projection { of, name } => {
                let of = self.normal(of, depth);
                self.project(&of, name, depth).unwrap_or(Type::Unknown)
            }
            of => of.map(|of| self.normal(of, depth)),
        }
    }

    fn project(&self, of: &Type, name: &str, depth: usize) -> Option<Type> {
        self.look()?;
        if let Type::Bounds(bounds) = of {
            let mut all = bounds.iter().flat_map(|bound| &bound.associated);
            return all.find(|(of, _)| of == name).map(|(_, of)| of.clone());
        }
        if is_open(of) {
            return None;
        }
        let blocks = self.blocks(of).into_iter();
        let mut blocks = blocks.filter(|block| block.items.iter().any(|item| item.name == name));
        blocks.find_map(|block| {
            let found = self.matches(block, of, None, Asks::All, depth)?;
            self.associated(&found, name, depth)
        })
    }
}

impl Type {
    /// The path of a named type, empty for others.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Named(path, _) => path,
            _ => "",
        }
    }
}

const OF_INTEGERS: [&str; 2] = ["int_impl", "uint_impl"];

/// Whether nothing is known of the type as a whole.
fn is_open(of: &Type) -> bool {
    matches!(of, Type::Unknown | Type::Param(_) | Type::Projection { .. })
}

/// The macro that defines the methods of an integer.
pub(super) fn integers(name: &str) -> Option<&'static str> {
    match name {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => Some("int_impl"),
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => Some("uint_impl"),
        _ => None,
    }
}

/// Traits that a tuple implements when its parts do.
fn is_by_parts(of_trait: &str) -> bool {
    [
        "core::clone::Clone",
        "core::marker::Copy",
        "core::cmp::PartialEq",
        "core::cmp::PartialOrd",
        "core::cmp::Eq",
        "core::cmp::Ord",
        "core::hash::Hash",
        "core::fmt::Debug",
        "core::default::Default",
    ]
    .contains(&of_trait)
}
