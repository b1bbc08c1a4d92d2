//! What a result depends on besides the file that was handed in. Lateness is no
//! part of it: nothing that runs depends on it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use crate::course::Course;
use crate::notebook;
use crate::plan::Plan;
use crate::run::{KernelCommand, Limits};

/// A digest for each notebook: of its source, the questions, and how it is
/// graded. While it is the same, an unchanged file need not be graded again.
#[derive(Debug)]
pub struct Rules(BTreeMap<String, String>);

impl Rules {
    /// The digest for a notebook.
    pub fn of(&self, notebook: &str) -> &str {
        self.0.get(notebook).map_or("", String::as_str)
    }

    /// One digest for all notebooks.
    pub fn together(&self) -> String {
        let parts = self.0.iter().flat_map(|(name, digest)| [name, digest]);
        digest(parts.map(String::as_str))
    }
}

pub(super) fn of(
    course: &Course,
    plans: &[Plan],
    kernel: &KernelCommand,
    limits: Limits,
) -> anyhow::Result<Rules> {
    // What holds for all of them.
    let common = format!(
        "{}\n{:?}\n{} {}\n{:?}",
        env!("CARGO_PKG_VERSION"),
        limits,
        kernel.memory,
        kernel.cpu,
        course.bank,
    );
    let mut rules = BTreeMap::new();
    for (plan, (_, source)) in plans.iter().zip(&course.notebooks) {
        let source = notebook::to_json(source).context("cannot write down a source notebook")?;
        let digest = digest([&*common, &*source]);
        rules.insert(plan.notebook.clone(), digest);
    }
    Ok(Rules(rules))
}

/// Of texts, told apart by their lengths.
fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part.as_bytes());
    }
    let hash = digest.finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
