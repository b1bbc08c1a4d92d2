//! What a cell is for, from nbgrader's metadata (schema 3), which is the form
//! that instructors' other tools read and write.

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

/// What a cell is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Text or code without a part in the grading.
    Plain,
    /// A cell that students are not to change.
    ReadOnly,
    /// The student's work, checked by a [`Role::Tests`] cell or by its quiz.
    Answer,
    /// Code that checks, worth points.
    Tests,
    /// The student's work, scored by a person.
    ManualAnswer,
    /// A task described here and done elsewhere, scored by a person.
    ManualTask,
}

/// The nbgrader metadata of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Grading {
    pub role: Role,
    /// The name under which a gradebook knows the cell.
    pub grade_id: Option<String>,
    /// The most points that the cell can give.
    pub points: Option<f64>,
}

/// Why a cell's nbgrader metadata makes no sense.
#[derive(Debug, Error)]
pub enum RoleError {
    #[error("its nbgrader metadata does not fit schema 3: {0}")]
    Schema(#[from] serde_json::Error),
    #[error(
        "its nbgrader schema is {0}, and only 3 is known; run `nbgrader update` on the notebook"
    )]
    Version(u64),
    #[error(
        "its nbgrader flags (grade {grade}, solution {solution}, locked {locked}, task {task}) \
         name no kind of cell"
    )]
    Flags {
        grade: bool,
        solution: bool,
        locked: bool,
        task: bool,
    },
    #[error("its grade_id {0:?} is not made of letters, digits, `_` and `-`")]
    Name(String),
    #[error("it is graded but has no grade_id")]
    NoName,
    #[error("it is graded but has no points, or points below 0")]
    NoPoints,
    #[error("its nbgrader metadata says that it is a {0} cell, and it is not")]
    Kind(String),
}

/// The keys that schema 3 allows, and no other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Schema {
    schema_version: u64,
    grade: bool,
    locked: bool,
    solution: bool,
    #[serde(default)]
    task: bool,
    grade_id: Option<String>,
    points: Option<f64>,
    #[serde(rename = "checksum")]
    _checksum: Option<String>,
    cell_type: Option<String>,
}

impl Grading {
    /// Reads the grading of a cell of the given kind ("code", "markdown").
    ///
    /// # Errors
    /// When there is nbgrader metadata that schema 3 does not allow.
    pub fn of(metadata: &Map<String, Value>, kind: &str) -> Result<Self, RoleError> {
        let Some(value) = metadata.get("nbgrader") else {
            return Ok(Self {
                role: Role::Plain,
                grade_id: None,
                points: None,
            });
        };
        let schema = Schema::deserialize(value)?;
        if schema.schema_version != 3 {
            return Err(RoleError::Version(schema.schema_version));
        }
        let role = role(&schema)?;
        if let Some(said) = schema.cell_type.filter(|said| said != kind) {
            return Err(RoleError::Kind(said));
        }
        if let Some(name) = schema.grade_id.as_ref().filter(|name| !is_name(name)) {
            return Err(RoleError::Name(name.clone()));
        }
        if role != Role::Plain && schema.grade_id.is_none() {
            return Err(RoleError::NoName);
        }
        if role.has_points() && !schema.points.is_some_and(|points| points >= 0.0) {
            return Err(RoleError::NoPoints);
        }
        Ok(Self {
            role,
            grade_id: schema.grade_id,
            points: schema.points.filter(|_| role.has_points()),
        })
    }
}

impl Role {
    /// Whether a cell of this role is worth points by itself.
    #[must_use]
    pub fn has_points(self) -> bool {
        matches!(self, Role::Tests | Role::ManualAnswer | Role::ManualTask)
    }

    /// Whether the student's text in such a cell counts.
    #[must_use]
    pub fn is_students(self) -> bool {
        matches!(self, Role::Answer | Role::ManualAnswer | Role::ManualTask)
    }
}

/// The combinations that nbgrader's own toolbar can make.
fn role(schema: &Schema) -> Result<Role, RoleError> {
    let Schema {
        grade,
        solution,
        locked,
        task,
        ..
    } = *schema;
    match (grade, solution, locked, task) {
        (false, false, false, false) => Ok(Role::Plain),
        (false, false, true, false) => Ok(Role::ReadOnly),
        (false, true, false, false) => Ok(Role::Answer),
        (true, false, _, false) => Ok(Role::Tests),
        (true, true, false, false) => Ok(Role::ManualAnswer),
        (false, false, _, true) => Ok(Role::ManualTask),
        _ => Err(RoleError::Flags {
            grade,
            solution,
            locked,
            task,
        }),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grading(nbgrader: Value) -> Result<Grading, String> {
        let Value::Object(metadata) = json!({ "nbgrader": nbgrader }) else {
            unreachable!()
        };
        Grading::of(&metadata, "code").map_err(|error| error.to_string())
    }

    fn flags(grade: bool, solution: bool, locked: bool) -> Value {
        json!({
            "schema_version": 3, "grade": grade, "solution": solution, "locked": locked,
            "grade_id": "a-1", "points": 2, "cell_type": "code",
        })
    }

    #[test]
    fn the_flags_name_the_role() {
        let check = |(grade, solution, locked), role, points| {
            let found = grading(flags(grade, solution, locked)).unwrap();
            assert_eq!((found.role, found.points), (role, points));
        };
        check((false, true, false), Role::Answer, None);
        check((true, false, true), Role::Tests, Some(2.0));
        check((true, true, false), Role::ManualAnswer, Some(2.0));
        check((false, false, true), Role::ReadOnly, None);
        check((false, false, false), Role::Plain, None);
        assert_eq!(
            Grading::of(&Map::new(), "markdown").unwrap().role,
            Role::Plain
        );
    }

    #[test]
    fn what_schema_3_does_not_allow_is_refused() {
        let check = |key: &str, value: Value, expected: &str| {
            let mut nbgrader = flags(true, false, true);
            nbgrader[key] = value;
            let error = grading(nbgrader).unwrap_err();
            assert!(error.contains(expected), "{error:?} lacks {expected:?}");
        };
        check("schema_version", json!(2), "schema is 2");
        check("remark", json!("x"), "unknown field `remark`");
        check("grade_id", json!("a b"), "letters, digits");
        check("grade_id", Value::Null, "no grade_id");
        check("points", Value::Null, "no points");
        check("points", json!(-1), "no points");
        check("cell_type", json!("markdown"), "markdown cell");
        check("solution", json!(true), "name no kind of cell");
        check("grade", json!("yes"), "does not fit");
    }
}
