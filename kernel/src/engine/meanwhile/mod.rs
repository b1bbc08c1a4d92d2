//! What can be said of names while a cell keeps evcxr and its rust-analyzer busy.
//!
//! The variables and items of the session, as they were after the last cell, and the
//! index of what the sources beside the helper library define. No types are inferred
//! here: what stands before a dot must be a variable.

mod index;
mod items;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use self::index::{Entry, Index};
use self::items::Item;
use super::identifier;
use super::interface::{Completion, Completions, Inspection};

/// Said below each description, so that nobody takes it for all there is.
const LIMITED: &str = "(a cell is running: this is found by name, without types)";

const KEYWORDS: [&str; 36] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "static", "struct", "trait", "true", "type", "unsafe", "use", "where",
    "while",
];

/// What every cell has in scope: of the standard library, and of the helper crate.
const IN_SCOPE: [&str; 62] = [
    "Box",
    "Clone",
    "Copy",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "From",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "ProgressBar",
    "Result",
    "Send",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "Trace",
    "Vec",
    "answer",
    "assert!",
    "assert_eq!",
    "barista",
    "dbg!",
    "drop",
    "eprintln!",
    "exercise",
    "f64",
    "format!",
    "i32",
    "loom",
    "machine",
    "matches!",
    "model",
    "notebook",
    "panic!",
    "pitfalls",
    "plot",
    "plotters",
    "predict",
    "print!",
    "println!",
    "progress",
    "quadrants",
    "question",
    "quiz",
    "rayon",
    "record",
    "server",
    "shuttle",
    "std",
    "todo!",
    "tokio",
    "trace",
];

/// Shared by the engine's thread, which learns, and whoever asks meanwhile.
#[derive(Default)]
pub struct Meanwhile {
    known: Mutex<Known>,
    index: OnceLock<Index>,
    /// Whether somebody reads the sources already.
    is_read: AtomicBool,
}

#[derive(Default)]
struct Known {
    /// Names and types.
    variables: BTreeMap<String, String>,
    items: BTreeMap<String, Item>,
}

/// How a name is asked for.
enum Asked<'a> {
    /// Behind a dot: a member of this type.
    MemberOf(String),
    /// Behind `::`: something in this type or module.
    Within(&'a str),
    Alone,
    /// Behind a dot, of something whose type only rust-analyzer knows.
    Unknown,
}

impl Meanwhile {
    /// Begins to read the sources that came with the helper library, which takes a
    /// tenth of a second; on a thread of its own, so that no cell waits for it.
    pub fn prepare(self: &Arc<Self>, library: &Path) {
        if self.is_read.swap(true, Ordering::Relaxed) {
            return;
        }
        let (meanwhile, library) = (Arc::clone(self), library.to_owned());
        let started = std::thread::Builder::new()
            .name("index".to_owned())
            .spawn(move || meanwhile.read_sources(&library));
        if let Err(error) = started {
            tracing::warn!("names are not looked up while a cell runs: {error}");
        }
    }

    fn read_sources(&self, library: &Path) {
        let begun = Instant::now();
        let index = self.index.get_or_init(|| Index::of(library));
        tracing::info!("{} names indexed in {:?}", index.len(), begun.elapsed());
    }

