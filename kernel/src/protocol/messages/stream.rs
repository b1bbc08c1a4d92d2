//! `stream`: text on standard output or standard error.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Stream<'a> {
    pub name: &'static str,
    pub text: &'a str,
}
