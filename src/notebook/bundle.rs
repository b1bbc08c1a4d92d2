//! A value in every form that a front end might show.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::picture::Kind;

/// One value in several MIME types. Plain text is always among them, for front
/// ends and screen readers that can show nothing else.
///
/// ```
/// use twoaxes::notebook::{self, MimeBundle};
///
/// let shown = MimeBundle::text("one half").with_latex(r"$\frac12$").with_json(r#"{"half": 0.5}"#);
/// notebook::display(&shown);
/// ```
///
/// What turns out not to be what it should (JSON that does not parse, a PNG picture
/// that is none) is left out, and the plain text says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MimeBundle {
    forms: BTreeMap<String, String>,
    metadata: Map<String, Value>,
}

impl MimeBundle {
    /// A bundle with its `text/plain` form.
    pub fn text(plain: impl Into<String>) -> Self {
        Self {
            forms: BTreeMap::from([(PLAIN.to_owned(), plain.into())]),
            metadata: Map::new(),
        }
    }

    /// Adds the form of type `mime`, for example `image/svg+xml`.
    #[must_use]
    pub fn with(mut self, mime: impl Into<String>, content: impl Into<String>) -> Self {
        self.forms.insert(mime.into(), content.into());
        self
    }

    /// Adds the HTML form.
    #[must_use]
    pub fn with_html(self, html: impl Into<String>) -> Self {
        self.with("text/html", html)
    }

    /// Adds the SVG form.
    #[must_use]
    pub fn with_svg(self, svg: impl Into<String>) -> Self {
        self.with("image/svg+xml", svg)
    }

    /// Adds the Markdown form.
    #[must_use]
    pub fn with_markdown(self, markdown: impl Into<String>) -> Self {
        self.with("text/markdown", markdown)
    }

    /// Adds the LaTeX form: text with formulas between `$`, `$$`, `\(` or `\[`, or one
    /// formula alone.
    #[must_use]
    pub fn with_latex(self, latex: impl Into<String>) -> Self {
        let mut latex = latex.into();
        let delimiters = ["$", r"\(", r"\[", r"\begin"];
        if !delimiters.iter().any(|delimiter| latex.contains(delimiter)) {
            latex = format!(r"$\displaystyle {}$", latex.trim());
        }
        self.with("text/latex", latex)
    }

    /// Adds the JSON form, which front ends show as a tree that folds.
    #[must_use]
    pub fn with_json(self, json: &str) -> Self {
        self.with_value("application/json", "JSON", json)
    }

    /// Adds a chart of Vega-Lite, version 5, from its specification in JSON.
    #[must_use]
    pub fn with_vega_lite(self, specification: &str) -> Self {
        let mime = "application/vnd.vegalite.v5+json";
        self.with_value(mime, "Vega-Lite", specification)
    }

    /// Adds a PNG picture, the bytes of its file.
    #[must_use]
    pub fn with_png(self, file: &[u8]) -> Self {
        self.with_picture(Kind::Png, file)
    }

    /// Adds a JPEG picture, the bytes of its file.
    #[must_use]
    pub fn with_jpeg(self, file: &[u8]) -> Self {
        self.with_picture(Kind::Jpeg, file)
    }

    /// Says how wide its PNG and JPEG pictures are to be, in pixels of the page: half of
    /// what they have makes them sharp on a fine screen.
    #[must_use]
    pub fn with_width(mut self, width: u32) -> Self {
        for kind in [Kind::Png, Kind::Jpeg] {
            if self.forms.contains_key(kind.mime()) {
                let metadata = serde_json::json!({ "width": width });
                self.metadata.insert(kind.mime().to_owned(), metadata);
            }
        }
        self
    }

    /// The form of type `mime`, if the bundle has it.
    pub fn get(&self, mime: &str) -> Option<&str> {
        self.forms.get(mime).map(String::as_str)
    }

    /// Every form as (MIME type, content), ordered by type.
    pub fn forms(&self) -> impl Iterator<Item = (&str, &str)> {
        self.forms
            .iter()
            .map(|(mime, content)| (mime.as_str(), content.as_str()))
    }

    /// Shows it as the result of a cell.
    pub fn evcxr_display(&self) {
        super::display(self);
    }

    /// What front ends are told about single forms, by MIME type.
    pub(super) fn metadata(&self) -> &Map<String, Value> {
        &self.metadata
    }

    fn with_value(self, mime: &str, name: &str, json: &str) -> Self {
        match serde_json::from_str::<Value>(json) {
            Ok(value) if depth(&value) > DEEPEST => self.without(&format!(
                "{name} is left out, for it is nested more than {DEEPEST} levels deep"
            )),
            Ok(_) => self.with(mime, json),
            Err(error) => self.without(&format!("{name} is left out, for it is no JSON: {error}")),
        }
    }

    fn with_picture(self, kind: Kind, file: &[u8]) -> Self {
        match kind.size(file) {
            Some(_) => self.with(kind.mime(), STANDARD.encode(file)),
            None => self.without(&kind.refusal(file)),
        }
    }

    /// Says in the plain text what is missing.
    fn without(mut self, words: &str) -> Self {
        let plain = self.forms.entry(PLAIN.to_owned()).or_default();
        if !plain.is_empty() {
            plain.push('\n');
        }
        plain.push_str(words);
        self
    }
}

const PLAIN: &str = "text/plain";

/// Deeper JSON does not reach a front end: readers on the way stop at 128 levels.
const DEEPEST: usize = 100;

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(values) => values.iter().map(depth).max(),
        Value::Object(values) => values.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or_default()
}

/// A value that a notebook shows as more than its `Debug` text.
///
/// Types that implement it also have an inherent
/// `pub fn evcxr_display(&self) { notebook::display(self) }`, which evcxr and
/// our kernel call on the last expression of a cell.
pub trait Rich {
    /// The value in every form it has.
    fn mime_bundle(&self) -> MimeBundle;
}

impl Rich for MimeBundle {
    fn mime_bundle(&self) -> MimeBundle {
        self.clone()
    }
}
