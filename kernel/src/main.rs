//! The kernel's executable. It is started by Jupyter (`run`), by evcxr
//! (`runtime`) and, through links in the toolbox, in the place of cargo.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use twoaxes_kernel::protocol::curve;
use twoaxes_kernel::sandbox::{Limits, Sandbox, Wish};
use twoaxes_kernel::{runtime, toolchain};

mod launch;
mod place;

#[derive(Parser)]
#[command(name = "twoaxes-kernel", version, about = "A Jupyter kernel for Rust")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a front end; Jupyter calls this.
    Run {
        /// The file in which Jupyter tells ports and key.
        #[arg(long, value_name = "FILE")]
        connection_file: PathBuf,
        /// The helper library; by default that beside this executable.
        #[arg(long, value_name = "DIR", env = "TWOAXES_LIBRARY")]
        library: Option<PathBuf>,
        /// What a cell may print, in MiB, instead of 2; its displays may have eight times that.
        #[arg(long, value_name = "MIB", env = "TWOAXES_OUTPUT_MIB")]
        output_mib: Option<usize>,
    },
    /// Run cells for a grader, told in lines of JSON on standard input.
    #[command(hide = true)]
    Batch {
        /// What confines cells and the compiler.
        #[arg(long, value_enum, default_value = "auto")]
        sandbox: Wish,
        /// The most address space of the process that runs cells, in MiB.
        #[arg(long, value_name = "MIB", default_value_t = 2048)]
        memory: u64,
        /// The most CPU time of such a process, in seconds.
        #[arg(long, value_name = "SECONDS", default_value_t = 120)]
        cpu: u64,
        /// The helper library; by default that beside this executable.
        #[arg(long, value_name = "DIR", env = "TWOAXES_LIBRARY")]
        library: Option<PathBuf>,
    },
    /// Build the helper library that cells link to; the set-up calls this.
    BuildLibrary {
        /// The workspace that has the helper crate.
        #[arg(long, value_name = "DIR")]
        workspace: PathBuf,
        /// Where to install it.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// A feature of the helper crate to switch on, such as gpu.
        #[arg(long, value_name = "NAME")]
        features: Vec<String>,
    },
    /// Build it for another compiler or changed sources; a session calls this.
    #[command(hide = true)]
    RebuildLibrary {
        #[arg(long, value_name = "DIR")]
        workspace: PathBuf,
        #[arg(long, value_name = "DIR")]
        place: PathBuf,
        #[arg(long, value_name = "NAME")]
        features: Vec<String>,
    },
    /// Say what the cache of compiled cells holds.
    Cache {
        /// Remove our own entries; those that were installed stay.
        #[arg(long)]
        clear: bool,
        /// The helper library; by default that beside this executable.
        #[arg(long, value_name = "DIR", env = "TWOAXES_LIBRARY")]
        library: Option<PathBuf>,
    },
    /// Say how the sockets can be encrypted, as a kernelspec lists it; the
    /// set-up calls this.
    #[command(hide = true)]
    SupportedEncryption,
    /// Run cells for evcxr.
    #[command(hide = true)]
    Runtime,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(log_filter())
        .with_writer(std::io::stderr)
        .init();
    let result = match toolchain::Name::of_process() {
        Some(name) => toolchain::run(name),
        None => obey(Arguments::parse().command),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// What is logged: our own warnings, or what `TWOAXES_LOG` says.
fn log_filter() -> EnvFilter {
    EnvFilter::try_from_env("TWOAXES_LOG").unwrap_or_else(|_| "twoaxes_kernel=warn".into())
}

fn obey(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run {
            connection_file,
            library,
            output_mib,
        } => launch::launch(&connection_file, library, output_mib),
        Command::Batch {
            sandbox,
            memory,
            cpu,
            library,
        } => {
            let limits = Limits {
                memory: memory.saturating_mul(1 << 20),
                cpu,
                ..Limits::default()
            };
            launch::batch(Sandbox::find(sandbox, limits)?, library)
        }
        Command::BuildLibrary {
            workspace,
            out,
            features,
        } => {
            toolchain::library::build(&workspace, &features, &out)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::RebuildLibrary {
            workspace,
            place,
            features,
        } => {
            toolchain::rebuild::run(&workspace, &features, &place)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Cache { clear, library } => toolchain::cache::run(library, clear),
        Command::SupportedEncryption => {
            println!(
                "{}",
                if curve::is_available() {
                    r#"["curve"]"#
                } else {
                    "[]"
                }
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Runtime => {
            runtime::run()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
