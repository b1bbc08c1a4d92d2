//! What threads of earlier cells print, told apart by cell and stream.
//!
//! A third pipe carries it in records. Each is written in one piece: the system keeps
//! whole what is not longer than [`LONGEST`], whoever else writes. So any thread can
//! write without a lock, and a process that dies leaves no half of a record.

use super::markers::{Piece, Splitter};

/// Which of the two standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// `PIPE_BUF` of Linux.
const LONGEST: usize = 4096;

/// What stands before the text of a record.
pub type Head = [u8; HEAD];
const HEAD: usize = 11;

/// The most bytes of text in a record.
const MOST: usize = LONGEST - HEAD;

/// So much of one cell and stream is told at once.
const JOINED: usize = 64 << 10;

/// How many bytes of `text` the next record takes, and its head. It ends between two
/// characters, so that each record is text of its own.
pub fn next_record(cell: u64, stream: Stream, text: &[u8]) -> (Head, usize) {
    let length = match text.len() {
        short @ 0..=MOST => short,
        _ => character_start(text, MOST),
    };
    let mut head = [0; HEAD];
    head[..8].copy_from_slice(&cell.to_be_bytes());
    head[8] = match stream {
        Stream::Stdout => 1,
        Stream::Stderr => 2,
    };
    // It is at most `MOST`.
    head[9..].copy_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
    (head, length)
}

/// The last place at or before `end` where a character begins; `end` itself where none
/// is near, which is no text then.
fn character_start(text: &[u8], end: usize) -> usize {
    let is_start = |at: &usize| text[*at] & 0xc0 != 0x80;
    (end.saturating_sub(3)..=end)
        .rev()
        .find(is_start)
        .unwrap_or(end)
}

/// What a thread of the cell `cell` has printed.
#[derive(Debug, PartialEq, Eq)]
pub struct Printed {
    pub cell: u64,
    pub piece: Spoken,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Spoken {
    Stdout(Piece),
    Stderr(String),
}

/// Takes records apart.
#[derive(Debug, Default)]
pub struct Reader {
    /// What was read and is no whole record yet.
    bytes: Vec<u8>,
}

impl Reader {
    /// The text of the records in `bytes`, joined where neighbours are of one cell and
    /// stream. What is no record is dropped with all that is there.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<Printed> {
        self.bytes.extend_from_slice(bytes);
        let mut joined: Vec<(u64, Stream, String)> = Vec::new();
        let mut read = 0;
        while let Some((head, rest)) = self.bytes[read..].split_first_chunk::<HEAD>() {
            let Some((cell, stream, length)) = understood(*head) else {
                tracing::warn!("what a thread of an earlier cell has printed cannot be read");
                read = self.bytes.len();
                break;
            };
            let Some(text) = rest.get(..length) else {
                break;
            };
            read += HEAD + length;
            let text = String::from_utf8_lossy(text);
            match joined.last_mut() {
                Some((last, of, before))
                    if (*last, *of) == (cell, stream) && before.len() < JOINED =>
                {
                    before.push_str(&text);
                }
                _ => joined.push((cell, stream, text.into_owned())),
            }
        }
        self.bytes.drain(..read);
        joined.into_iter().flat_map(pieces).collect()
    }
}

fn understood(head: Head) -> Option<(u64, Stream, usize)> {
    let [cell @ .., stream, high, low] = head;
    let stream = match stream {
        1 => Stream::Stdout,
        2 => Stream::Stderr,
        _ => return None,
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    (length <= MOST).then_some((u64::from_be_bytes(cell), stream, length))
}

/// evcxr's markers make displays here, too, where one print has both of them.
fn pieces((cell, stream, text): (u64, Stream, String)) -> Vec<Printed> {
    let printed = |piece| Printed { cell, piece };
    match stream {
        Stream::Stderr => vec![printed(Spoken::Stderr(text))],
        Stream::Stdout => {
            let mut markers = Splitter::default();
            let mut pieces = markers.push(text);
            pieces.extend(markers.finish());
            let pieces = pieces.into_iter().map(Spoken::Stdout);
            pieces.map(printed).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn records(cell: u64, stream: Stream, text: &str) -> Vec<Vec<u8>> {
        let mut rest = text.as_bytes();
        let mut records = Vec::new();
        while !rest.is_empty() {
            let (head, length) = next_record(cell, stream, rest);
            records.push([&head[..], &rest[..length]].concat());
            rest = &rest[length..];
        }
        records
    }

    fn out(cell: u64, text: &str) -> Printed {
        let piece = Spoken::Stdout(Piece::Text(text.to_owned()));
        Printed { cell, piece }
    }

    #[test]
    fn neighbours_of_one_cell_and_stream_are_joined() {
        let mut bytes = Vec::new();
        for (cell, stream, text) in [
            (4, Stream::Stdout, "a"),
            (4, Stream::Stdout, "b"),
            (5, Stream::Stdout, "c"),
            (4, Stream::Stderr, "d"),
            (4, Stream::Stdout, "e"),
        ] {
            bytes.extend(records(cell, stream, text).concat());
        }
        let piece = Spoken::Stderr("d".to_owned());
        let expected = [
            out(4, "ab"),
            out(5, "c"),
            Printed { cell: 4, piece },
            out(4, "e"),
        ];
        assert_eq!(Reader::default().read(&bytes), expected);
        for cut in 0..bytes.len() {
            let mut reader = Reader::default();
            let mut texts = reader.read(&bytes[..cut]);
            texts.extend(reader.read(&bytes[cut..]));
            let of_four = texts.iter().filter(|printed| printed.cell == 4).count();
            assert!((3..=4).contains(&of_four), "cut at {cut}: {texts:?}");
        }
    }

    #[test]
    fn what_is_no_record_is_dropped_and_the_next_is_heard() {
        let mut reader = Reader::default();
        assert_eq!(reader.read(&[9; 100]), []);
        let bytes = records(1, Stream::Stdout, "x").concat();
        assert_eq!(reader.read(&bytes), [out(1, "x")]);
    }

    proptest! {
        #[test]
        fn a_text_comes_whole_and_its_records_fit(text in "\\PC{0,6000}") {
            let records = records(7, Stream::Stderr, &text);
            prop_assert!(records.iter().all(|record| record.len() <= LONGEST));
            let printed = Reader::default().read(&records.concat());
            let joined: String = printed.into_iter().map(|printed| match printed.piece {
                Spoken::Stderr(text) => text,
                Spoken::Stdout(_) => String::new(),
            }).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn no_bytes_can_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Reader::default().read(&bytes);
        }
    }
}
