//! The options of `grade` for a Dask cluster.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::Args;

use crate::grade::Cluster;

#[derive(Debug, Args)]
#[command(next_help_heading = "On a cluster")]
pub struct Dask {
    /// Have submissions graded by the workers of the Dask cluster whose scheduler
    /// is at ADDRESS, tcp://HOST:PORT or tls://HOST:PORT. They get the course with
    /// its solutions, and grade with the twoaxes-grader that they have; see
    /// docs/grading-at-scale.md
    #[arg(long, value_name = "ADDRESS", conflicts_with = "jobs")]
    dask: Option<String>,
    /// A Python here that has the package `distributed`, in the version that the
    /// cluster has
    #[arg(
        long,
        value_name = "FILE",
        default_value = "python3",
        requires = "dask"
    )]
    dask_python: PathBuf,
    /// The twoaxes-grader of the workers; by default that in their TWOAXES_GRADER,
    /// on their PATH or beside their Python
    #[arg(long, value_name = "FILE", requires = "dask")]
    dask_grader: Option<String>,
    /// How long to wait for the scheduler, and for a worker while there is none
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30.0,
        requires = "dask"
    )]
    dask_wait: f64,
}

impl Dask {
    /// The cluster, if one is to be used.
    pub fn cluster(&self) -> anyhow::Result<Option<Cluster>> {
        let Some(address) = &self.dask else {
            return Ok(None);
        };
        let wait = self.dask_wait;
        if !(wait > 0.0 && wait <= 604_800.0) {
            bail!("--dask-wait is {wait}: give seconds, more than 0 and no more than a week");
        }
        Ok(Some(Cluster {
            address: address.clone(),
            python: self.dask_python.clone(),
            grader: self.dask_grader.clone(),
            wait: Duration::from_secs_f64(wait),
        }))
    }
}
