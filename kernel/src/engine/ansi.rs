//! The few colours of our own reports.

/// `text` as Rust shows the word "error".
pub fn error(text: &str) -> String {
    format!("\x1b[1;91m{text}\x1b[0m")
}

/// `text` as Rust shows line numbers and frames.
pub fn frame(text: &str) -> String {
    format!("\x1b[1;94m{text}\x1b[0m")
}

/// `text` as it reads where there are no colours.
pub fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        let end = after.find(|c: char| c.is_ascii_alphabetic());
        rest = end.and_then(|end| after.get(end + 1..)).unwrap_or_default();
    }
    plain + rest
}

/// `text`, emphasised.
pub fn bold(text: &str) -> String {
    format!("\x1b[1m{text}\x1b[0m")
}
