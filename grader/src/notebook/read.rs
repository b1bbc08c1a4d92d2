//! Reading a notebook: lenient about age, strict about shape.
//!
//! Lenient: `source` may be one string or a list of lines (the format allows
//! both), ids may be missing (files before nbformat 4.5, classic Notebook),
//! and unknown keys are kept. Everything else that the format does not allow is
//! an error that names the cell.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::{Map, Value};
use thiserror::Error;

use super::file::{Cell, CellKind, Notebook, Place};

/// The largest notebook that is read. A submission may be any file at all, and
/// one of many gigabytes must cost no more than this (some ten times as much
/// in memory, for a file of nothing but brackets).
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Why a file is not a notebook that we can use. The message says the cause, so
/// none is given as a source: whoever prints the chain would print it twice.
#[derive(Debug, Error)]
pub enum NotebookError {
    #[error("cannot be read: {0}")]
    Io(io::Error),
    #[error("is not an ordinary file")]
    NotAFile,
    #[error("has more than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("is not JSON: {0}")]
    Json(serde_json::Error),
    #[error("is not a notebook: {0}")]
    Shape(&'static str),
    #[error(
        "has notebook format {0}, and only format 4 can be read; open and save it in JupyterLab"
    )]
    Format(String),
    #[error("{0}: {1}")]
    Cell(Place, &'static str),
}

type Object = Map<String, Value>;

/// Reads the notebook at `path`.
///
/// # Errors
/// When the file is missing, too large, or not a notebook of format 4.
pub fn read(path: &Path) -> Result<Notebook, NotebookError> {
    parse(&ordinary_file(path)?)
}

/// The bytes of an ordinary file of a bearable size.
///
/// # Errors
/// When the file is missing, too large, or no ordinary file.
pub fn ordinary_file(path: &Path) -> Result<Vec<u8>, NotebookError> {
    // A named pipe would block for ever and a device never ends.
    let found = std::fs::metadata(path).map_err(NotebookError::Io)?;
    if !found.is_file() {
        return Err(NotebookError::NotAFile);
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(NotebookError::Io)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(NotebookError::TooLarge);
    }
    Ok(bytes)
}

/// Reads a notebook from the bytes of its file.
///
/// # Errors
/// When the bytes are not a notebook of format 4.
pub fn parse(bytes: &[u8]) -> Result<Notebook, NotebookError> {
    // Some editors begin a file with a mark of its byte order.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let value = serde_json::from_slice(bytes).map_err(NotebookError::Json)?;
    let Value::Object(mut file) = value else {
        return Err(NotebookError::Shape("the file is not a JSON object"));
    };
    let major = file.remove("nbformat");
    if major.as_ref().and_then(Value::as_u64) != Some(4) {
        let found = major.map_or_else(|| "missing".to_owned(), |value| value.to_string());
        return Err(NotebookError::Format(found));
    }
    let minor = file
        .remove("nbformat_minor")
        .and_then(|value| value.as_u64())
        .ok_or(NotebookError::Shape("`nbformat_minor` is not a number"))?;
    let Some(Value::Array(cells)) = file.remove("cells") else {
        return Err(NotebookError::Shape("`cells` is not a list"));
    };
    let metadata = take_object(&mut file, "metadata")
        .map_err(|()| NotebookError::Shape("`metadata` is not an object"))?;
    let cells = cells
        .into_iter()
        .enumerate()
        .map(|(index, value)| cell(index, value))
        .collect::<Result<_, _>>()?;
    Ok(Notebook {
        cells,
        metadata,
        minor,
        extra: file,
    })
}

