//! `cargo metadata` for a cell's crate, with the helper crate in it, so that
//! rust-analyzer can infer its types.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use serde_json::Value;
use toml::Table;

use super::build::added_dependencies;
use super::cargo::manifest_path;
use super::library::Manifest;
use super::shadow;
use super::toolbox::{self, Toolbox};

/// The crates whose types a variable of a cell may have, and whose macros
/// define such types. rust-analyzer looks for trait implementations in every
/// crate that it is told of, at the first variable of a session.
const INFERRED: [&str; 11] = [
    "bytes",
    "ctx",
    "either",
    "pin-project-lite",
    "plotters",
    "plotters-backend",
    "plotters-svg",
    "rayon",
    "rayon-core",
    "tokio",
    "twoaxes",
];

/// `cargo metadata`'s answer `metadata`, with only the crates of [`INFERRED`].
pub(super) fn prune(metadata: &[u8]) -> anyhow::Result<Value> {
    let mut metadata: Value = serde_json::from_slice(metadata)?;
    let mut kept = Vec::new();
    retain(&mut metadata["packages"], |package| {
        let name = package["name"].as_str().unwrap_or_default();
        let wanted = INFERRED.contains(&name);
        if wanted {
            kept.push(package["id"].clone());
        }
        wanted
    });
    let nodes = &mut metadata["resolve"]["nodes"];
    retain(nodes, |node| kept.contains(&node["id"]));
    for node in nodes.as_array_mut().into_iter().flatten() {
        retain(&mut node["deps"], |dependency| {
            kept.contains(&dependency["pkg"])
        });
        retain(&mut node["dependencies"], |id| kept.contains(id));
    }
    Ok(metadata)
}

fn retain(list: &mut Value, wanted: impl FnMut(&Value) -> bool) {
    if let Some(list) = list.as_array_mut() {
        list.retain(wanted);
    }
}

/// Answers on standard output.
pub fn run(tools: &Toolbox, directory: &Path, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let manifest_path = manifest_path(arguments)?;
    let crate_directory = manifest_path
        .parent()
        .context("a manifest without a directory")?;
    let text = fs::read_to_string(&manifest_path)
        .with_context(|| format!("cannot read {}", manifest_path.display()))?;
    let dependencies = added_dependencies(&toml::from_str::<Table>(&text)?);
    let library = Manifest::read(&tools.library)?;
    let bare = !toolbox::shows_sources(directory);
    let (description, from) = if dependencies.is_empty() || bare {
        let prepared = fs::read_to_string(tools.library.join("metadata.json"))
            .context("the helper library is damaged (run ./install.sh)")?;
        (prepared, library.template.clone())
    } else {
        let shadow = crate_directory.join("shadow-metadata");
        let description = ask_cargo(tools, directory, &library, &shadow, &dependencies)?;
        (description, shadow)
    };
    let mut answer = description.replace(&toolbox::text(&from), &toolbox::text(crate_directory));
    if bare || arguments.iter().any(|argument| argument == "--no-deps") {
        answer = without_dependencies(&answer)?;
    }
    println!("{answer}");
    Ok(ExitCode::SUCCESS)
}

/// The real cargo's answer for the student's dependencies and ours together.
fn ask_cargo(
    tools: &Toolbox,
    directory: &Path,
    library: &Manifest,
    shadow: &Path,
    added: &Table,
) -> anyhow::Result<String> {
    let mut dependencies = shadow::built_in_dependencies(&library.workspace);
    dependencies.extend(added.clone());
    shadow::write(shadow, &dependencies, "2", Path::new("src/lib.rs"))?;
    fs::create_dir_all(shadow.join("src"))?;
    fs::write(shadow.join("src/lib.rs"), "")?;
    if !shadow.join("Cargo.lock").exists() {
        fs::copy(tools.library.join("Cargo.lock"), shadow.join("Cargo.lock"))?;
    }
    let mut command = Command::new(&tools.cargo);
    command
        .current_dir(shadow)
        .args(["metadata", "--format-version=1"]);
    toolbox::use_old_environment(&mut command, directory)?;
    let output = command.output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("{}", plain(&String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// cargo's words without its progress and without our own crate.
fn plain(stderr: &str) -> String {
    let noise = [
        "Updating ",
        "Locking ",
        "Adding ",
        "required by package `ctx ",
    ];
    stderr
        .lines()
        .filter(|line| {
            !noise
                .iter()
                .any(|noise| line.trim_start().starts_with(noise))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// What `--no-deps` leaves of an answer: the cell's crate alone.
fn without_dependencies(answer: &str) -> anyhow::Result<String> {
    let mut answer: Value = serde_json::from_str(answer)?;
    let members = answer["workspace_members"].clone();
    if let (Some(packages), Some(members)) = (answer["packages"].as_array_mut(), members.as_array())
    {
        packages.retain(|package| members.contains(&package["id"]));
    }
    answer["resolve"] = Value::Null;
    Ok(answer.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pruning_keeps_a_crate_with_its_edges_or_drops_both() {
        let metadata = json!({
            "packages": [{"name": "rayon", "id": "r"}, {"name": "libc", "id": "l"}],
            "resolve": {"nodes": [
                {"id": "r", "deps": [{"pkg": "l"}, {"pkg": "r"}], "dependencies": ["l", "r"]},
                {"id": "l", "deps": [], "dependencies": []},
            ]},
        });
        let pruned = prune(metadata.to_string().as_bytes()).unwrap();
        let expected = json!({
            "packages": [{"name": "rayon", "id": "r"}],
            "resolve": {"nodes": [{"id": "r", "deps": [{"pkg": "r"}], "dependencies": ["r"]}]},
        });
        assert_eq!(pruned, expected);
    }
}
