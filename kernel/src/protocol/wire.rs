//! Framing: a [`Message`] as the frames of one multipart ZeroMQ message.
//!
//! Reading is lenient in what the protocol leaves open (any number of
//! identities, missing `metadata` fields) and strict in what protects the
//! kernel: nothing is parsed before its signature holds.

use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::connection::Connection;
use super::header::Header;
use super::message::Message;
use super::signature::{Seen, Signer};

const DELIMITER: &[u8] = b"<IDS|MSG>";

/// Why frames were dropped.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum WireError {
    #[error("a message without the <IDS|MSG> delimiter")]
    NoDelimiter,
    #[error("a message cut short: {0} frames after the delimiter, five are needed")]
    Truncated(usize),
    #[error("a message whose signature does not hold; is the client using the key of this kernel?")]
    Forged,
    #[error("a message that was already received once")]
    Replayed,
    #[error("a signed message whose {frame} cannot be read: {reason}")]
    Unreadable { frame: &'static str, reason: String },
}

/// Writes messages.
#[derive(Clone)]
pub struct Encoder {
    signer: Signer,
}

impl Encoder {
    #[must_use]
    pub fn new(connection: &Connection) -> Self {
        Encoder {
            signer: Signer::new(&connection.key),
        }
    }

    /// The frames of `message`, signed.
    ///
    /// # Errors
    /// When a part has no JSON form.
    pub fn encode(&self, message: Message) -> Result<Vec<Vec<u8>>, serde_json::Error> {
        let json = [
            serde_json::to_vec(&message.header)?,
            or_empty(message.parent.as_ref())?,
            serde_json::to_vec(&message.metadata)?,
            or_empty(message.content.as_ref().ok())?,
        ];
        let mut frames = message.identities;
        frames.push(DELIMITER.to_vec());
        frames.push(self.signer.sign(&json));
        frames.extend(json);
        frames.extend(message.buffers);
        Ok(frames)
    }
}

fn or_empty<T: Serialize>(value: Option<&T>) -> Result<Vec<u8>, serde_json::Error> {
    value.map_or_else(|| Ok(b"{}".to_vec()), serde_json::to_vec)
}

/// Reads messages; remembers signatures, so a kernel has one.
pub struct Decoder {
    signer: Signer,
    seen: Seen,
}

impl Decoder {
    #[must_use]
    pub fn new(connection: &Connection) -> Self {
        Decoder {
            signer: Signer::new(&connection.key),
            seen: Seen::default(),
        }
    }

    /// The message in `frames`.
    ///
    /// # Errors
    /// When the frames are not a message, or not one that a holder of the key
    /// sent, or one that was already seen.
    pub fn decode(&mut self, mut frames: Vec<Vec<u8>>) -> Result<Message, WireError> {
        let delimiter = frames
            .iter()
            .position(|frame| frame == DELIMITER)
            .ok_or(WireError::NoDelimiter)?;
        let mut rest = frames.split_off(delimiter).into_iter().skip(1);
        let count = rest.len();
        let (Some(signature), Some(header), Some(parent), Some(metadata), Some(content)) = (
            rest.next(),
            rest.next(),
            rest.next(),
            rest.next(),
            rest.next(),
        ) else {
            return Err(WireError::Truncated(count));
        };
        let digest = self
            .signer
            .verify(&signature, &[&header, &parent, &metadata, &content])
            .map_err(|_| WireError::Forged)?;
        if digest.is_some_and(|digest| !self.seen.is_new(digest)) {
            return Err(WireError::Replayed);
        }
        Ok(Message {
            identities: frames,
            header: read_header(&header)?,
            // A parent says which conversation a message belongs to. Clients
            // send `{}` for none, and jupyter_client's comm messages null.
            parent: serde_json::from_slice(&parent).ok(),
            metadata: serde_json::from_slice::<Map<String, Value>>(&metadata).unwrap_or_default(),
            content: serde_json::from_slice(&content)
                .map_err(|error| format!("the content is not JSON: {error}")),
            buffers: rest.collect(),
        })
    }
}

