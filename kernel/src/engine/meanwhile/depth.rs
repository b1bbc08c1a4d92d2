//! How deep a parser would have to go for a text: it calls itself for each level, and so
//! does what frees its tree, on stacks that are not ours to choose.

use ra_ap_parser::LexedStr;
use ra_ap_syntax::{Edition, SourceFile, SyntaxKind};

/// Deeper code is not read. People write a tenth of it.
const DEEPEST: usize = 256;

/// The tree of `text`, if it may be parsed. Nothing that a cell has written is parsed
/// otherwise.
pub(super) fn parse(text: &str) -> Option<SourceFile> {
    is_bearable(text).then(|| SourceFile::parse(text, Edition::CURRENT).tree())
}

/// Asks the parser's own lexer: whoever reads a literal differently takes code for text.
fn is_bearable(code: &str) -> bool {
    let tokens = LexedStr::new(Edition::CURRENT, code);
    let mut depth = Depth::default();
    for at in 0..tokens.len() {
        if !tokens.kind(at).is_trivia() {
            depth.see(tokens.kind(at), tokens.text(at));
        }
        if depth.count > DEEPEST {
            return false;
        }
    }
    true
}

/// An upper bound: each token may lie one deeper than the one before it, until something
/// ends.
#[derive(Default)]
struct Depth {
    count: usize,
    /// Brackets, and `<`, which may be one: with the count before it.
    open: Vec<(Bracket, usize)>,
    /// The last token was `}`.
    ended: bool,
    /// The last token was `-` or `=`, which makes an arrow of `>`.
    is_arrow: bool,
    /// Something may end behind the last token. Where a value is missing, the parser takes
    /// what ends it for the value, and goes on from there.
    is_whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Round,
    Square,
    Curly,
    Angle,
}

impl Depth {
    fn see(&mut self, kind: SyntaxKind, token: &str) {
        let was_whole = std::mem::replace(&mut self.is_whole, is_value(kind));
        let ended = std::mem::take(&mut self.ended);
        let is_arrow = std::mem::replace(&mut self.is_arrow, matches!(token, "-" | "="));
        // What goes on with the value before it lies deeper than that.
        let goes_on = matches!(token, "else" | "as");
        let begins = token.starts_with(|c| c == '#' || super::identifier::is_part(c));
        if ended && begins && !goes_on {
            self.count = self.base();
        }
        match token {
            "(" => self.open(Bracket::Round),
            "[" => self.open(Bracket::Square),
            "{" => self.open(Bracket::Curly),
            "<" => self.open(Bracket::Angle),
            ")" if was_whole => self.close(Bracket::Round),
            "]" if was_whole => self.close(Bracket::Square),
            "}" => self.close(Bracket::Curly),
            ">" if was_whole && !is_arrow && self.is_in(Bracket::Angle) => {
                self.close(Bracket::Angle);
            }
            "," | ";" if was_whole => {
                if token == ";" {
                    self.leave_angles();
                }
                self.count = self.base();
                self.is_whole = true;
            }
            _ => self.count += 1,
        }
    }

    fn open(&mut self, bracket: Bracket) {
        self.open.push((bracket, self.count));
        self.count += 1;
        self.is_whole = bracket != Bracket::Angle;
    }

    /// A bracket that closes nothing may be passed over by the parser, which is then as
    /// deep as before.
    fn close(&mut self, bracket: Bracket) {
        if bracket != Bracket::Angle && self.has_open(bracket) {
            self.leave_angles();
        }
        if !self.is_in(bracket) {
            self.count += 1;
            return;
        }
        self.ended = bracket == Bracket::Curly;
        self.is_whole = true;
        self.count = self.open.pop().map_or(0, |(_, before)| before + 1);
    }

    /// Whether `bracket` is the innermost one, but for `<`.
    fn has_open(&self, bracket: Bracket) -> bool {
        let mut open = self.open.iter().rev();
        open.find(|(open, _)| *open != Bracket::Angle)
            .is_some_and(|(open, _)| *open == bracket)
    }

    fn is_in(&self, bracket: Bracket) -> bool {
        self.open.last().is_some_and(|(open, _)| *open == bracket)
    }

    fn leave_angles(&mut self) {
        while self.is_in(Bracket::Angle) {
            self.open.pop();
        }
    }

    fn base(&self) -> usize {
        self.open.last().map_or(0, |(_, before)| before + 1)
    }
}

fn is_value(kind: SyntaxKind) -> bool {
    use SyntaxKind as K;
    kind.is_literal()
        || matches!(
            kind,
            K::IDENT | K::LIFETIME_IDENT | K::UNDERSCORE | K::QUESTION | K::SELF_KW
        )
        || matches!(kind, K::SELF_TYPE_KW | K::SUPER_KW | K::CRATE_KW)
        || matches!(kind, K::TRUE_KW | K::FALSE_KW | K::AWAIT_KW)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ra_ap_syntax::{AstNode, WalkEvent};

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
        let smaller = "if a < b { c } else { d::<E>() }; let v: Vec<Vec<u8>> = f(a < b, c -> d);\n"
            .repeat(100);
        for code in [
            lines, chain, items, choice, numbers, text, raw, comment, smaller,
        ] {
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
            "Vec::<a,",
            "let x: Vec<a, ",
            "{);",
            "Vec< < ;",
            "> ; -> ",
            "! ;> ",
            ", > | ",
            "{),",
            "m!{} as ",
            "f::<fn() -> ",
            // The lexer ends these elsewhere than one might think.
            "'\"x'(",
            "'\"\n(",
            "'\\x/(",
            "²r\"\\\"(",
            "'a'b\"(",
        ] {
            assert!(!is_bearable(&part.repeat(2000)), "{part}");
        }
        assert!(is_bearable("'\\'' é '"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        /// Whatever is repeated, the tree of what may be parsed is no deeper than that.
        #[test]
        fn what_may_be_parsed_has_no_deep_tree(
            part in prop::collection::vec(prop::sample::select(TOKENS.as_slice()), 1..7),
            before in prop::sample::select(["", "fn f() {", "let x: ", "'", "\"", "m!("].as_slice()),
        ) {
            let code = format!("{before}{}", part.join(" ").repeat(400));
            if let Some(file) = parse(&code) {
                let mut deepest = 0;
                let mut depth = 0_usize;
                for event in file.syntax().preorder() {
                    match event {
                        WalkEvent::Enter(_) => depth += 1,
                        WalkEvent::Leave(_) => depth -= 1,
                    }
                    deepest = deepest.max(depth);
                }
                prop_assert!(deepest <= 4 * DEEPEST, "{deepest} levels: {}", &code[..60]);
            }
        }
    }

    const TOKENS: [&str; 63] = [
        "(", ")", "[", "]", "{", "}", "<", ">", ",", ";", ":", "::", ".", "=", "=>", "->", "-",
        "!", "&", "|", "*", "?", "#", "'a", "'", "\"", "a", "m!", "1", "as", "else", "if", "match",
        "let", "in", "for", "fn", "impl", "dyn", "where", "use", "mod", "struct", "enum", "return",
        "move", "async", "await", "unsafe", "const", "static", "loop", "while", "break", "_", "..",
        "+", "@", "trait", "type", "pub", "mut", "Vec<",
    ];
}
