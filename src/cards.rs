//! What the cards of a notebook look like: a light frame with a coloured edge,
//! and a sign and a word that say what the colour says.
//!
//! Private to the crate and on the level of [`crate::html`], with which `quiz`,
//! `exercise` and `predict` fill the cards.

use crate::notebook::MimeBundle;

/// Okabe and Ito's green, vermilion and blue, dark enough for white text on
/// them, and for themselves as text on white.
pub(crate) const GREEN: &str = "#007A5A";
pub(crate) const RED: &str = "#B84D00";
pub(crate) const BLUE: &str = "#0072B2";

/// What stands beside the point.
pub(crate) const GREY: &str = "color:#555";

/// The frame: light in any theme, since figures and code in it are.
pub(crate) const CARD: &str = "background:#fff;color:#1a1a1a;border:1px solid #bbb;border-radius:4px;padding:8px 12px;margin:4px 0;max-width:760px";

/// The most characters of a text that somebody else wrote: of an answer or a
/// panic, and of what a check says, which may list what it tried.
pub(crate) const SHORT: usize = 300;
pub(crate) const LONG: usize = 2_000;

/// The sign of a card, white on its colour. Words say the same beside it.
pub(crate) fn badge(sign: &str, color: &str) -> String {
    format!(
        "<span aria-hidden=\"true\" style=\"display:inline-block;min-width:1.4em;text-align:center;font-weight:bold;color:#fff;background:{color};border-radius:3px;margin-right:6px\">{sign}</span>"
    )
}

/// A whole card of that class, told to screen readers when it appears.
pub(crate) fn framed(class: &str, color: &str, text: String, html: &str) -> MimeBundle {
    MimeBundle::text(text).with_html(format!(
        "<div role=\"status\" class=\"{class}\" style=\"{CARD};border-left:6px solid {color}\">{html}</div>"
    ))
}

/// A text from outside, cut after `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{} ..", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
