//! What the sources beside the helper library define: names, signatures, and where
//! their documentation stands.
//!
//! These sources were written by `toolchain::slim`: no indentation, an item's header in
//! its own lines, bodies of no lines. So a look at each line is enough, which takes a
//! tenth of a second where rust-analyzer takes one and a half.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Something public.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub name: String,
    pub kind: &'static str,
    pub signature: String,
    file: usize,
    /// The line of its header, from 0.
    line: usize,
}

impl Entry {
    pub(super) fn is_function(&self) -> bool {
        self.kind == "function"
    }
}

#[derive(Debug, Default)]
pub(super) struct Index {
    files: Vec<PathBuf>,
    /// By the type, trait or module that it stands in.
    owned: HashMap<String, Vec<Entry>>,
}

const FOLDERS: [&str; 2] = ["rust-src", "crates-src"];

/// How a line with something public begins, and what that is.
const KINDS: [(&str, &str); 9] = [
    ("fn ", "function"),
    ("const fn ", "function"),
    ("unsafe fn ", "function"),
    ("const unsafe fn ", "function"),
    ("async fn ", "function"),
    ("struct ", "struct"),
    ("enum ", "enum"),
    ("trait ", "trait"),
    ("mod ", "module"),
];

impl Index {
    /// That of the sources in the folder of `library`.
    pub(super) fn of(library: &Path) -> Self {
        let mut index = Self::default();
        for folder in FOLDERS {
            index.read_folder(&library.join(folder));
        }
        index
    }

    /// How many things it has.
    pub(super) fn len(&self) -> usize {
        self.owned.values().map(Vec::len).sum()
    }

    /// What can stand behind a dot after a value of the type `of`.
    pub(super) fn members<'a>(&'a self, of: &str) -> impl Iterator<Item = &'a Entry> {
        let owners = owners(of);
        owners
            .into_iter()
            .filter_map(|owner| self.owned.get(&owner))
            .flatten()
            .filter(|entry| entry.is_function() && takes_self(&entry.signature))
    }

    /// What can stand behind `owner::`.
    pub(super) fn within(&self, owner: &str) -> impl Iterator<Item = &Entry> {
        let owner = in_macros(owner).unwrap_or(owner);
        self.owned.get(owner).into_iter().flatten()
    }

    /// A type, trait or macro called `name`.
    pub(super) fn named(&self, name: &str) -> Option<&Entry> {
        let all = self.owned.values().flatten();
        all.filter(|entry| entry.name == name && !entry.is_function())
            .min_by_key(|entry| entry.file)
    }

    /// The documentation of `entry`, in Markdown.
    pub(super) fn docs(&self, entry: &Entry) -> String {
        let text = fs::read_to_string(&self.files[entry.file]).unwrap_or_default();
        let before: Vec<&str> = text.lines().take(entry.line).collect();
        let mut docs: Vec<&str> = before
            .into_iter()
            .rev()
            .map(str::trim_start)
            .take_while(|line| line.starts_with("///") || line.starts_with("#["))
            .filter_map(|line| line.strip_prefix("///"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        docs.reverse();
        docs.join("\n")
    }

    fn read_folder(&mut self, folder: &Path) {
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                self.read_folder(&path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && let Ok(text) = fs::read_to_string(&path)
            {
                self.read(&path, &text);
            }
        }
    }

    fn read(&mut self, path: &Path, text: &str) {
        let file = self.files.len();
        self.files.push(path.to_owned());
        // What the lines stand in: its name, and how many braces were open before it.
        let mut around: Vec<(Option<String>, isize)> = vec![(Some(module(path)), 0)];
        let mut depth = 0;
        let mut is_unstable = false;
        for (number, line) in text.lines().enumerate() {
            // Within macros the text is as it was.
            let line = line.trim_start();
            if line.starts_with("//") {
                continue;
            }
            if line.starts_with("#[") {
                is_unstable |= line.contains("unstable(") || line.contains("doc(hidden)");
                continue;
            }
            let owner = around.last().and_then(|(owner, _)| owner.as_deref());
            let in_trait = owner.and_then(|owner| owner.strip_prefix("trait "));
            if let Some(owner) = owner
                && !is_unstable
                && let Some(entry) = entry(line, in_trait.is_some(), file, number)
            {
                // What a private module has, the folder's module shows as its own.
                if around.len() == 1
                    && let Some(parent) = parent(path)
                    && parent != owner
                {
                    self.owned.entry(parent).or_default().push(entry.clone());
                }
                let owner = in_trait.unwrap_or(owner).to_owned();
                self.owned.entry(owner).or_default().push(entry);
            }
            is_unstable = false;
            let opened = braces(line);
            if opened > 0 {
                let inside = opens(line).unwrap_or_else(|| owner.map(str::to_owned));
                around.push((inside, depth));
            }
            depth += opened;
            while around.len() > 1 && around.last().is_some_and(|(_, before)| depth <= *before) {
                around.pop();
            }
        }
    }
}

fn entry(line: &str, in_trait: bool, file: usize, number: usize) -> Option<Entry> {
    let rest = match line.strip_prefix("pub ") {
        Some(rest) => rest,
        None if in_trait => line,
        None => {
            let rest = line.strip_prefix("macro_rules! ")?;
            let name = super::identifier::first(rest).to_owned();
            return Some(Entry {
                signature: format!("macro_rules! {name}"),
                name,
                kind: "macro",
                file,
                line: number,
            });
        }
    };
    let (word, kind) = KINDS.iter().find(|(word, _)| rest.starts_with(word))?;
    let name = super::identifier::first(&rest[word.len()..]);
    let signature = line
        .trim_end_matches("{loop{}}")
        .trim_end_matches(['{', ';']);
    (!name.is_empty()).then(|| Entry {
        name: name.to_owned(),
        kind,
        signature: signature.trim_end().to_owned(),
        file,
        line: number,
    })
}

/// What a line opens whose inside is asked for by another name, or by none.
fn opens(line: &str) -> Option<Option<String>> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("unsafe ").unwrap_or(line);
    let line = line.strip_prefix("const ").unwrap_or(line);
    if let Some(rest) = line.strip_prefix("trait ") {
        return Some(Some(format!("trait {}", super::identifier::first(rest))));
    }
    if let Some(rest) = line.strip_prefix("mod ") {
        return Some(Some(super::identifier::first(rest).to_owned()));
    }
    let rest = line.strip_prefix("impl")?;
    let of = behind_generics(rest).trim();
    // The methods of a trait stand in the trait.
    Some((!of.contains(" for ")).then(|| head(of)))
}

