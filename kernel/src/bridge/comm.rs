//! Comms: channels between running code and what a front end shows of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// Something that happens to a comm, in either direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommEvent {
    /// The comm's id, which its opener has made up.
    pub comm: String,
    pub action: CommAction,
    #[serde(default)]
    pub data: Value,
    #[serde(default)]
    pub metadata: Map<String, Value>,
    #[serde(default)]
    pub buffers: Vec<Buffer>,
}

/// What happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommAction {
    /// It is opened, for whoever is known at the other end by the name `target`.
    Open {
        target: String,
    },
    Message,
    Close,
}

/// Binary data beside the JSON of a message. In a frame it is base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buffer(pub Vec<u8>);

impl Serialize for Buffer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        STANDARD.encode(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Buffer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_as_they_were_sent() {
        for bytes in [vec![], vec![0], vec![0, 255, 10, 13], vec![7; 1000]] {
            let text = serde_json::to_string(&Buffer(bytes.clone())).unwrap();
            let back: Buffer = serde_json::from_str(&text).unwrap();
            assert_eq!(back.0, bytes);
        }
        assert!(serde_json::from_str::<Buffer>("\"no base64!\"").is_err());
    }
}
