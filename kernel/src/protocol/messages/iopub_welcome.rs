//! `iopub_welcome`: tells a subscriber that nothing will be missed from now on.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct IopubWelcome<'a> {
    pub subscription: &'a str,
}
