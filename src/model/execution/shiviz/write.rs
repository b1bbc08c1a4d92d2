//! An execution as a ShiViz log.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use crate::model::execution::Execution;

impl Execution {
    /// The execution as a log in ShiViz's default format, which ShiViz and
    /// [`Execution::from_shiviz`] read.
    ///
    /// Happens-before is kept exactly. Names are, as far as the format can
    /// hold them: an event's text is one line, and a host is one word, of
    /// which there are no two. Messages lose their names, as ShiViz has none,
    /// and those that got lost are not told.
    #[must_use]
    pub fn to_shiviz(&self) -> String {
        let hosts = self.hosts();
        let quoted: Vec<String> = hosts
            .iter()
            .map(|host| Value::from(host.as_str()).to_string())
            .collect();
        let mut log = String::new();
        for &event in &self.order {
            let event = event as usize;
            let text = one_line(self.names.get(event));
            let host = &hosts[self.process_of[event] as usize];
            log.push_str(&format!("{text}\n{host} {{"));
            let mut comma = "";
            for (host, &known) in quoted.iter().zip(self.row(event)) {
                if known > 0 {
                    // Writing to a String does not fail.
                    let _ = write!(log, "{comma}{host}:{known}");
                    comma = ",";
                }
            }
            log.push_str("}\n");
        }
        log
    }

    /// One word for each process, no two the same.
    fn hosts(&self) -> Vec<String> {
        let mut taken = BTreeSet::new();
        let mut hosts = Vec::new();
        for name in &self.processes {
            let word: String = name
                .chars()
                .map(|c| {
                    if c.is_whitespace() || c.is_control() {
                        '_'
                    } else {
                        c
                    }
                })
                .collect();
            let word = if word.is_empty() {
                "process".to_owned()
            } else {
                word
            };
            let mut host = word.clone();
            let mut number = 2;
            while !taken.insert(host.clone()) {
                host = format!("{word}_{number}");
                number += 1;
            }
            hosts.push(host);
        }
        hosts
    }
}

/// The text on one line; a line of its own even if it is empty.
fn one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if line.trim().is_empty() {
        "-".to_owned()
    } else {
        line
    }
}
