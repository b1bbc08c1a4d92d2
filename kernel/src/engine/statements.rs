//! Where the statements of a cell are in the source that evcxr makes of it.
//!
//! evcxr copies them in their order, each with its line breaks, and takes the items out from
//! between them. So the lines of its function are looked for in the cell one behind the
//! other: of equal ones, each finds its own.

use std::ops::Range;

use syn::spanned::Spanned;

use super::syntax;

/// From the beginning to the end, each a line and a column (from 1).
pub type Span = Range<(usize, usize)>;

/// The line at which the function of a cell begins.
const FUNCTION: &str = "pub extern \"C\" fn twoaxes_cell";

/// What stands around a cell where it is read as a function. On lines of their own, so that
/// columns are those of the cell.
const AROUND: [&str; 2] = ["fn cell() {\n", "\n}"];

/// A cell, and what of it is where.
pub struct Cell {
    /// As it was written, but for line breaks, which are those of a generated source.
    pub text: String,
    /// The same without commands, at the same places.
    rust: String,
    comments: Vec<Range<usize>>,
    items: Vec<Range<usize>>,
    /// The patterns of the cell's own `let`s. Of a cell that has another grammar than ours
    /// nothing is known.
    pub definitions: Option<Vec<Span>>,
}

impl Cell {
    pub fn of(code: &str) -> Self {
        let text = code.replace("\r\n", "\n");
        let rust = syntax::without_commands(&text);
        let [above, below] = AROUND;
        let function = syn::parse_str::<syn::ItemFn>(&format!("{above}{rust}{below}")).ok();
        let mut items = Vec::new();
        let mut definitions = Vec::new();
        for statement in function.iter().flat_map(|function| &function.block.stmts) {
            match statement {
                syn::Stmt::Local(local) => {
                    let place = |at: proc_macro2::LineColumn| (at.line - 1, at.column + 1);
                    let span = local.pat.span();
                    definitions.push(place(span.start())..place(span.end()));
                }
                syn::Stmt::Item(item) => {
                    let range = item.span().byte_range();
                    let inward = |at: usize| at.saturating_sub(above.len());
                    items.push(inward(range.start)..inward(range.end));
                }
                _ => {}
            }
        }
        Self {
            text,
            comments: syntax::comments(&rust),
            rust,
            items,
            definitions: function.map(|_| definitions),
        }
    }

    /// Where `text` of an item begins, in bytes. A comment may repeat it.
    pub fn item(&self, text: &str) -> Option<usize> {
        let found = self.find(text, 0, &[&self.comments]);
        found.or_else(|| self.rust.find(text))
    }

    /// Where `text` of a statement begins, from `from` on.
    fn statement(&self, text: &str, from: usize) -> Option<usize> {
        let found = self.find(text, from, &[&self.comments, &self.items]);
        // A line of several lines' statement may begin with a comment, too.
        found.or_else(|| self.find(text, from, &[&self.items]))
    }

    /// The first `text` from `from` on that does not begin in one of the `hidden` ranges,
    /// which are in order.
    fn find(&self, text: &str, mut from: usize, hidden: &[&[Range<usize>]]) -> Option<usize> {
        loop {
            let at = from + self.rust.get(from..)?.find(text)?;
            let over = |ranges: &&[Range<usize>]| {
                let next = ranges.partition_point(|range| range.end <= at);
                let range = ranges.get(next).filter(|range| range.contains(&at))?;
                Some(range.end)
            };
            match hidden.iter().find_map(over) {
                Some(end) => from = end,
                None => return Some(at),
            }
        }
    }

    /// The line and the column (from 1) of a place in bytes.
    pub fn place(&self, at: usize) -> Option<(usize, usize)> {
        let above = self.text.get(..at)?;
        let column = above.rsplit('\n').next()?.chars().count() + 1;
        Some((above.matches('\n').count() + 1, column))
    }
}

