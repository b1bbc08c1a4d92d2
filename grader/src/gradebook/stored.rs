//! How the types of `score` stand in the columns of the file: as the words that
//! their JSON has.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that is kept as text: the word of an enum without data, or JSON of
/// anything else.
pub(super) struct Stored<T>(pub T);

impl<T: Serialize> ToSql for Stored<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = serde_json::to_value(&self.0);
        let text = match value.map_err(failed)? {
            serde_json::Value::String(word) => word,
            other => other.to_string(),
        };
        Ok(ToSqlOutput::from(text))
    }
}

impl<T: DeserializeOwned> FromSql for Stored<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let json = match text.as_bytes().first() {
            Some(b'[' | b'{') => serde_json::from_str(text),
            _ => serde_json::from_value(serde_json::Value::from(text)),
        };
        json.map(Self)
            .map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

fn failed(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}
