//! Descriptions of names in the three forms that front ends read: plain text, HTML and
//! Markdown.

use pulldown_cmark::{Parser, html};

use super::interface::Inspection;

impl Inspection {
    /// What rust-analyzer tells on a hover. evcxr passes the Markdown on as HTML only, and a
    /// plain text without ends of lines behind headings.
    pub fn of_hover(html: String) -> Self {
        Self {
            plain: plain(&html),
            markdown: markdown(&html),
            html,
        }
    }

    /// A definition with its documentation in Markdown, and a remark.
    pub fn of_source(signature: &str, docs: &str, remark: &str) -> Self {
        let parts = [&format!("```rust\n{signature}\n```"), docs, remark];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let markdown = parts.join("\n\n");
        let mut html = String::new();
        html::push_html(&mut html, Parser::new(&markdown));
        let parts = [signature, docs, remark];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Self {
            plain: parts.join("\n\n"),
            html,
            markdown,
        }
    }
}

/// The documentation in `html` for a terminal: without links and marks, its blocks apart.
fn plain(html: &str) -> String {
    let mut parts = html.split('<');
    let mut text = unescaped(parts.next().unwrap_or_default());
    for part in parts {
        let (tag, behind) = part.split_once('>').unwrap_or((part, ""));
        let name = tag.split([' ', '/']).find(|part| !part.is_empty());
        match (name.unwrap_or_default(), tag.starts_with('/')) {
            ("li", false) => text.push_str("- "),
            ("p" | "pre" | "ul" | "ol", true) | ("hr", _) => end_block(&mut text),
            (heading, true) if level(heading).is_some() => end_block(&mut text),
            _ => {}
        }
        // Between two blocks the HTML has line ends of its own.
        let is_apart = text.is_empty() || text.ends_with("\n\n") || text.ends_with("- ");
        text.push_str(&unescaped(match is_apart {
            true => behind.trim_start_matches('\n'),
            false => behind,
        }));
    }
    text.trim().to_owned()
}

/// The Markdown that `html` was made of, as far as documentation needs it.
fn markdown(html: &str) -> String {
    let mut text = String::new();
    let mut links: Vec<String> = Vec::new();
    let mut in_block = false;
    let mut rest = html;
    while let Some((before, behind)) = rest.split_once('<') {
        // Between two blocks the HTML has line ends of its own.
        match text.ends_with("\n\n") {
            true => text.push_str(&unescaped(before.trim_start_matches('\n'))),
            false => text.push_str(&unescaped(before)),
        }
        let Some((tag, behind)) = behind.split_once('>') else {
            rest = behind;
            break;
        };
        rest = behind;
        let name = tag.split([' ', '/']).find(|part| !part.is_empty());
        let is_end = tag.starts_with('/');
        match (name.unwrap_or_default(), is_end) {
            ("pre", false) => in_block = true,
            ("pre", true) => {
                in_block = false;
                end_block(&mut text);
            }
            ("code", false) if in_block => {
                let language = tag.split_once("language-").map(|(_, rest)| rest);
                let language = language.map_or("", |rest| rest.trim_end_matches('"'));
                text.push_str(&format!("```{language}\n"));
            }
            ("code", true) if in_block => text.push_str("```"),
            ("code", _) => text.push('`'),
            ("em", _) => text.push('*'),
            ("strong", _) => text.push_str("**"),
            ("li", false) => text.push_str("- "),
            ("hr", _) => {
                text.push_str("---");
                end_block(&mut text);
            }
            ("a", false) => {
                let to = tag.split_once("href=\"").map(|(_, rest)| rest);
                let to = to.and_then(|rest| rest.split('"').next());
                links.push(unescaped(to.unwrap_or_default()));
                text.push('[');
            }
            ("a", true) => {
                let to = links.pop().unwrap_or_default();
                text.push_str(&format!("]({to})"));
            }
            (heading, false) if level(heading).is_some() => {
                text.push_str(&"#".repeat(level(heading).unwrap_or(1)));
                text.push(' ');
            }
            ("p" | "ul" | "ol", true) => end_block(&mut text),
            (heading, true) if level(heading).is_some() => end_block(&mut text),
            // Its text is enough.
            _ => {}
        }
    }
    text.push_str(&unescaped(rest));
    text.trim().to_owned()
}

/// Leaves one blank line behind what was written.
fn end_block(text: &mut String) {
    text.truncate(text.trim_end_matches('\n').len());
    text.push_str("\n\n");
}

fn level(tag: &str) -> Option<usize> {
    let digit = tag.strip_prefix('h')?;
    digit.parse().ok().filter(|level| (1..=6).contains(level))
}

fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (entity, sign) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, sign);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_comes_back_from_the_html_that_it_was_made_into() {
        for text in [
            "one\n\ntwo",
            "```rust\nfn f<T>() -> &'static str\n```\n\n---\n\nSays `a < b`, *b* and **c**.",
            "# Examples\n\n- one\n- two",
            "See [`Vec`](https://doc.rust-lang.org/?a=1&b=2).",
            "",
        ] {
            let mut html = String::new();
            html::push_html(&mut html, Parser::new(text));
            assert_eq!(markdown(&html), text, "by {html}");
        }
    }

    #[test]
    fn plain_text_has_its_blocks_apart() {
        for (markdown, expected) in [
            (
                "```rust\nfn f()\n```\n\n---\n\nSays `a`, *b* and [`c`](https://d).\nMore.",
                "fn f()\n\nSays a, b and c.\nMore.",
            ),
            (
                "# Examples\n\n```\nlet v = 1;\n\nf(v);\n```\n\n# Panics\n\nNever.",
                "Examples\n\nlet v = 1;\n\nf(v);\n\nPanics\n\nNever.",
            ),
            ("Two:\n\n- a\n- `b`\n\nEnd.", "Two:\n\n- a\n- b\n\nEnd."),
            ("[`a::<T>`](b)() > 0", "a::<T>() > 0"),
            ("[a::\\<T>](b)", "a::<T>"),
            ("", ""),
        ] {
            let mut html = String::new();
            html::push_html(&mut html, Parser::new(markdown));
            assert_eq!(plain(&html), expected, "{html}");
        }
    }

    #[test]
    fn a_definition_has_three_forms() {
        let found = Inspection::of_source("fn f()", "Does **it**.", "(by name)");
        assert_eq!(found.plain, "fn f()\n\nDoes **it**.\n\n(by name)");
        assert_eq!(
            found.markdown,
            "```rust\nfn f()\n```\n\nDoes **it**.\n\n(by name)"
        );
        assert!(found.html.contains("<strong>it</strong>"), "{}", found.html);
    }
}
