//! Tables and sentences below figures, as text and as HTML.

use crate::html::{escape, prose};

/// `rows` below `header`, all of the same length: the first column to the
/// left, the others to the right.
pub(super) fn text(header: &[String], rows: &[Vec<String>]) -> String {
    let lines = || std::iter::once(header).chain(rows.iter().map(Vec::as_slice));
    let width = |column: usize| {
        let cells = lines().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let mut out = String::new();
    for row in lines() {
        let cells = row.iter().zip(&widths).enumerate();
        let line: Vec<String> = cells
            .map(|(column, (cell, &width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        out.push_str(line.join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// The same as HTML: the first cell of each row heads it.
pub(super) fn html(caption: &str, header: &[String], rows: &[Vec<String>]) -> String {
    let head = header.iter().map(|name| match name.as_str() {
        "" => "<td></td>".to_owned(),
        name => format!("<th scope=\"col\">{}</th>", escape(name)),
    });
    let rows = rows.iter().map(|row| {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("<th scope=\"row\">{}</th>", escape(cell)),
            _ => format!("<td>{}</td>", escape(cell)),
        });
        format!("<tr>{}</tr>", cells.collect::<String>())
    });
    format!(
        "<table><caption style=\"text-align:left\">{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        escape(caption),
        head.collect::<String>(),
        rows.collect::<String>()
    )
}

/// A paragraph for each sentence, not too wide to be read.
pub(super) fn paragraphs<S: AsRef<str>>(sentences: impl IntoIterator<Item = S>) -> String {
    let paragraph = |sentence: S| {
        let sentence = prose(sentence.as_ref());
        format!("<p style=\"max-width:50em\">{sentence}</p>")
    };
    sentences.into_iter().map(paragraph).collect()
}
