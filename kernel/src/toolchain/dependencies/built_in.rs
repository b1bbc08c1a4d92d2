//! Whether the helper library has what a `:dep` asks for.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use semver::{Version, VersionReq};
use serde_json::Value;
use toml::Table;

use crate::toolchain::library::BUILT_IN;

/// The names in `dependencies` that the library in `directory` satisfies.
/// Errors for a name that it has in another version, or with less features.
pub fn check(directory: &Path, dependencies: &Table) -> anyhow::Result<Vec<String>> {
    let mut satisfied = Vec::new();
    for (name, dependency) in dependencies {
        if BUILT_IN.contains(&name.as_str()) {
            let path = directory.join("metadata.json");
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {} (run ./install.sh)", path.display()))?;
            compare(name, dependency, &serde_json::from_str(&text)?)?;
            satisfied.push(name.clone());
        }
    }
    Ok(satisfied)
}

/// Whether the crate `name` that `metadata` describes is what `dependency` asks.
fn compare(name: &str, dependency: &toml::Value, metadata: &Value) -> anyhow::Result<()> {
    let (version, features) = known(name, metadata)
        .with_context(|| format!("the helper library does not say which `{name}` it has"))?;
    let other = |dependency: &str| {
        format!("for a copy of its own, use another name: `:dep my_{name} = {dependency}`")
    };
    let table = match dependency {
        toml::Value::String(wanted) => return check_version(name, wanted, &version, &other),
        toml::Value::Table(table) => table,
        _ => bail!("`:dep {name} = ...` takes a version, or a table in braces"),
    };
    // With evcxr itself, the helper crate is a path on the student's disk.
    let from_elsewhere = ["package", "path", "git", "registry"]
        .iter()
        .find(|key| table.contains_key(**key));
    if let Some(key) = from_elsewhere.filter(|_| name != BUILT_IN[0]) {
        bail!(
            "`{name}` {version} is built in, so `{key}` cannot replace it; {}",
            other(&format!("{{ package = \"{name}\", {key} = ... }}"))
        );
    }
    if let Some(wanted) = table.get("version").and_then(toml::Value::as_str) {
        check_version(name, wanted, &version, &other)?;
    }
    let asked = table.get("features").and_then(toml::Value::as_array);
    let missing: Vec<&str> = asked
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .filter(|feature| !features.iter().any(|known| known == feature))
        .collect();
    if !missing.is_empty() {
        bail!(
            "the built-in `{name}` {version} is without the feature `{}`; it has {}; {}",
            missing.join("`, `"),
            features.join(", "),
            other(&format!("{{ package = \"{name}\", features = [...] }}"))
        );
    }
    Ok(())
}

fn check_version(
    name: &str,
    wanted: &str,
    version: &Version,
    other: &dyn Fn(&str) -> String,
) -> anyhow::Result<()> {
    let requirement = VersionReq::parse(wanted)
        .with_context(|| format!("`{wanted}` is not a version of `{name}`"))?;
    if !requirement.matches(version) {
        bail!(
            "`{name}` is built in as {version}, which is not {wanted}; {}",
            other(&format!(
                "{{ package = \"{name}\", version = \"{wanted}\" }}"
            ))
        );
    }
    Ok(())
}

/// The version and the features of the crate `name`.
fn known(name: &str, metadata: &Value) -> Option<(Version, Vec<String>)> {
    let packages = metadata["packages"].as_array()?;
    let package = packages.iter().find(|package| package["name"] == name)?;
    let nodes = metadata["resolve"]["nodes"].as_array()?;
    let node = nodes.iter().find(|node| node["id"] == package["id"])?;
    let features = node["features"].as_array()?;
    Some((
        Version::parse(package["version"].as_str()?).ok()?,
        features
            .iter()
            .filter_map(|feature| feature.as_str().map(str::to_owned))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_must_be_what_is_asked_for() {
        let metadata = serde_json::json!({
            "packages": [
                {"name": "rayon", "id": "r", "version": "1.12.0"},
                {"name": "twoaxes", "id": "t", "version": "0.1.0"},
            ],
            "resolve": {"nodes": [
                {"id": "r", "features": ["default", "web"]},
                {"id": "t", "features": []},
            ]},
        });
        for (dependency, expected) in [
            ("rayon = '1'", None),
            ("rayon = '*'", None),
            ("rayon = { version = '1.10', features = ['web'] }", None),
            ("rayon = { version = '1', default-features = false }", None),
            ("twoaxes = { path = '/x' }", None),
            (
                "rayon = '0.9'",
                Some("is built in as 1.12.0, which is not 0.9"),
            ),
            (
                "rayon = '0.9'",
                Some("`:dep my_rayon = { package = \"rayon\", version = \"0.9\" }`"),
            ),
            ("rayon = '=1.11.0'", Some("which is not =1.11.0")),
            ("rayon = 'x..y'", Some("`x..y` is not a version")),
            ("rayon = 1", Some("takes a version")),
            (
                "rayon = { features = ['web', 'no'] }",
                Some("without the feature `no`; it has default, web"),
            ),
            ("rayon = { path = '/x' }", Some("`path` cannot replace it")),
            (
                "rayon = { package = 'rayon-core', version = '1' }",
                Some("`package` cannot"),
            ),
        ] {
            let table: Table = toml::from_str(dependency).unwrap();
            let (name, value) = table.iter().next().unwrap();
            let result = compare(name, value, &metadata).map_err(|error| format!("{error:#}"));
            match expected {
                None => assert_eq!(result, Ok(()), "{dependency}"),
                Some(text) => {
                    let error = result.unwrap_err();
                    assert!(error.contains(text), "{dependency}: {error}");
                }
            }
        }
    }
}
