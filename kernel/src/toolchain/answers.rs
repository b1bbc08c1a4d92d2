//! What rust-analyzer asks cargo and rustc at each start, answered once.
//!
//! The answers depend on the compiler alone, and a helper library is only good
//! for one compiler. So `build-library` records them, and the stand-in gives
//! them without a process of rustc.
//!
//! May use nothing of the kernel. It must never answer another question.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

const FILE: &str = "compiler.json";

/// What `rustc` and `cargo` say, by their arguments.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answers(BTreeMap<String, String>);

impl Answers {
    /// Asks the compiler on `PATH`, which is for `host`.
    pub(super) fn record(host: &str) -> anyhow::Result<Self> {
        // As cargo would call it: with the channel's check off, for one of them.
        let specification = "-Z unstable-options --print target-spec-json --target";
        let asked = [
            ("cargo", "--version".to_owned(), "--version".to_owned()),
            (
                "rustc",
                "--print sysroot".to_owned(),
                "--print sysroot".to_owned(),
            ),
            (
                "rustc",
                format!("--print cfg -O --target {host}"),
                format!("rustc -Z unstable-options --print cfg --target {host} -- -O"),
            ),
            (
                "rustc",
                format!("{specification} {host}"),
                format!("rustc {specification} {host} -- -Z unstable-options"),
            ),
        ];
        let mut answers = BTreeMap::new();
        for (program, arguments, question) in asked {
            answers.insert(question, ask(program, &arguments)?);
        }
        Ok(Self(answers))
    }

    /// Those of the library in `directory`.
    pub(super) fn read(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join(FILE);
        let text = fs::read(&path)
            .with_context(|| format!("cannot read {} (run ./install.sh)", path.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged (run ./install.sh)", path.display()))
    }

    pub(super) fn write(&self, directory: &Path) -> anyhow::Result<()> {
        let path = directory.join(FILE);
        fs::write(&path, serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// The answer to a call with these arguments, if it is known.
    pub(super) fn get(&self, arguments: &[impl AsRef<std::ffi::OsStr>]) -> Option<&str> {
        let words: Option<Vec<&str>> = arguments
            .iter()
            .map(|argument| argument.as_ref().to_str())
            .collect();
        self.0.get(&words?.join(" ")).map(String::as_str)
    }
}

fn ask(program: &str, arguments: &str) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(arguments.split(' '))
        .env("RUSTC_BOOTSTRAP", "1")
        .output()
        .with_context(|| format!("cannot run {program} (is Rust installed?)"))?;
    if !output.status.success() {
        bail!(
            "`{program} {arguments}` failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_recorded_is_answered() {
        let recorded = BTreeMap::from([("--print sysroot".to_owned(), "/here\n".to_owned())]);
        let answers = Answers(recorded);
        for (arguments, expected) in [
            (&["--print", "sysroot"][..], Some("/here\n")),
            (&["--print", "cfg"], None),
            (&[], None),
        ] {
            assert_eq!(answers.get(arguments), expected, "{arguments:?}");
        }
    }
}
