//! Signatures: HMAC-SHA256 over the four JSON frames, and the memory of those
//! already seen.

use std::collections::{HashSet, VecDeque};

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How many signatures are remembered. A replay older than that many messages
/// would pass, which is the same promise that ipykernel's history makes.
const REMEMBERED: usize = 16_384;

/// Signs and checks with the key of the connection file.
#[derive(Clone)]
pub struct Signer {
    /// `None`: the key is empty, nothing is signed.
    mac: Option<Hmac<Sha256>>,
}

impl Signer {
    #[must_use]
    pub fn new(key: &str) -> Self {
        // HMAC takes a key of any length, so this has no error to report.
        let mac = if key.is_empty() {
            None
        } else {
            Hmac::new_from_slice(key.as_bytes()).ok()
        };
        Signer { mac }
    }

    /// The signature frame for the given frames; empty without a key.
    #[must_use]
    pub fn sign(&self, frames: &[impl AsRef<[u8]>]) -> Vec<u8> {
        match self.digest(frames) {
            Some(mac) => hex::encode(mac.finalize().into_bytes()).into_bytes(),
            None => Vec::new(),
        }
    }

    /// Checks a signature in constant time. `Some(digest)` when it holds and
    /// the messages are signed at all.
    ///
    /// # Errors
    /// When the signature is not the one of these frames.
    pub fn verify(
        &self,
        signature: &[u8],
        frames: &[impl AsRef<[u8]>],
    ) -> Result<Option<Digest>, ForgedSignature> {
        let Some(mac) = self.digest(frames) else {
            return Ok(None);
        };
        let mut digest = [0; 32];
        hex::decode_to_slice(signature, &mut digest).map_err(|_| ForgedSignature)?;
        mac.verify_slice(&digest).map_err(|_| ForgedSignature)?;
        Ok(Some(digest))
    }

    fn digest(&self, frames: &[impl AsRef<[u8]>]) -> Option<Hmac<Sha256>> {
        let mut mac = self.mac.clone()?;
        for frame in frames {
            mac.update(frame.as_ref());
        }
        Some(mac)
    }
}

/// A verified signature in binary, so that upper and lower case are one.
pub type Digest = [u8; 32];

/// The signature does not belong to the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForgedSignature;

/// The signatures seen last. Only verified ones enter, so a stranger cannot
/// push an honest one out.
#[derive(Default)]
pub struct Seen {
    order: VecDeque<Digest>,
    set: HashSet<Digest>,
}

impl Seen {
    /// Remembers `digest`; false when it was known, so this is a replay.
    pub fn is_new(&mut self, digest: Digest) -> bool {
        if !self.set.insert(digest) {
            return false;
        }
        self.order.push_back(digest);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.set.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_test_vector_holds() {
        // RFC 4231, test case 2.
        let signature = Signer::new("Jefe").sign(&["what do ya want ", "for ", "nothing?", ""]);
        assert_eq!(
            signature,
            b"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn memory_is_bounded_and_forgets_the_oldest() {
        let mut seen = Seen::default();
        let digest = |n: usize| {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&n.to_le_bytes());
            digest
        };
        for n in 0..=REMEMBERED {
            assert!(seen.is_new(digest(n)));
        }
        assert_eq!(seen.set.len(), REMEMBERED);
        assert!(!seen.is_new(digest(REMEMBERED)));
        assert!(seen.is_new(digest(0)), "the oldest was forgotten");
    }
}
