//! Moves what evcxr generates into every cell into the helper library.
//!
//! evcxr reports panics, failing `?` and lost variables by printing lines, and
//! puts its variable store into each cell. In our kernel a cell's prints are
//! the student's alone, so these lines become calls of the helper crate's
//! `cell` module. Line numbers stay as they are: evcxr maps messages by them.

use std::ops::Range;

/// The name that stands in the way of a student's own `twoaxes`.
const CELL: &str = "::twoaxes::cell";

const STORE_BEGIN: &str = "mod evcxr_internal_runtime {";
const STORE_LAST: &str = "Box::into_raw(Box::new(VariableStore::new()))";
const PANICKED: &str = "println!(\"EVCXR_PANIC_NOTIFICATION\");";
/// Either stands on the line before [`PANICKED`].
const CAUGHT: [&str; 2] = ["Err(_) => {", "}).is_err() {"];
const SEND_TEXT: &str = "fn evcxr_send_text_plain(text: &str)";
const QUESTION_MARK: &str = "println!(\"{}\", evcxr_internal_runtime::USER_ERROR_OCCURRED);";

/// The source that is compiled instead of `source`.
pub fn rewrite(source: &str) -> String {
    let lines: Vec<&str> = source.lines().collect();
    let blocks: Vec<Block> = [store_block(&lines), send_block(&lines)]
        .into_iter()
        .flatten()
        .collect();
    let mut output = String::with_capacity(source.len());
    for (index, line) in lines.iter().enumerate() {
        match blocks.iter().find(|block| block.lines.contains(&index)) {
            Some(block) if index == block.lines.start => output.push_str(&block.instead),
            Some(_) => {}
            None => {
                let before = index.checked_sub(1).and_then(|before| lines.get(before));
                output.push_str(&rewrite_line(before, line, lines.get(index + 1)));
            }
        }
        output.push('\n');
    }
    output
}

/// Lines of generated code, and the one line that stands for them.
struct Block {
    lines: Range<usize>,
    instead: String,
}

/// The variable store.
fn store_block(lines: &[&str]) -> Option<Block> {
    let start = lines.iter().position(|line| *line == STORE_BEGIN)?;
    let last = start
        + lines[start..]
            .iter()
            .position(|line| line.trim() == STORE_LAST)?;
    // Two braces follow: that of the function and that of the module.
    let end = closing_brace(lines, closing_brace(lines, last)?)?;
    Some(Block {
        lines: start..end,
        instead: format!("use {CELL} as evcxr_internal_runtime;"),
    })
}

/// How evcxr shows a value when its first attempt does not compile.
fn send_block(lines: &[&str]) -> Option<Block> {
    let start = lines.iter().position(|line| *line == SEND_TEXT)?;
    Some(Block {
        lines: start..closing_brace(lines, start)?,
        instead: format!("{SEND_TEXT} {{ {CELL}::show_text(text) }}"),
    })
}

/// The line behind the first `}` in the first column, from line `from` on.
fn closing_brace(lines: &[&str], from: usize) -> Option<usize> {
    let offset = lines[from..].iter().position(|line| *line == "}")?;
    Some(from + offset + 1)
}

fn rewrite_line(before: Option<&&str>, line: &str, next: Option<&&str>) -> String {
    match line.trim() {
        PANICKED if before.is_some_and(|before| CAUGHT.contains(&before.trim())) => {
            format!("{CELL}::panicked();")
        }
        QUESTION_MARK => String::new(),
        // The generated conversion of an error prints it, then the marker.
        print if next.is_some_and(|next| next.trim() == QUESTION_MARK) => print
            .strip_prefix("eprintln!(")
            .and_then(|rest| rest.strip_suffix(");"))
            .map_or_else(
                || line.to_owned(),
                |format| format!("{CELL}::question_mark::<T>(&format!({format}));"),
            ),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATED: &str = r#"#![allow(unused_imports, unused_mut, dead_code)]
struct EvcxrUserCodeError {}
impl<T: std::fmt::Display> From<T> for EvcxrUserCodeError {
    fn from(error: T) -> Self {
        eprintln!("{}", error);
        println!("{}", evcxr_internal_runtime::USER_ERROR_OCCURRED);
        EvcxrUserCodeError {}
    }
}
mod evcxr_internal_runtime {
pub fn create_variable_store() -> *mut VariableStore {
    Box::into_raw(Box::new(VariableStore::new()))
}
}
  Err(_) => {
    println!("EVCXR_PANIC_NOTIFICATION");
fn evcxr_send_text_plain(text: &str)
{
    use std::io::Write;
}
"#;

    #[test]
    fn generated_lines_become_calls_on_the_same_lines() {
        let rewritten = rewrite(GENERATED);
        let lines: Vec<&str> = rewritten.lines().collect();
        assert_eq!(lines.len(), GENERATED.lines().count());
        assert_eq!(
            lines[4],
            r#"::twoaxes::cell::question_mark::<T>(&format!("{}", error));"#
        );
        assert_eq!(lines[5], "");
        assert_eq!(lines[9], "use ::twoaxes::cell as evcxr_internal_runtime;");
        assert_eq!(lines[10..14], ["", "", "", ""]);
        assert_eq!(lines[15], "::twoaxes::cell::panicked();");
        assert_eq!(
            lines[16],
            "fn evcxr_send_text_plain(text: &str) { ::twoaxes::cell::show_text(text) }"
        );
    }

    #[test]
    fn a_cell_without_generated_lines_is_left_alone() {
        let source = "fn f() {}\nprintln!(\"EVCXR_PANIC_NOTIFICATION\");\n";
        assert_eq!(rewrite(source), source);
    }
}
