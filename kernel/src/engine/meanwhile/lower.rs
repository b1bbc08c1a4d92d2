//! Types as they are written, read.

use ra_ap_syntax::ast::{self, HasGenericArgs, HasModuleItem};

use super::names::{Space, Target, World};
use super::types::{Bindings, Bound, Type};

/// How deep types may lie in each other.
const DEPTH: usize = 12;

/// What names mean where a type is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub module: String,
    /// Generic parameters.
    pub params: Vec<String>,
    /// What `Self` is.
    pub own: Option<Type>,
}

impl World<'_> {
    /// The type that `text` is in `place`.
    pub(super) fn type_of(&self, text: &str, place: &Place) -> Type {
        self.type_within(text, place, DEPTH)
    }

    fn type_within(&self, text: &str, place: &Place, depth: usize) -> Type {
        let file = super::depth::parse(&format!("type X = {text};"));
        let alias = file.and_then(|file| match file.items().next()? {
            ast::Item::TypeAlias(alias) => alias.ty(),
            _ => None,
        });
        self.lower_within(alias.as_ref(), place, depth)
    }

    pub(super) fn lower(&self, of: Option<&ast::Type>, place: &Place) -> Type {
        self.lower_within(of, place, DEPTH)
    }

    fn lower_within(&self, of: Option<&ast::Type>, place: &Place, depth: usize) -> Type {
        let (Some(of), Some(depth), Some(())) = (of, depth.checked_sub(1), self.look()) else {
            return Type::Unknown;
        };
        let inner = |of: Option<ast::Type>| Box::new(self.lower_within(of.as_ref(), place, depth));
        match of {
            ast::Type::ParenType(of) => *inner(of.ty()),
            ast::Type::RefType(of) => Type::Ref {
                to: inner(of.ty()),
                is_mut: of.mut_token().is_some(),
            },
            ast::Type::SliceType(of) => Type::Slice(inner(of.ty())),
            ast::Type::ArrayType(of) => Type::Array(inner(of.ty())),
            ast::Type::TupleType(of) => {
                Type::Tuple(of.fields().map(|of| *inner(Some(of))).collect())
            }
            ast::Type::ImplTraitType(of) => {
                self.bounds(of.type_bound_list().as_ref(), place, depth)
            }
            ast::Type::DynTraitType(of) => self.bounds(of.type_bound_list().as_ref(), place, depth),
            ast::Type::PathType(of) => {
                let path = of.path();
                path.map_or(Type::Unknown, |path| self.lower_path(&path, place, depth))
            }
            _ => Type::Unknown,
        }
    }

    fn bounds(&self, list: Option<&ast::TypeBoundList>, place: &Place, depth: usize) -> Type {
        let bounds = list.into_iter().flat_map(ast::TypeBoundList::bounds);
        Type::Bounds(
            bounds
                .filter_map(|bound| self.bound(&bound, place, depth))
                .collect(),
        )
    }

    pub(super) fn lower_bound(&self, bound: &ast::TypeBound, place: &Place) -> Option<Bound> {
        self.bound(bound, place, DEPTH)
    }

    fn bound(&self, bound: &ast::TypeBound, place: &Place, depth: usize) -> Option<Bound> {
        let ast::Type::PathType(of) = bound.ty()? else {
            return None;
        };
        self.trait_at(&of.path()?, place, depth)
    }

    pub(super) fn lower_trait(&self, path: &ast::Path, place: &Place) -> Option<Bound> {
        self.trait_at(path, place, DEPTH)
    }

    fn trait_at(&self, path: &ast::Path, place: &Place, depth: usize) -> Option<Bound> {
        let Target::Item(item) = self.resolve(&place.module, &names(path)?, Space::Type)? else {
            return None;
        };
        let mut associated = Vec::new();
        let list = path.segment()?.generic_arg_list();
        for argument in list.iter().flat_map(ast::GenericArgList::generic_args) {
            if let ast::GenericArg::AssocTypeArg(argument) = argument
                && let (Some(name), Some(of)) = (argument.name_ref(), argument.ty())
            {
                let of = self.lower_within(Some(&of), place, depth);
                associated.push((name.text().to_string(), of));
            }
        }
        Some(Bound {
            of_trait: item.path(),
            arguments: self.arguments(path, place, depth),
            associated,
        })
    }

    /// The types and constants between the angle brackets at the end of `path`.
    fn arguments(&self, path: &ast::Path, place: &Place, depth: usize) -> Vec<Type> {
        let list = path
            .segment()
            .and_then(|segment| segment.generic_arg_list());
        let arguments = list.iter().flat_map(ast::GenericArgList::generic_args);
        arguments
            .filter_map(|argument| match argument {
                ast::GenericArg::TypeArg(of) => {
                    Some(self.lower_within(of.ty().as_ref(), place, depth))
                }
                ast::GenericArg::ConstArg(_) => Some(Type::Unknown),
                _ => None,
            })
            .collect()
    }

    pub(super) fn lower_path(&self, path: &ast::Path, place: &Place, depth: usize) -> Type {
        let Some(depth) = depth.checked_sub(1) else {
            return Type::Unknown;
        };
        if let Some(found) = self.projection(path, place, depth) {
            return found;
        }
        let Some(names) = names(path) else {
            return Type::Unknown;
        };
        if let [name] = names.as_slice() {
            if name == "Self" {
                let own = place.own.as_ref();
                return own.map_or(Type::Unknown, |own| self.filled(own, &[], false));
            }
            if place.params.contains(name) {
                return Type::Param(name.clone());
            }
            if let Some(integer) = self.other_sign(name, place) {
                return integer;
            }
        }
        match self.resolve(&place.module, &names, Space::Type) {
            Some(Target::Primitive(name)) => Type::named(name),
            Some(Target::Item(item)) => self.named(item, self.arguments(path, place, depth), depth),
            // `f64` is also a module.
            Some(Target::Module(_)) => match names.as_slice() {
                [name] => match super::names::primitive(name) {
                    Some(Target::Primitive(name)) => Type::named(name),
                    _ => Type::Unknown,
                },
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }

    /// `item` with these arguments; those that are not written are as it defines them.
    pub(super) fn named(
        &self,
        item: &super::source::Item,
        arguments: Vec<Type>,
        depth: usize,
    ) -> Type {
        let place = Place {
            module: item.module.clone(),
            params: item.params.iter().map(|(name, _)| name.clone()).collect(),
            own: None,
        };
        let mut bindings = Bindings::new();
        for (at, (name, default)) in item.params.iter().enumerate() {
            let of = match (arguments.get(at), default) {
                (Some(of), _) => of.clone(),
                (None, Some(default)) if depth > 0 => {
                    let default = self.type_within(default, &place, depth - 1);
                    self.filled(&default, &bindings, true)
                }
                _ => Type::Unknown,
            };
            bindings.push((name.clone(), of));
        }
        match (item.kind, &item.of) {
            ("struct" | "enum", _) => {
                let arguments = bindings.into_iter().map(|(_, of)| of).collect();
                Type::Named(item.path(), arguments)
            }
            ("type", Some(of)) if depth > 0 => {
                let of = self.type_within(of, &place, depth - 1);
                self.filled(&of, &bindings, false)
            }
            _ => Type::Unknown,
        }
    }

    /// `Self::Item`, `T::Item` and `<T as Trait>::Item`.
    fn projection(&self, path: &ast::Path, place: &Place, depth: usize) -> Option<Type> {
        let qualifier = path.qualifier()?;
        let name = path.segment()?.name_ref()?.text().to_string();
        if qualifier.qualifier().is_some() {
            return None;
        }
        let segment = qualifier.segment()?;
        let of = match segment.kind()? {
            ast::PathSegmentKind::SelfTypeKw => place.own.clone()?,
            ast::PathSegmentKind::Type { type_ref, .. } => {
                self.lower_within(type_ref.as_ref(), place, depth)
            }
            ast::PathSegmentKind::Name(of)
                if place.params.iter().any(|param| *param == of.text()) =>
            {
                Type::Param(of.text().to_string())
            }
            _ => return None,
        };
        Some(Type::Projection {
            of: Box::new(of),
            name,
        })
    }

    /// In the macros that define integers' methods: the same integer with or without a sign.
    fn other_sign(&self, name: &str, place: &Place) -> Option<Type> {
        let Some(Type::Named(own, _)) = &place.own else {
            return None;
        };
        let width = own.get(1..)?;
        match name {
            "SelfT" | "ActualT" => Some(Type::named(own)),
            "UnsignedT" if own.starts_with('i') => Some(Type::named(&format!("u{width}"))),
            "SignedT" if own.starts_with('u') => Some(Type::named(&format!("i{width}"))),
            _ => None,
        }
    }
}

/// The names of a path without arguments; `None` where one is not a plain name.
pub(super) fn names(path: &ast::Path) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = Some(path.clone());
    while let Some(path) = rest {
        if names.len() > DEPTH {
            return None;
        }
        let segment = path.segment()?;
        names.push(segment.name_ref()?.text().to_string());
        rest = path.qualifier();
        if rest.is_none() && segment.coloncolon_token().is_some() {
            names.push(String::new());
        }
    }
    names.reverse();
    Some(names)
}

/// The names of the types and constants in `list`.
pub(super) fn params(list: Option<&ast::GenericParamList>) -> Vec<String> {
    let params = list
        .into_iter()
        .flat_map(ast::GenericParamList::type_or_const_params);
    let names = params.filter_map(|param| param.name());
    names.map(|name| name.text().to_string()).collect()
}
