//! One message, independent of the socket that carries it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::header::Header;

/// The socket on which a message arrived or will leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Shell,
    Control,
    Stdin,
}

/// A message, its signature checked.
#[derive(Debug, Clone)]
pub struct Message {
    /// On ROUTER sockets the route to the peer, on iopub the topic.
    pub identities: Vec<Vec<u8>>,
    pub header: Header,
    /// What the message answers or belongs to; `None` is written as `{}`.
    pub parent: Option<Header>,
    pub metadata: Map<String, Value>,
    /// The content, or why it could not be read. A client whose content is
    /// broken still gets a reply, since its header was good.
    pub content: Result<Value, String>,
    pub buffers: Vec<Vec<u8>>,
}

impl Message {
    /// A message that the kernel sends.
    ///
    /// # Errors
    /// When `content` has no JSON form.
    pub fn new<C: Serialize>(
        msg_type: &str,
        session: &str,
        parent: Option<&Header>,
        content: &C,
    ) -> Result<Self, serde_json::Error> {
        Ok(Message {
            identities: Vec::new(),
            header: Header::new(msg_type, session),
            parent: parent.cloned(),
            metadata: Map::new(),
            content: Ok(serde_json::to_value(content)?),
            buffers: Vec::new(),
        })
    }

    /// The content as the type that its message type promises.
    ///
    /// # Errors
    /// A sentence about the first field that does not fit.
    pub fn content_as<C: DeserializeOwned>(&self) -> Result<C, String> {
        let value = self.content.as_ref().map_err(Clone::clone)?;
        C::deserialize(value).map_err(|error| {
            format!(
                "the content of {} does not fit: {error}",
                self.header.msg_type
            )
        })
    }
}
