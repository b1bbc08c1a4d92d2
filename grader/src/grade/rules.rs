//! What a result depends on besides the file that was handed in.

use std::collections::HashMap;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use super::Settings;
use crate::course::Course;
use crate::notebook;
use crate::plan::Plan;

/// A digest for each notebook: of its source, the questions, and how it is
/// graded. While it is the same, an unchanged file need not be graded again.
#[derive(Debug)]
pub struct Rules(HashMap<String, String>);

impl Rules {
    /// The digest for a notebook.
    pub fn of(&self, notebook: &str) -> &str {
        self.0.get(notebook).map_or("", String::as_str)
    }
}

pub(super) fn of(course: &Course, plans: &[Plan], settings: &Settings) -> anyhow::Result<Rules> {
    // What holds for all of them.
    let common = format!(
        "{}\n{:?}\n{:?}\n{:?}\n{} {}\n{:?}",
        env!("CARGO_PKG_VERSION"),
        settings.limits,
        settings.lateness.a_day,
        (settings.lateness.most, settings.lateness.grace),
        settings.kernel.memory,
        settings.kernel.cpu,
        course.bank,
    );
    let mut rules = HashMap::new();
    for (plan, (_, source)) in plans.iter().zip(&course.notebooks) {
        let source = notebook::to_json(source).context("cannot write down a source notebook")?;
        let lateness = &settings.lateness;
        let due = lateness
            .due_of
            .get(&plan.notebook)
            .or(lateness.due.as_ref());
        let mut digest = Sha256::new();
        for part in [&common, &source, &format!("{due:?}")] {
            digest.update(part.len().to_le_bytes());
            digest.update(part.as_bytes());
        }
        let digest: String = digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        rules.insert(plan.notebook.clone(), digest);
    }
    Ok(Rules(rules))
}
