//! cargo's description of a set, joined with that of the helper library, for
//! rust-analyzer.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use crate::toolchain::toolbox;

/// The description of the library in `library` with the crates of `added`, what
/// `cargo metadata` says of a crate that depends on them and nothing else.
pub fn describe(library: &Path, added: &Value) -> anyhow::Result<Value> {
    let path = library.join("metadata.json");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("cannot read {} (run ./install.sh)", path.display()))?;
    let mut joined: Value = serde_json::from_str(&text)
        .with_context(|| format!("{} is damaged (run ./install.sh)", path.display()))?;
    let root = added["resolve"]["root"].clone();
    let cell = joined["resolve"]["root"].clone();
    for id in reachable(added, &root) {
        let node = node(added, &id);
        if id == root {
            join(&mut joined, &cell, node);
            let dependencies = &package(added, &root)["dependencies"];
            extend(
                package_mut(&mut joined, &cell),
                "dependencies",
                dependencies,
            );
        } else if package(&joined, &id).is_null() {
            push(&mut joined["packages"], package(added, &id).clone());
            push(&mut joined["resolve"]["nodes"], node.clone());
        } else {
            join(&mut joined, &id, node);
        }
    }
    drop_missing(&mut joined);
    Ok(joined)
}

/// Copies the sources of crates that are not the student's own into `new`, and
/// describes them where they will be: in `place`. cargo removes its own copies
/// after a while.
pub fn take_sources(description: &mut Value, new: &Path, place: &Path) -> anyhow::Result<()> {
    let root = description["resolve"]["root"].clone();
    let wanted = reachable(description, &root);
    let packages = description["packages"].as_array_mut();
    for (number, package) in packages.into_iter().flatten().enumerate() {
        if package["source"].is_null() || !wanted.contains(&package["id"]) {
            continue;
        }
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let Some(from) = Path::new(manifest).parent().map(Path::to_owned) else {
            continue;
        };
        let name = package["name"].as_str().unwrap_or_default();
        let inside = format!("{number}-{name}");
        copy_sources(&from, &new.join(&inside))?;
        let moved = |path: &Value| {
            let path = Path::new(path.as_str().unwrap_or_default());
            let path = path
                .strip_prefix(&from)
                .map(|rest| place.join(&inside).join(rest));
            path.map_or(Value::Null, |path| toolbox::text(&path).into())
        };
        package["manifest_path"] = moved(&package["manifest_path"]);
        for target in package["targets"].as_array_mut().into_iter().flatten() {
            target["src_path"] = moved(&target["src_path"]);
        }
    }
    Ok(())
}

/// The crates whose types a cell may have: what procedural macros and build
/// scripts are made of is not among them.
fn reachable(description: &Value, root: &Value) -> Vec<Value> {
    let mut found = vec![root.clone()];
    let mut next = 0;
    while let Some(id) = found.get(next).cloned() {
        next += 1;
        if is_macro(package(description, &id)) {
            continue;
        }
        let dependencies = node(description, &id)["deps"].as_array();
        for dependency in dependencies.into_iter().flatten() {
            if is_normal(dependency) && !found.contains(&dependency["pkg"]) {
                found.push(dependency["pkg"].clone());
            }
        }
    }
    found
}

fn is_normal(dependency: &Value) -> bool {
    let kinds = dependency["dep_kinds"].as_array();
    kinds
        .into_iter()
        .flatten()
        .any(|kind| kind["kind"].is_null())
}

fn is_macro(package: &Value) -> bool {
    let targets = package["targets"].as_array();
    targets
        .into_iter()
        .flatten()
        .any(|target| target["kind"][0] == "proc-macro")
}

/// Adds what `node` has to the node `id` of `description`.
fn join(description: &mut Value, id: &Value, node: &Value) {
    let nodes = description["resolve"]["nodes"].as_array_mut();
    let known = nodes.into_iter().flatten().find(|known| known["id"] == *id);
    if let Some(known) = known {
        for list in ["deps", "dependencies", "features"] {
            extend(Some(known), list, &node[list]);
        }
    }
}

/// Appends what is new in `more` to the list `name` of `to`.
fn extend(to: Option<&mut Value>, name: &str, more: &Value) {
    let Some(list) = to.and_then(|to| to[name].as_array_mut()) else {
        return;
    };
    for item in more.as_array().into_iter().flatten() {
        let same = |known: &Value| match &item["pkg"] {
            Value::Null => known == item,
            id => known["pkg"] == *id && known["name"] == item["name"],
        };
        if !list.iter().any(same) {
            list.push(item.clone());
        }
    }
}

/// Removes edges to crates that are not described.
fn drop_missing(description: &mut Value) {
    let packages = description["packages"].as_array();
    let known: BTreeSet<String> = packages
        .into_iter()
        .flatten()
        .map(|package| package["id"].to_string())
        .collect();
    let nodes = description["resolve"]["nodes"].as_array_mut();
    for node in nodes.into_iter().flatten() {
        if let Some(dependencies) = node["deps"].as_array_mut() {
            dependencies.retain(|dependency| known.contains(&dependency["pkg"].to_string()));
        }
        if let Some(ids) = node["dependencies"].as_array_mut() {
            ids.retain(|id| known.contains(&id.to_string()));
        }
    }
}

