//! What an answer may not hold, because a verdict would not be worth anything.
//!
//! Code that is graded runs in one process with its check. Safe Rust cannot reach
//! into the check; what is refused here is what could, or what could read the
//! check while it is compiled. What the author's own answer uses is allowed.

use std::collections::BTreeSet;

use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::{Item, ItemFn, Stmt};

use crate::notebook::{depth, words};
use crate::plan::{AnswerCell, defined};

/// The most bytes of an answer, and the most brackets that may be open at once.
/// Compilers recurse.
const LONGEST: usize = 64 << 10;
const DEEPEST: usize = 64;

/// Words that are refused, with the reason.
const WORDS: [(&str, &str); 12] = [
    ("unsafe", "unsafe code could change its own verdict"),
    ("asm", UNSAFE),
    ("global_asm", UNSAFE),
    ("naked_asm", UNSAFE),
    (
        "extern",
        "an answer brings no other crates and no foreign functions",
    ),
    ("no_mangle", UNSAFE),
    ("export_name", UNSAFE),
    ("link_section", UNSAFE),
    ("include", FILES),
    ("include_str", FILES),
    ("include_bytes", FILES),
    ("path", FILES),
];
const UNSAFE: &str = "it reaches below the language";
const FILES: &str = "an answer does not read files while it is compiled";

/// A word above that means something only in an attribute.
const OF_ATTRIBUTES: &str = "path";

/// Why an answer is not run; `None` if nothing speaks against it. `relied_on`
/// has the names that checks rely on.
pub fn refusal(code: &str, cell: &AnswerCell, relied_on: &BTreeSet<String>) -> Option<String> {
    if code.len() > LONGEST {
        return Some(format!(
            "The answer has {} bytes, and more than {LONGEST} are not read.",
            code.len()
        ));
    }
    if depth(code) > DEEPEST {
        return Some(format!(
            "More than {DEEPEST} brackets or signs of the answer stand one in another: write it plainer."
        ));
    }
    if let Some(line) = command(code) {
        return Some(format!(
            "Line {line} of the answer is a command of the kernel, and commands are not run: take \
             it out."
        ));
    }
    if let Some(line) = inner_attribute(code) {
        return Some(format!(
            "Line {line} of the answer begins with `#!`, which concerns more than the answer: take \
             it out."
        ));
    }
    let refused = words(code).find_map(|(word, line)| {
        let (_, why) = WORDS.iter().find(|(refused, _)| *refused == word)?;
        let allowed =
            cell.words.contains(word) || (word == OF_ATTRIBUTES && !attributes_have(code, word));
        (!allowed).then(|| {
            format!("The answer uses `{word}` in line {line}, and is not run: {why}. Take it out.")
        })
    });
    if refused.is_some() {
        return refused;
    }
    let taken = defined(code)
        .into_iter()
        .find(|name| relied_on.contains(name) && !cell.defines.contains(name));
    if let Some(name) = taken {
        return Some(format!(
            "The answer gives `{name}` another meaning, and the check relies on it: choose another \
             name."
        ));
    }
    changed_signature(code, &cell.stub)
}

/// The line of a command. evcxr takes them before the first line of Rust; one
/// with a colon is none of Rust's wherever it stands.
fn command(code: &str) -> Option<usize> {
    let mut at_top = true;
    let at = code.lines().position(|line| {
        let line = line.trim();
        at_top &= line.is_empty() || line.starts_with(['!', '/']);
        let colon = line.strip_prefix(':');
        let is_ours = colon.is_some_and(|rest| rest.starts_with(char::is_alphabetic));
        is_ours || (at_top && line.starts_with('!'))
    });
    at.map(|index| index + 1)
}

fn inner_attribute(code: &str) -> Option<usize> {
    let at = code.lines().position(|line| {
        let signs: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        signs.starts_with("#!")
    });
    at.map(|index| index + 1)
}

/// Whether a word stands in an attribute.
fn attributes_have(code: &str, word: &str) -> bool {
    let mut attributes = code.split('#').skip(1).filter_map(|rest| {
        let inner = rest.trim_start().strip_prefix('[')?;
        inner.split(']').next()
    });
    attributes.any(|attribute| words(attribute).any(|(found, _)| found == word))
}

