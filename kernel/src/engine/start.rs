//! Starts evcxr with our runtime and our cargo, in two steps.
//!
//! rust-analyzer reads the standard library and the helper crate's dependencies
//! for a second or more, and only the types of variables need them. So evcxr
//! starts without, and [`Types`] brings them in when no cell waits, or before
//! the first that needs them.

use std::os::fd::IntoRawFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use evcxr::{CommandContext, EvalContext};
use rustix::fs::{Mode, OFlags};

use super::Settings;
use super::control::Control;
use super::listener::Listener;
use super::memory::{self, HugePages};
use super::orphans;
use crate::bridge::{Bridge, Paths};
use crate::runtime::{BRIDGE_VARIABLE, LIBRARY_VARIABLE};
use crate::sandbox::{self, Inside, RuntimePlaces, Sandbox};
use crate::toolchain::cache::Location;
use crate::toolchain::library::Manifest;
use crate::toolchain::rebuild;
use crate::toolchain::toolbox::{self, Toolbox};

/// What every session begins with. evcxr adds tokio by itself at the first
/// `.await`, which would make rust-analyzer load everything anew. A `print!` in the prelude
/// itself would be one of two that nobody prefers.
pub const PRELUDE: &str = ":dep tokio = \"1\"\nuse twoaxes::prelude::*;\nuse twoaxes::cell::print;";

/// The level at which evcxr compiles, and the same level written otherwise.
/// rust-analyzer reads its project anew whenever `Cargo.toml` changes, and this
/// is what evcxr lets us change in it.
const OPT_LEVEL: &str = "2";
const OPT_LEVEL_BEFORE: &str = "2 ";

