//! An entry's bytes: a header, then the source, then the object.
//!
//! | bytes | what |
//! |---|---|
//! | 0..12 | `twoaxes cell` |
//! | 12..16 | version of this format |
//! | 16..48 | the key |
//! | 48..56 | length of the source |
//! | 56..64 | length of the object |
//! | 64..96 | SHA-256 over bytes 0..64, the source and the object |
//!
//! Numbers are little-endian. The digest finds damage, not forgery: whoever can
//! write here can also compute it. Forgery is `folder`'s business. What reads
//! must allocate nothing before the lengths were compared with the file.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Key;

const MAGIC: [u8; 12] = *b"twoaxes cell";
const VERSION: u32 = 1;
const DIGESTED: usize = 64;
pub(super) const HEADER: usize = 96;

/// In bytes. A cell's source is typed by hand; this is far above that.
const MOST_SOURCE: u64 = 8 << 20;

/// In bytes. Objects have 20 kB to a few MB; those with statically linked
/// dependencies, a few tens of MB.
const MOST_OBJECT: u64 = 256 << 20;

/// Why a file is no entry.
#[derive(Debug, Error)]
pub(super) enum Damage {
    #[error("it has {0} bytes, and {1} were expected")]
    Length(u64, u64),
    #[error("it is no entry of this version")]
    Alien,
    #[error("it is the entry of another key")]
    OtherKey,
    #[error("it claims a source of {0} and an object of {1} bytes")]
    Excessive(u64, u64),
    #[error("its digest is wrong")]
    Digest,
    #[error("its source is not UTF-8")]
    Source,
    #[error("cannot read it: {0}")]
    Read(#[from] io::Error),
}

/// A verified entry.
#[derive(Debug)]
pub(super) struct Entry {
    /// The source, then the object.
    body: Vec<u8>,
    /// Bytes of the source.
    source: usize,
}

impl Entry {
    /// Reads and verifies the entry of `key` from a file of `size` bytes.
    pub fn read(key: &Key, size: u64, mut file: impl Read) -> Result<Self, Damage> {
        let header_size = HEADER as u64;
        if size < header_size {
            return Err(Damage::Length(size, header_size));
        }
        let mut header = [0; HEADER];
        file.read_exact(&mut header)?;
        let (source, object) = lengths(&header, key)?;
        // Within the limits, so that the sum cannot overflow.
        let expected = header_size + source + object;
        if size != expected {
            return Err(Damage::Length(size, expected));
        }
        let mut body = Vec::with_capacity((source + object) as usize);
        file.take(source + object).read_to_end(&mut body)?;
        if body.len() as u64 != source + object {
            return Err(Damage::Length(header_size + body.len() as u64, expected));
        }
        let digest = Sha256::new()
            .chain_update(&header[..DIGESTED])
            .chain_update(&body)
            .finalize();
        if digest[..] != header[DIGESTED..] {
            return Err(Damage::Digest);
        }
        let source = source as usize;
        if std::str::from_utf8(&body[..source]).is_err() {
            return Err(Damage::Source);
        }
        Ok(Self { body, source })
    }

    pub fn object(&self) -> &[u8] {
        &self.body[self.source..]
    }

    pub fn into_source(mut self) -> String {
        self.body.truncate(self.source);
        // Was checked when the entry was read.
        String::from_utf8(self.body).unwrap_or_default()
    }
}

/// How long an entry is, or `None` when it is too long to be kept.
pub(super) fn size(source: u64, object: u64) -> Option<u64> {
    (source <= MOST_SOURCE && object <= MOST_OBJECT).then_some(HEADER as u64 + source + object)
}

/// Writes the entry of `key`.
pub(super) fn write(
    key: &Key,
    source: &str,
    object: &[u8],
    file: &mut impl Write,
) -> io::Result<()> {
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(&MAGIC);
    header.extend_from_slice(&VERSION.to_le_bytes());
    header.extend_from_slice(key.bytes());
    header.extend_from_slice(&(source.len() as u64).to_le_bytes());
    header.extend_from_slice(&(object.len() as u64).to_le_bytes());
    let digest = Sha256::new()
        .chain_update(&header)
        .chain_update(source)
        .chain_update(object)
        .finalize();
    header.extend_from_slice(&digest);
    header.extend_from_slice(source.as_bytes());
    file.write_all(&header)?;
    file.write_all(object)
}

/// The lengths of source and object that the header of `key` states.
fn lengths(header: &[u8; HEADER], key: &Key) -> Result<(u64, u64), Damage> {
    let number = |from: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&header[from..from + 8]);
        u64::from_le_bytes(bytes)
    };
    if header[..12] != MAGIC || header[12..16] != VERSION.to_le_bytes() {
        return Err(Damage::Alien);
    }
    if header[16..48] != key.bytes()[..] {
        return Err(Damage::OtherKey);
    }
    let (source, object) = (number(48), number(56));
    match size(source, object) {
        Some(_) => Ok((source, object)),
        None => Err(Damage::Excessive(source, object)),
    }
}
