//! What can be said of names while a cell keeps evcxr and its rust-analyzer busy.
//!
//! The variables and items of the session, as they were after the last cell, and the
//! sources beside the helper library. Types are followed through declarations: fields,
//! signatures and `impl` blocks. What only inference could tell stays unknown, and then
//! nothing is offered.

mod aside;
mod candidates;
mod cursor;
mod depth;
mod derive;
mod header;
mod impls;
mod index;
mod lower;
mod members;
mod names;
mod read;
mod resolve;
mod source;
mod types;
mod variables;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use self::aside::{Answer, Aside};
use self::candidates::{Candidate, Offered, by_name, candidate, offered};
use self::cursor::Cursor;
pub use self::cursor::receiver;
use self::index::Index;
pub use self::names::PRIMITIVES;
use self::names::{Space, Target, World};
use self::read::Reader;
use self::resolve::Resolver;
use self::source::{CELL, Docs, Module, Source, Use};
use super::identifier;
use super::interface::{Completion, Completions, Inspection};

/// Said below each description, so that nobody takes it for all there is.
const LIMITED: &str = "(a cell is running: this is found by declarations, without inference)";

const KEYWORDS: [&str; 36] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "static", "struct", "trait", "true", "type", "unsafe", "use", "where",
    "while",
];

/// The sources are read when no cell has begun or ended for this long.
const CALM: Duration = Duration::from_secs(1);
/// How much lower the priority of the thread is that reads them.
const LOWER: i32 = 10;

/// Longer code is not looked into: only names are offered.
const LIMIT: usize = 16 * 1024;

/// The kind of what is only known to be written in the cell.
const WORD: &str = "text";

/// What declarations tell of the names at a cursor.
#[derive(Debug, Default)]
pub struct Told {
    /// Whether a name can stand there at all.
    pub is_name: bool,
    /// Whether they stand behind a dot or `::`.
    pub is_of_something: bool,
    /// What can stand there.
    pub public: Vec<Completion>,
    /// Fields, and names in a module, that are not for others. Functions are told apart by
    /// their absence in `public`.
    pub private: HashSet<String>,
    /// Names of fields that are private wherever they are known; of this value, nothing is.
    pub unlikely: HashSet<String>,
}

impl Told {
    /// What can stand in the place of `begun`, by name.
    fn begun_with(self, begun: &str) -> Vec<Completion> {
        let mut found: BTreeMap<String, Completion> = BTreeMap::new();
        for one in self.public {
            if one.text.starts_with(begun) && one.text != begun {
                found.entry(one.text.clone()).or_insert(one);
            }
        }
        found.into_values().collect()
    }

    /// What stands in where rust-analyzer has nothing to say.
    pub fn completions(mut self, code: &str, cursor: usize) -> Completions {
        let (start, end) = identifier::begun_at(code, cursor);
        // In a comment or text, nothing is what it should say.
        let is_name = self.is_name;
        self.public.retain(|one| is_name && one.kind != WORD);
        Completions {
            start,
            end,
            candidates: self.begun_with(&code[start..end]),
        }
    }
}

/// What the engine does.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// A cell begins or has ended.
    Works,
    /// Nothing has been asked for a moment.
    Rests,
}

/// Shared by the engine's thread, which learns, and whoever asks meanwhile.
#[derive(Default)]
pub struct Meanwhile {
    known: Mutex<Known>,
    index: OnceLock<Index>,
    aside: Aside,
}

#[derive(Clone)]
struct Known {
    /// With their types.
    variables: HashMap<String, String>,
    session: Source,
}

impl Default for Known {
    fn default() -> Self {
        let mut session = Source::default();
        let prelude = Use {
            name: None,
            path: vec!["twoaxes".to_owned(), "prelude".to_owned()],
            is_public: false,
        };
        let module = Module {
            uses: vec![prelude],
            ..Module::default()
        };
        session.modules.insert(CELL.to_owned(), module);
        Self {
            variables: HashMap::new(),
            session,
        }
    }
}

