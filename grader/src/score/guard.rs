//! What an answer may not hold, because a verdict would not be worth anything.
//!
//! Code that is graded runs in one process with its check. Safe Rust cannot reach
//! into the check; what is refused here is what could, what could read the check
//! while it is compiled, and what would give its words another meaning. What the
//! author's own answer uses is allowed.
//!
//! It works on the tokens that a compiler sees, of code without comments. Code
//! that has none, or no syntax, is never run beside a check ([`Found::Broken`]).

mod reach;
mod shape;
mod tokens;

use std::collections::BTreeSet;

use proc_macro2::TokenStream;

use crate::notebook::depth;
use crate::plan::{AnswerCell, Check, defined, imports};

pub use shape::with_types;

/// The most bytes of an answer, and the most brackets that may be open at once.
/// Compilers recurse.
const LONGEST: usize = 64 << 10;
const DEEPEST: usize = 64;

/// What there is to say of an answer before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It may run.
    Fine,
    /// It is not run, for this reason.
    Refused(String),
    /// It is no Rust, as a compiler will say.
    Broken,
}

/// Looks at an answer, without its comments, for the cell `cell`.
pub fn look(code: &str, cell: &AnswerCell, check: &Check) -> Found {
    if let Some(why) = too_large(code).or_else(|| command(code)) {
        return Found::Refused(why);
    }
    let Ok(stream) = code.parse::<TokenStream>() else {
        return Found::Broken;
    };
    if let Some(why) = tokens::refusal(stream, &cell.words) {
        return Found::Refused(why);
    }
    let Some(statements) = shape::statements(code) else {
        return Found::Broken;
    };
    let why = renamed(code, cell, check)
        .or_else(|| reach::constant(&statements, code, cell, check))
        .or_else(|| reach::method(&statements, cell, check))
        .or_else(|| shape::changed(&statements, &cell.stub));
    why.map_or(Found::Fine, Found::Refused)
}

fn too_large(code: &str) -> Option<String> {
    if code.len() > LONGEST {
        return Some(format!(
            "The answer has {} bytes, and more than {LONGEST} are not read.",
            code.len()
        ));
    }
    (depth(code) > DEEPEST).then(|| {
        format!(
            "More than {DEEPEST} brackets or signs of the answer stand one in another: write it \
             plainer."
        )
    })
}

/// evcxr takes commands before the first line of Rust.
fn command(code: &str) -> Option<String> {
    let mut top = code
        .split([
            '\n', '\r', '\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '\u{c}',
        ])
        .enumerate()
        .map(|(index, line)| {
            (
                index + 1,
                line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}'),
            )
        })
        .filter(|(_, line)| !line.is_empty());
    let (line, first) = top.next()?;
    let is_command = first.starts_with('!')
        || (first.starts_with(':') && !first.starts_with("::"))
        || first.starts_with('?');
    is_command.then(|| {
        format!(
            "Line {line} of the answer is a command of the kernel, and commands are not run: take \
             it out."
        )
    })
}

/// A name that the check relies on keeps its meaning; it may be imported once
/// more from where it comes.
fn renamed(code: &str, cell: &AnswerCell, check: &Check) -> Option<String> {
    let imported = imports(code);
    let is_the_same = |name: &str| {
        let mut paths = imported.iter().filter(|(found, _)| found == name);
        let first = paths.next()?;
        let known = check.imports.get(name);
        let same = |path: &str| match known {
            Some(known) => plain(path) == plain(known),
            None => plain(path) == name,
        };
        Some(same(&first.1) && paths.all(|(_, path)| same(path)))
    };
    // What the author imports is the author's under the same path alone.
    let is_authors = |name: &String| match cell.imports.get(name) {
        Some(known) => {
            let mut paths = imported
                .iter()
                .filter(|(found, _)| found == name)
                .peekable();
            paths.peek().is_some() && paths.all(|(_, path)| plain(path) == plain(known))
        }
        None => cell.defines.contains(name),
    };
    let others: BTreeSet<String> = defined(code);
    let taken = others.into_iter().find(|name| {
        check.relies_on.contains(name) && !is_authors(name) && is_the_same(name) != Some(true)
    });
    taken.map(|name| {
        format!(
            "The answer gives `{name}` another meaning, and the check relies on it: choose another \
             name."
        )
    })
}

/// A path without the crate that is in scope anyway.
fn plain(path: &str) -> &str {
    let path = path.strip_prefix("twoaxes::").unwrap_or(path);
    path.strip_prefix("prelude::").unwrap_or(path)
}

#[cfg(test)]
mod tests;
