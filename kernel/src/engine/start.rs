//! Starts evcxr with our runtime and our cargo.

use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use evcxr::{CommandContext, EvalContext};

use super::Settings;
use super::listener::Listener;
use crate::bridge::{Bridge, Paths};
use crate::runtime::{BRIDGE_VARIABLE, LIBRARY_VARIABLE};
use crate::toolchain::cache::Location;
use crate::toolchain::library::Manifest;
use crate::toolchain::rebuild;
use crate::toolchain::toolbox::{self, Toolbox};

/// What every session begins with.
pub const PRELUDE: &str = "use twoaxes::prelude::*;";

/// evcxr, ready to run cells, and the bridge to them.
pub struct Started {
    pub evcxr: CommandContext,
    pub bridge: Bridge,
}

/// Starts everything. The environment must point to the toolbox already.
pub fn start(settings: &Settings, listener: &Arc<Listener>) -> anyhow::Result<Started> {
    let directory = toolbox::directory().context("the toolbox was not set up")?;
    let mut tools = Toolbox {
        cargo: toolbox::find("cargo", &directory)?,
        rustc: toolbox::find("rustc", &directory)?,
        library: settings.library.clone(),
        bridge: settings.directory.join("bridge"),
        cache: Location::standard(&settings.library),
    };
    tools.library = rebuild::fitting(&tools, &directory, &settings.executable, &**listener)?;
    let manifest = Manifest::read(&tools.library)?;
    tools.write(&directory)?;
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
    let mut evcxr = CommandContext::with_eval_context(evcxr);
    evcxr
        .execute(PRELUDE)
        .map_err(|error| anyhow!("the helper library does not link: {error}"))?;
    tracing::info!("helper library linked");
    Ok(Started { evcxr, bridge })
}

fn runtime_command(
    settings: &Settings,
    tools: &Toolbox,
    manifest: &Manifest,
) -> anyhow::Result<Command> {
    let mut command = Command::new(&settings.executable);
    let std_directory = manifest
        .std_path
        .parent()
        .context("the helper library names no standard library")?;
    command
        .arg("runtime")
        .env(BRIDGE_VARIABLE, &tools.bridge)
        .env(LIBRARY_VARIABLE, &tools.library)
        .env("LD_LIBRARY_PATH", std_directory);
    Ok(command)
}

/// Makes rust-analyzer infer the types of the standard library's most used
/// items once, so that no student's first `let` waits for it.
pub fn warm_up(evcxr: &mut CommandContext) {
    let code = "vec![1].len";
    if let Err(error) = evcxr.hover_at(code, code.len()) {
        tracing::debug!("warming up rust-analyzer: {error}");
    }
    tracing::info!("rust-analyzer is warm");
}
