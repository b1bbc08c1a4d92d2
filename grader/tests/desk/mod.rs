//! A desk for the tests: the command line, and folders that it works on.

#![allow(clippy::unwrap_used, clippy::panic, dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Two folders, `source` with one notebook in it and an `out` not yet made.
pub struct Desk {
    pub folder: TempDir,
}

impl Desk {
    pub fn with(cells: Value) -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(desk.source()).unwrap();
        fs::write(desk.source().join("a.ipynb"), notebook(cells)).unwrap();
        fs::write(desk.source().join("q.toml"), questions()).unwrap();
        desk
    }

    pub fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    pub fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    pub fn release(&self, more: &[&str]) -> Output {
        release_command(&self.source(), &self.out(), more)
    }

    pub fn made(&self) -> Value {
        serde_json::from_slice(&fs::read(self.out().join("a.ipynb")).unwrap()).unwrap()
    }
}

/// A question file with `q-1` to `q-9` to practise and the exam's `exam-1`.
pub fn questions() -> String {
    let choice = |id: &str| {
        format!(
            "[[question]]\nid = \"{id}\"\nkind = \"choice\"\nprompt = \"Which one?\"\nanswer = \"B\"\n\
             explanation = \"secret\"\nreference = \"secret\"\n\
             options = {{ A = {{ text = \"one\", hint = \"secret\" }}, B = {{ text = \"two\" }}, C = {{ text = \"three\", hint = \"secret\" }} }}\n"
        )
    };
    let practice: String = (1..=9)
        .map(|number| choice(&format!("q-{number}")))
        .collect();
    format!(
        "section = \"q\"\n{practice}{}feedback = \"later\"\n",
        choice("exam-1").replace(
            "explanation = \"secret\"",
            "explanation = \"secret: two cups are more than one\""
        )
    )
}

pub fn notebook(cells: Value) -> String {
    json!({
        "nbformat": 4, "nbformat_minor": 5, "cells": cells,
        "metadata": {"kernelspec": {"name": "twoaxes"}, "widgets": {"state": 1}, "mine": [1.5]},
    })
    .to_string()
}

pub fn code(id: &str, source: &str) -> Value {
    json!({
        "cell_type": "code", "id": id, "source": source, "execution_count": 3,
        "metadata": {"execution": {"iopub.status.busy": "now"}, "tags": ["mine"]},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "secret"}],
    })
}

pub fn release_command(source: &Path, out: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twoaxes-grader"))
        .arg("release")
        .arg(source)
        .arg("--out")
        .arg(out)
        .args(more)
        .output()
        .unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn markdown(id: &str, source: &str) -> Value {
    json!({"cell_type": "markdown", "id": id, "source": source, "metadata": {}})
}

pub fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twoaxes-grader"));
    command.args(arguments).output().unwrap()
}

pub fn source_of(notebook: &Value, index: usize) -> String {
    let lines = notebook["cells"][index]["source"].as_array().unwrap();
    lines.iter().map(|line| line.as_str().unwrap()).collect()
}
