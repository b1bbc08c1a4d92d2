//! What graders on several machines say to each other: a line of JSON for each
//! thing.
//!
//! ```text
//! -> {"version": "0.1.0", "rules": "..", "files": [["a.ipynb", ".."]], ..}
//! <- {"ready": {"version": "0.1.0"}}
//! -> {"number": 1, "student": "ada", "notebook": "a", "content": "..", ..}
//! <- {"graded": {"number": 1, "graded": {"student": "ada", ..}}}
//! ```

use std::io::{self, BufRead, Read as _};
use std::string::FromUtf8Error;

use serde::{Deserialize, Serialize};

use crate::course::Course;
use crate::notebook;
use crate::results::Graded;
use crate::run::{KernelCommand, Limits};
use crate::score::Handed;

/// The longest line: a notebook, each byte of which may be written as six.
const LONGEST: u64 = 6 * notebook::MAX_BYTES + (1 << 20);

/// The first line to a grader: the course, and how to grade.
#[derive(Debug, Serialize, Deserialize)]
pub struct Setup {
    pub version: String,
    /// The digest of all rules.
    pub rules: String,
    /// Source notebooks and question files: name and text.
    pub files: Vec<(String, String)>,
    /// Seconds, of a cell and of a submission.
    pub cell: f64,
    pub submission: f64,
    pub sandbox: String,
    pub memory: u64,
    pub cpu: u64,
}

/// The part of a setup that every version reads.
#[derive(Debug, Deserialize)]
pub struct Version {
    pub version: String,
}

/// A submission to grade.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// Which answer is for it.
    pub number: u64,
    pub student: String,
    /// The notebook's name, without `.ipynb`.
    pub notebook: String,
    pub digest: String,
    pub submitted: Option<String>,
    pub late: u64,
    pub share: f64,
    /// The file.
    pub content: String,
}

/// What a grader answers, or the driver says between.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Jobs can come.
    Ready { version: String },
    /// What came of a job.
    Graded { number: u64, graded: Box<Graded> },
    /// Nothing can be graded on this machine.
    Unable { why: String },
    /// The driver's: no machine could do this job.
    Lost { number: u64, why: String },
    /// The driver's: something that a person may want to know.
    Notice { text: String },
    /// The driver's: it cannot go on.
    Failed { why: String },
}

impl Setup {
    pub fn new(
        course: &Course,
        kernel: &KernelCommand,
        limits: Limits,
        rules: String,
    ) -> anyhow::Result<Self> {
        let mut files = course.question_files.clone();
        for (name, notebook) in &course.notebooks {
            let name = name.to_string_lossy().into_owned();
            files.push((name, notebook::to_json(notebook)?));
        }
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules,
            files,
            cell: limits.cell,
            submission: limits.submission,
            sandbox: kernel.sandbox.clone(),
            memory: kernel.memory,
            cpu: kernel.cpu,
        })
    }
}

impl Job {
    /// A job for another machine. What is not text comes back: it cannot be a
    /// notebook, since JSON is UTF-8.
    pub fn new(number: u64, handed: Handed, notebook: &str) -> Result<Self, Box<Handed>> {
        let content = match handed.content {
            Ok(bytes) => String::from_utf8(bytes)
                .map_err(FromUtf8Error::into_bytes)
                .map_err(Ok),
            Err(why) => Err(Err(why)),
        };
        match content {
            Ok(content) => Ok(Self {
                number,
                student: handed.student,
                notebook: notebook.to_owned(),
                digest: handed.digest,
                submitted: handed.submitted,
                late: handed.late,
                share: handed.share,
                content,
            }),
            Err(content) => Err(Box::new(Handed { content, ..handed })),
        }
    }

    /// The job's number, and what was handed in for which notebook.
    pub fn into_parts(self) -> (u64, Handed, String) {
        let handed = Handed {
            student: self.student,
            digest: self.digest,
            submitted: self.submitted,
            late: self.late,
            share: self.share,
            content: Ok(self.content.into_bytes()),
        };
        (self.number, handed, self.notebook)
    }
}

/// The next line; `None` at the end.
pub fn read(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = input.take(LONGEST).read_line(&mut line)?;
    match (length, line.ends_with('\n')) {
        (0, _) => Ok(None),
        (_, true) => Ok(Some(line)),
        // The other side has ended while it wrote, or goes on for ever.
        (_, false) => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// What is said, as its line.
pub fn written(what: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed(content: Result<Vec<u8>, String>) -> Handed {
        Handed {
            student: "Zoë".to_owned(),
            digest: "d".to_owned(),
            submitted: None,
            late: 3,
            share: 0.1 + 0.2,
            content,
        }
    }

    #[test]
    fn a_job_arrives_as_it_was_sent() {
        let content = "{\"a\": \"line\\n\u{2028}\u{0}🦀\"}\n"
            .to_owned()
            .into_bytes();
        let job = Job::new(7, handed(Ok(content.clone())), "a").unwrap();
        let line = written(&job).unwrap();
        let line = read(&mut line.as_slice()).unwrap().unwrap();
        let job: Job = serde_json::from_str(&line).unwrap();
        let (number, handed, notebook) = job.into_parts();
        assert_eq!((number, notebook.as_str()), (7, "a"));
        assert_eq!(handed.content.unwrap(), content);
        assert_eq!((handed.late, handed.share), (3, 0.1 + 0.2));
    }

    #[test]
    fn what_is_no_text_comes_back() {
        for content in [Ok(vec![0xff, b'{']), Err("too large".to_owned())] {
            let back = Job::new(7, handed(content.clone()), "a").unwrap_err();
            assert_eq!(back.content, content);
        }
    }

    #[test]
    fn half_a_line_is_none() {
        assert_eq!(read(&mut &b"a\nb"[..]).unwrap().as_deref(), Some("a\n"));
        assert!(read(&mut &b"b"[..]).is_err());
        assert!(read(&mut &b""[..]).unwrap().is_none());
    }
}
