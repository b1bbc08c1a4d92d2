//! A value in every form that a front end might show.

use std::collections::BTreeMap;

/// One value in several MIME types. Plain text is always among them, for front
/// ends and screen readers that can show nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MimeBundle {
    forms: BTreeMap<String, String>,
}

impl MimeBundle {
    /// A bundle with its `text/plain` form.
    pub fn text(plain: impl Into<String>) -> Self {
        Self {
            forms: BTreeMap::from([("text/plain".to_owned(), plain.into())]),
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
