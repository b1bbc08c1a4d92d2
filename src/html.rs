//! Text into HTML: escaping, and the one bit of markup that our texts use.
//!
//! Private to the crate and on the level below `plot` and `quiz`, which write
//! HTML. It uses nothing and never lets text through unescaped.

/// `text` as it may stand in an element or in a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Neither HTML nor XML can hold these in any form.
            control if control.is_control() && control != '\n' => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

/// Escaped text in which `` `code` `` becomes a code element and `*words*`
/// stand out.
pub(crate) fn prose(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            html.push_str(&format!("<code style=\"{CODE}\">{}</code>", escape(part)));
        } else {
            html.push_str(&emphasised(part));
        }
    }
    html
}

/// Cards are light in any theme; a front end's dark one would make code dark.
const CODE: &str = "background:#f2f2f2;color:#1a1a1a";

/// Asterisks with space beside them are asterisks.
fn emphasised(text: &str) -> String {
    let Some((before, rest)) = text.split_once('*') else {
        return escape(text);
    };
    match rest.split_once('*') {
        Some((words, after)) if !words.is_empty() && words.trim() == words => {
            format!(
                "{}<em>{}</em>{}",
                escape(before),
                escape(words),
                emphasised(after)
            )
        }
        _ => format!("{}*{}", escape(before), emphasised(rest)),
    }
}

/// A short name made from `content`: the same for the same content, on every
/// machine (FNV-1a, 64 bit). Elements that refer to each other use it, so that
/// two different figures on one page never share an id.
pub(crate) fn fingerprint(content: &str) -> String {
    let hash = content
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("tx{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_cannot_get_through() {
        let check = |input: &str, expected: &str| {
            let plain = prose(input).replace(&format!(" style=\"{CODE}\""), "");
            assert_eq!(plain, expected);
        };
        check("a < b & c", "a &lt; b &amp; c");
        check("\"x\" 'y'", "&quot;x&quot; &#39;y&#39;");
        check("call `f(&x)` now", "call <code>f(&amp;x)</code> now");
        check("a\0b\u{1b}c\nd", "a b c\nd");
        check("`<script>`", "<code>&lt;script&gt;</code>");
        check("who *stands by* waits", "who <em>stands by</em> waits");
        check("3 * 4 * 5, `*p`, 2*", "3 * 4 * 5, <code>*p</code>, 2*");
        check("*<i>* **", "<em>&lt;i&gt;</em> **");
    }

    #[test]
    fn fingerprints_tell_contents_apart() {
        assert_eq!(fingerprint("a"), fingerprint("a"));
        assert_ne!(fingerprint("a"), fingerprint("b"));
    }
}
