//! `cargo build` and `cargo check` of a cell: from evcxr's source to a shared
//! object.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use toml::Table;

use super::cache::{Cache, Key};
use super::compiler::{CRATE, Compiled, Compiler};
use super::dependencies::{self, Set};
use super::level::{self, Plan};
use super::library::{BUILT_IN, Manifest};
use super::normal::Normal;
use super::parts::{Parts, words};
use super::prune::{self, Known, Needed};
use super::toolbox::{self, Toolbox};
use super::warnings::{self, Kept};
use super::{Sources, rewrite, second_look, tied, trailing};
use crate::bridge::{Client, Paths, Reply, Said};

/// Errors that may come from what was left out of a source: a name, a method or
/// an implementation that is not found.
const MISSING: [&str; 19] = [
    "E0277", "E0282", "E0283", "E0369", "E0600", "E0608", "E0609", "E0614", "E0404", "E0405",
    "E0412", "E0422", "E0423", "E0425", "E0432", "E0433", "E0531", "E0574", "E0599",
];

/// Macros that make the same of the same.
const USUAL_MACROS: [&str; 22] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "join",
    "matches",
    "panic",
    "print",
    "println",
    "select",
    "stringify",
    "thread_local",
    "unreachable",
    "vec",
    "write",
];

/// Counts up when a cell is compiled or linked in another way.
const GENERATION: &str = "4";

/// `cargo build` or `cargo check` of the crate in this directory.
pub fn run(tools: &Toolbox, directory: &Path, step: &str) -> anyhow::Result<ExitCode> {
    tied::to_parent()?;
    let mut kernel = announce(tools)?;
    let build = Build::new(tools, directory, &mut kernel)?;
    let written = fs::read_to_string(build.directory.join("src/lib.rs"))?;
    let source = rewrite::rewrite(&written);
    if step == "check" {
        return build.check(&source);
    }
    if second_look::is_expected(&build.directory, &written) {
        return build.as_before();
    }
    let object = build.out()?.join(OBJECT);
    let mut compiled = build.build(&source, &object)?;
    if build.compiles.get() {
        kernel.say(&Said::Compiled)?;
    }
    if !compiled.warnings.is_empty() {
        kernel.say(&Said::Warned {
            warnings: std::mem::take(&mut compiled.warnings),
        })?;
    }
    if !compiled.succeeded {
        second_look::expect(&build.directory, &written, &compiled.diagnostics);
        compiled.diagnostics = trailing::told(&written, compiled.diagnostics);
    }
    Ok(tell(&compiled, Some(&object)))
}

/// Tells the kernel that this process and those that it starts can be
/// interrupted while the connection is open.
pub(super) fn announce(tools: &Toolbox) -> anyhow::Result<Client> {
    // A process group, so that an interrupt ends rustc and the linker, too.
    rustix::process::setpgid(None, None)?;
    let mut kernel =
        Client::connect(&Paths::new(&tools.bridge).socket()).context("cannot reach the kernel")?;
    match kernel.say(&Said::Compile)? {
        Reply::Refused { reason } => bail!("not compiled: {reason}"),
        _ => Ok(kernel),
    }
}

/// Does `work`, whose progress the student reads until it is over.
pub(super) fn with_progress<T>(
    kernel: &mut Client,
    work: impl FnOnce(dependencies::Progress<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut said = false;
    let result = work(&mut |text| {
        said = true;
        let text = Some(text.to_owned());
        // Without a kernel this process is about to end anyway.
        let _ = kernel.say(&Said::Progress { text });
    });
    if said {
        kernel.say(&Said::Progress { text: None })?;
    }
    result
}

struct Build<'a> {
    tools: &'a Toolbox,
    toolbox: &'a Path,
    library: Manifest,
    /// The crate's directory.
    directory: PathBuf,
    /// What `:opt` says; `None` when the cell's content decides.
    level: Option<String>,
    cache: Cache,
    /// The crates of `:dep`, and how rustc is told of them.
    crates: Option<Set>,
    arguments: Vec<String>,
    /// Whether rustc had something to do.
    compiles: Cell<bool>,
}