fn package<'a>(description: &'a Value, id: &Value) -> &'a Value {
    find(&description["packages"], id)
}

fn package_mut<'a>(description: &'a mut Value, id: &Value) -> Option<&'a mut Value> {
    let packages = description["packages"].as_array_mut()?;
    packages.iter_mut().find(|package| package["id"] == *id)
}

/// The crate `id` as the resolver has it.
pub fn node<'a>(description: &'a Value, id: &Value) -> &'a Value {
    find(&description["resolve"]["nodes"], id)
}

fn find<'a>(list: &'a Value, id: &Value) -> &'a Value {
    let list = list.as_array();
    let found = list.into_iter().flatten().find(|item| item["id"] == *id);
    found.unwrap_or(&Value::Null)
}

fn push(list: &mut Value, item: Value) {
    if let Some(list) = list.as_array_mut() {
        list.push(item);
    }
}

/// Only what rust-analyzer reads.
fn copy_sources(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let (path, place) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if entry.file_name() != "target" {
                copy_sources(&path, &place)?;
            }
        } else if kind.is_file() && is_source(&path) {
            fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
            fs::copy(&path, &place).with_context(|| format!("cannot write {}", place.display()))?;
        }
    }
    Ok(())
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
        || path.file_name().is_some_and(|name| name == "Cargo.toml")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn description(root: &str, crates: &[(&str, &str, &[&str])]) -> Value {
        let packages: Vec<Value> = crates
            .iter()
            .map(|(id, kind, _)| {
                json!({
                    "id": id, "name": id, "source": null, "dependencies": [],
                    "targets": [{"kind": [kind]}],
                })
            })
            .collect();
        let nodes: Vec<Value> = crates
            .iter()
            .map(|(id, _, dependencies)| {
                let edges: Vec<Value> = dependencies
                    .iter()
                    .map(|to| json!({"name": to, "pkg": to, "dep_kinds": [{"kind": null}]}))
                    .collect();
                json!({"id": id, "deps": edges, "dependencies": dependencies, "features": [id]})
            })
            .collect();
        json!({"packages": packages, "resolve": {"root": root, "nodes": nodes}})
    }

    #[test]
    fn a_cell_sees_the_librarys_crates_and_the_added_ones() {
        let library = tempfile::tempdir().unwrap();
        let built_in = description(
            "cell",
            &[
                ("cell", "cdylib", &["rayon"]),
                ("rayon", "lib", &["either"]),
                ("either", "lib", &[]),
            ],
        );
        fs::write(library.path().join("metadata.json"), built_in.to_string()).unwrap();
        let added = description(
            "set",
            &[
                ("set", "lib", &["serde", "either"]),
                ("serde", "lib", &["derive", "either"]),
                ("derive", "proc-macro", &["syn"]),
                ("syn", "lib", &[]),
                ("either", "lib", &[]),
            ],
        );
        let joined = describe(library.path(), &added).unwrap();
        let ids: Vec<&str> = joined["packages"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|package| package["id"].as_str())
            .collect();
        assert_eq!(ids, ["cell", "rayon", "either", "serde", "derive"]);
        for (id, expected) in [
            ("cell", vec!["rayon", "serde", "either"]),
            ("serde", vec!["derive", "either"]),
            ("derive", vec![]),
            ("either", vec![]),
        ] {
            let node = node(&joined, &json!(id));
            assert_eq!(node["dependencies"], json!(expected), "{id}");
            assert_eq!(
                node["deps"].as_array().unwrap().len(),
                expected.len(),
                "{id}"
            );
        }
    }

    #[test]
    fn sources_are_copied_and_described_where_they_will_be() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("registry/itoa");
        fs::create_dir_all(from.join("src")).unwrap();
        for file in ["Cargo.toml", "src/lib.rs", "README.md"] {
            fs::write(from.join(file), file).unwrap();
        }
        let mut added = description("set", &[("set", "lib", &["itoa"]), ("itoa", "lib", &[])]);
        added["packages"][1]["source"] = json!("registry");
        added["packages"][1]["manifest_path"] = json!(from.join("Cargo.toml"));
        added["packages"][1]["targets"][0]["src_path"] = json!(from.join("src/lib.rs"));
        let new = folder.path().join("new");
        take_sources(&mut added, &new, Path::new("/set/sources")).unwrap();
        let package = &added["packages"][1];
        assert_eq!(package["manifest_path"], "/set/sources/1-itoa/Cargo.toml");
        assert_eq!(
            package["targets"][0]["src_path"],
            "/set/sources/1-itoa/src/lib.rs"
        );
        assert!(new.join("1-itoa/src/lib.rs").is_file());
        assert!(!new.join("1-itoa/README.md").exists());
    }
}
