//! `kernel_info_request`: what this kernel is and speaks.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct KernelInfoReply<'a> {
    pub status: &'static str,
    pub protocol_version: &'static str,
    pub implementation: &'static str,
    pub implementation_version: &'a str,
    pub language_info: LanguageInfo<'a>,
    pub banner: String,
    pub help_links: Vec<HelpLink>,
    /// Deprecated by `supported_features`, still read by JupyterLab.
    pub debugger: bool,
    /// Optional parts of the protocol; `debugger` and `kernel subshells` are
    /// the known names, and we have neither.
    pub supported_features: &'static [&'static str],
}

#[derive(Debug, Serialize)]
pub struct LanguageInfo<'a> {
    pub name: &'static str,
    pub version: &'a str,
    pub mimetype: &'static str,
    pub file_extension: &'static str,
    pub pygments_lexer: &'static str,
    pub codemirror_mode: &'static str,
    /// `script` is nbconvert's exporter for any language.
    pub nbconvert_exporter: &'static str,
}

#[derive(Debug, Serialize)]
pub struct HelpLink {
    pub text: &'static str,
    pub url: &'static str,
}