fn read_header(frame: &[u8]) -> Result<Header, WireError> {
    serde_json::from_slice(frame).map_err(|error| WireError::Unreadable {
        frame: "header",
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::connection::Transport;
    use proptest::prelude::*;
    use serde_json::json;

    fn connection(key: &str) -> Connection {
        Connection {
            transport: Transport::Tcp,
            ip: "127.0.0.1".to_owned(),
            shell_port: 1,
            iopub_port: 2,
            stdin_port: 3,
            control_port: 4,
            hb_port: 5,
            key: key.to_owned(),
            curve: None,
        }
    }

    fn message(code: &str, buffers: Vec<Vec<u8>>) -> Message {
        let mut message =
            Message::new("execute_request", "s", None, &json!({ "code": code })).unwrap();
        message.identities = vec![b"peer".to_vec()];
        message.buffers = buffers;
        message
    }

    fn encode(message: Message) -> Vec<Vec<u8>> {
        Encoder::new(&connection("key")).encode(message).unwrap()
    }

    fn decode(frames: Vec<Vec<u8>>) -> Result<Message, WireError> {
        Decoder::new(&connection("key")).decode(frames)
    }

    /// Frames with a valid signature over any four parts.
    fn signed(parts: [&[u8]; 4]) -> Vec<Vec<u8>> {
        let mut frames = vec![DELIMITER.to_vec(), Signer::new("key").sign(&parts)];
        frames.extend(parts.map(<[u8]>::to_vec));
        frames
    }

    #[test]
    fn hostile_frames_are_named_and_dropped() {
        let header = br#"{"msg_type":"execute_request","msg_id":"1"}"#;
        let deep = "[".repeat(100_000).into_bytes();
        let rows: Vec<(Vec<Vec<u8>>, &str)> = vec![
            (vec![], "delimiter"),
            (vec![b"peer".to_vec()], "delimiter"),
            (vec![DELIMITER.to_vec()], "cut short: 0"),
            (
                vec![DELIMITER.to_vec(), vec![], vec![], vec![], vec![]],
                "cut short: 4",
            ),
            (vec![DELIMITER.to_vec(); 7], "signature"),
            (
                vec![DELIMITER.to_vec(), vec![], vec![], vec![], vec![], vec![]],
                "signature",
            ),
            (
                vec![
                    DELIMITER.to_vec(),
                    b"zz".repeat(32),
                    b"{}".to_vec(),
                    vec![],
                    vec![],
                    vec![],
                ],
                "signature",
            ),
            (
                vec![
                    DELIMITER.to_vec(),
                    b"00".repeat(32),
                    b"{}".to_vec(),
                    vec![],
                    vec![],
                    vec![],
                ],
                "signature",
            ),
            (signed([b"", b"{}", b"{}", b"{}"]), "header"),
            (signed([b"{}", b"{}", b"{}", b"{}"]), "msg_type"),
            (signed([b"[1]", b"{}", b"{}", b"{}"]), "header"),
            (
                signed([b"{\"msg_type\":\"\xff\"}", b"{}", b"{}", b"{}"]),
                "header",
            ),
            (signed([&deep, b"{}", b"{}", b"{}"]), "header"),
        ];
        for (frames, expected) in rows {
            let error = decode(frames.clone()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error} should say {expected}");
        }
        // With a good header the client can still be told what is wrong.
        for content in [
            &b"\xff\xfe"[..],
            b"",
            b"{\"code\":\"\\ud800\"}",
            b"{",
            &deep,
        ] {
            let message = decode(signed([header, b"{}", b"{}", content])).unwrap();
            assert!(message.content.unwrap_err().contains("not JSON"));
        }
        for odd in [&b"null"[..], b"7", b"\xff", b""] {
            let message = decode(signed([header, odd, odd, b"{}"])).unwrap();
            assert!(message.parent.is_none() && message.metadata.is_empty());
        }
    }

    #[test]
    fn a_replay_is_dropped_also_in_upper_case() {
        let frames = encode(message("1", vec![]));
        let mut decoder = Decoder::new(&connection("key"));
        assert!(decoder.decode(frames.clone()).is_ok());
        assert_eq!(
            decoder.decode(frames.clone()).unwrap_err(),
            WireError::Replayed
        );
        let mut shouted = frames;
        shouted[2].make_ascii_uppercase();
        assert_eq!(decoder.decode(shouted).unwrap_err(), WireError::Replayed);
    }

    #[test]
    fn without_a_key_nothing_is_signed_or_remembered() {
        let frames = Encoder::new(&connection(""))
            .encode(message("1", vec![]))
            .unwrap();
        assert!(frames[2].is_empty());
        let mut decoder = Decoder::new(&connection(""));
        assert!(decoder.decode(frames.clone()).is_ok());
        assert!(decoder.decode(frames).is_ok());
    }

    proptest! {
        #[test]
        fn arbitrary_frames_never_panic(frames in proptest::collection::vec(
            prop_oneof![Just(DELIMITER.to_vec()), proptest::collection::vec(any::<u8>(), 0..64)], 0..12)) {
            prop_assert!(decode(frames.clone()).is_err());
            let _ = Decoder::new(&connection("")).decode(frames);
        }

        #[test]
        fn what_is_signed_is_read_back(code in ".*", buffers in proptest::collection::vec(any::<Vec<u8>>(), 0..4)) {
            let sent = message(&code, buffers);
            let received = decode(encode(sent.clone())).unwrap();
            prop_assert_eq!(received.identities, sent.identities);
            prop_assert_eq!(received.header, sent.header);
            prop_assert_eq!(received.content.unwrap(), sent.content.unwrap());
            prop_assert_eq!(received.buffers, sent.buffers);
        }

        #[test]
        fn one_flipped_bit_is_noticed(frame in 2usize..7, at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let mut frames = encode(message("let x = 1;", vec![]));
            let index = at.index(frames[frame].len());
            frames[frame][index] ^= 1 << bit;
            // In the signature frame a flip may only change the letter case.
            let same = frame == 2 && frames[2].eq_ignore_ascii_case(&encode_again(&frames));
            prop_assert_eq!(decode(frames).is_ok(), same);
        }
    }

    fn encode_again(frames: &[Vec<u8>]) -> Vec<u8> {
        Signer::new("key").sign(&frames[3..7])
    }
}
