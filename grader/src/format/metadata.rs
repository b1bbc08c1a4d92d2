//! The metadata that a source notebook keeps, and the roles of its cells.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::notebook::Cell;

/// What a cell is for, as nbgrader's schema 3 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Graded {
    ReadOnly,
    Answer,
    /// Worth so many points.
    Tests(u32),
}

/// The keys of what a notebook says about itself.
pub(crate) const NOTEBOOK: [&str; 2] = ["kernelspec", "language_info"];

/// What a notebook of this course says about itself, and nothing else.
pub(super) fn of_notebook(metadata: &mut Map<String, Value>) {
    metadata.clear();
    metadata.insert(
        "kernelspec".to_owned(),
        json!({"display_name": "Rust (twoaxes)", "language": "rust", "name": "twoaxes"}),
    );
    metadata.insert(
        "language_info".to_owned(),
        json!({
            "codemirror_mode": "rust", "file_extension": ".rs", "mimetype": "text/rust",
            "name": "rust", "pygments_lexer": "rust",
        }),
    );
}

/// The keys of a cell that somebody wrote on purpose: what it is for, tags, and
/// whether JupyterLab folds it away.
const KEPT: [&str; 3] = ["nbgrader", "tags", "jupyter"];

/// Takes out what runs and tools have left.
pub(crate) fn of_cell(metadata: &mut Map<String, Value>) {
    metadata.retain(|key, _| KEPT.contains(&key.as_str()));
    if let Some(Value::Object(nbgrader)) = metadata.get_mut("nbgrader") {
        nbgrader.remove("checksum");
    }
}

/// Whether a cell's answer is marked by a person: graded, and the student's.
pub(super) fn is_marked_by_hand(metadata: &Map<String, Value>) -> bool {
    let flag = |name: &str| {
        let nbgrader = metadata.get("nbgrader")?;
        nbgrader.get(name)?.as_bool()
    };
    flag("grade") == Some(true) && flag("solution") == Some(true)
}

/// Gives a cell its role. It keeps its id, under which gradebooks know it.
pub(super) fn set_role(cell: &mut Cell, graded: Graded) {
    let (grade, solution, locked, points) = match graded {
        Graded::ReadOnly => (false, false, true, None),
        Graded::Answer => (false, true, false, None),
        Graded::Tests(points) => (true, false, true, Some(points)),
    };
    let mut role = json!({
        "cell_type": cell.kind.name(), "grade": grade, "grade_id": cell.id, "locked": locked,
        "schema_version": 3, "solution": solution, "task": false,
    });
    if let (Some(points), Some(role)) = (points, role.as_object_mut()) {
        role.insert("points".to_owned(), points.into());
    }
    cell.metadata.insert("nbgrader".to_owned(), role);
}

/// Cells without an id get one: the same for the same text at every call.
pub(super) fn give_ids(cells: &mut [Cell]) {
    let mut taken: HashSet<String> = cells.iter().filter_map(|cell| cell.id.clone()).collect();
    // How many cells without an id have begun with the same words.
    let mut alike: HashMap<String, u32> = HashMap::new();
    for cell in cells.iter_mut().filter(|cell| cell.id.is_none()) {
        let base = slug(&cell.source);
        let number = alike.entry(base.clone()).or_insert(0);
        let id = loop {
            *number += 1;
            let id = match *number {
                1 => base.clone(),
                more => format!("{base}-{more}"),
            };
            if taken.insert(id.clone()) {
                break id;
            }
        };
        if let Some(Value::Object(nbgrader)) = cell.metadata.get_mut("nbgrader") {
            nbgrader.insert("grade_id".to_owned(), id.as_str().into());
        }
        cell.id = Some(id);
    }
}

/// The first words of a text as an id.
fn slug(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let id: Vec<String> = words.take(4).map(str::to_ascii_lowercase).collect();
    let id: String = id.join("-").chars().take(40).collect();
    match id.is_empty() {
        true => "cell".to_owned(),
        false => id,
    }
}
