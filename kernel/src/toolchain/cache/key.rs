//! What an entry is filed under.
//!
//! Whatever can change the compiled object has to be a part of the key; which
//! parts those are is the caller's to know.

use std::fmt;

use sha2::{Digest, Sha256};

/// Hashed first. Counting the number up makes every key another one, so that
/// two versions of this kernel never meet in one entry.
const DOMAIN: &[u8] = b"twoaxes cell 1";

/// SHA-256 of labelled parts. It shows itself as 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; Key::LENGTH]);

impl Key {
    /// In bytes.
    pub const LENGTH: usize = 32;

    /// The key of these parts, in this order. Each label and value is hashed
    /// behind its length, so that no two lists of parts are the same bytes.
    pub fn of<'a>(parts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut hash = Sha256::new();
        let mut put = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        put(DOMAIN);
        for (label, value) in parts {
            put(label.as_bytes());
            put(value);
        }
        Self(hash.finalize().into())
    }

    /// Reads what [`Key`] shows, and nothing else: a key has one name.
    pub fn parse(text: &str) -> Option<Self> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let mut bytes = [0; Self::LENGTH];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// The folder, one of 256, that the entry is in.
    pub(super) fn shard(&self) -> String {
        hex::encode(&self.0[..1])
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}
