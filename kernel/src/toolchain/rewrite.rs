//! Moves what evcxr generates into every cell into the helper library.
//!
//! evcxr reports panics, failing `?` and lost variables by printing lines, and
//! puts its variable store into each cell. In our kernel a cell's prints are
//! the student's alone, so these lines become calls of the helper crate's
//! `cell` module. Line numbers stay as they are: evcxr maps messages by them.

use std::ops::Range;

/// The function of every cell. evcxr counts its own up, which would make two
/// equal cells differ.
pub const FUNCTION: &str = "twoaxes_cell";

/// The name that stands in the way of a student's own `twoaxes`.
const CELL: &str = "::twoaxes::cell";

/// The first line, and what stands for it: a `mut` for nothing is told of a student's own
/// lines (`warnings`).
const ALLOWED: &str = "#![allow(unused_imports, unused_mut, dead_code)]";
const ALLOWED_INSTEAD: &str = "#![allow(unused_imports, dead_code)]";

const COUNTED: &str = "pub extern \"C\" fn run_user_code_";
const CATCH: &str = "match std::panic::catch_unwind(";
const CATCH_CLOSURE: &str = "  std::panic::AssertUnwindSafe(||{";
const CATCH_END: &str = "})) { ";
/// The same in a cell without variables, on one line.
const CATCH_ALONE: &str = "if std::panic::catch_unwind(||{";
/// How an asynchronous cell gets a runtime, as evcxr's macro breaks the lines.
const BLOCK_ON: [&str; 5] = [
    "let mut mutex =",
    "evcxr_variable_store.lazy_arc(\"evcxr_tokio_runtime\", ||",
    "std::sync::Mutex::new(tokio::runtime::Runtime::new().unwrap())); match",
    "mutex.lock() { Ok(guard) => guard, Err(poisoned) => poisoned.into_inner(), }",
    ".block_on(async {",
];

const STORE_BEGIN: &str = "mod evcxr_internal_runtime {";
const STORE_LAST: &str = "Box::into_raw(Box::new(VariableStore::new()))";
const PANICKED: &str = "println!(\"EVCXR_PANIC_NOTIFICATION\");";
/// Either stands on the line before [`PANICKED`].
const CAUGHT: [&str; 2] = ["Err(_) => {", "}).is_err() {"];
const SEND_TEXT: &str = "fn evcxr_send_text_plain(text: &str)";
/// Stands behind that function and before the student's expression, which ends
/// in `)));`.
const SEND_DEBUG: &str = "evcxr_send_text_plain(&format!(\"{:?}\",&(";
/// The lines around a cell's last expression, when evcxr shows it for the first
/// time.
const TRAILING: [&str; 2] = ["(", ").evcxr_display();"];
const QUESTION_MARK: &str = "println!(\"{}\", evcxr_internal_runtime::USER_ERROR_OCCURRED);";

