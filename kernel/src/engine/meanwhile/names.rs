//! What a path means in a module: items, modules and what `use` brings, as far as that is
//! told by the sources.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::source::{CELL, Item, Module, Source};
use super::types::Type;

/// In scope everywhere.
const PRELUDE: &str = "std::prelude::rust_2024";
pub const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16",
    "u32", "u64", "u8", "usize",
];
/// How many looks one question may take: where sources lead in circles, it ends.
const LOOKS: u32 = 60_000;
/// How long one question may take: a hundred times as long as one that somebody asks.
const LONGEST: Duration = Duration::from_millis(500);
/// How many types it may make of others.
const TYPES: usize = 500_000;
/// How many `use` lines one name may lead through.
const STEPS: usize = 12;

/// All that is known: the library's sources and the session's cells.
pub(super) struct World<'a> {
    pub library: &'a Source,
    pub session: &'a Source,
    looks: Cell<u32>,
    begun: Instant,
    types: Cell<usize>,
    /// Those whose methods can be called.
    pub traits: OnceCell<Vec<&'a Item>>,
    /// What was asked already: whether a type implements a trait.
    pub fulfilled: RefCell<HashMap<(Type, String), bool>>,
}

#[derive(Debug, Clone)]
pub(super) enum Target<'a> {
    Module(String),
    Item(&'a Item),
    /// An enum and its variant.
    Variant(&'a Item, &'a Item),
    Primitive(&'static str),
}

/// What kind of name is looked for; a type and a function may share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Type,
    Value,
    Macro,
}

impl<'a> World<'a> {
    pub(super) fn new(library: &'a Source, session: &'a Source) -> Self {
        Self {
            library,
            session,
            looks: Cell::new(LOOKS),
            begun: Instant::now(),
            types: Cell::new(TYPES),
            traits: OnceCell::new(),
            fulfilled: RefCell::default(),
        }
    }

    /// Counts one more look; `None` when there were too many, or they took too long.
    pub(super) fn look(&self) -> Option<()> {
        let left = self.looks.get().checked_sub(1)?;
        let left = match self.begun.elapsed() > LONGEST {
            true => 0,
            false => left,
        };
        self.looks.set(left);
        (left > 0).then_some(())
    }

    /// Counts this many types more.
    pub(super) fn make(&self, more: usize) -> Option<()> {
        self.types.set(self.types.get().checked_sub(more)?);
        Some(())
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.looks.get() == 0
    }

