//! The few colours of our own reports.

/// `text` as Rust shows the word "error".
pub fn error(text: &str) -> String {
    format!("\x1b[1;91m{text}\x1b[0m")
}

/// `text` as Rust shows line numbers and frames.
pub fn frame(text: &str) -> String {
    format!("\x1b[1;94m{text}\x1b[0m")
}

/// `text`, emphasised.
pub fn bold(text: &str) -> String {
    format!("\x1b[1m{text}\x1b[0m")
}