/// What a variable may be made of, for rust-analyzer to see once. evcxr infers
/// the types of a cell's variables, and gives the cell up when one is a closure;
/// so this never runs, and no compiler would accept it.
const SEEN_ONCE: [&str; 2] = [
    "let numbers = vec![1, 2, 3]; let text = String::from(\"a\");",
    "let even = (0..9).map(|x| x * 2).filter(|x| x % 4 == 0).collect::<Vec<_>>();
let words = std::collections::HashMap::from([(\"a\".to_owned(), 1.5f64)]);
let shared = std::sync::Arc::new(std::sync::Mutex::new(vec![0u64]));
let trace = barista::time_slice(&[20, 20], 5); let span = trace.makespan();
let sum = even.iter().sum::<i32>(); let shown = format!(\"{sum}\"); let point = (1, \"a\", Some(2.5));",
];
const NEVER_RUN: &str = "let never = || (); compile_error!(\"this is only looked at\");";

/// evcxr, ready to run cells, and the bridge to them.
pub struct Started {
    pub evcxr: CommandContext,
    pub types: Types,
    pub bridge: Bridge,
}

/// Starts everything. The environment must point to the toolbox already.
pub fn start(
    settings: &Settings,
    control: &Control,
    listener: &Arc<Listener>,
) -> anyhow::Result<Started> {
    orphans::adopt()?;
    let directory = toolbox::directory().context("the toolbox was not set up")?;
    // A build of the library may be interrupted, and what follows may not.
    let tools = find_tools(settings, &directory, listener)?;
    control.set_starting(true);
    let manifest = Manifest::read(&tools.library)?;
    tools.write(&directory)?;
    write_configuration(&directory)?;
    std::fs::create_dir_all(&tools.bridge)?;
    let bridge = Bridge::open(Paths::new(&tools.bridge), {
        let listener = Arc::clone(listener);
        move |heard| listener.hear(heard)
    })?;
    tracing::info!("tools and library found");
    listener.answer_through(bridge.answers());
    let evcxr = EvalContext::with_subprocess_command(runtime_command(settings, &tools, &manifest)?)
        .map_err(|error| anyhow!("evcxr does not start: {error}"))?;
    // Its outputs are dropped: our runtime gives cells streams of their own.
    let (evcxr, _outputs) = evcxr;
    tracing::info!("evcxr started");
    let types = Types {
        library: tools.library,
        directory,
        opt_level: evcxr.state().opt_level().to_owned(),
        loaded: false,
        seen: 0,
        pages: HugePages::new(),
    };
    let mut evcxr = CommandContext::with_eval_context(evcxr);
    evcxr
        .execute(PRELUDE)
        .map_err(|error| anyhow!("the helper library does not link: {error}"))?;
    tracing::info!("helper library linked");
    control.set_starting(false);
    Ok(Started {
        evcxr,
        types,
        bridge,
    })
}

/// The real tools, asked for side by side since rustup takes a while, and the
/// library that fits them.
fn find_tools(
    settings: &Settings,
    directory: &Path,
    listener: &Arc<Listener>,
) -> anyhow::Result<Toolbox> {
    let (cargo, rustc) = std::thread::scope(|scope| {
        let cargo = scope.spawn(|| toolbox::find("cargo", directory));
        let rustc = toolbox::find("rustc", directory);
        (cargo.join(), rustc)
    });
    let mut tools = Toolbox {
        cargo: cargo.map_err(|_| anyhow!("the search for cargo panicked"))??,
        rustc: rustc?,
        library: settings.library.clone(),
        bridge: settings.directory.join("bridge"),
        cache: Location::standard(&settings.library),
        sandbox: settings.sandbox.clone(),
    };
    tools.library = rebuild::fitting(&tools, directory, &settings.executable, &**listener)?;
    Ok(tools)
}

/// evcxr's settings, where it looks when the working directory has none.
fn write_configuration(directory: &Path) -> anyhow::Result<()> {
    let path = directory.join("evcxr.toml");
    std::fs::write(
        &path,
        format!("[evcxr]\nopt_level = \"{OPT_LEVEL_BEFORE}\"\n"),
    )
    .with_context(|| format!("cannot write {}", path.display()))
}

fn runtime_command(
    settings: &Settings,
    tools: &Toolbox,
    manifest: &Manifest,
) -> anyhow::Result<Command> {
    let std_directory = manifest
        .std_path
        .parent()
        .context("the helper library names no standard library")?;
    let mut variables = vec![
        (BRIDGE_VARIABLE, tools.bridge.as_path()),
        (LIBRARY_VARIABLE, &tools.library),
        ("LD_LIBRARY_PATH", std_directory),
    ];
    let Some(sandbox) = &settings.sandbox else {
        let mut command = Command::new(&settings.executable);
        command.arg("runtime").envs(variables);
        return Ok(command);
    };
    let inside = inside(sandbox)?.to_variable()?;
    variables.push((sandbox::VARIABLE, Path::new(&inside)));
    let places = RuntimePlaces {
        executable: &settings.executable,
        library: &tools.library,
        std: std_directory,
        bridge: &tools.bridge,
    };
    Ok(sandbox.runtime(&places, &variables))
}

/// The directory of cells, open for the processes that will run them.
fn inside(sandbox: &Sandbox) -> anyhow::Result<Inside> {
    let cells = toolbox::crate_directory();
    std::fs::create_dir_all(&cells).with_context(|| format!("cannot make {}", cells.display()))?;
    // It stays open, and the processes to come inherit it.
    let descriptor = rustix::fs::open(&cells, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())
        .with_context(|| format!("cannot open {}", cells.display()))?;
    Ok(Inside::new(sandbox, &cells, descriptor.into_raw_fd()))
}

/// What rust-analyzer knows of types, and what it has yet to learn.
pub struct Types {
    library: PathBuf,
    directory: PathBuf,
    /// As `Cargo.toml` has it before the types are loaded.
    opt_level: String,
    loaded: bool,
    /// How many of [`SEEN_ONCE`] were seen.
    seen: usize,
    pages: HugePages,
}

impl Types {
    /// The library whose sources tell them.
    pub fn library(&self) -> &Path {
        &self.library
    }

    pub fn are_loaded(&self) -> bool {
        self.loaded
    }

    /// Makes rust-analyzer load the crates that variables' types come from.
    /// Without them cells still run, if they say what their variables are.
    pub fn load(&mut self, evcxr: &mut CommandContext) {
        if std::mem::replace(&mut self.loaded, true) {
            return;
        }
        if let Err(error) = toolbox::show_sources(&self.library, &self.directory) {
            tracing::warn!("rust-analyzer finds no types: {error:#}");
            return;
        }
        let other = match self.opt_level.as_str() {
            OPT_LEVEL_BEFORE => OPT_LEVEL.to_owned(),
            // The working directory has settings of its own.
            own => format!("{own} "),
        };
        let result = evcxr
            .set_opt_level(&other)
            .map_err(|error| error.to_string())
            .and_then(|()| evcxr.hover_at("1", 1).map_err(|error| error.to_string()));
        match result {
            Ok(_) => tracing::info!("rust-analyzer has loaded the types"),
            Err(error) => tracing::warn!("rust-analyzer loads no types: {error}"),
        }
    }

    /// Does the next piece of what can be done before it is needed, so that no
    /// student's first `let` waits for it: the types, then what most variables
    /// are made of, then the place of it all in memory. Returns whether there is
    /// more to do.
    pub fn prepare(&mut self, evcxr: &mut CommandContext) -> bool {
        if !self.loaded {
            self.load(evcxr);
            // Now, so that the pages used next stay.
            memory::release();
            return true;
        }
        let Some(code) = SEEN_ONCE.get(self.seen) else {
            return self.pages.move_some();
        };
        self.seen += 1;
        if evcxr.execute(&format!("{code}\n{NEVER_RUN}")).is_ok() {
            tracing::warn!("evcxr ran what it was only to look at");
        }
        tracing::info!(
            "{} of {} kinds of variables seen",
            self.seen,
            SEEN_ONCE.len()
        );
        true
    }
}
