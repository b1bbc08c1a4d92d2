//! What can be offered: members, variants, what stands in a module, and what has a name
//! wherever it is.

use std::collections::HashSet;

use super::cursor::Asked;
use super::lower;
use super::members::Member;
use super::names::{Space, Target, World};
use super::resolve::Resolver;
use super::source::{CELL, Docs, Item};
use super::types::{self, Type};
use crate::engine::interface::Completion;

/// Something that is offered or described.
pub(super) struct Candidate {
    pub name: String,
    pub kind: &'static str,
    pub signature: String,
    pub docs: Docs,
}

/// What stands at a cursor behind a dot or `::`.
#[derive(Default)]
pub(super) struct Offered {
    pub public: Vec<Candidate>,
    /// See [`super::Told`].
    pub private: HashSet<String>,
    pub unlikely: HashSet<String>,
}

impl Candidate {
    pub(super) fn completion(self) -> Completion {
        let tells = matches!(self.kind, "function" | "field" | "variant");
        let signature = Some(self.signature).filter(|text| tells && !text.is_empty());
        Completion {
            text: self.name,
            kind: self.kind.to_owned(),
            signature,
        }
    }
}

/// What can stand where `asked` says, and what cannot.
pub(super) fn offered(resolver: &Resolver<'_, '_>, asked: &Asked) -> Option<Offered> {
    let world = resolver.world;
    let mut found = Offered::default();
    match asked {
        Asked::MemberOf(value) => {
            let of = resolver.type_of(value);
            found.public = members(world, world.members(&of));
            match of {
                Type::Unknown => found.unlikely = private_fields(world),
                of => found.private = world.private_fields(&of),
            }
        }
        Asked::Alone(_) => return None,
        Asked::Imported(path) => {
            found.public = within(world, path).unwrap_or_default();
            found.private = private_within(world, path).unwrap_or_default();
        }
        Asked::Within(path) => {
            let of = resolver.qualified(path);
            let names = lower::names(path)?;
            if let Some(of) = &of {
                found.public.extend(variants(world, of));
                found
                    .public
                    .extend(members(world, world.associated_with(of)));
            }
            found
                .public
                .extend(within(world, &names).unwrap_or_default());
            found.private = private_within(world, &names).unwrap_or_default();
            if found.public.is_empty() {
                found.public = elsewhere(world, names.last()?);
            }
        }
    }
    for one in &found.public {
        if one.kind != "function" {
            found.private.remove(&one.name);
        }
    }
    Some(found)
}

/// The names in the module at `path` that are not for others.
fn private_within(world: &World<'_>, path: &[String]) -> Option<HashSet<String>> {
    let Target::Module(module) = world.resolve(CELL, path, Space::Type)? else {
        return None;
    };
    if module.split("::").next() == Some(CELL) {
        return None;
    }
    let of = world.module(&module)?;
    let items = of.items.values().flatten();
    let hidden = items.filter(|item| !(item.is_macro() || item.is_public && item.is_stable));
    let hidden = hidden.map(|item| &item.name);
    let brought = of.uses.iter().filter(|used| !used.is_public);
    let brought = brought.filter_map(|used| used.name.as_ref());
    Some(hidden.chain(brought).cloned().collect())
}

/// The names of fields that nothing known has for others.
fn private_fields(world: &World<'_>) -> HashSet<String> {
    let (mut private, mut public) = (HashSet::new(), HashSet::new());
    for field in world.library.items().flat_map(|item| &item.parts) {
        if field.kind == "field" {
            match field.is_public {
                true => public.insert(&field.name),
                false => private.insert(&field.name),
            };
        }
    }
    public.extend(
        world
            .session
            .items()
            .flat_map(|item| &item.parts)
            .map(|part| &part.name),
    );
    private.difference(&public).copied().cloned().collect()
}

pub(super) fn candidate(name: String, target: &Target<'_>) -> Candidate {
    let (kind, signature, docs) = match target {
        Target::Module(_) => ("module", String::new(), Docs::Text(String::new())),
        Target::Primitive(_) => ("type", String::new(), Docs::Text(String::new())),
        Target::Item(item) => (item.kind, item.signature.clone(), item.docs.clone()),
        Target::Variant(_, variant) => (
            variant.kind,
            variant.signature.clone(),
            variant.docs.clone(),
        ),
    };
    Candidate {
        name,
        kind,
        signature,
        docs,
    }
}

pub(super) fn of_item(item: &Item) -> Candidate {
    candidate(item.shown(), &Target::Item(item))
}

pub(super) fn members(world: &World<'_>, members: Vec<Member<'_>>) -> Vec<Candidate> {
    let candidates = members.into_iter().map(|member| {
        let mut found = of_item(member.item);
        if found.kind == "field" {
            let of = world.type_of_member(&member).shown();
            let of = of.or_else(|| member.item.of.clone()).unwrap_or_default();
            found.signature = format!("{}: {of}", found.name);
        }
        found
    });
    candidates.collect()
}

pub(super) fn variants(world: &World<'_>, of: &types::Type) -> Vec<Candidate> {
    let item = world.item(of.name()).filter(|item| item.kind == "enum");
    let parts = item.iter().flat_map(|item| &item.parts);
    parts.map(of_item).collect()
}

/// What stands in the module at `path`.
pub(super) fn within(world: &World<'_>, path: &[String]) -> Option<Vec<Candidate>> {
    match world.resolve(CELL, path, Space::Type)? {
        Target::Module(module) => {
            let visible = world.visible(&module, module.split("::").next() == Some(CELL));
            Some(
                visible
                    .into_iter()
                    .map(|(name, target)| candidate(name, &target))
                    .collect(),
            )
        }
        Target::Item(item) if item.kind == "enum" => Some(item.parts.iter().map(of_item).collect()),
        Target::Item(item) if item.kind == "trait" => {
            Some(item.parts.iter().map(of_item).collect())
        }
        _ => None,
    }
}

/// What stands in a module or type of this name that is not in scope: who writes it has
/// not yet written its `use`.
pub(super) fn elsewhere(world: &World<'_>, name: &str) -> Vec<Candidate> {
    let modules = world.library.modules.keys();
    let end = format!("::{name}");
    let named = modules.filter(|path| path.ends_with(&end));
    if let Some(path) = named.min_by_key(|path| (!path.starts_with("std"), path.len(), *path)) {
        let visible = world.visible(path, false);
        return visible
            .into_iter()
            .map(|(name, target)| candidate(name, &target))
            .collect();
    }
    let Some(item) = by_name(world, name) else {
        return Vec::new();
    };
    let of = world.named(item, Vec::new(), 4);
    let mut found = variants(world, &of);
    found.extend(members(world, world.associated_with(&of)));
    found
}

/// A type or macro of this name, wherever it is.
pub(super) fn by_name<'a>(world: &World<'a>, name: &str) -> Option<&'a Item> {
    let items = world.library.items();
    let named = items.filter(|item| item.name == name && item.is_public && !item.is_function());
    named.min_by_key(|item| (!item.is_stable, item.module.len(), item.module.as_str()))
}
