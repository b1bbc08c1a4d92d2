//! How deep a parser would have to go for a text: it calls itself for each level, and so
//! does what frees its tree, on stacks that are not ours to choose.

/// Deeper code is not read. People write a tenth of it.
const DEEPEST: usize = 256;

/// Whether `code` may be parsed.
pub(super) fn is_bearable(code: &str) -> bool {
    let mut depth = Depth::default();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = token(rest, first);
        let (token, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
        depth.see(first, token);
        if depth.count > DEEPEST {
            return false;
        }
        rest = behind;
    }
    true
}

/// An upper bound: each token may lie one deeper than the one before it, until something
/// ends.
#[derive(Default)]
struct Depth {
    count: usize,
    /// For each open bracket: the count before it, and before the first token in it.
    open: Vec<usize>,
    /// The last token was `}`.
    ended: bool,
}

impl Depth {
    fn see(&mut self, first: char, token: &str) {
        if first.is_whitespace() || token.starts_with("//") || token.starts_with("/*") {
            return;
        }
        let ended = std::mem::take(&mut self.ended);
        let begins = first == '#' || super::identifier::is_part(first) && token != "else";
        if ended && begins {
            self.count = self.base();
        }
        match first {
            '(' | '[' | '{' => {
                self.open.push(self.count);
                self.count += 1;
            }
            ')' | ']' | '}' => {
                self.count = self.open.pop().map_or(0, |before| before + 1);
                self.ended = first == '}';
            }
            ',' | ';' => self.count = self.base(),
            _ => self.count += 1,
        }
    }

    fn base(&self) -> usize {
        self.open.last().map_or(0, |before| before + 1)
    }
}

/// How long the token, comment or space at the beginning of `rest` is.
fn token(rest: &str, first: char) -> usize {
    let until = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
    if rest.starts_with("//") {
        return until("\n");
    }
    if rest.starts_with("/*") {
        return until("*/");
    }
    if first == '"' {
        return text(rest);
    }
    if first == '\'' {
        // A character, or the mark of a lifetime.
        let mut chars = rest.char_indices().skip(1);
        let (second, third) = (chars.next(), chars.next());
        return match (second, third) {
            (Some((_, '\\')), _) => rest[2..]
                .char_indices()
                .skip(1)
                .find(|(_, c)| *c == '\'')
                .map_or(2, |(at, _)| at + 3),
            (_, Some((at, '\''))) => at + 1,
            _ => 1,
        };
    }
    if super::identifier::is_part(first) {
        let word = rest
            .find(|c| !super::identifier::is_part(c))
            .unwrap_or(rest.len());
        let hashes = rest[word..].bytes().take_while(|c| *c == b'#').count();
        let raw = matches!(&rest[..word], "r" | "br" | "cr");
        if raw && rest[word + hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = word + hashes + 1;
            return rest[start..]
                .find(&end)
                .map_or(rest.len(), |at| start + at + end.len());
        }
        return word;
    }
    first.len_utf8()
}

/// How long the string literal at the beginning of `rest` is.
fn text(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_no_deep_code() {
        let lines = "let x = f(a.b(c[1]));\n".repeat(500);
        let chain = format!("numbers.iter(){}", ".map(|x| x + 1)".repeat(40));
        let items = "#[derive(Clone)] struct A { a: u8 } impl A { fn f(&self) -> u8 { self.a } }"
            .repeat(99);
        let choice = "if a { 1 } else { 2 }\n".repeat(400);
        let numbers = format!("vec![{}]", "1, ".repeat(4000));
        let text = format!("let s = \"{}\";", "(".repeat(4000));
        let raw = format!("let s = r#\"{}\"#;", "\"(".repeat(4000));
        let comment = format!("/* {} */ // {}", "( ".repeat(4000), "( ".repeat(4000));
        for code in [lines, chain, items, choice, numbers, text, raw, comment] {
            assert!(is_bearable(&code), "{}", &code[..60]);
        }
    }

    #[test]
    fn deep_code_is_seen() {
        for part in [
            "(",
            "[",
            "{",
            "!",
            "&",
            "if ",
            "|x| ",
            "x = ",
            "Vec<",
            "x.",
            "x[0].",
            "a::",
            "x?",
            "if a {} else ",
            "{} - ",
            "use a::{",
            "'a: ",
            "'('.",
            "\"\"",
            "return ",
        ] {
            assert!(!is_bearable(&part.repeat(2000)), "{part}");
        }
        assert!(is_bearable("'\\'' é '"));
    }
}
