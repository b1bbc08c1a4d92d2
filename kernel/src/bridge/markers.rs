//! evcxr's content markers on standard output.
//!
//! Crates made for evcxr show a value by printing
//! `EVCXR_BEGIN_CONTENT <mime>`, the content and `EVCXR_END_CONTENT`, each on
//! lines of their own. We show such content, at once and as often as it comes.
//! Nothing else that is printed has a meaning here.

const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &str = "EVCXR_END_CONTENT";

/// Content beyond this is printed as text: a begin without an end must not
/// swallow a flood.
const MAX_CONTENT: usize = 16 << 20;

/// A piece of standard output.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Content { mime: String, content: String },
}

/// Splits standard output into text and marked content.
#[derive(Debug, Default)]
pub struct Splitter {
    /// Bytes of a line that may still become a begin marker, or the lines since
    /// one. Empty while plain text passes through.
    held: String,
    /// Whether the text that was passed on last ended within a line.
    within_line: bool,
}

impl Splitter {
    /// The pieces that are certain once `text` has come.
    pub fn push(&mut self, text: String) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if self.held.is_empty() && !text.contains(BEGIN) && !may_begin_at_end(&text) {
            // The common case: nothing to look for, nothing to copy.
            self.pass(text, &mut pieces);
            return pieces;
        }
        let mut rest = std::mem::take(&mut self.held) + &text;
        while !rest.is_empty() {
            let Some(start) = self.marker_start(&rest) else {
                self.pass(rest, &mut pieces);
                break;
            };
            let held = rest.split_off(start);
            self.pass(rest, &mut pieces);
            match content(&held) {
                Some((piece, length)) => {
                    pieces.push(piece);
                    self.within_line = false;
                    rest = held[length..].to_owned();
                }
                None if held.len() > MAX_CONTENT => {
                    self.pass(held, &mut pieces);
                    break;
                }
                None => {
                    self.held = held;
                    break;
                }
            }
        }
        pieces
    }

    /// What is held back when the cell has ended.
    pub fn finish(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let held = std::mem::take(&mut self.held);
        self.pass(held, &mut pieces);
        self.within_line = false;
        pieces
    }

    fn pass(&mut self, text: String, pieces: &mut Vec<Piece>) {
        if !text.is_empty() {
            self.within_line = !text.ends_with('\n');
            pieces.push(Piece::Text(text));
        }
    }

    /// Where a line begins that is a begin marker, or may become one.
    fn marker_start(&self, text: &str) -> Option<usize> {
        let mut start = if self.within_line {
            text.find('\n')? + 1
        } else {
            0
        };
        loop {
            let line = &text[start..];
            if line.starts_with(BEGIN) || (!line.is_empty() && BEGIN.starts_with(line)) {
                return Some(start);
            }
            start += line.find('\n')? + 1;
        }
    }
}

/// Whether the last line of `text` may become a begin marker.
fn may_begin_at_end(text: &str) -> bool {
    let last = text.rfind('\n').map_or(text, |end| &text[end + 1..]);
    !last.is_empty() && BEGIN.starts_with(last)
}

/// The marked content at the beginning of `held` and its length, if complete.
fn content(held: &str) -> Option<(Piece, usize)> {
    let line_end = held.find('\n')?;
    let mime = held.get(BEGIN.len()..line_end)?.trim().to_owned();
    let body_start = line_end + 1;
    let mut position = body_start;
    loop {
        let line_length = held[position..].find('\n')?;
        if held[position..].starts_with(END) && line_length == END.len() {
            let body = held[body_start..position].trim_end_matches('\n').to_owned();
            let piece = Piece::Content {
                mime,
                content: body,
            };
            return Some((piece, position + line_length + 1));
        }
        position += line_length + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(chunks: &[&str]) -> Vec<Piece> {
        let mut splitter = Splitter::default();
        let mut pieces: Vec<Piece> = chunks
            .iter()
            .flat_map(|chunk| splitter.push((*chunk).to_owned()))
            .collect();
        pieces.extend(splitter.finish());
        pieces
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    fn html(content: &str) -> Piece {
        Piece::Content {
            mime: "text/html".to_owned(),
            content: content.to_owned(),
        }
    }

    #[test]
    fn content_between_markers_is_taken_out_of_the_text() {
        let marked = "EVCXR_BEGIN_CONTENT text/html\n<b>\nx</b>\nEVCXR_END_CONTENT\n";
        assert_eq!(
            split(&["a\n", marked, "b"]),
            [text("a\n"), html("<b>\nx</b>"), text("b")]
        );
    }

    #[test]
    fn a_marker_cut_anywhere_is_still_one() {
        let marked = "EVCXR_BEGIN_CONTENT text/html\nx\nEVCXR_END_CONTENT\n";
        for cut in 1..marked.len() {
            assert_eq!(
                split(&[&marked[..cut], &marked[cut..]]),
                [html("x")],
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn a_marker_within_a_line_is_text() {
        let printed = "say EVCXR_BEGIN_CONTENT text/html\n";
        assert_eq!(split(&[printed]), [text(printed)]);
    }

    #[test]
    fn a_begin_without_an_end_is_text_when_the_cell_ends() {
        let printed = "EVCXR_BEGIN_CONTENT text/html\nx\n";
        assert_eq!(split(&[printed]), [text(printed)]);
    }

    proptest! {
        #[test]
        fn text_without_markers_passes_unchanged(lines in proptest::collection::vec("[A-Z_ \n]{0,12}", 0..12)) {
            let pieces = split(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            let joined: String = pieces.into_iter().map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Content { .. } => String::new(),
            }).collect();
            prop_assert_eq!(joined, lines.concat());
        }
    }
}
