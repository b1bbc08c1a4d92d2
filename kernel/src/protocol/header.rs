//! The header of a message: who says what kind of thing, and when.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::PROTOCOL_VERSION;

/// A message's header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    #[serde(default)]
    pub msg_id: String,
    pub msg_type: String,
    #[serde(default)]
    pub session: String,
    #[serde(default)]
    pub username: String,
    #[serde(default)]
    pub date: String,
    #[serde(default)]
    pub version: String,
    /// What else the client sent (`subshell_id`, for one): a reply's parent
    /// header must be the request's header as it was.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Header {
    /// A header for a message that the kernel sends now.
    #[must_use]
    pub fn new(msg_type: &str, session: &str) -> Self {
        Header {
            msg_id: uuid::Uuid::new_v4().to_string(),
            msg_type: msg_type.to_owned(),
            session: session.to_owned(),
            username: "kernel".to_owned(),
            date: format!("{:.6}", jiff::Timestamp::now()),
            version: PROTOCOL_VERSION.to_owned(),
            other: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_survive_and_only_the_type_is_required() {
        let text = r#"{"msg_type":"execute_request","subshell_id":"s"}"#;
        let header: Header = serde_json::from_str(text).unwrap();
        assert_eq!(header.other["subshell_id"], "s");
        assert_eq!(serde_json::to_value(&header).unwrap()["subshell_id"], "s");
        assert!(serde_json::from_str::<Header>("{}").is_err());
    }

    #[test]
    fn dates_are_iso_8601_with_microseconds() {
        let date = Header::new("status", "s").date;
        assert_eq!(date.len(), "2026-01-31T12:00:00.000000Z".len(), "{date}");
        assert!(date.ends_with('Z') && date.as_bytes()[10] == b'T', "{date}");
    }
}
