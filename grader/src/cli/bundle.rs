//! `bundle`: the archive that Gradescope makes an autograder of.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::say;
use crate::course::Course;
use crate::report::{self, Draft};

/// What `bundle` was asked for.
#[derive(Debug, Args)]
pub(super) struct Bundle {
    /// The folder with the source notebooks, and question files beside them
    source: PathBuf,
    /// The archive to write, for example autograder.zip
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The checkout of twoaxes whose tracked files are packed and built there;
    /// without it, the one that SOURCE lies in
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Only this notebook
    #[arg(long, value_name = "NAME")]
    notebook: Option<String>,
}

impl Bundle {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let course = Course::read(&self.source)?;
        let project = match &self.project {
            Some(project) => project.clone(),
            None => report::project_of(&self.source).with_context(|| {
                format!(
                    "{} lies in no checkout of twoaxes; give one with --project",
                    self.source.display()
                )
            })?,
        };
        let mut draft = Draft::begin(&self.out)?;
        let files = report::bundle(&course, &project, self.notebook.as_deref(), &mut draft)?;
        draft.finish()?;
        let files = match files {
            1 => "1 file".to_owned(),
            many => format!("{many} files"),
        };
        say(format_args!(
            "{files} in {}; upload it to Gradescope as the autograder, on Ubuntu 22.04 or later",
            self.out.display()
        ));
        Ok(ExitCode::SUCCESS)
    }
}
