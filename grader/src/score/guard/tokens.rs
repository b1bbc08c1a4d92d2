//! Words that an answer may not hold, wherever they stand: in macros, attributes
//! and function bodies.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt as _;

/// Words that are refused everywhere, with the reason.
const ALWAYS: [(&str, &str); 12] = [
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
    ("include_str", FILES),
    ("include_bytes", FILES),
    ("macro_use", NAMES),
    ("macro_export", NAMES),
];

const UNSAFE: &str = "it reaches below the language";
const FILES: &str = "an answer does not read files while it is compiled";
const NAMES: &str = "it would change the meaning of words outside of the answer";

/// How the kernel's own generated code begins its names.
const KERNELS: [&str; 4] = ["evcxr_", "twoaxes_", "run_user_code", "__twoaxes"];

/// Words with which a macro would define something that nobody sees in the answer.
const ITEMS: [&str; 12] = [
    "fn",
    "const",
    "static",
    "struct",
    "enum",
    "union",
    "trait",
    "impl",
    "mod",
    "use",
    "type",
    "macro_rules",
];
const UNSEEN: &str = "a macro would define something that is not to be seen in the answer";

/// Why the tokens are refused. `allowed` has the author's own words.
pub(super) fn refusal(stream: TokenStream, allowed: &BTreeSet<String>) -> Option<String> {
    look(stream, allowed, Place::Code)
}

/// Where tokens stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Code,
    /// In the brackets of a macro, of its definition or of a call.
    Macro,
}

fn look(stream: TokenStream, allowed: &BTreeSet<String>, place: Place) -> Option<String> {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let after = |by: usize| tokens.get(index + by);
        let before = |by: usize| index.checked_sub(by).and_then(|at| tokens.get(at));
        let found = match token {
            TokenTree::Group(group) => {
                let in_attribute = group.delimiter() == Delimiter::Bracket
                    && before(1).is_some_and(|token| is_sign(token, '#'));
                let path = in_attribute.then(|| path_in(group.stream())).flatten();
                let place = match within_macro(before(1), before(2), before(3)) {
                    true if !allowed.contains("macro_rules") => Place::Macro,
                    _ => place,
                };
                path.or_else(|| look(group.stream(), allowed, place))
            }
            TokenTree::Ident(word) => {
                let line = word.span().start().line;
                let name = word.unraw().to_string();
                let why = reason(&name)
                    .or_else(|| {
                        let is_macro = after(1).is_some_and(|token| is_sign(token, '!'))
                            || before(1).is_some_and(|token| is_sign(token, ':'));
                        (name == "include" && is_macro).then_some(FILES)
                    })
                    .or_else(|| {
                        let is_file = name == "mod" && after(2).is_some_and(|t| is_sign(t, ';'));
                        is_file.then_some(FILES)
                    })
                    .or_else(|| {
                        let is_unseen = place == Place::Macro && ITEMS.contains(&&*name);
                        is_unseen.then_some(UNSEEN)
                    });
                why.filter(|_| !allowed.contains(&name))
                    .map(|why| sentence(&name, line, why))
            }
            TokenTree::Punct(sign) if sign.as_char() == '#' => {
                let inner = after(1).is_some_and(|token| is_sign(token, '!'))
                    && matches!(after(2), Some(TokenTree::Group(_)));
                inner.then(|| {
                    sentence(
                        "#!",
                        sign.span().start().line,
                        "it concerns more than the answer",
                    )
                })
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Whether brackets behind these tokens, the nearest first, are those of a macro. What
/// `thread_local!` defines is seen.
fn within_macro(
    first: Option<&TokenTree>,
    second: Option<&TokenTree>,
    third: Option<&TokenTree>,
) -> bool {
    let is_call = first.is_some_and(|token| is_sign(token, '!'));
    let is_word = |token: &TokenTree| matches!(token, TokenTree::Ident(_));
    let is_definition = first.is_some_and(is_word)
        && second.is_some_and(|token| is_sign(token, '!'))
        && third.is_some_and(is_word);
    let is_seen = matches!(second, Some(TokenTree::Ident(name)) if name == "thread_local");
    (is_call && second.is_some_and(is_word) && !is_seen) || is_definition
}

fn reason(name: &str) -> Option<&'static str> {
    let mut always = ALWAYS.iter();
    let word = always.find(|(word, _)| *word == name);
    let kernels = || KERNELS.iter().any(|begin| name.starts_with(begin));
    match word {
        Some((_, why)) => Some(why),
        None => kernels().then_some("this name is the kernel's own"),
    }
}

/// `path` in an attribute names a file.
fn path_in(attribute: TokenStream) -> Option<String> {
    attribute.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word == "path" => {
            Some(sentence("path", word.span().start().line, FILES))
        }
        TokenTree::Group(group) => path_in(group.stream()),
        _ => None,
    })
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == sign)
}

fn sentence(name: &str, line: usize, why: &str) -> String {
    format!("The answer uses `{name}` in line {line}, and is not run: {why}. Take it out.")
}
