//! Asking the person at the notebook for a line.

use std::io::Write;

use serde_json::{Value, json};
use thiserror::Error;

use super::channel;

/// Why there is no line.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InputError {
    /// The front end cannot ask, or the cell was interrupted meanwhile.
    #[error("no input: {0}")]
    Refused(String),
    /// Outside our kernel: standard input cannot be read.
    #[error("no input: standard input cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

/// Shows `prompt`, waits for a line and returns it without its line end.
///
/// # Errors
/// When the front end cannot ask (a notebook that is run unattended), or the
/// wait is interrupted.
pub fn input(prompt: &str) -> Result<String, InputError> {
    ask(prompt, false)
}

/// As [`input`], with what is typed kept from being seen.
///
/// # Errors
/// As [`input`].
pub fn password(prompt: &str) -> Result<String, InputError> {
    ask(prompt, true)
}

fn ask(prompt: &str, password: bool) -> Result<String, InputError> {
    let question = json!({"type": "input", "prompt": prompt, "password": password});
    match channel::ask(&question) {
        Some(reply) => answer(&reply),
        None => read_line(prompt),
    }
}

fn answer(reply: &Value) -> Result<String, InputError> {
    match reply["text"].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(InputError::Refused(
            reply["reason"]
                .as_str()
                .unwrap_or("the kernel gave no reason")
                .to_owned(),
        )),
    }
}

fn read_line(prompt: &str) -> Result<String, InputError> {
    print!("{prompt}");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_a_line_or_a_reason() {
        assert_eq!(answer(&json!({"type": "line", "text": "7"})).unwrap(), "7");
        let refused = answer(&json!({"type": "refused", "reason": "no front end"}));
        assert_eq!(refused.unwrap_err().to_string(), "no input: no front end");
    }
}