/// The lines of a source, as far as they are in a cell.
pub struct Statements<'a> {
    cell: &'a Cell,
    /// For each line its text, and where it begins in the cell, in bytes.
    lines: Vec<(&'a str, Option<usize>)>,
}

impl<'a> Statements<'a> {
    pub fn of(cell: &'a Cell, source: &'a str) -> Self {
        let lines: Vec<&str> = source.lines().collect();
        let function = lines.iter().rposition(|line| line.starts_with(FUNCTION));
        let mut from = 0;
        let found = |(index, line): (usize, &'a str)| {
            let text = line.trim();
            // A bracket alone may as well be a generated one.
            let is_looked_for =
                index >= function.unwrap_or_default() && text.contains(char::is_alphanumeric);
            let at = is_looked_for.then(|| cell.statement(text, from)).flatten();
            from = at.map_or(from, |at| at + text.len());
            (line, at)
        };
        Self {
            cell,
            lines: lines.into_iter().enumerate().map(found).collect(),
        }
    }

    /// Where `line` and `column` (from 1) of the source are in the cell.
    pub fn place(&self, line: usize, column: usize) -> Option<(usize, usize)> {
        let (text, at) = self.lines.get(line.checked_sub(1)?)?;
        let indent = text.chars().take_while(|c| c.is_whitespace()).count();
        let within = column.min(text.chars().count() + 1).saturating_sub(1);
        let (line, first) = self.cell.place((*at)?)?;
        Some((line, first + within.saturating_sub(indent)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_equal_lines_finds_its_own() {
        for (cell, source, expected) in [
            (
                "let a = 1; f(1);\nlet b = 2; f(1);",
                "let a = 1;\n f(1);\nlet b = 2;\n f(1);",
                [(1, 1), (1, 12), (2, 1), (2, 12)].as_slice(),
            ),
            (
                "let c = f(1); f(1);",
                "let c = f(1);\n f(1);",
                &[(1, 1), (1, 15)],
            ),
            ("f(7); f(7);", "f(7);\n f(7);", &[(1, 1), (1, 7)]),
            ("f(7);\r\nf(7)", "f(7);\nf(7)", &[(1, 1), (2, 1)]),
            ("// f(1);\nf(1);", "f(1);", &[(2, 1)]),
            ("!echo f(1);\nf(1);", "f(1);", &[(2, 1)]),
            ("fn g() {\nf(1);\n}\nf(1);", "f(1);", &[(4, 1)]),
            ("/* é */ f(1);", "/* é */ f(1);", &[(1, 1)]),
            (
                "f(1);\nf(1);",
                "f(1);\npub extern \"C\" fn twoaxes_cell(\nf(1);\nf(1);",
                &[(1, 1), (2, 1)],
            ),
        ] {
            let cell = Cell::of(cell);
            let statements = Statements::of(&cell, source);
            let indent = |line: &str| line.chars().take_while(|c| *c == ' ').count();
            let found: Vec<_> = source
                .lines()
                .enumerate()
                .filter_map(|(index, line)| statements.place(index + 1, indent(line) + 1))
                .collect();
            assert_eq!(found, expected, "{source}");
        }
    }

    #[test]
    fn a_line_of_nothing_in_the_cell_is_not_found() {
        let cell = Cell::of("f()");
        let statements = Statements::of(&cell, "fn f() {\n(\nf()\n)");
        let place = |line| statements.place(line, 1);
        assert_eq!(
            [0, 1, 2, 3, 4, 9].map(place),
            [None, None, None, Some((1, 1)), None, None]
        );
    }

    #[test]
    fn a_comment_that_repeats_an_item_is_not_the_item() {
        let item = "fn f() { 1 }";
        for (code, expected) in [
            ("// fn f() { 1 }\nfn f() { 1 }", Some(16)),
            ("/* fn f() { 1 } */ fn f() { 1 } // fn f() { 1 }", Some(19)),
            ("fn f() { 2 }", None),
        ] {
            assert_eq!(Cell::of(code).item(item), expected, "{code}");
        }
    }
}