fn cell(index: usize, value: Value) -> Result<Cell, NotebookError> {
    let Value::Object(mut object) = value else {
        let place = Place::of(index, None);
        return Err(NotebookError::Cell(place, "it is not a JSON object"));
    };
    let id = match object.remove("id") {
        None => None,
        Some(Value::String(id)) => Some(id),
        Some(_) => {
            let place = Place::of(index, None);
            return Err(NotebookError::Cell(place, "`id` is not a string"));
        }
    };
    let wrong = |what| NotebookError::Cell(Place::of(index, id.as_deref()), what);

    let kind = match object.remove("cell_type").as_ref().and_then(Value::as_str) {
        Some("code") => code(&mut object).map_err(wrong)?,
        Some("markdown") => CellKind::Markdown,
        Some("raw") => CellKind::Raw,
        _ => return Err(wrong("`cell_type` is none of code, markdown and raw")),
    };
    let source = text(object.remove("source"))
        .ok_or_else(|| wrong("`source` is neither a string nor a list of strings"))?;
    let metadata =
        take_object(&mut object, "metadata").map_err(|()| wrong("`metadata` is not an object"))?;
    Ok(Cell {
        kind,
        id,
        source,
        metadata,
        extra: object,
    })
}

fn code(object: &mut Object) -> Result<CellKind, &'static str> {
    let execution_count = match object.remove("execution_count") {
        None | Some(Value::Null) => None,
        Some(value) => Some(value.as_u64().ok_or("`execution_count` is not a number")?),
    };
    let outputs = match object.remove("outputs") {
        None => Vec::new(),
        Some(Value::Array(outputs)) => outputs,
        Some(_) => return Err("`outputs` is not a list"),
    };
    Ok(CellKind::Code {
        execution_count,
        outputs,
    })
}

/// One string, or a list of strings that are its pieces.
fn text(value: Option<Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text),
        Value::Array(pieces) => pieces.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn take_object(object: &mut Object, key: &str) -> Result<Object, ()> {
    match object.remove(key) {
        None => Ok(Object::new()),
        Some(Value::Object(inner)) => Ok(inner),
        Some(_) => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        let error = parse(json.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
    }

    fn with_cell(cell: &str) -> String {
        format!(r#"{{"nbformat": 4, "nbformat_minor": 5, "metadata": {{}}, "cells": [{cell}]}}"#)
    }

    #[test]
    fn what_is_no_notebook_is_refused_with_the_reason() {
        check("", "is not JSON");
        check("[]", "not a JSON object");
        check("{}", "format missing");
        check(r#"{"nbformat": 3}"#, "format 3");
        check(r#"{"nbformat": 4}"#, "nbformat_minor");
        check(r#"{"nbformat": 4, "nbformat_minor": 5}"#, "`cells`");
        check(&with_cell("7"), "cell 1: it is not a JSON object");
        check(
            &with_cell(r#"{"id": "a"}"#),
            r#"cell 1 (id "a"): `cell_type`"#,
        );
        check(
            &with_cell(r#"{"cell_type": "code", "source": 3}"#),
            "`source` is neither",
        );
        check(
            &with_cell(r#"{"cell_type": "code", "source": [], "outputs": 1}"#),
            "`outputs`",
        );
        check(
            &with_cell(r#"{"cell_type": "raw", "source": "", "metadata": 1}"#),
            "`metadata`",
        );
        check(r#"{"nbformat": 4, "x": "\ud800"}"#, "is not JSON");
        check(&"[".repeat(100_000), "recursion limit");
    }

    #[test]
    fn source_may_be_a_string_or_a_list() {
        for source in [r#""a\nb""#, r#"["a\n", "b"]"#] {
            let json = with_cell(&format!(
                r#"{{"cell_type": "markdown", "source": {source}}}"#
            ));
            let notebook = parse(json.as_bytes()).unwrap();
            assert_eq!(notebook.cells[0].source, "a\nb");
            assert_eq!(notebook.cells[0].id, None);
        }
    }

    #[test]
    fn what_is_not_a_plain_file_is_refused() {
        assert!(matches!(
            read(Path::new("/dev/null")),
            Err(NotebookError::NotAFile)
        ));
        assert!(matches!(
            read(Path::new("/nonexistent")),
            Err(NotebookError::Io(_))
        ));
    }
}