    /// A cell has run: what it defined, and what there is now.
    pub fn learn<'a>(
        &self,
        code: &str,
        variables: impl Iterator<Item = (&'a str, &'a str)>,
        names: impl Iterator<Item = &'a str>,
    ) {
        // Parsing takes a while: not under the lock.
        let defined = items::of(code);
        let mut known = self.lock();
        known.variables = variables
            .map(|(name, of)| (name.to_owned(), of.to_owned()))
            .collect();
        for (name, item) in defined {
            known.items.insert(name, item);
        }
        let names: HashSet<&str> = names.collect();
        known.items.retain(|name, _| names.contains(name.as_str()));
    }

    pub fn complete(&self, code: &str, cursor: usize) -> Completions {
        let (start, end) = identifier::begun_at(code, cursor);
        let begun = &code[start..end];
        let asked = self.asked(&code[..start]);
        let mut found: BTreeMap<String, Completion> = BTreeMap::new();
        let mut offer = |text: &str, kind: &str, signature: Option<&str>| {
            if text.starts_with(begun) && text != begun {
                let text = text.to_owned();
                found.entry(text.clone()).or_insert(Completion {
                    text,
                    kind: kind.to_owned(),
                    signature: signature.map(str::to_owned),
                });
            }
        };
        match &asked {
            Asked::Alone => self.offer_names(code, begun, &mut offer),
            asked => {
                for entry in self.entries(asked) {
                    let signature = entry.is_function().then_some(entry.signature.as_str());
                    offer(&entry.name, entry.kind, signature);
                }
            }
        }
        Completions {
            start,
            end,
            candidates: found.into_values().collect(),
        }
    }

    pub fn inspect(&self, code: &str, cursor: usize) -> Option<Inspection> {
        let end = identifier::end_at(code, cursor)?;
        let (start, end) = identifier::begun_at(code, end);
        let name = &code[start..end];
        let (signature, docs) = match self.asked(&code[..start]) {
            Asked::Alone => self.own(name).or_else(|| {
                let index = self.index.get()?;
                let entry = index.named(name)?;
                Some((entry.signature.clone(), index.docs(entry)))
            })?,
            asked => {
                let index = self.index.get()?;
                let mut entries = self.entries(&asked);
                let entry = entries.find(|entry| entry.name == name)?;
                (entry.signature.clone(), index.docs(entry))
            }
        };
        Some(Inspection::of_source(&signature, &docs, LIMITED))
    }

    fn offer_names(
        &self,
        code: &str,
        begun: &str,
        offer: &mut impl FnMut(&str, &str, Option<&str>),
    ) {
        let known = self.lock();
        for (name, of) in &known.variables {
            offer(name, "variable", Some(of));
        }
        for (name, item) in &known.items {
            offer(
                name,
                item.kind,
                item.is_function().then_some(&item.signature),
            );
        }
        drop(known);
        if begun.is_empty() {
            return;
        }
        for name in IN_SCOPE {
            let kind = if name.ends_with('!') { "macro" } else { "name" };
            offer(name, kind, None);
        }
        for word in KEYWORDS {
            offer(word, "keyword", None);
        }
        for word in code.split(|c| !identifier::is_part(c)) {
            if word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                offer(word, "text", None);
            }
        }
    }

    /// A variable or an item of the session.
    fn own(&self, name: &str) -> Option<(String, String)> {
        let known = self.lock();
        if let Some(of) = known.variables.get(name) {
            return Some((format!("let {name}: {of}"), String::new()));
        }
        let item = known.items.get(name)?;
        Some((item.signature.clone(), item.docs.clone()))
    }

    fn entries<'a>(&'a self, asked: &'a Asked<'a>) -> Box<dyn Iterator<Item = &'a Entry> + 'a> {
        let Some(index) = self.index.get() else {
            return Box::new(std::iter::empty());
        };
        match asked {
            Asked::MemberOf(of) => Box::new(index.members(of)),
            Asked::Within(owner) => Box::new(index.within(owner)),
            Asked::Alone | Asked::Unknown => Box::new(std::iter::empty()),
        }
    }

    fn asked<'a>(&self, before: &'a str) -> Asked<'a> {
        if let Some(path) = before.strip_suffix("::") {
            // `Vec::<u8>::` is `Vec::` here.
            let path = path.split("::<").next().unwrap_or(path);
            return Asked::Within(identifier::last(path));
        }
        let Some(receiver) = before.strip_suffix('.') else {
            return Asked::Alone;
        };
        let name = identifier::last(receiver);
        let is_path = receiver
            .strip_suffix(name)
            .is_some_and(|rest| rest.ends_with(['.', ':']));
        match self.lock().variables.get(name) {
            Some(of) if !is_path => Asked::MemberOf(of.clone()),
            _ => Asked::Unknown,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
