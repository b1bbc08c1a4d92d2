//! `cargo metadata` for a cell's crate, with the helper crate in it, so that
//! rust-analyzer can infer its types.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use serde_json::Value;
use toml::Table;

use super::build::{self, added_dependencies};
use super::cargo::manifest_path;
use super::dependencies;
use super::library::Manifest;
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

/// The crate in which evcxr tries each `:dep` alone, before it believes it.
const TRIAL: &str = "evcxr_dummy_validate_dep";

/// Answers on standard output. An error is for the student: it goes to standard
/// error as it is.
pub fn run(tools: &Toolbox, directory: &Path, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    match answer(tools, directory, arguments) {
        Ok(answer) => {
            println!("{answer}");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("{error:#}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn answer(tools: &Toolbox, directory: &Path, arguments: &[OsString]) -> anyhow::Result<String> {
    let manifest_path = manifest_path(arguments)?;
    let crate_directory = manifest_path
        .parent()
        .context("a manifest without a directory")?;
    let text = fs::read_to_string(&manifest_path)
        .with_context(|| format!("cannot read {}", manifest_path.display()))?;
    let manifest: Table = toml::from_str(&text)
        .map_err(|error| anyhow!("this `:dep` is not valid TOML: {}", error.message()))?;
    if manifest["package"]["name"].as_str() == Some(TRIAL) {
        return try_dependency(tools, directory, &manifest).map(|()| "{}".to_owned());
    }
    let dependencies = added_dependencies(&manifest);
    let library = Manifest::read(&tools.library)?;
    let bare = !toolbox::shows_sources(directory);
    let alone = bare || arguments.iter().any(|argument| argument == "--no-deps");
    let description = if dependencies.is_empty() || alone {
        fs::read_to_string(tools.library.join("metadata.json"))
            .context("the helper library is damaged (run ./install.sh)")?
    } else {
        describe(tools, directory, &dependencies)?
    };
    let from = toolbox::text(&library.template);
    let answer = description.replace(&from, &toolbox::text(crate_directory));
    if alone {
        return without_dependencies(&answer);
    }
    Ok(answer)
}

/// The description of a cell with `:dep` crates.
fn describe(tools: &Toolbox, directory: &Path, added: &Table) -> anyhow::Result<String> {
    if let Some(set) = dependencies::find(tools, directory, added)? {
        return set.metadata();
    }
    let mut kernel = build::announce(tools)?;
    build::with_progress(&mut kernel, |progress| {
        dependencies::describe(tools, directory, added, progress)
    })
}

/// Whether the one dependency of `manifest` can be had.
fn try_dependency(tools: &Toolbox, directory: &Path, manifest: &Table) -> anyhow::Result<()> {
    let none = Table::new();
    let asked = manifest.get("dependencies").and_then(toml::Value::as_table);
    let asked = asked.unwrap_or(&none);
    if dependencies::is_known(tools, directory, asked)? {
        return Ok(());
    }
    let mut kernel = build::announce(tools)?;
    build::with_progress(&mut kernel, |progress| {
        dependencies::validate(tools, directory, asked, progress)
    })
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