impl Meanwhile {
    /// Has the sources beside `library` read on a thread of its own, once the engine rests or
    /// nothing of what it does begins or ends for a while. Who waits for short cells does not
    /// wait for that as well, and who writes while a long one runs finds it done.
    pub fn prepare(self: &Arc<Self>, library: &Path) -> mpsc::Sender<Pace> {
        let (says, said) = mpsc::channel();
        let (meanwhile, library) = (Arc::clone(self), library.to_owned());
        let started = std::thread::Builder::new()
            .name("index".to_owned())
            .spawn(move || {
                loop {
                    match said.recv_timeout(CALM) {
                        Ok(Pace::Works) => {}
                        Ok(Pace::Rests) | Err(RecvTimeoutError::Timeout) => break,
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
                // A cell may still be compiled, and somebody waits for that.
                if let Err(error) = rustix::process::nice(LOWER) {
                    tracing::debug!("the sources are read at the priority of cells: {error}");
                }
                meanwhile.read_sources(&library);
            });
        if let Err(error) = started {
            tracing::warn!("names are not looked up while a cell runs: {error}");
        }
        says
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
        let defined = read_cell(code);
        let names: HashSet<&str> = names.collect();
        let mut known = self.lock();
        let had_some = !known.is_empty();
        known.variables = variables
            .map(|(name, of)| (name.to_owned(), of.to_owned()))
            .collect();
        add(&mut known.session, defined);
        if let Some(module) = known.session.modules.get_mut(CELL) {
            module.items.retain(|name, _| names.contains(name.as_str()));
        }
        if had_some && known.is_empty() {
            // It was cleared.
            *known = Known::default();
        }
    }

    /// Within a second, whatever is asked.
    pub fn completions(self: &Arc<Self>, code: &str, cursor: usize) -> Completions {
        let (meanwhile, text) = (Arc::clone(self), code.to_owned());
        let found = self.aside.ask(move || meanwhile.complete(&text, cursor));
        found
            .wait()
            .unwrap_or_else(|| Told::default().completions(code, cursor))
    }

    /// Within a second, whatever is asked.
    pub fn inspection(self: &Arc<Self>, code: &str, cursor: usize) -> Option<Inspection> {
        let (meanwhile, code) = (Arc::clone(self), code.to_owned());
        self.aside
            .ask(move || meanwhile.inspect(&code, cursor))
            .wait()?
    }

    /// Has looked up, on a thread of its own, what declarations tell of the names at
    /// `cursor`.
    pub fn told(self: &Arc<Self>, code: &str, cursor: usize) -> Answer<Told> {
        let (meanwhile, code) = (Arc::clone(self), code.to_owned());
        self.aside.ask(move || {
            let (start, _) = identifier::begun_at(&code, cursor);
            Told {
                is_name: cursor::look(&code[..start]).is_some(),
                ..meanwhile.tell(&code, cursor)
            }
        })
    }

    fn complete(&self, code: &str, cursor: usize) -> Completions {
        let (start, end) = identifier::begun_at(code, cursor);
        Completions {
            start,
            end,
            candidates: self.tell(code, cursor).begun_with(&code[start..end]),
        }
    }

    fn tell(&self, code: &str, cursor: usize) -> Told {
        let mut told = self.tell_all(code, cursor);
        told.public
            .retain(|one| !identifier::is_generated(&one.text));
        told
    }

    fn tell_all(&self, code: &str, cursor: usize) -> Told {
        let (start, end) = identifier::begun_at(code, cursor);
        let (before, begun) = (&code[..start], &code[start..end]);
        if is_behind_something(before) {
            let offered = self.offered(code, before);
            return Told {
                is_name: true,
                is_of_something: true,
                public: offered
                    .public
                    .into_iter()
                    .map(Candidate::completion)
                    .collect(),
                private: offered.private,
                unlikely: offered.unlikely,
            };
        }
        let mut told = Told::default();
        self.offer_names(code, before, begun, &mut |text, kind, signature| {
            told.public.push(Completion {
                text: text.to_owned(),
                kind: kind.to_owned(),
                signature: signature.map(str::to_owned),
            });
        });
        told
    }

    /// The macro whose name ends at `end`, if a `!` follows there.
    pub fn described_macro(self: &Arc<Self>, code: &str, end: usize) -> Option<Inspection> {
        let name = identifier::last(&code[..end]);
        let before = &code[..end - name.len()];
        let is_macro = code[end..].starts_with('!') && !code[end..].starts_with("!=");
        if !is_macro || is_behind_something(before) {
            return None;
        }
        let (meanwhile, name) = (Arc::clone(self), name.to_owned());
        let described = move || {
            let found = meanwhile.with_world("", |world, _| {
                let target = world.resolve(CELL, std::slice::from_ref(&name), Space::Macro)?;
                Some(candidate(name, &target))
            })?;
            Some(Inspection::of_source(
                &found.signature,
                &meanwhile.docs(&found.docs),
                "",
            ))
        };
        self.aside.ask(described).wait()?
    }

    fn docs(&self, docs: &Docs) -> String {
        match (docs, self.index.get()) {
            (Docs::Text(text), _) => text.clone(),
            (docs, Some(index)) => index.docs(docs),
            _ => String::new(),
        }
    }

    fn inspect(&self, code: &str, cursor: usize) -> Option<Inspection> {
        let end = identifier::end_at(code, cursor)?;
        let (start, end) = identifier::begun_at(code, end);
        let (before, name) = (&code[..start], &code[start..end]);
        let found = match is_behind_something(before) {
            true => self
                .offered(code, before)
                .public
                .into_iter()
                .find(|found| found.name.trim_end_matches('!') == name)?,
            false => self.named(code, before, name)?,
        };
        Some(Inspection::of_source(
            &found.signature,
            &self.docs(&found.docs),
            LIMITED,
        ))
    }

    fn offer_names(
        &self,
        code: &str,
        before: &str,
        begun: &str,
        offer: &mut impl FnMut(&str, &str, Option<&str>),
    ) {
        let has_variables = code.len() > LIMIT || variables::reach(before);
        let known = self.lock();
        for (name, of) in known.variables.iter().filter(|_| has_variables) {
            offer(name, "variable", Some(of));
        }
        let own = known.session.modules.get(CELL);
        for item in own
            .iter()
            .flat_map(|module| module.items.values().flatten())
        {
            let signature = item.is_function().then_some(item.signature.as_str());
            offer(&item.shown(), item.kind, signature);
        }
        if begun.is_empty() {
            return;
        }
        if let Some(index) = self.index.get() {
            let world = World::new(&index.source, &known.session);
            for module in [CELL, names::prelude()] {
                for (name, target) in world.visible(module, module == CELL) {
                    let candidate = candidate(name, &target);
                    let tells = matches!(candidate.kind, "function" | "variant");
                    let signature = tells.then_some(candidate.signature.as_str());
                    offer(&candidate.name, candidate.kind, signature);
                }
            }
            offer("std", "module", None);
        }
        drop(known);
        for word in KEYWORDS {
            offer(word, "keyword", None);
        }
        for name in PRIMITIVES {
            offer(name, "type", None);
        }
        for word in code.split(|c| !identifier::is_part(c)) {
            if word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                offer(word, WORD, None);
            }
        }
    }

    /// What can stand at the end of `before`, which ends in a dot or `::`.
    fn offered(&self, code: &str, before: &str) -> Offered {
        self.with_world(code, |world, variables| {
            let Cursor { asked, around, .. } = cursor::look(before)?;
            let resolver = Resolver {
                world,
                variables,
                around: &around,
            };
            offered(&resolver, &asked)
        })
        .unwrap_or_default()
    }

    /// What `name` means where nothing stands before it.
    fn named(&self, code: &str, before: &str, name: &str) -> Option<Candidate> {
        self.with_world(code, |world, variables| {
            let resolver = Resolver {
                world,
                variables,
                around: &[],
            };
            if let Some(of) = resolver.variable_at(before, name) {
                return Some(Candidate {
                    signature: format!("let {name}: {of}"),
                    name: name.to_owned(),
                    kind: "variable",
                    docs: Docs::Text(String::new()),
                });
            }
            let path = [name.to_owned()];
            let spaces = [Space::Value, Space::Type, Space::Macro];
            let mut targets = spaces
                .iter()
                .filter_map(|space| world.resolve(CELL, &path, *space));
            targets
                .find(|target| !matches!(target, Target::Module(_) | Target::Primitive(_)))
                .or_else(|| Some(Target::Item(by_name(world, name)?)))
                .map(|target| candidate(name.to_owned(), &target))
        })
    }

    /// Asks something, if `code` can be looked into.
    fn with_world<T>(
        &self,
        code: &str,
        ask: impl FnOnce(&World<'_>, &HashMap<String, String>) -> Option<T>,
    ) -> Option<T> {
        if code.len() > LIMIT {
            return None;
        }
        let nothing = Source::default();
        let library = self.index.get().map_or(&nothing, |index| &index.source);
        let Known {
            variables,
            mut session,
        } = self.lock().clone();
        // What the cell itself defines counts as well.
        add(&mut session, read_cell(code));
        ask(&World::new(library, &session), &variables)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn is_empty(&self) -> bool {
        let own = self.session.modules.get(CELL);
        self.variables.is_empty() && own.is_none_or(|module| module.items.is_empty())
    }
}

/// What the cell `code` defines.
fn read_cell(code: &str) -> Source {
    // Commands stand before the code and are not Rust.
    let rust: String = code
        .lines()
        .skip_while(|line| line.trim_start().starts_with([':', '!', '?']))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut defined = Source::default();
    Reader::keeping_docs(&mut defined).read(&rust, CELL);
    defined
}

/// Adds what a cell defines to the session; a type that is defined anew loses its methods,
/// and a module all that it had.
fn add(session: &mut Source, defined: Source) {
    let new = defined.modules.get(CELL);
    let types: HashSet<String> = new
        .iter()
        .flat_map(|module| module.items.values().flatten())
        .filter(|item| item.is_type())
        .map(|item| item.name.clone())
        .collect();
    let modules: HashSet<String> = new
        .iter()
        .flat_map(|module| module.items.values().flatten())
        .filter(|item| item.kind == "module")
        .map(source::Item::path)
        .collect();
    let is_gone = |path: &str| {
        let mut names = path.splitn(3, "::");
        let (root, name) = (names.next(), names.next());
        matches!((root, name), (Some(root), Some(name)) if modules.contains(&format!("{root}::{name}")))
    };
    session.modules.retain(|path, _| !is_gone(path));
    session.retain_impls(|old| {
        !types.contains(&old.head) && !is_gone(&old.module) && !defined.has_impl(old)
    });
    for (path, module) in defined.modules {
        let own = session.modules.entry(path).or_default();
        own.items.extend(module.items);
        for used in module.uses {
            if !own.uses.contains(&used) {
                own.uses.push(used);
            }
        }
    }
    for new in defined.impls {
        session.add_impl(new);
    }
}

fn is_behind_something(before: &str) -> bool {
    let statement = before
        .rsplit([';', '\n'])
        .next()
        .unwrap_or_default()
        .trim_start();
    let statement = statement.strip_prefix("pub ").unwrap_or(statement);
    if statement.starts_with("use ") && before.ends_with(['{', ',', ' ']) && before.contains('{') {
        return true;
    }
    before.ends_with("::") || before.ends_with('.') && !before.ends_with("..")
}

#[cfg(test)]
mod tests;