/// The source that is compiled instead of `source`.
pub fn rewrite(source: &str) -> String {
    let lines: Vec<&str> = source.lines().collect();
    let counted = lines.iter().rposition(|line| line.starts_with(COUNTED));
    let function = counted.unwrap_or(lines.len());
    let blocks: Vec<Block> = [
        allowed_block(&lines),
        store_block(&lines),
        send_block(&lines),
        shown_block(&lines),
        counted.map(function_block),
        catch_block(&lines, function),
        catch_end_block(&lines, function),
        block_on_block(&lines, function),
    ]
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

/// `written` as evcxr writes it when nothing catches a panic, and the student's
/// statements in it; `None` when nothing does already.
pub fn without_catch(written: &str) -> Option<(String, String)> {
    let lines: Vec<&str> = written.lines().collect();
    let function = lines.iter().rposition(|line| line.starts_with(COUNTED))?;
    let end = catch_end(&lines)?;
    let (start, end) = match catch_start(&lines, function) {
        Some(start) => (start..start + 2, end..end + 5),
        None => {
            let alone = lines[function..]
                .iter()
                .position(|line| *line == CATCH_ALONE)?;
            let start = function + alone;
            (start..start + 1, end..end + 3)
        }
    };
    let mut text = String::with_capacity(written.len());
    for (index, line) in lines.iter().enumerate() {
        if !start.contains(&index) && !end.contains(&index) {
            text.push_str(line);
            text.push('\n');
        }
    }
    let statements = lines.get(start.end..end.start)?;
    Some((text, statements.join("\n")))
}

/// The lines (from 1) of `written` in which evcxr shows a cell's last
/// expression for the first time, so that it does not know the student's own.
pub fn trailing_lines(written: &str) -> Option<Range<usize>> {
    let lines: Vec<&str> = written.lines().collect();
    let function = lines.iter().rposition(|line| line.starts_with(COUNTED))?;
    let [first, last] = TRAILING;
    let end = lines.iter().rposition(|line| *line == last)?;
    // The first such line: the expression may have others.
    let offset = lines
        .get(function..end)?
        .iter()
        .position(|line| *line == first)?;
    Some(function + offset + 1..end + 2)
}

/// Lines of generated code, and the one line that stands for them.
struct Block {
    lines: Range<usize>,
    instead: String,
}

/// What the compiler shall not warn of.
fn allowed_block(lines: &[&str]) -> Option<Block> {
    (lines.first() == Some(&ALLOWED)).then(|| Block {
        lines: 0..1,
        instead: ALLOWED_INSTEAD.to_owned(),
    })
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

/// The name of the function.
fn function_block(line: usize) -> Block {
    Block {
        lines: line..line + 1,
        instead: format!("pub extern \"C\" fn {FUNCTION}("),
    }
}

/// How evcxr shows a value when its first attempt does not compile.
fn send_block(lines: &[&str]) -> Option<Block> {
    let start = lines.iter().position(|line| *line == SEND_TEXT)?;
    Some(Block {
        lines: start..closing_brace(lines, start)?,
        instead: format!("{SEND_TEXT} {{ {CELL}::show_text(text) }}"),
    })
}

/// The value that is shown so. The first attempt may have failed for another
/// reason than its type, such as a `?`, so a picture stays a picture.
fn shown_block(lines: &[&str]) -> Option<Block> {
    let start = send_block(lines)?.lines.end;
    (*lines.get(start)? == SEND_DEBUG).then(|| Block {
        lines: start..start + 1,
        instead: "::twoaxes::twoaxes_cell_shown!(((".to_owned(),
    })
}

/// What catches a panic of the student's statements.
fn catch_block(lines: &[&str], function: usize) -> Option<Block> {
    let start = catch_start(lines, function)?;
    catch_end(lines).map(|_| Block {
        lines: start..start + 2,
        instead: format!("match {CELL}::catch(||{{"),
    })
}

fn catch_end_block(lines: &[&str], function: usize) -> Option<Block> {
    catch_start(lines, function)?;
    let at = catch_end(lines)?;
    Some(Block {
        lines: at..at + 1,
        instead: "}) {".to_owned(),
    })
}

/// It stands before the statements, so the first such lines are the generated
/// ones.
fn catch_start(lines: &[&str], function: usize) -> Option<usize> {
    let offset = lines[function..]
        .windows(2)
        .position(|pair| pair == [CATCH, CATCH_CLOSURE])?;
    Some(function + offset)
}

/// It stands behind the statements, so the last such lines are the generated
/// ones. Either of two forms.
fn catch_end(lines: &[&str]) -> Option<usize> {
    let long = lines.windows(4).rposition(|four| {
        four[0] == CATCH_END && four[2].trim() == CAUGHT[0] && four[3].trim() == PANICKED
    });
    let short = lines
        .windows(2)
        .rposition(|two| two[0].trim() == CAUGHT[1] && two[1].trim() == PANICKED);
    long.or(short)
}

/// The asynchronous runtime: the library has one, where each cell would compile
/// tokio's anew.
fn block_on_block(lines: &[&str], function: usize) -> Option<Block> {
    let offset = lines[function..]
        .windows(BLOCK_ON.len())
        .position(|window| window == BLOCK_ON)?;
    let start = function + offset;
    Some(Block {
        lines: start..start + BLOCK_ON.len(),
        instead: format!("{CELL}::block_on(async {{"),
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
        CATCH_ALONE => format!("if {CELL}::catch(||{{"),
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
#[unsafe(no_mangle)]
pub extern "C" fn run_user_code_17(
let evcxr_variable_store = unsafe {&mut *evcxr_variable_store};
match std::panic::catch_unwind(
  std::panic::AssertUnwindSafe(||{
let mut mutex =
evcxr_variable_store.lazy_arc("evcxr_tokio_runtime", ||
std::sync::Mutex::new(tokio::runtime::Runtime::new().unwrap())); match
mutex.lock() { Ok(guard) => guard, Err(poisoned) => poisoned.into_inner(), }
.block_on(async {
fn evcxr_send_text_plain(text: &str)
{
    use std::io::Write;
}
});
})) { 
  Ok(_) => {}
  Err(_) => {
    println!("EVCXR_PANIC_NOTIFICATION");
}}
"#;

    #[test]
    fn generated_lines_become_calls_on_the_same_lines() {
        let rewritten = rewrite(GENERATED);
        let lines: Vec<&str> = rewritten.lines().collect();
        assert_eq!(lines.len(), GENERATED.lines().count());
        let expected = [
            (0, ALLOWED_INSTEAD),
            (
                4,
                r#"::twoaxes::cell::question_mark::<T>(&format!("{}", error));"#,
            ),
            (5, ""),
            (9, "use ::twoaxes::cell as evcxr_internal_runtime;"),
            (10, ""),
            (13, ""),
            (15, r#"pub extern "C" fn twoaxes_cell("#),
            (17, "match ::twoaxes::cell::catch(||{"),
            (18, ""),
            (19, "::twoaxes::cell::block_on(async {"),
            (23, ""),
            (
                24,
                "fn evcxr_send_text_plain(text: &str) { ::twoaxes::cell::show_text(text) }",
            ),
            (28, "});"),
            (29, "}) {"),
            (32, "::twoaxes::cell::panicked();"),
        ];
        for (line, text) in expected {
            assert_eq!(lines[line], text, "line {line}");
        }
    }

    #[test]
    fn a_value_is_shown_as_itself_also_the_second_time() {
        let send = "fn evcxr_send_text_plain(text: &str)\n{\n}\n";
        let value = "evcxr_send_text_plain(&format!(\"{:?}\",&(\nf()?\n)));\n";
        let rewritten = rewrite(&format!("{send}{value}"));
        let lines: Vec<&str> = rewritten.lines().collect();
        assert_eq!(
            lines[3..],
            ["::twoaxes::twoaxes_cell_shown!(((", "f()?", ")));"]
        );
        // Without the generated function before it, it is the student's.
        assert_eq!(rewrite(value), value);
    }

    #[test]
    fn what_a_student_wrote_is_left_alone() {
        for source in [
            "fn f() {}\nprintln!(\"EVCXR_PANIC_NOTIFICATION\");\n",
            "match std::panic::catch_unwind(\n  std::panic::AssertUnwindSafe(||{\n",
            "let mut mutex =\nmutex.lock()\n",
        ] {
            assert_eq!(rewrite(source), source);
        }
    }
}
