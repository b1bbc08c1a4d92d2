//! From a line of generated source to the line that the student wrote.
//!
//! evcxr copies a cell statement by statement, each with its line breaks, into
//! the source that is compiled, and does not tell where. So a generated line is
//! found in the cell by its text; among equal lines, by those around it.

/// A place in a cell, counted from 1; columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

/// A place, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub place: Place,
    pub likeness: Likeness,
}

/// Whether the lines are the same (and not one within the other), then how many
/// lines around them are.
pub type Likeness = (bool, usize);

/// More lines around two lines are not compared: in a cell of many equal lines, each
/// would be compared with each.
const AROUND: usize = 8;

/// Where `line` and `column` (from 1) of `generated` are in `cell`.
pub fn find(cell: &str, generated: &str, line: usize, column: usize) -> Option<Found> {
    let generated: Vec<&str> = generated.lines().collect();
    let cell: Vec<&str> = cell.lines().collect();
    let wanted = line.checked_sub(1)?;
    let text = generated.get(wanted)?;
    let core = text.trim();
    if core.is_empty() {
        return None;
    }
    let (best, likeness) = cell
        .iter()
        .enumerate()
        .filter(|(_, candidate)| candidate.contains(core))
        .map(|(index, candidate)| {
            let same = candidate.trim() == core;
            (index, (same, agreement(&cell, index, &generated, wanted)))
        })
        // The first of equally good lines: max_by_key takes the last.
        .max_by_key(|(index, likeness)| (*likeness, usize::MAX - index))?;
    let indent = text.chars().take_while(|c| c.is_whitespace()).count();
    let before = cell[best].split(core).next().unwrap_or_default();
    let column = (column.saturating_sub(1)).saturating_sub(indent) + before.chars().count() + 1;
    Some(Found {
        place: Place {
            line: best + 1,
            column,
        },
        likeness,
    })
}

/// How many lines around the two lines are the same.
fn agreement(cell: &[&str], at: usize, generated: &[&str], wanted: usize) -> usize {
    let same = |a: Option<&&str>, b: Option<&&str>| match (a, b) {
        (Some(a), Some(b)) => a.trim() == b.trim(),
        _ => false,
    };
    let before = (1..=at.min(wanted).min(AROUND))
        .take_while(|back| same(cell.get(at - back), generated.get(wanted - back)))
        .count();
    let after = (1..=AROUND)
        .take_while(|ahead| same(cell.get(at + ahead), generated.get(wanted + ahead)))
        .count();
    before + after
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(cell: &str, generated: &str, at: (usize, usize), expected: Option<(usize, usize)>) {
        let found =
            find(cell, generated, at.0, at.1).map(|found| (found.place.line, found.place.column));
        assert_eq!(found, expected, "{generated}");
    }

    #[test]
    fn a_line_is_found_by_its_text() {
        check(
            "let v = vec![1];\nv[3]",
            "pre\nlet v = vec![1];\n(\nv[3]\n)",
            (4, 1),
            Some((2, 1)),
        );
        check(
            "let a = 1; v[3]",
            "let a = 1;\n v[3]\n",
            (2, 2),
            Some((1, 12)),
        );
        check("    f(é, x[1])", "    f(é, x[1])", (1, 10), Some((1, 10)));
    }

    #[test]
    fn equal_lines_are_told_apart_by_their_neighbours() {
        let cell = "a();\nboom();\nb();\nboom();\nc();";
        let generated = "x\na();\nboom();\nb();\nboom();\nc();\ny";
        check(cell, generated, (3, 1), Some((2, 1)));
        check(cell, generated, (5, 1), Some((4, 1)));
    }

    #[test]
    fn a_line_of_another_cell_is_not_found() {
        check("f()", "fn f() {\npanic!()\n}", (2, 1), None);
        check("f()", "f()", (9, 1), None);
        check("f()", "f()", (0, 0), None);
    }

    #[test]
    fn only_so_many_lines_around_count() {
        let equal = ["f();"; 100];
        assert_eq!(agreement(&equal, 50, &equal, 50), 2 * AROUND);
        assert_eq!(agreement(&equal, 2, &equal, 99), 2);
    }

    proptest! {
        #[test]
        fn never_panics(cell in "\\PC*", generated in "\\PC*", line in 0_usize..9, column in 0_usize..9) {
            let _ = find(&cell, &generated, line, column);
        }
    }
}