/// The text behind `<..>` at the beginning of `text`.
fn behind_generics(text: &str) -> &str {
    if !text.starts_with('<') {
        return text;
    }
    let mut open = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '<' => open += 1,
            '>' if before != '-' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return &text[at + 1..];
        }
        before = c;
    }
    text
}

/// The name of a type without its path and parameters; `slice` and `str` for what
/// stands behind them.
fn head(of: &str) -> String {
    let of = of.trim_start_matches(['&', ' ']);
    let of = of.strip_prefix("mut ").unwrap_or(of);
    if of.starts_with('[') {
        return "slice".to_owned();
    }
    let path = of.split(['<', ' ', '{', '(']).next().unwrap_or_default();
    super::identifier::last(path).to_owned()
}

/// The types whose methods a value of the type `of` has, by itself and by what it is
/// dereferenced to.
fn owners(of: &str) -> Vec<String> {
    let head = head(of);
    let inner = || {
        let inner = of.split_once('<').map(|(_, inner)| inner);
        inner.map(owners).unwrap_or_default()
    };
    let more = match head.as_str() {
        "Vec" => vec!["slice".to_owned()],
        "String" => vec!["str".to_owned()],
        "Box" | "Arc" | "Rc" => inner(),
        name if name.contains("Range") || name.contains("Iter") => vec!["Iterator".to_owned()],
        name => in_macros(name).map(str::to_owned).into_iter().collect(),
    };
    [vec![head], more].concat()
}

/// Where the methods of a number are defined.
fn in_macros(name: &str) -> Option<&'static str> {
    match name {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => Some("int_macros"),
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => Some("uint_macros"),
        _ => None,
    }
}

fn takes_self(signature: &str) -> bool {
    let Some((_, arguments)) = signature.split_once('(') else {
        return false;
    };
    let first = arguments.split([',', ')', ':']).next().unwrap_or_default();
    super::identifier::last(first.trim()) == "self"
}

/// The name of the module in the file `path`.
fn module(path: &Path) -> String {
    let stem = |path: &Path| {
        path.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
    };
    let name = stem(path).unwrap_or_default();
    let folder = path.parent();
    match name.as_str() {
        "mod" => folder.and_then(stem).unwrap_or_default(),
        "lib" => folder
            .and_then(Path::parent)
            .and_then(stem)
            .map(|name| name.split('-').next().unwrap_or_default().to_owned())
            .unwrap_or_default(),
        _ => name,
    }
}

/// The module of the folder in which the file `path` lies.
fn parent(path: &Path) -> Option<String> {
    Some(module(&path.parent()?.join("mod.rs"))).filter(|name| name != "src")
}

/// How many more braces a line opens than it closes, outside of texts and characters.
fn braces(line: &str) -> isize {
    let mut open = 0;
    let mut in_text = false;
    let mut before = ' ';
    for c in line.chars() {
        match c {
            '"' if before != '\\' && before != '\'' => in_text = !in_text,
            '{' if !in_text && before != '\'' => open += 1,
            '}' if !in_text && before != '\'' => open -= 1,
            _ => {}
        }
        before = c;
    }
    open
}