impl<'a> Build<'a> {
    fn new(tools: &'a Toolbox, toolbox: &'a Path, kernel: &mut Client) -> anyhow::Result<Self> {
        let directory = std::env::current_dir()?;
        let path = directory.join("Cargo.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let added = added_dependencies(&toml::from_str(&text)?);
        let crates = match added.is_empty() {
            true => None,
            false => Some(with_progress(kernel, |progress| {
                dependencies::resolve(tools, toolbox, &added, progress)
            })?),
        };
        Ok(Self {
            arguments: crates
                .as_ref()
                .map(Set::rustc_arguments)
                .unwrap_or_default(),
            crates,
            level: toolbox::opt_level(toolbox),
            compiles: Cell::new(false),
            cache: Cache::open(&tools.cache),
            library: Manifest::read(&tools.library)?,
            directory,
            tools,
            toolbox,
        })
    }

    fn check(&self, source: &str) -> anyhow::Result<ExitCode> {
        let path = self.sources().add(source)?;
        let compiled = self.compiler().check(&path, &self.out()?)?;
        Ok(tell(&compiled, None))
    }

    fn build(&self, source: &str, object: &Path) -> anyhow::Result<Compiled> {
        let Some(parts) = Parts::of(source) else {
            self.compiles.set(true);
            // It does not parse: rustc says what is wrong.
            let path = self.sources().add(source)?;
            return self.compiler().build(&path, &Plan::default(), object);
        };
        let mut needed = prune::needed(&parts, &Known::read(&self.directory));
        let mut compiled = self.fetch_or_compile(&parts, &needed, object)?;
        if needed.leaves_out_anything() && misses_something(&compiled) {
            // Perhaps only what was left out: a macro can make up names.
            needed = Needed::all(&parts);
            compiled = self.fetch_or_compile(&parts, &needed, object)?;
        }
        if compiled.succeeded {
            let warnings = std::mem::take(&mut compiled.warnings);
            compiled.warnings = warnings::with_earlier(warnings, &parts, &needed, &self.directory);
            Known::of(&parts).write(&self.directory);
        }
        Ok(compiled)
    }

    /// Makes the object of what of `parts` is `needed`.
    fn fetch_or_compile(
        &self,
        parts: &Parts<'_>,
        needed: &Needed,
        object: &Path,
    ) -> anyhow::Result<Compiled> {
        let plan = level::plan(parts, needed, self.level.as_deref(), self.crates.is_some());
        let normal = Normal::of(parts, needed);
        let text = prune::prune(parts, needed);
        let (success, failure) = (
            self.key("object", &normal, &plan),
            self.key("failure", &normal, &plan),
        );
        let kept = self.cache.fetch(&success, object);
        if let Some(kept) = kept.and_then(|text| Kept::read(&text)) {
            tracing::debug!("the object {success} is known");
            self.sources().add(&kept.source)?;
            return Ok(Compiled {
                warnings: kept.warnings,
                ..Compiled::before()
            });
        }
        let path = self.sources().add(&text)?;
        if let Some(compiled) = self.failed_before(&failure, &normal, &path, object) {
            tracing::debug!("the failure {failure} is known");
            return Ok(compiled);
        }
        self.compiles.set(true);
        let mut compiled = if parts.only_defines() && !parts.must_be_built() {
            self.define(&path, object)?
        } else {
            self.compiler().build(&path, &plan, object)?
        };
        if compiled.succeeded {
            compiled.warnings = warnings::told(&compiled.diagnostics, parts);
        }
        if compiled.succeeded && compiled.is_pure && self.expands_alike(&text) {
            self.keep(&success, object, text, &compiled);
        } else if compiled.is_about_the_source() && self.may_be_kept(parts) && !reads_more(&text) {
            self.keep_failure(&failure, &normal, &compiled, object);
        }
        Ok(compiled)
    }

    /// Whether a failure would come again: evcxr writes items in any order, and
    /// macros are in scope only behind their definition.
    fn may_be_kept(&self, parts: &Parts<'_>) -> bool {
        let has_macros = parts
            .items
            .iter()
            .any(|item| matches!(item.syntax, syn::Item::Macro(_)));
        !has_macros && self.crates.is_none()
    }

    /// Whether the same text always means the same: a procedural macro of a
    /// `:dep` crate may read a clock or a file. Derives are taken to be honest.
    fn expands_alike(&self, text: &str) -> bool {
        self.crates.is_none() || only_usual_macros(text)
    }

    /// The messages of a compilation that failed the same way before. evcxr
    /// lets some cells fail to find out what they need, so a notebook that runs
    /// well has such, too.
    fn failed_before(
        &self,
        key: &Key,
        normal: &Normal,
        path: &Path,
        object: &Path,
    ) -> Option<Compiled> {
        let file = object.with_extension("json");
        self.cache.fetch(key, &file)?;
        let kept: Vec<Value> = serde_json::from_slice(&fs::read(&file).ok()?).ok()?;
        let diagnostics = normal.inward(&kept, &toolbox::text(path))?;
        Some(Compiled {
            succeeded: false,
            diagnostics,
            ..Compiled::before()
        })
    }

    fn keep(&self, key: &Key, object: &Path, source: String, compiled: &Compiled) {
        let kept = Kept {
            source,
            warnings: compiled.warnings.clone(),
        };
        if let Some(text) = kept.written() {
            self.cache.store(key, object, &text);
        }
    }

    fn keep_failure(&self, key: &Key, normal: &Normal, compiled: &Compiled, object: &Path) {
        let file = object.with_extension("json");
        let kept = normal
            .outward(&compiled.diagnostics)
            .and_then(|messages| serde_json::to_vec(&messages).ok())
            .is_some_and(|text| fs::write(&file, text).is_ok());
        if kept {
            self.cache.store(key, &file, &normal.text);
        }
    }

    /// Nothing is run, so rustc only checks, and the object is that of an empty
    /// cell.
    fn define(&self, source: &Path, object: &Path) -> anyhow::Result<Compiled> {
        let out = self.out()?;
        let checked = self.compiler().check(source, &out)?;
        if !checked.succeeded {
            return Ok(checked);
        }
        let empty = out.join("empty.so");
        if !empty.is_file() {
            let path = self.sources().add(EMPTY)?;
            let compiled = self.compiler().build(&path, &Plan::default(), &empty)?;
            if !compiled.succeeded {
                return Ok(compiled);
            }
        }
        // A copy: evcxr renames it.
        fs::copy(&empty, object).with_context(|| format!("cannot write {}", object.display()))?;
        Ok(checked)
    }

    /// Answers evcxr's second look at a cell that failed.
    fn as_before(&self) -> anyhow::Result<ExitCode> {
        let object = self.out()?.join(OBJECT);
        // evcxr renames it, and never loads it.
        fs::write(&object, "").with_context(|| format!("cannot write {}", object.display()))?;
        Ok(tell(&Compiled::before(), Some(&object)))
    }

    /// What an object depends on.
    fn key(&self, outcome: &str, normal: &Normal, plan: &Plan) -> Key {
        let crates = self.crates.as_ref().map_or("", Set::identity);
        Key::of([
            ("outcome", outcome.as_bytes()),
            ("rustc", self.library.rustc.as_bytes()),
            ("library", self.library.digest.as_bytes()),
            ("generation", GENERATION.as_bytes()),
            ("crates", crates.as_bytes()),
            ("level", plan.level.as_bytes()),
            ("code", normal.text.as_bytes()),
        ])
    }

    fn sources(&self) -> Sources {
        Sources::of(&self.directory)
    }

    fn compiler(&self) -> Compiler<'_> {
        Compiler {
            tools: self.tools,
            library: &self.library,
            toolbox: self.toolbox,
            directory: &self.directory,
            crates: &self.arguments,
        }
    }

