//! What can stand behind a dot and behind `::`.

use std::collections::HashSet;

use ra_ap_syntax::ast::{self, HasGenericParams, HasModuleItem};

use super::depth;
use super::impls::Found;
use super::lower::{self, Place};
use super::names::{self, Space, Target, World};
use super::source::{CELL, Item};
use super::types::{Bindings, Bound, Type};

/// Something that belongs to a type.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    pub item: &'a Item,
    /// What names in it mean.
    place: Place,
    bindings: Bindings,
}

impl<'a> World<'a> {
    /// What can stand behind a dot after a value of type `of`; of two with one name, the
    /// first is meant.
    pub(super) fn members(&self, of: &Type) -> Vec<Member<'a>> {
        let mut members = Vec::new();
        let traits = self.traits_in_scope();
        for step in self.dereferenced(of) {
            members.extend(self.fields(&step));
            let own = self.inherent(&step).into_iter().flat_map(within);
            members.extend(own.filter(|member| member.item.takes_self()));
            for item in traits {
                if item.parts.iter().any(offered) && self.has(&step, item) {
                    members.extend(of_trait(item, &step).filter(|member| member.item.takes_self()));
                }
            }
        }
        members
    }

    /// The member `name` of a value of type `of`.
    pub(super) fn member(&self, of: &Type, name: &str, is_field: bool) -> Option<Member<'a>> {
        let steps = self.dereferenced(of);
        if is_field {
            let mut fields = steps.iter().flat_map(|step| self.fields(step));
            return fields.find(|field| field.item.name == name);
        }
        let traits = self.traits_in_scope();
        let fits = |member: &Member<'a>| member.item.name == name && member.item.takes_self();
        steps.iter().find_map(|step| {
            let mut own = self.inherent(step).into_iter().flat_map(within);
            own.find(fits).or_else(|| {
                // As a value, and by the reference that a call makes of it.
                let by_reference = Type::reference(step.clone());
                [step.clone(), by_reference].iter().find_map(|step| {
                    let with = |item: &&&Item| item.parts.iter().any(|part| part.name == name);
                    let mut with = traits
                        .iter()
                        .filter(with)
                        .filter(|item| self.has(step, item));
                    with.find_map(|item| of_trait(item, step).find(&fits))
                })
            })
        })
    }

    /// What can stand behind `::` after the type `of`.
    pub(super) fn associated_with(&self, of: &Type) -> Vec<Member<'a>> {
        let own = self.inherent(of).into_iter().flat_map(within);
        let mut members: Vec<Member<'a>> = own.collect();
        for item in self.traits_in_scope() {
            if item.parts.iter().any(offered) && self.has(of, item) {
                members.extend(of_trait(item, of));
            }
        }
        members
    }

    fn has(&self, of: &Type, of_trait: &Item) -> bool {
        self.implements(of, &of_trait.path())
    }

    fn traits_in_scope(&self) -> &[&'a Item] {
        self.traits.get_or_init(|| self.find_traits())
    }

    fn find_traits(&self) -> Vec<&'a Item> {
        let mut found: Vec<&'a Item> = Vec::new();
        for module in [CELL, names::prelude()] {
            for (_, target) in self.visible(module, module == CELL) {
                if let Target::Item(item) = target
                    && item.kind == "trait"
                    // Nobody calls it.
                    && item.name != "Drop"
                    && !found.iter().any(|other| std::ptr::eq(*other, item))
                {
                    found.push(item);
                }
            }
        }
        found
    }

    fn fields(&self, of: &Type) -> Vec<Member<'a>> {
        let Type::Named(path, arguments) = of else {
            return Vec::new();
        };
        let Some(item) = self.item(path).filter(|item| item.kind == "struct") else {
            return Vec::new();
        };
        let params = names_of(item);
        let bindings: Bindings = params
            .iter()
            .cloned()
            .zip(arguments.iter().cloned())
            .collect();
        let place = Place {
            module: item.module.clone(),
            params,
            own: Some(of.clone()),
        };
        let is_own = item.module.split("::").next() == Some(CELL);
        let fields = item.parts.iter().filter(|field| is_own || field.is_public);
        fields
            .map(|field| Member {
                item: field,
                place: place.clone(),
                bindings: bindings.clone(),
            })
            .collect()
    }

    /// The names of fields that a value of type `of` has for its own crate only.
    pub(super) fn private_fields(&self, of: &Type) -> HashSet<String> {
        let steps = self.dereferenced(of);
        let items = steps.iter().filter_map(|step| match step {
            Type::Named(path, _) => self.item(path),
            _ => None,
        });
        items
            .filter(|item| item.kind == "struct" && item.module.split("::").next() != Some(CELL))
            .flat_map(|item| &item.parts)
            .filter(|field| !field.is_public)
            .map(|field| field.name.clone())
            .collect()
    }

    /// The type that a field, constant or variable has.
    pub(super) fn type_of_member(&self, member: &Member<'_>) -> Type {
        let Some(of) = &member.item.of else {
            return Type::Unknown;
        };
        let of = self.type_of(of, &member.place);
        self.normalised(&self.filled(&of, &member.bindings, true))
    }

    /// What a call of `member` returns. `given` are its own generic arguments, and
    /// `arguments` those behind `self`.
    pub(super) fn returned(&self, member: &Member<'_>, given: &[Type], arguments: &[Type]) -> Type {
        let text = format!("{} {{}}", member.item.signature);
        let text = text.replace("default fn", "fn");
        let file = depth::parse(&text);
        let Some(ast::Item::Fn(function)) = file.and_then(|file| file.items().next()) else {
            return Type::Unknown;
        };
        let mut place = member.place.clone();
        let mut bindings = member.bindings.clone();
        let own = lower::params(function.generic_param_list().as_ref());
        for (at, name) in own.into_iter().enumerate() {
            // Its own names hide those around it.
            bindings.retain(|(bound, _)| *bound != name);
            if let Some(of) = given.get(at).filter(|of| **of != Type::Unknown) {
                bindings.push((name.clone(), of.clone()));
            }
            place.params.push(name);
        }
        let list = function.param_list();
        let params = list.iter().flat_map(ast::ParamList::params);
        for (param, argument) in params.zip(arguments) {
            let param = self.lower(param.ty().as_ref(), &place);
            let mut learnt = bindings.clone();
            if param.unify(argument, &mut learnt) {
                bindings = learnt;
            }
        }
        let Some(returned) = function.ret_type() else {
            return match function.param_list() {
                Some(_) => Type::Tuple(Vec::new()),
                None => Type::Unknown,
            };
        };
        let of = self.lower(returned.ty().as_ref(), &place);
        let of = self.normalised(&self.filled(&of, &bindings, true));
        match function.async_token() {
            Some(_) => future(of),
            None => of,
        }
    }

    /// The members of a function that stands alone.
    pub(super) fn free(&self, item: &'a Item) -> Member<'a> {
        Member {
            item,
            place: Place {
                module: item.module.clone(),
                ..Place::default()
            },
            bindings: Bindings::new(),
        }
    }

    /// What `Type(..)` makes of its arguments, or a variant.
    pub(super) fn constructed(&self, of: &Item, fields: &[Item], arguments: &[Type]) -> Type {
        let params = names_of(of);
        let place = Place {
            module: of.module.clone(),
            params: params.clone(),
            own: None,
        };
        let mut bindings = Bindings::new();
        for (field, argument) in fields.iter().zip(arguments) {
            let field = self.type_of(field.of.as_deref().unwrap_or_default(), &place);
            field.unify(argument, &mut bindings);
        }
        let own = params
            .into_iter()
            .map(|name| self.filled(&Type::Param(name), &bindings, true));
        Type::Named(of.path(), own.collect())
    }

    /// The type that `path` names in the place of the cells, with arguments unknown.
    pub(super) fn type_at(&self, path: &[String]) -> Option<Type> {
        match self.resolve(CELL, path, Space::Type)? {
            Target::Primitive(name) => Some(Type::named(name)),
            Target::Item(item) if item.kind != "trait" => {
                Some(self.named(item, Vec::new(), 4)).filter(|of| *of != Type::Unknown)
            }
            Target::Module(_) => match path {
                [name] => match names::primitive(name)? {
                    Target::Primitive(name) => Some(Type::named(name)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }
}

fn names_of(item: &Item) -> Vec<String> {
    item.params.iter().map(|(name, _)| name.clone()).collect()
}

/// What `async` makes of what a function returns.
fn future(of: Type) -> Type {
    Type::Bounds(vec![Bound {
        of_trait: "core::future::future::Future".to_owned(),
        arguments: Vec::new(),
        associated: vec![("Output".to_owned(), of)],
    }])
}

/// The functions and constants of a block.
fn within(found: Found<'_>) -> impl Iterator<Item = Member<'_>> {
    let Found {
        of,
        place,
        bindings,
    } = found;
    of.items
        .iter()
        .filter(|item| offered(item))
        .map(move |item| Member {
            item,
            place: place.clone(),
            bindings: bindings.clone(),
        })
}

/// The members that the trait `item` gives to `of`.
fn of_trait<'a>(item: &'a Item, of: &Type) -> impl Iterator<Item = Member<'a>> {
    let place = Place {
        module: item.module.clone(),
        params: names_of(item),
        own: Some(of.clone()),
    };
    item.parts
        .iter()
        .filter(|part| offered(part))
        .map(move |part| Member {
            item: part,
            place: place.clone(),
            bindings: Bindings::new(),
        })
}

fn offered(item: &Item) -> bool {
    item.is_stable && matches!(item.kind, "function" | "constant")
}
