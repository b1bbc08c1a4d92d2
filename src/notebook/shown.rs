//! Text and pictures that say what they are: the last line of a cell, or an argument
//! of [`display`](super::display).

use std::fmt::Display;

use super::bundle::{MimeBundle, Rich};
use super::picture::Kind;

/// Makes a type of one text: how it is documented, its name, and its bundle.
macro_rules! text {
    ($(#[$about:meta])* $name:ident, $bundle:expr) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name<T>(pub T);

        impl<T: Display> Rich for $name<T> {
            fn mime_bundle(&self) -> MimeBundle {
                $bundle(self.0.to_string())
            }
        }

        impl<T: Display> $name<T> {
            /// Shows it as the result of a cell.
            pub fn evcxr_display(&self) {
                super::display(self);
            }
        }
    };
}

text!(
    /// Markdown.
    ///
    /// ```
    /// use twoaxes::notebook::{self, Markdown};
    ///
    /// notebook::display(&Markdown("**Amdahl**: $S = 1 / (1 - p + p / N)$"));
    /// ```
    Markdown,
    |text: String| MimeBundle::text(text.clone()).with_markdown(text)
);

text!(
    /// A formula, or text with formulas between `$`.
    ///
    /// ```
    /// use twoaxes::notebook::{self, Latex};
    ///
    /// notebook::display(&Latex(r"S = \frac{1}{1 - p + p/N}"));
    /// ```
    Latex,
    |text: String| MimeBundle::text(text.clone()).with_latex(text)
);

text!(
    /// HTML. Where none can be shown, it is the text between the tags.
    ///
    /// ```
    /// use twoaxes::notebook::{self, Html};
    ///
    /// notebook::display(&Html("<b>8</b> workers"));
    /// ```
    Html,
    |html: String| MimeBundle::text(between_tags(&html)).with_html(html)
);

text!(
    /// A drawing in SVG. Where none can be shown, it is its title.
    ///
    /// ```
    /// use twoaxes::notebook::{self, Svg};
    ///
    /// notebook::display(&Svg(
    ///     r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>a dot</title><circle r="4"/></svg>"#,
    /// ));
    /// ```
    Svg,
    |svg: String| MimeBundle::text(svg_words(&svg)).with_svg(svg)
);

text!(
    /// JSON text, shown as a tree that folds.
    ///
    /// ```
    /// use twoaxes::notebook::{self, Json};
    ///
    /// notebook::display(&Json(r#"{"workers": [1, 2, 4]}"#));
    /// ```
    Json,
    |json: String| MimeBundle::text(json.clone()).with_json(&json)
);

text!(
    /// A chart: the specification of Vega-Lite, version 5, in JSON.
    ///
    /// ```
    /// use twoaxes::notebook::{self, VegaLite};
    ///
    /// notebook::display(&VegaLite(r#"{
    ///     "title": "time of 8 tasks",
    ///     "data": {"values": [{"workers": 1, "time": 80}, {"workers": 2, "time": 40}]},
    ///     "mark": "bar",
    ///     "encoding": {"x": {"field": "workers"}, "y": {"field": "time", "type": "quantitative"}}
    /// }"#));
    /// ```
    VegaLite,
    |json: String| MimeBundle::text(chart_words(&json)).with_vega_lite(&json)
);

/// Makes a type of the bytes of a picture's file.
macro_rules! picture {
    ($(#[$about:meta])* $name:ident, $kind:expr, $with:ident) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name<T>(pub T);

        impl<T: AsRef<[u8]>> Rich for $name<T> {
            fn mime_bundle(&self) -> MimeBundle {
                let file = self.0.as_ref();
                match $kind.size(file) {
                    Some(_) => MimeBundle::text($kind.words(file)).$with(file),
                    None => MimeBundle::text("").$with(file),
                }
            }
        }

        impl<T: AsRef<[u8]>> $name<T> {
            /// Shows it as the result of a cell.
            pub fn evcxr_display(&self) {
                super::display(self);
            }
        }
    };
}

picture!(
    /// A PNG picture, the bytes of its file: `Png(std::fs::read("plot.png")?)`.
    ///
    /// For another width than its own there is [`MimeBundle::with_width`].
    Png,
    Kind::Png,
    with_png
);

picture!(
    /// A JPEG picture, the bytes of its file: `Jpeg(std::fs::read("photo.jpg")?)`.
    Jpeg,
    Kind::Jpeg,
    with_jpeg
);

/// The text of `html` without its tags, scripts and styles.
fn between_tags(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        if !tag.starts_with(|sign: char| sign.is_ascii_alphabetic() || "/!?".contains(sign)) {
            // Less than.
            text.push('<');
            rest = tag;
            continue;
        }
        let Some((tag, after)) = tag.split_once('>') else {
            // No tag: a lonely sign.
            text.push('<');
            rest = tag;
            continue;
        };
        let name: String = tag.chars().take_while(char::is_ascii_alphabetic).collect();
        let name = name.to_ascii_lowercase();
        rest = after;
        if matches!(name.as_str(), "script" | "style") {
            let end = after.to_ascii_lowercase().find(&format!("</{name}"));
            rest = &after[end.unwrap_or(after.len())..];
        }
    }
    text.push_str(rest);
    for (entity, sign) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, sign);
    }
    text.trim().to_owned()
}

