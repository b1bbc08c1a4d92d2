//! The words of code, and how deep it is nested.

use super::lexer::{TokenKind, code_tokens};

/// Every identifier, keyword and number in the code of a cell, with the line it
/// stands on; not what stands in strings and comments.
pub fn words(source: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut line = 1;
    let mut counted = 0;
    code_tokens(source)
        .into_iter()
        .filter(|token| token.kind == TokenKind::Word)
        .filter_map(move |token| {
            let before = source.get(counted..token.span.start)?;
            line += before.matches('\n').count();
            counted = token.span.start;
            Some((source.get(token.span)?, line))
        })
}

/// The words of code that stand for themselves: not methods and fields, and not
/// what stands behind `::` or before a type.
pub fn free_words(source: &str) -> impl Iterator<Item = &str> {
    let tokens = code_tokens(source);
    let texts: Vec<(TokenKind, &str)> = tokens
        .into_iter()
        .filter_map(|token| Some((token.kind, source.get(token.span)?)))
        .collect();
    let back = |index: usize, by: usize| {
        let at = index.checked_sub(by)?;
        texts.get(at).map(|(_, text)| *text)
    };
    let ahead = |index: usize, by: usize| texts.get(index + by).map(|(_, text)| *text);
    // A field, a parameter or a variable with its type.
    let is_named = |index: usize| ahead(index, 1) == Some(":") && ahead(index, 2) != Some(":");
    let free = |index: usize| match (back(index, 2), back(index, 1)) {
        _ if is_named(index) => false,
        (Some(":"), Some(":")) => false,
        // A range has two dots, a method one.
        (before, Some(".")) => before == Some("."),
        _ => true,
    };
    let found: Vec<&str> = texts
        .iter()
        .enumerate()
        .filter(|(index, (kind, _))| *kind == TokenKind::Word && free(*index))
        .map(|(_, (_, text))| *text)
        .collect();
    found.into_iter()
}

/// The methods that code calls, and the fields that it names.
pub fn methods(source: &str) -> impl Iterator<Item = &str> {
    let tokens = code_tokens(source);
    let pairs: Vec<&str> = tokens
        .windows(2)
        .filter_map(|pair| match pair {
            [dot, word] if word.kind == TokenKind::Word => {
                let is_dot = source.get(dot.span.clone()) == Some(".");
                source.get(word.span.clone()).filter(|_| is_dot)
            }
            _ => None,
        })
        .collect();
    pairs.into_iter()
}

/// How many brackets are open at once, at most, signs before them included.
#[must_use]
pub fn depth(source: &str) -> usize {
    let mut open = 0_usize;
    let (mut signs, mut angles) = (0, 0_usize);
    let mut deepest = 0;
    for token in code_tokens(source) {
        let text = source.get(token.span);
        match text {
            // Less than, perhaps, and then it ends with its statement.
            Some("<") => angles += 1,
            Some(">") => angles = angles.saturating_sub(1),
            Some(";" | "{" | "}" | ",") => angles = 0,
            _ => {}
        }
        match text {
            Some("(" | "[" | "{") => open += 1,
            Some(")" | "]" | "}") => open = open.saturating_sub(1),
            Some("!" | "-" | "*" | "&") => {
                signs += 1;
                deepest = deepest.max(open + signs);
                continue;
            }
            _ => {}
        }
        signs = 0;
        deepest = deepest.max(open + angles);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_code() {
        let found: Vec<_> =
            words("fn f() {\n  // unsafe\n  \"unsafe\"; r#\"asm\"# + x1\n}").collect();
        assert_eq!(found, [("fn", 1), ("f", 1), ("x1", 3)]);
    }

    #[test]
    fn depth_counts_open_brackets() {
        let check = |source, expected| assert_eq!(depth(source), expected, "{source}");
        check("", 0);
        check("f(a, [b], {c})", 2);
        check("\"(((\" // (((", 0);
        check(")))(", 1);
        check("(!!-x)", 4);
        check("A<B<C>>; a < b; a < b", 2);
        check("[1 << 0, 1 << 1, 1 << 2]", 3);
    }
}
