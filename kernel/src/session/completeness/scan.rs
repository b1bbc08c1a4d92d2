//! Finds out whether text ends inside a string, a comment or a bracket.
//!
//! A lexer library says that text does not lex, but not that it only needs to
//! go on; so this one knows just enough of Rust's tokens to skip over them.

/// Where the text ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Balanced,
    /// In brackets; `lines` is on how many lines they were opened, which is how
    /// deep rustfmt would indent.
    Open {
        lines: usize,
    },
    String,
    Comment,
    /// A closing bracket without its opening one: nothing can follow that helps.
    Mismatch,
}

pub(super) struct Scan {
    pub end: End,
    /// The deepest nesting of brackets.
    pub depth: usize,
}

pub(super) fn scan(text: &str) -> Scan {
    let mut scanner = Scanner {
        rest: text,
        line: 0,
        open: Vec::new(),
        depth: 0,
    };
    let end = match scanner.skip_all() {
        Err(end) => end,
        Ok(()) if scanner.open.is_empty() => End::Balanced,
        Ok(()) => {
            let mut lines: Vec<_> = scanner.open.iter().map(|(_, line)| line).collect();
            lines.dedup();
            End::Open { lines: lines.len() }
        }
    };
    Scan {
        end,
        depth: scanner.depth,
    }
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    /// The closing brackets that are due, and where their opening ones stand.
    open: Vec<(char, usize)>,
    depth: usize,
}

impl<'a> Scanner<'a> {
    fn skip_all(&mut self) -> Result<(), End> {
        while let Some(next) = self.rest.chars().next() {
            match next {
                '/' if self.rest.starts_with("//") => {
                    self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
                }
                '/' if self.rest.starts_with("/*") => self.skip_comment()?,
                '"' => {
                    self.skip(1);
                    self.skip_string()?;
                }
                '\'' => self.skip_quote(),
                '(' => self.open(')'),
                '[' => self.open(']'),
                '{' => self.open('}'),
                ')' | ']' | '}' => {
                    if self.open.pop().map(|(due, _)| due) != Some(next) {
                        return Err(End::Mismatch);
                    }
                    self.skip(1);
                }
                _ if next.is_alphanumeric() || next == '_' => self.skip_word()?,
                _ => {
                    self.skip(next.len_utf8());
                }
            }
        }
        Ok(())
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at(bytes);
        self.line += skipped.matches('\n').count();
        self.rest = rest;
        skipped
    }

    fn open(&mut self, close: char) {
        self.open.push((close, self.line));
        self.depth = self.depth.max(self.open.len());
        self.skip(1);
    }

    /// Comments nest in Rust.
    fn skip_comment(&mut self) -> Result<(), End> {
        let mut depth = 0;
        loop {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.skip(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.skip(2);
                if depth == 0 {
                    return Ok(());
                }
            } else {
                let next = self.rest.chars().next().ok_or(End::Comment)?;
                self.skip(next.len_utf8());
            }
        }
    }

    /// The rest of a string after its opening quote.
    fn skip_string(&mut self) -> Result<(), End> {
        loop {
            let at = self.rest.find(['"', '\\']).ok_or(End::String)?;
            let escape = self.rest[at..].starts_with('\\');
            self.skip(at + 1);
            if !escape {
                return Ok(());
            }
            let escaped = self.rest.chars().next().ok_or(End::String)?;
            self.skip(escaped.len_utf8());
        }
    }

    /// An identifier, keyword or number; `r"`, `br#"` and `cr##"` begin a raw
    /// string instead, in which only the same number of `#` ends it.
    fn skip_word(&mut self) -> Result<(), End> {
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let word = self.skip(end);
        if !matches!(word, "r" | "br" | "cr") {
            return Ok(());
        }
        let after = self.rest.trim_start_matches('#');
        let hashes = self.rest.len() - after.len();
        if !after.starts_with('"') {
            // `r#match` is an identifier.
            return Ok(());
        }
        self.skip(hashes + 1);
        let close = format!("\"{}", "#".repeat(hashes));
        let at = self.rest.find(&close).ok_or(End::String)?;
        self.skip(at + close.len());
        Ok(())
    }

    /// `'a'` and `'\n'` are characters, `'a` alone is a lifetime.
    fn skip_quote(&mut self) {
        let mut characters = self.rest[1..].char_indices();
        match (characters.next(), characters.next()) {
            (Some((_, '\\')), Some((at, escaped))) => {
                let from = 1 + at + escaped.len_utf8();
                let to = self.rest[from..].find(['\'', '\n']);
                self.skip(to.map_or(self.rest.len(), |to| from + to + 1));
            }
            (Some(_), Some((at, '\''))) => {
                self.skip(1 + at + 1);
            }
            _ => {
                self.skip(1);
            }
        }
    }
}
