//! The bit of Markdown that prompts, hints and comments use, as HTML: paragraphs, fenced
//! code, `` `code` ``, `**strong**` and `*stressed*` words. Everything goes
//! through maud, which lets no tag through.

use maud::{Markup, html};

/// A text of several paragraphs.
pub(super) fn text(markdown: &str) -> Markup {
    html! {
        @for block in blocks(markdown) {
            @match block {
                Block::Code(code) => pre { code { (code) } },
                Block::Prose(lines) => p { (inline(&lines)) },
            }
        }
    }
}

/// A text within a line.
pub(super) fn inline(text: &str) -> Markup {
    html! {
        @for (is_code, part) in spans(text) {
            @if is_code { code { (part) } } @else { (stressed(part)) }
        }
    }
}

/// A text of several paragraphs without its fences, for where nothing is shown
/// but text.
pub(super) fn plain(markdown: &str) -> String {
    let blocks = blocks(markdown).into_iter();
    let texts = blocks.map(|block| match block {
        Block::Prose(text) | Block::Code(text) => text,
    });
    texts.collect::<Vec<_>>().join("\n\n")
}

/// What stands between backticks, and what outside. One that is left over is a
/// backtick.
fn spans(text: &str) -> Vec<(bool, &str)> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, after)) = after.split_once('`') else {
            break;
        };
        spans.extend([(false, before), (true, code)]);
        rest = after;
    }
    spans.push((false, rest));
    spans
}

#[derive(Debug, PartialEq, Eq)]
enum Block {
    Prose(String),
    Code(String),
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut prose: Vec<&str> = Vec::new();
    let mut lines = markdown.lines();
    let end = |prose: &mut Vec<&str>, blocks: &mut Vec<Block>| {
        if !prose.is_empty() {
            blocks.push(Block::Prose(prose.join("\n")));
            prose.clear();
        }
    };
    while let Some(line) = lines.next() {
        if let Some(ticks) = fence(line) {
            end(&mut prose, &mut blocks);
            let closes = |line: &str| fence(line).is_some_and(|own| own >= ticks) && is_bare(line);
            let code = lines.by_ref().take_while(|line| !closes(line));
            blocks.push(Block::Code(code.collect::<Vec<_>>().join("\n")));
        } else if line.trim().is_empty() {
            end(&mut prose, &mut blocks);
        } else {
            prose.push(line);
        }
    }
    end(&mut prose, &mut blocks);
    blocks
}

/// How many backticks begin a line of a fence.
fn fence(line: &str) -> Option<usize> {
    let line = line.trim_start();
    let after = line.trim_start_matches('`');
    let ticks = line.len() - after.len();
    (ticks >= 3 && !after.contains('`')).then_some(ticks)
}

fn is_bare(line: &str) -> bool {
    line.trim().bytes().all(|byte| byte == b'`')
}

fn stressed(text: &str) -> Markup {
    html! {
        @for (stress, words) in pieces(text) {
            @match stress {
                Stress::None => (words),
                Stress::Some => em { (words) },
                Stress::Strong => strong { (words) },
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stress {
    None,
    Some,
    Strong,
}

/// The words between asterisks, and those outside. Asterisks with space beside
/// them are asterisks.
fn pieces(text: &str) -> Vec<(Stress, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('*') {
        let (before, from) = rest.split_at(at);
        let (mark, stress) = match from.starts_with("**") {
            true => ("**", Stress::Strong),
            false => ("*", Stress::Some),
        };
        let inside = from.get(mark.len()..).unwrap_or_default();
        match inside.split_once(mark) {
            Some((words, after)) if !words.is_empty() && words.trim() == words => {
                pieces.extend([(Stress::None, before), (stress, words)]);
                rest = after;
            }
            _ => {
                let (plain, after) = rest.split_at(at + mark.len());
                pieces.push((Stress::None, plain));
                rest = after;
            }
        }
    }
    pieces.push((Stress::None, rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_little_that_there_is() {
        let check = |markdown: &str, expected: &str| {
            assert_eq!(text(markdown).into_string(), expected, "{markdown}");
        };
        check("", "");
        check("a\nb\n\nc", "<p>a\nb</p><p>c</p>");
        check("x `a<b>` y", "<p>x <code>a&lt;b&gt;</code> y</p>");
        check(
            "who **is** *it*",
            "<p>who <strong>is</strong> <em>it</em></p>",
        );
        check("2 * 3 * 4", "<p>2 * 3 * 4</p>");
        check(
            "a\n```rust\nlet x = `1`;\n\n```\nb",
            "<p>a</p><pre><code>let x = `1`;\n</code></pre><p>b</p>",
        );
        check("```\nno end", "<pre><code>no end</code></pre>");
        check(
            "a\n  ```text\n  |\n```rust\n  ```\n  b",
            "<p>a</p><pre><code>  |\n```rust</code></pre><p>  b</p>",
        );
        check("````\n```\n````", "<pre><code>```</code></pre>");
        check(
            "```a``` b",
            "<p><code></code><code>a</code><code></code> b</p>",
        );
        check("one ` tick", "<p>one ` tick</p>");
        check(
            "<script>alert(1)</script>",
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
        );
    }

    #[test]
    fn as_text_there_are_no_fences() {
        assert_eq!(
            plain("Does not compile.\n\n```\n  --> x\n```\nb"),
            "Does not compile.\n\n  --> x\n\nb"
        );
        assert_eq!(plain("✘ a\n  Expected 1."), "✘ a\n  Expected 1.");
        assert_eq!(plain(""), "");
    }

    #[test]
    fn many_asterisks_take_no_time() {
        for piece in ["*a ", "*a*", "**", "* ", "**a"] {
            let text = piece.repeat(20_000);
            assert!(!stressed(&text).into_string().is_empty());
        }
    }
}
