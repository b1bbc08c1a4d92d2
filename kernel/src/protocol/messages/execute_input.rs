//! `execute_input`: tells every client what runs now.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct ExecuteInput<'a> {
    pub code: &'a str,
    pub execution_count: u32,
}