    fn out(&self) -> anyhow::Result<PathBuf> {
        let out = self.directory.join("target/cells");
        fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
        Ok(out)
    }
}

/// A cell that does nothing.
const EMPTY: &str =
    "#[unsafe(no_mangle)]\npub extern \"C\" fn twoaxes_cell(x: *mut u8) -> *mut u8 { x }\n";

/// evcxr looks for a file of this name.
const OBJECT: &str = "libctx.so";

/// Says in cargo's form how a compilation went. evcxr takes a warning for an error that it
/// could mend, so it hears of none.
fn tell(compiled: &Compiled, object: Option<&Path>) -> ExitCode {
    let told = compiled.diagnostics.iter();
    for message in told.filter(|message| message["level"] != "warning") {
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

/// Whether the outcome may depend on a file or on the environment: a compilation
/// that fails early does not tell what it read.
fn reads_more(text: &str) -> bool {
    words(text).any(|word| ["env", "option_env"].contains(&word) || word.starts_with("include"))
}

fn misses_something(compiled: &Compiled) -> bool {
    compiled.errors().any(|message| {
        let code = message["code"]["code"].as_str();
        // A macro's errors have no code.
        code.is_none_or(|code| MISSING.contains(&code))
    })
}

/// Whether `text` calls no macros but those of the standard library.
fn only_usual_macros(text: &str) -> bool {
    text.match_indices('!').all(|(at, _)| {
        let before = &text[..at];
        let after = text[at + 1..].trim_start();
        let name = before
            .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
            .next();
        let is_call = after.starts_with(['(', '[', '{']);
        !is_call || name.is_none_or(|name| name.is_empty() || USUAL_MACROS.contains(&name))
    })
}

/// Whether the session has crates besides those that the library has built in.
pub fn has_added_crates() -> bool {
    let manifest = fs::read_to_string(toolbox::crate_directory().join("Cargo.toml"));
    let manifest = manifest.ok().and_then(|text| toml::from_str(&text).ok());
    manifest.is_some_and(|manifest| !added_dependencies(&manifest).is_empty())
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
