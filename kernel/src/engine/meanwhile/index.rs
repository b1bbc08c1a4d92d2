//! The sources beside the helper library, read once.
//!
//! They were written by `toolchain::slim`: all items, signatures and documentation, no
//! bodies. Reading them takes half a second on a thread of its own and some 30 MB;
//! rust-analyzer, which infers types as well, takes three times as long and much more.

use std::fs;
use std::path::{Path, PathBuf};

use super::read::Reader;
use super::source::{Docs, Source};

#[derive(Debug, Default)]
pub(super) struct Index {
    files: Vec<PathBuf>,
    pub source: Source,
}

const FOLDERS: [&str; 2] = ["rust-src", "crates-src"];
/// What no signature that students see leads to: one copy for each system.
const LEFT_OUT: [&str; 2] = ["sys", "os"];

const NUMBERS: [&str; 14] = [
    "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize", "f32",
    "f64",
];
/// What the library's own macros implement for numbers, `bool` and `char`, and this many of
/// them for floats.
const FOR_NUMBERS: [&str; 9] = [
    "::core::clone::Clone",
    "::core::marker::Copy",
    "::core::cmp::PartialEq",
    "::core::cmp::PartialOrd",
    "::core::fmt::Debug",
    "::core::fmt::Display",
    "::core::default::Default",
    "::core::cmp::Ord",
    "::core::hash::Hash",
];
const FOR_FLOATS: usize = 7;
/// What else they write, and where.
const BY_MACROS: [(&str, &str); 1] = [(
    "core::slice::iter",
    "impl<'a, T> Iterator for Iter<'a, T> { type Item = &'a T; }
impl<'a, T> DoubleEndedIterator for Iter<'a, T> {}
impl<'a, T> Iterator for IterMut<'a, T> { type Item = &'a mut T; }
impl<'a, T> DoubleEndedIterator for IterMut<'a, T> {}",
)];

impl Index {
    /// That of the sources in the folder of `library`.
    pub(super) fn of(library: &Path) -> Self {
        let mut index = Self::default();
        for folder in FOLDERS {
            for root in folders(&library.join(folder)) {
                let name = root.file_name().map(|name| name.to_string_lossy());
                let name = name.as_deref().unwrap_or_default().to_owned();
                // A crate's folder has its version.
                let version = name.find(|c: char| c.is_ascii_digit());
                let name = version.map_or(&*name, |at| name[..at].trim_end_matches('-'));
                let name = name.replace('-', "_");
                index.read_folder(&root.join("src"), &name, true);
            }
        }
        index.add_what_macros_write();
        index
    }

    /// How many things it has.
    pub(super) fn len(&self) -> usize {
        let items = self.source.items().map(|item| 1 + item.parts.len());
        let of_impls = self.source.impls.iter().map(|of| of.items.len());
        items.sum::<usize>() + of_impls.sum::<usize>()
    }

    /// Documentation in Markdown.
    pub(super) fn docs(&self, docs: &Docs) -> String {
        let (file, line) = match docs {
            Docs::Text(text) => return text.clone(),
            Docs::Above { file, line } => (*file, *line),
        };
        let text = self
            .files
            .get(file)
            .and_then(|path| fs::read_to_string(path).ok());
        let text = text.unwrap_or_default();
        let before: Vec<&str> = text.lines().take(line).collect();
        let mut docs: Vec<&str> = before
            .into_iter()
            .rev()
            .map(str::trim_start)
            .take_while(|line| {
                !line.is_empty() && !line.ends_with(['}', ';', '{', ',']) || line.starts_with("///")
            })
            .filter_map(|line| line.strip_prefix("///"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        docs.reverse();
        docs.join("\n")
    }

    /// Reads the files of the module `module` in `folder`.
    fn read_folder(&mut self, folder: &Path, module: &str, is_root: bool) {
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_stem().map(|name| name.to_string_lossy());
            let name = name.as_deref().unwrap_or_default().to_owned();
            let inner = match name.as_str() {
                "mod" => module.to_owned(),
                "lib" if is_root => module.to_owned(),
                name => format!("{module}::{name}"),
            };
            if path.is_dir() {
                if !(is_root && LEFT_OUT.contains(&&*name)) {
                    self.read_folder(&path, &inner, false);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && let Ok(text) = fs::read_to_string(&path)
            {
                let file = self.files.len();
                self.files.push(path);
                Reader::of_file(&mut self.source, file, &text).read(&text, &inner);
            }
        }
    }

    fn add_what_macros_write(&mut self) {
        let mut text = String::new();
        for name in NUMBERS.iter().chain(&["bool", "char"]) {
            let is_float = name.starts_with('f');
            let count = if is_float {
                FOR_FLOATS
            } else {
                FOR_NUMBERS.len()
            };
            for of_trait in FOR_NUMBERS.iter().take(count) {
                text.push_str(&format!("impl {of_trait} for {name} {{}}\n"));
            }
            if !is_float && *name != "bool" {
                text.push_str(&format!("impl ::core::iter::Step for {name} {{}}\n"));
                text.push_str(&format!("impl ::core::cmp::Eq for {name} {{}}\n"));
            }
        }
        let others = BY_MACROS.iter().copied();
        for (module, text) in others.chain([("core::num", text.as_str())]) {
            if self.source.modules.contains_key(module) {
                Reader::keeping_docs(&mut self.source).read(text, module);
            }
        }
    }
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    folders
}
