//! A question as the Markdown that stands above its answer in a notebook, so
//! that it can be read without running anything.

use super::bank::{Feedback, Form, Question};

impl Question {
    /// The whole question: heading, prompt, code, options, and how to answer.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("### Question {}\n\n{}\n", self.name(), self.prompt);
        if let Some(code) = &self.code {
            let fence = fence(code);
            text.push_str(&format!("\n{fence}rust\n{code}\n{fence}\n"));
        }
        let options: String = self
            .lettered()
            .map(|(letter, option)| format!("- **{letter}.** {option}\n"))
            .collect();
        if !options.is_empty() {
            text.push_str(&format!("\n{options}"));
        }
        text.push_str(&format!("\nReplace the `?` by {}.", as_code(&self.how())));
        if let Form::Predict { .. } = self.form {
            text.push_str(" Then run the next cell: it measures.");
        }
        if self.feedback == Feedback::Later {
            text.push_str(" You learn with your grade whether it is right.");
        }
        text
    }
}

/// A fence that is longer than any in the code.
fn fence(code: &str) -> String {
    let ticks = |line: &str| line.chars().take_while(|c| *c == '`').count();
    let longest = code.lines().map(|line| ticks(line.trim_start())).max();
    "`".repeat(longest.map_or(3, |ticks| ticks + 1).max(3))
}

/// What stands between quotes, quotes and all, as code.
fn as_code(text: &str) -> String {
    let mut made = String::new();
    for (index, part) in text.split('"').enumerate() {
        match index % 2 {
            0 => made.push_str(part),
            _ => made.push_str(&format!("`\"{part}\"`")),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::fence;

    #[test]
    fn code_cannot_end_its_fence() {
        assert_eq!(fence("let a = 1;"), "```");
        assert_eq!(fence("/// ```\n/// a\n/// ```"), "```");
        assert_eq!(fence("  ````\n"), "`````");
    }
}
