//! Text that is shown as it is, in Markdown.

/// A text between fences, which it cannot end early.
#[must_use]
pub fn fenced(text: &str) -> String {
    let ticks = |line: &str| line.chars().take_while(|c| *c == '`').count();
    let longest = text.lines().map(|line| ticks(line.trim_start())).max();
    let fence = "`".repeat(longest.map_or(3, |ticks| ticks + 1).max(3));
    format!("{fence}\n{text}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_any_in_the_text() {
        assert_eq!(fenced("a"), "```\na\n```");
        assert_eq!(fenced("  ````\na"), "`````\n  ````\na\n`````");
    }
}