    pub(super) fn module(&self, path: &str) -> Option<&'a Module> {
        let is_cell = path.split("::").next() == Some(CELL);
        let source = if is_cell { self.session } else { self.library };
        source.modules.get(path)
    }

    /// The type or trait with the path that [`Item::path`] gave.
    pub(super) fn item(&self, path: &str) -> Option<&'a Item> {
        let (module, name) = path.rsplit_once("::")?;
        let items = self.module(module)?.items.get(name)?;
        items.iter().rfind(|item| item.is_type())
    }

    /// What `path` means in `module`.
    pub(super) fn resolve(
        &self,
        module: &str,
        path: &[String],
        space: Space,
    ) -> Option<Target<'a>> {
        self.resolve_within(module, path, space, STEPS)
    }

    fn resolve_within(
        &self,
        module: &str,
        path: &[String],
        space: Space,
        steps: usize,
    ) -> Option<Target<'a>> {
        self.look()?;
        let steps = steps.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        let space_of = |rest: &[String]| if rest.is_empty() { space } else { Space::Type };
        let root = || module.split("::").next().unwrap_or(module).to_owned();
        let mut found = match first.as_str() {
            "crate" | "$crate" => Target::Module(root()),
            "self" => Target::Module(module.to_owned()),
            "super" => Target::Module(module.rsplit_once("::")?.0.to_owned()),
            "" => {
                let (name, rest) = rest.split_first()?;
                self.module(name)?;
                return self.follow(Target::Module(name.clone()), rest, space, steps);
            }
            name => {
                let space = space_of(rest);
                self.lookup(module, name, space, steps)
                    .or_else(|| self.crate_called(&root(), name))
                    .or_else(|| self.lookup(PRELUDE, name, space, steps))
                    .or_else(|| primitive(name))?
            }
        };
        // `i32::MAX` is of the type, though there is a module of that name.
        if let (Target::Module(_), Some(primitive), false) =
            (&found, primitive(first), rest.is_empty())
            && !matches!(first.as_str(), "str" | "char")
        {
            found = primitive;
        }
        self.follow(found, rest, space, steps)
    }

    /// A crate, perhaps under the name that `extern crate` gives it at the root.
    fn crate_called(&self, root: &str, name: &str) -> Option<Target<'a>> {
        let uses = self.module(root).into_iter().flat_map(|root| &root.uses);
        let mut renamed = uses.filter(|used| used.name.as_deref() == Some(name));
        let renamed = renamed.find_map(|used| match used.path.as_slice() {
            [first, of] if first.is_empty() => Some(of.as_str()),
            _ => None,
        });
        let name = renamed.unwrap_or(name);
        self.module(name).map(|_| Target::Module(name.to_owned()))
    }

    fn follow(
        &self,
        mut found: Target<'a>,
        rest: &[String],
        space: Space,
        steps: usize,
    ) -> Option<Target<'a>> {
        for (at, name) in rest.iter().enumerate() {
            let space = if at + 1 == rest.len() {
                space
            } else {
                Space::Type
            };
            found = match found {
                Target::Module(module) if name == "super" => {
                    Target::Module(module.rsplit_once("::")?.0.to_owned())
                }
                Target::Module(module) => self.lookup(&module, name, space, steps)?,
                Target::Item(item) if item.kind == "enum" => {
                    let variant = item.parts.iter().find(|part| part.name == *name)?;
                    Target::Variant(item, variant)
                }
                _ => return None,
            };
        }
        Some(found)
    }

    /// What `name` means in `module` by its items and `use` lines.
    fn lookup(&self, module: &str, name: &str, space: Space, steps: usize) -> Option<Target<'a>> {
        self.look()?;
        let of = self.module(module)?;
        let items = of.items.get(name).into_iter().flatten();
        if let Some(item) = items.rev().find(|item| fits(item, space)) {
            return Some(Target::Item(item));
        }
        let inner = format!("{module}::{name}");
        if space == Space::Type && self.module(&inner).is_some() {
            return Some(Target::Module(inner));
        }
        let named = of
            .uses
            .iter()
            .rev()
            .filter(|used| used.name.as_deref() == Some(name));
        for used in named {
            // `use a;` in `a`'s place leads to itself.
            if used.path.len() == 1 && used.path[0] == name {
                if self.module(name).is_some() {
                    return Some(Target::Module(name.to_owned()));
                }
                continue;
            }
            if let Some(target) = self.resolve_within(module, &used.path, space, steps)
                && suits(&target, space)
            {
                return Some(target);
            }
        }
        for used in of.uses.iter().filter(|used| used.name.is_none()) {
            let within = self.resolve_within(module, &used.path, Space::Type, steps.min(4));
            let found = within.and_then(|within| match within {
                Target::Module(of) if of == module => None,
                Target::Module(of) => self.lookup(&of, name, space, steps.checked_sub(1)?),
                of => self.follow(of, &[name.to_owned()], space, steps),
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// What can stand behind `module::`: name and meaning.
    pub(super) fn visible(&self, module: &str, privates: bool) -> Vec<(String, Target<'a>)> {
        let mut found = Vec::new();
        self.add_visible(module, privates, STEPS, &mut found);
        found
    }

    fn add_visible(
        &self,
        module: &str,
        privates: bool,
        steps: usize,
        found: &mut Vec<(String, Target<'a>)>,
    ) {
        let (Some(of), Some(steps)) = (self.module(module), steps.checked_sub(1)) else {
            return;
        };
        for item in of.items.values().flatten() {
            let shown = (item.is_public || privates) && item.is_stable;
            if shown && item.kind == "module" {
                let inner = format!("{module}::{}", item.name);
                found.push((item.name.clone(), Target::Module(inner)));
            } else if shown {
                found.push((item.shown(), Target::Item(item)));
            }
        }
        for used in of.uses.iter().filter(|used| used.is_public || privates) {
            let Some(name) = &used.name else {
                match self.resolve(module, &used.path, Space::Type) {
                    Some(Target::Module(of)) if of != module => {
                        self.add_visible(&of, false, steps, found);
                    }
                    Some(Target::Item(item)) => {
                        let variants = item.parts.iter().filter(|_| item.kind == "enum");
                        found.extend(
                            variants.map(|variant| {
                                (variant.name.clone(), Target::Variant(item, variant))
                            }),
                        );
                    }
                    _ => {}
                }
                continue;
            };
            for space in [Space::Type, Space::Value, Space::Macro] {
                if let Some(target) = self.resolve(module, &used.path, space)
                    && suits(&target, space)
                {
                    let stable = !matches!(&target, Target::Item(item) if !item.is_stable);
                    let shown = if space == Space::Macro {
                        format!("{name}!")
                    } else {
                        name.clone()
                    };
                    if stable && name != "_" {
                        found.push((shown, target));
                    }
                }
            }
        }
    }
}

pub(super) const fn prelude() -> &'static str {
    PRELUDE
}

pub(super) fn primitive<'a>(name: &str) -> Option<Target<'a>> {
    let known = PRIMITIVES.iter().find(|known| **known == name)?;
    Some(Target::Primitive(known))
}

fn fits(item: &Item, space: Space) -> bool {
    match space {
        Space::Type => item.is_type(),
        Space::Value => {
            matches!(item.kind, "function" | "constant" | "static")
                // `Order(1)` and `Unit` are values as well.
                || item.kind == "struct"
        }
        Space::Macro => item.is_macro(),
    }
}

fn suits(target: &Target<'_>, space: Space) -> bool {
    match target {
        Target::Item(item) => fits(item, space),
        Target::Module(_) | Target::Primitive(_) => space == Space::Type,
        Target::Variant(..) => space != Space::Macro,
    }
}
