//! Writing a notebook, byte for byte as Jupyter's own `nbformat` writes it:
//! sorted keys, one space of indent, text as a list of lines, a newline at the
//! end. A notebook that a student opens and saves without a change then shows
//! no difference.

use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value};

use super::file::{Cell, CellKind, Notebook};

/// The notebook as the text of its file.
///
/// # Errors
/// Never for a notebook that [`super::parse`] returned; the type is that of the
/// serializer.
pub fn to_json(notebook: &Notebook) -> Result<String, serde_json::Error> {
    let mut file = notebook.extra.clone();
    let cells = notebook.cells.iter().map(cell).collect();
    file.insert("cells".to_owned(), Value::Array(cells));
    file.insert("metadata".to_owned(), notebook.metadata.clone().into());
    file.insert("nbformat".to_owned(), 4.into());
    file.insert("nbformat_minor".to_owned(), notebook.minor.into());
    let mut file = Value::Object(file);
    // A no-op unless some crate of the workspace turns `preserve_order` on.
    file.sort_all_objects();

    let mut bytes = Vec::new();
    let indent = PrettyFormatter::with_indent(b" ");
    file.serialize(&mut Serializer::with_formatter(&mut bytes, indent))?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

fn cell(cell: &Cell) -> Value {
    let mut object: Map<String, Value> = cell.extra.clone();
    object.insert("cell_type".to_owned(), cell.kind.name().into());
    if let Some(id) = &cell.id {
        object.insert("id".to_owned(), id.as_str().into());
    }
    object.insert("metadata".to_owned(), cell.metadata.clone().into());
    object.insert("source".to_owned(), lines(&cell.source).into());
    if let CellKind::Code {
        execution_count,
        outputs,
    } = &cell.kind
    {
        object.insert("execution_count".to_owned(), (*execution_count).into());
        object.insert("outputs".to_owned(), outputs.clone().into());
    }
    Value::Object(object)
}

/// The text in lines, each with its end, as Python's `splitlines` cuts it.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = line_end(rest) {
        let (line, after) = rest.split_at(end);
        lines.push(line);
        rest = after;
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// The number of bytes up to and with the first line end.
fn line_end(text: &str) -> Option<usize> {
    let (at, end) = text.char_indices().find(|(_, c)| is_line_end(*c))?;
    let after = at + end.len_utf8();
    let crlf = end == '\r' && text.get(after..)?.starts_with('\n');
    Some(after + usize::from(crlf))
}

/// The characters that end a line for Python.
fn is_line_end(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse;
    use super::*;

    #[test]
    fn lines_are_cut_as_python_cuts_them() {
        let check = |text, expected: &[&str]| assert_eq!(lines(text), expected);
        check("", &[]);
        check("a", &["a"]);
        check("a\n", &["a\n"]);
        check("a\n\nb", &["a\n", "\n", "b"]);
        check("a\r\nb\rc", &["a\r\n", "b\r", "c"]);
        check("a\u{2028}b\u{b}c", &["a\u{2028}", "b\u{b}", "c"]);
    }

    #[test]
    fn a_notebook_is_written_as_jupyter_writes_it() {
        let json = concat!(
            "{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n",
            "   \"execution_count\": null,\n   \"id\": \"a\",\n   \"metadata\": {},\n",
            "   \"outputs\": [],\n   \"source\": [\n    \"1 +\\n\",\n    \"é\"\n   ]\n  }\n ],\n",
            " \"metadata\": {\n  \"a\": 1.0,\n  \"b\": {}\n },\n",
            " \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n",
        );
        let notebook = parse(json.as_bytes()).unwrap();
        assert_eq!(to_json(&notebook).unwrap(), json);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                any_object(inner).prop_map(Value::Object),
            ]
        })
    }

    fn any_object(
        value: impl Strategy<Value = Value>,
    ) -> impl Strategy<Value = Map<String, Value>> {
        prop::collection::btree_map("x[a-z]{0,4}", value, 0..4)
            .prop_map(|map| map.into_iter().collect())
    }

    pub(crate) fn any_cell() -> impl Strategy<Value = Cell> {
        let code = (
            any::<Option<u64>>(),
            prop::collection::vec(any_json(), 0..3),
        )
            .prop_map(|(execution_count, outputs)| CellKind::Code {
                execution_count,
                outputs,
            });
        let kind = prop_oneof![code, Just(CellKind::Markdown), Just(CellKind::Raw)];
        (
            kind,
            any::<Option<String>>(),
            any::<String>(),
            any_object(any_json()),
            any_object(any_json()),
        )
            .prop_map(|(kind, id, source, metadata, extra)| Cell {
                kind,
                id,
                source,
                metadata,
                extra,
            })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(
            cells in prop::collection::vec(any_cell(), 0..4),
            metadata in any_object(any_json()),
            extra in any_object(any_json()),
            minor in 0_u64..10,
        ) {
            let notebook = Notebook { cells, metadata, minor, extra };
            let json = to_json(&notebook).unwrap();
            prop_assert_eq!(parse(json.as_bytes()).unwrap(), notebook);
        }

        #[test]
        fn lines_join_to_the_text(text in any::<String>()) {
            prop_assert_eq!(lines(&text).concat(), text);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>()) {
            let _ = parse(&bytes);
        }
    }
}
