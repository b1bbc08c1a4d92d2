//! `kernel_info_reply`: what this kernel is and speaks.

use super::Session;
use crate::protocol::messages::kernel_info::{HelpLink, KernelInfoReply, LanguageInfo};
use crate::protocol::{Channel, Message, PROTOCOL_VERSION};

impl Session {
    pub(super) fn kernel_info(&self, channel: Channel, request: &Message) {
        let version = env!("CARGO_PKG_VERSION");
        let reply = KernelInfoReply {
            status: "ok",
            protocol_version: PROTOCOL_VERSION,
            implementation: "twoaxes",
            implementation_version: version,
            language_info: LanguageInfo {
                name: "rust",
                version: &self.rust_version,
                mimetype: "text/rust",
                file_extension: ".rs",
                pygments_lexer: "rust",
                codemirror_mode: "rust",
                nbconvert_exporter: "script",
            },
            banner: format!("twoaxes {version}, a Rust {} kernel", self.rust_version),
            help_links: vec![
                HelpLink {
                    text: "The Rust Book",
                    url: "https://doc.rust-lang.org/book/",
                },
                HelpLink {
                    text: "The standard library",
                    url: "https://doc.rust-lang.org/std/",
                },
            ],
            debugger: false,
            supported_features: &[],
        };
        self.outbox.reply(channel, request, &reply);
    }
}
