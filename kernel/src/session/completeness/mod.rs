//! Is this text a whole cell? Tells a console whether Enter runs or goes on.
//!
//! Two questions, in order. Does it end inside something, a string, a comment,
//! an open bracket (`scan`)? And if not, would the grammar take more, or is it
//! already wrong (`syn`)? Whatever cannot be decided counts as complete: the
//! compiler then says what it thinks, which beats a console that never runs.

mod scan;

use crate::protocol::messages::is_complete::IsCompleteReply;
use scan::{End, scan};

const INDENT: usize = 4;

/// Nobody types more into a console, and the parser's stack is finite.
const LONGEST: usize = 16 * 1024;

/// Brackets nested deeper are left to the compiler, for the same reason.
const DEEPEST: usize = 64;

/// `syn` recurses, also on input without brackets (`!!!!x`). This holds
/// [`LONGEST`] of them; it is address space, not memory, until it is needed.
const STACK: usize = 256 * 1024 * 1024;

/// Decides whether `code` is complete, goes on, or can never become right.
pub(super) fn is_complete(code: &str) -> IsCompleteReply {
    let Some(rust) = without_commands(code) else {
        return IsCompleteReply::Complete;
    };
    if rust.trim().is_empty() {
        return IsCompleteReply::Complete;
    }
    let scan = scan(rust);
    match scan.end {
        End::Mismatch => IsCompleteReply::Invalid,
        // Spaces would become part of the string.
        End::String => incomplete(0),
        End::Comment => incomplete(last_indent(rust)),
        End::Open { lines } => incomplete(INDENT * lines),
        End::Balanced if rust.len() > LONGEST || scan.depth > DEEPEST => IsCompleteReply::Complete,
        End::Balanced => on_a_deep_stack(rust),
    }
}

/// The part of a cell that is Rust: commands (`:dep`, `!ls`) stand on lines of
/// their own before it. `None` when the whole cell is for the kernel.
fn without_commands(code: &str) -> Option<&str> {
    let mut rest = code;
    loop {
        let line = rest.trim_start();
        if line.starts_with('?') {
            return None;
        }
        // `::std::...` is a path.
        if !line.starts_with([':', '!']) || line.starts_with("::") {
            return Some(rest);
        }
        rest = line.split_once('\n')?.1;
    }
}

fn on_a_deep_stack(rust: &str) -> IsCompleteReply {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("is_complete".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || parse(rust))
            .ok()
            .and_then(|thread| thread.join().ok())
            .unwrap_or(IsCompleteReply::Complete)
    })
}

fn parse(rust: &str) -> IsCompleteReply {
    // The closing brace stands on a line of its own, so an error there is one
    // at the end of the input.
    let block = format!("{{{rust}\n}}");
    let last_line = block.lines().count();
    match syn::parse_str::<syn::ExprBlock>(&block) {
        Ok(block) if ends_in_attribute(&block) => incomplete(last_indent(rust)),
        Ok(_) => IsCompleteReply::Complete,
        Err(error) if error.span().start().line >= last_line && !rust_is_unreadable(&block) => {
            incomplete(continuation_indent(rust))
        }
        Err(_) => IsCompleteReply::Invalid,
    }
}

/// Text that is no Rust token at all has no position in `syn`'s error.
fn rust_is_unreadable(block: &str) -> bool {
    block.parse::<proc_macro2::TokenStream>().is_err()
}

/// `#[derive(Debug)]` and nothing after it: some item must follow.
fn ends_in_attribute(block: &syn::ExprBlock) -> bool {
    block.block.stmts.is_empty()
        && block
            .attrs
            .iter()
            .any(|attribute| matches!(attribute.style, syn::AttrStyle::Outer))
}

/// A statement that goes on is indented once under its first line.
fn continuation_indent(rust: &str) -> usize {
    let last = rust
        .trim_end()
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start();
    // After an attribute the item stands at the same depth.
    let step = if last.starts_with('#') { 0 } else { INDENT };
    let first_of_statement = last_indent(rust.trim_end());
    if first_of_statement > 0 {
        first_of_statement
    } else {
        step
    }
}

fn last_indent(rust: &str) -> usize {
    let last = rust.lines().last().unwrap_or_default();
    last.len() - last.trim_start_matches(' ').len()
}

fn incomplete(indent: usize) -> IsCompleteReply {
    IsCompleteReply::Incomplete {
        indent: " ".repeat(indent),
    }
}

#[cfg(test)]
mod tests;
