//! What can be offered: members, variants, what stands in a module, and what has a name
//! wherever it is.

use super::members::Member;
use super::names::{Space, Target, World};
use super::source::{CELL, Docs, Item};
use super::types;

/// Something that is offered or described.
pub(super) struct Candidate {
    pub name: String,
    pub kind: &'static str,
    pub signature: String,
    pub docs: Docs,
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