/// A function that the check calls has to keep the types that it was given with:
/// a type of one's own can be equal to anything.
fn changed_signature(code: &str, stub: &str) -> Option<String> {
    let wanted = functions(stub);
    let found = functions(code);
    wanted.iter().find_map(|wanted| {
        let found = found
            .iter()
            .find(|found| found.sig.ident == wanted.sig.ident)?;
        (types(found) != types(wanted)).then(|| {
            format!(
                "`{}` has to keep the types that it was given with: `{}`.",
                wanted.sig.ident,
                written(&wanted.sig, stub)
            )
        })
    })
}

/// A signature in the author's own words, on one line.
fn written(signature: &syn::Signature, stub: &str) -> String {
    let text = stub.get(signature.span().byte_range()).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn functions(code: &str) -> Vec<ItemFn> {
    use syn::parse::Parser as _;
    let statements = syn::Block::parse_within.parse_str(code).unwrap_or_default();
    statements
        .into_iter()
        .filter_map(|statement| match statement {
            Stmt::Item(Item::Fn(function)) => Some(function),
            _ => None,
        })
        .collect()
}

/// The types of a signature, without the names of parameters.
fn types(function: &ItemFn) -> Vec<String> {
    let signature = &function.sig;
    let inputs = signature.inputs.iter().map(|input| match input {
        syn::FnArg::Typed(typed) => typed.ty.to_token_stream().to_string(),
        syn::FnArg::Receiver(receiver) => receiver.to_token_stream().to_string(),
    });
    let rest = [
        signature.output.to_token_stream().to_string(),
        signature.generics.to_token_stream().to_string(),
        signature.asyncness.is_some().to_string(),
    ];
    inputs.chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell() -> AnswerCell {
        AnswerCell {
            id: "a".to_owned(),
            grade_id: None,
            is_code: true,
            stub: "fn ticks(work: &[u64], n: u64) -> Vec<(usize, u64)> { todo!() }".to_owned(),
            words: BTreeSet::new(),
            defines: BTreeSet::from(["ticks".to_owned()]),
        }
    }

    fn check(code: &str, expected: Option<&str>) {
        let relied_on = ["exercise", "ticks", "u64"].map(str::to_owned).into();
        let found = refusal(code, &cell(), &relied_on);
        match expected {
            None => assert_eq!(found, None, "{code}"),
            Some(expected) => {
                let found = found.unwrap_or_default();
                assert!(found.contains(expected), "{code}: {found:?}");
            }
        }
    }

    #[test]
    fn what_could_reach_the_check_is_refused() {
        check("fn f() {\n  unsafe { g() }\n}", Some("`unsafe` in line 2"));
        check("// unsafe\nlet s = \"unsafe\";", None);
        check("core::arch::global_asm!(\"\");", Some("global_asm"));
        check(
            "let s = include_str ! (\"/etc/passwd\");",
            Some("include_str"),
        );
        check("use std::include_str as x;", Some("include_str"));
        check("#[path = \"/etc/passwd\"] mod x;", Some("`path`"));
        check("fn f() { let path = \"#\"; }", None);
        check("extern crate libc;", Some("extern"));
        check("#![feature(x)]", Some("#!"));
        check(":dep rand = \"1\"", Some("command"));
        check("fn f() {}\n  :dep rand = \"1\"", Some("Line 2"));
        check("::std::process::exit(0);", None);
        check("!ls", Some("command"));
        check("fn f() -> bool {\n    !g()\n}", None);
    }

    #[test]
    fn names_of_the_check_stay_what_they_are() {
        check(
            "fn exercise(_: &str) {}",
            Some("`exercise` another meaning"),
        );
        check("let exercise = 1;", Some("`exercise`"));
        check("macro_rules! exercise { () => {} }", Some("`exercise`"));
        check("use a as exercise;", Some("`exercise`"));
        check("type u64 = Cheat;", Some("`u64`"));
        check("fn helper() { let exercise = 1; }", None);
    }

    #[test]
    fn a_function_keeps_its_types() {
        check(
            "fn ticks(w: &[u64], mut m: u64) -> Vec<(usize, u64)> { vec![] }",
            None,
        );
        check(
            "fn ticks(work: &[u64], n: u64) -> Cheat { Cheat }",
            Some("`fn ticks(work: &[u64], n: u64) -> Vec<(usize, u64)>`"),
        );
        check("fn other() -> Cheat { Cheat }", None);
    }

    #[test]
    fn what_would_exhaust_a_compiler_is_refused() {
        check(&"(".repeat(1_000), Some("brackets"));
        check(&"-".repeat(100_000), Some("bytes"));
    }
}
