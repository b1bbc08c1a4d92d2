//! Bytes of a standard stream to text, without ever splitting a character.

/// Turns chunks of bytes into chunks of text. What is not UTF-8 becomes U+FFFD.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The beginning of a character whose end has not come yet: at most 3 bytes.
    partial: Vec<u8>,
}

impl Decoder {
    /// The text of `bytes`, as far as it is complete.
    pub fn decode(&mut self, bytes: &[u8]) -> String {
        if self.partial.is_empty()
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            // The common case: one look, one copy.
            return text.to_owned();
        }
        self.partial.extend_from_slice(bytes);
        let complete = complete_length(&self.partial);
        let rest = self.partial.split_off(complete);
        let text = String::from_utf8_lossy(&self.partial).into_owned();
        self.partial = rest;
        text
    }

    /// What is left when no more bytes will come.
    pub fn finish(&mut self) -> String {
        let text = String::from_utf8_lossy(&self.partial).into_owned();
        self.partial.clear();
        text
    }
}

/// How many bytes stand before a character that is begun and not ended.
fn complete_length(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    for start in (tail..bytes.len()).rev() {
        let width = match bytes[start] {
            0x00..=0x7f => return bytes.len(),
            0x80..=0xbf => continue,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return bytes.len(),
        };
        let here = bytes.len() - start;
        return if here < width { start } else { bytes.len() };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_character_cut_in_two_arrives_whole() {
        let mut decoder = Decoder::default();
        let bytes = "a😀é".as_bytes();
        assert_eq!(decoder.decode(&bytes[..3]), "a");
        assert_eq!(decoder.decode(&bytes[3..6]), "😀");
        assert_eq!(decoder.decode(&bytes[6..]), "é");
        assert_eq!(decoder.finish(), "");
    }

    #[test]
    fn what_is_not_utf8_is_shown_and_not_kept_for_ever() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode(b"\xff\xfe"), "\u{fffd}\u{fffd}");
        assert_eq!(decoder.decode(b"\xf0\x9f"), "");
        assert_eq!(decoder.finish(), "\u{fffd}");
    }

    proptest! {
        #[test]
        fn any_cutting_of_a_text_gives_the_text(text in "\\PC*", cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut decoder = Decoder::default();
            let mut joined: String = cuts.windows(2).map(|pair| decoder.decode(&bytes[pair[0]..pair[1]])).collect();
            joined.push_str(&decoder.finish());
            prop_assert_eq!(joined, text);
        }
    }
}