fn svg_words(svg: &str) -> String {
    let title = svg.split_once("<title").and_then(|(_, rest)| {
        let (_, rest) = rest.split_once('>')?;
        Some(between_tags(rest.split_once("</title")?.0))
    });
    named("SVG picture", title)
}

fn chart_words(json: &str) -> String {
    let title = serde_json::from_str::<serde_json::Value>(json)
        .ok()
        .and_then(|chart| {
            let title = &chart["title"];
            let text = title.as_str().or_else(|| title["text"].as_str());
            text.or_else(|| chart["description"].as_str())
                .map(str::to_owned)
        });
    named("Vega-Lite chart", title)
}

fn named(what: &str, title: Option<String>) -> String {
    match title.filter(|title| !title.is_empty()) {
        Some(title) => format!("{what}: {title}"),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(value: &impl Rich) -> Vec<(String, String)> {
        let bundle = value.mime_bundle();
        bundle
            .forms()
            .map(|(mime, content)| (mime.to_owned(), content.to_owned()))
            .collect()
    }

    #[test]
    fn every_type_has_its_form_and_a_text() {
        let chart = r#"{"title": {"text": "Time"}, "mark": "bar"}"#;
        let svg = "<svg><title>a &lt; b</title></svg>";
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x01";
        let jpeg = b"\xff\xd8\xff\xc0\0\x11\x08\0\x01\0\x02\x03";
        for (found, mime, form, plain) in [
            (forms(&Markdown("*a*")), "text/markdown", "*a*", "*a*"),
            (
                forms(&Latex("x^2")),
                "text/latex",
                r"$\displaystyle x^2$",
                "x^2",
            ),
            (
                forms(&Latex("area $x^2$")),
                "text/latex",
                "area $x^2$",
                "area $x^2$",
            ),
            (forms(&Html("<b>a</b>")), "text/html", "<b>a</b>", "a"),
            (forms(&Svg(svg)), "image/svg+xml", svg, "SVG picture: a < b"),
            (forms(&Json("[1]")), "application/json", "[1]", "[1]"),
            (
                forms(&VegaLite(chart)),
                "application/vnd.vegalite.v5+json",
                chart,
                "Vega-Lite chart: Time",
            ),
            (
                forms(&Png(png)),
                "image/png",
                "iVBORw0KGgoAAAANSUhEUgAAAAIAAAAB",
                "PNG picture, 2×1",
            ),
            (
                forms(&Jpeg(jpeg.to_vec())),
                "image/jpeg",
                "/9j/wAARCAABAAID",
                "JPEG picture, 2×1",
            ),
        ] {
            let mut expected = [
                (mime.to_owned(), form.to_owned()),
                ("text/plain".to_owned(), plain.to_owned()),
            ];
            expected.sort();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_is_not_what_it_should_be_is_a_text_that_says_so() {
        for (found, words) in [
            (
                forms(&Json("{")),
                "{\nJSON is left out, for it is no JSON: EOF while parsing an object at line 1 column 1",
            ),
            (
                forms(&VegaLite("bar")),
                "Vega-Lite chart\nVega-Lite is left out, for it is no JSON: expected value at line 1 column 1",
            ),
            (
                forms(&Png("text")),
                "no PNG picture: 4 bytes that begin with [74 65 78 74] have no size",
            ),
        ] {
            assert_eq!(found, [("text/plain".to_owned(), words.to_owned())]);
        }
    }

    #[test]
    fn html_without_its_tags_is_what_a_reader_reads() {
        for (html, text) in [
            ("", ""),
            ("a &lt;b&gt; &amp;lt;", "a <b> &lt;"),
            ("<p class=\"x\">one</p> <p>two</p>", "one two"),
            ("a<script>if (x < 1) {}</SCRIPT>b<style>p {}</style>", "ab"),
            ("1 < 2", "1 < 2"),
            ("<script>never", ""),
        ] {
            assert_eq!(between_tags(html), text, "{html}");
        }
    }

    #[test]
    fn a_width_is_said_of_pictures_only() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x01";
        let bundle = Png(png).mime_bundle().with_html("<i>").with_width(320);
        let metadata = serde_json::Value::from(bundle.metadata().clone());
        assert_eq!(metadata, serde_json::json!({"image/png": {"width": 320}}));
    }
}
