//! The checksum by which nbgrader sees that a cell was changed.
//!
//! MD5, as nbgrader has it: it tells an accident, and nothing here believes it.

use md5::{Digest as _, Md5};
use serde_json::Value;

use crate::notebook::Cell;

/// Sets the checksum of a cell that has a part in the grading, over its text and
/// its role as they are now.
pub(super) fn set(cell: &mut Cell) {
    let Some(checksum) = checksum(cell) else {
        return;
    };
    if let Some(Value::Object(nbgrader)) = cell.metadata.get_mut("nbgrader") {
        nbgrader.insert("checksum".to_owned(), checksum.into());
    }
}

fn checksum(cell: &Cell) -> Option<String> {
    let nbgrader = cell.metadata.get("nbgrader")?;
    let flag = |name: &str| nbgrader.get(name).and_then(Value::as_bool) == Some(true);
    let (grade, solution) = (flag("grade"), flag("solution"));
    let locked = !solution && (grade || flag("locked"));
    if !grade && !solution && !locked {
        return None;
    }
    let mut digest = Md5::new();
    digest.update(&cell.source);
    digest.update(cell.kind.name());
    for flag in [grade, solution, locked] {
        // As Python writes them.
        digest.update(if flag { "True" } else { "False" });
    }
    digest.update(nbgrader.get("grade_id")?.as_str()?);
    if grade {
        // A number with a point, as Python writes a float.
        digest.update(format!("{:?}", nbgrader.get("points")?.as_f64()?));
    }
    let hash = digest.finalize();
    Some(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}
