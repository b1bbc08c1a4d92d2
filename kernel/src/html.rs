//! Text as HTML, for what the kernel itself shows.

/// `text` as a page shows it, between tags.
#[must_use]
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
