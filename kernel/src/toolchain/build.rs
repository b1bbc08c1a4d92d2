//! `cargo build` and `cargo check` of a cell: from evcxr's source to a shared
//! object.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::json;
use toml::Table;

use super::compiler::{CRATE, Compiled, Compiler};
use super::level::{self, Plan};
use super::library::{BUILT_IN, Manifest};
use super::normal::normal;
use super::parts::Parts;
use super::prune::{self, Known, Needed};
use super::toolbox::{self, Toolbox};
use super::{Sources, rewrite};
use crate::bridge::{Client, Paths, Reply, Said};

/// Errors that may come from what was left out of a source: a name, a method or
/// an implementation that is not found.
const MISSING: [&str; 14] = [
    "E0277", "E0282", "E0283", "E0404", "E0405", "E0412", "E0422", "E0423", "E0425", "E0432",
    "E0433", "E0531", "E0574", "E0599",
];

/// `cargo build` or `cargo check` of the crate in this directory.
pub fn run(tools: &Toolbox, directory: &Path, step: &str) -> anyhow::Result<ExitCode> {
    // A process group, so that an interrupt ends rustc and the linker, too.
    rustix::process::setpgid(None, None)?;
    let mut kernel =
        Client::connect(&Paths::new(&tools.bridge).socket()).context("cannot reach the kernel")?;
    let compile = Said::Compile {
        pid: std::process::id(),
    };
    if let Reply::Refused { reason } = kernel.say(&compile)? {
        bail!("not compiled: {reason}");
    }
    let build = Build::new(tools, directory)?;
    let written = fs::read_to_string(build.directory.join("src/lib.rs"))?;
    let source = rewrite::rewrite(&written);
    if step == "check" {
        build.check(&source)
    } else {
        build.build(&source)
    }
}

struct Build<'a> {
    tools: &'a Toolbox,
    toolbox: &'a Path,
    library: Manifest,
    /// The crate's directory.
    directory: PathBuf,
    /// What `:opt` says; `None` when the cell's content decides.
    level: Option<String>,
}

/// A source that is ready to be compiled.
struct Ready {
    text: String,
    /// The text that is equal for equal cells; `None` if it cannot be told.
    normal: Option<String>,
    plan: Plan,
}

impl<'a> Build<'a> {
    fn new(tools: &'a Toolbox, toolbox: &'a Path) -> anyhow::Result<Self> {
        Ok(Self {
            level: toolbox::opt_level(toolbox),
            library: Manifest::read(&tools.library)?,
            directory: std::env::current_dir()?,
            tools,
            toolbox,
        })
    }

    fn check(&self, source: &str) -> anyhow::Result<ExitCode> {
        let path = Sources::of(&self.directory).add(source)?;
        let compiled = self.compiler(&[]).check(&path, &self.out()?)?;
        Ok(tell(&compiled, None))
    }

    fn build(&self, source: &str) -> anyhow::Result<ExitCode> {
        let object = self.out()?.join(OBJECT);
        let Some(parts) = Parts::of(source) else {
            // It does not parse: rustc says what is wrong.
            let ready = Ready {
                text: source.to_owned(),
                normal: None,
                plan: Plan::default(),
            };
            return Ok(tell(&self.compile(&ready, &object)?, Some(&object)));
        };
        let needed = prune::needed(&parts, &Known::read(&self.directory));
        let mut compiled = self.compile(&self.ready(&parts, &needed), &object)?;
        if needed.leaves_out_items() && misses_something(&compiled) {
            // Perhaps only what was left out: a macro can make up names.
            let ready = self.ready(&parts, &Needed::all(&parts));
            compiled = self.compile(&ready, &object)?;
        }
        if compiled.succeeded {
            Known::of(&parts).write(&self.directory);
        }
        Ok(tell(&compiled, Some(&object)))
    }

    fn ready(&self, parts: &Parts<'_>, needed: &Needed) -> Ready {
        Ready {
            text: prune::prune(parts, needed),
            normal: Some(normal(parts, needed)),
            plan: level::plan(parts, needed, self.level.as_deref()),
        }
    }

    /// Makes the object of `ready`.
    fn compile(&self, ready: &Ready, object: &Path) -> anyhow::Result<Compiled> {
        let path = Sources::of(&self.directory).add(&ready.text)?;
        self.compiler(&[]).build(&path, &ready.plan, object)
    }

    fn compiler<'b>(&'b self, crates: &'b [String]) -> Compiler<'b> {
        Compiler {
            tools: self.tools,
            library: &self.library,
            toolbox: self.toolbox,
            directory: &self.directory,
            crates,
        }
    }

    fn out(&self) -> anyhow::Result<PathBuf> {
        let out = self.directory.join("target/cells");
        fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
        Ok(out)
    }
}

/// evcxr looks for a file of this name.
const OBJECT: &str = "libctx.so";

/// Says in cargo's form how a compilation went.
fn tell(compiled: &Compiled, object: Option<&Path>) -> ExitCode {
    for message in &compiled.diagnostics {
        let wrapped = json!({
            "reason": "compiler-message",
            "target": {"name": CRATE},
            "message": message,
        });
        println!("{wrapped}");
    }
    eprint!("{}", compiled.rest);
    if !compiled.succeeded {
        return ExitCode::FAILURE;
    }
    if let Some(object) = object {
        let artifact = json!({
            "reason": "compiler-artifact",
            "target": {"name": CRATE},
            "filenames": [toolbox::text(object)],
        });
        println!("{artifact}");
    }
    ExitCode::SUCCESS
}

fn misses_something(compiled: &Compiled) -> bool {
    compiled.diagnostics.iter().any(|message| {
        let code = message["code"]["code"].as_str();
        code.is_some_and(|code| MISSING.contains(&code))
    })
}

/// The manifest's dependencies without those that the library has built in.
pub(super) fn added_dependencies(manifest: &Table) -> Table {
    let mut dependencies = manifest
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .cloned()
        .unwrap_or_default();
    for name in BUILT_IN {
        dependencies.remove(name);
    }
    dependencies
}
