//! cargo's errors in a student's words.

use anyhow::anyhow;
use toml::Table;

/// More lines of a compiler's errors are of no use in a notebook.
const LONGEST: usize = 60;

/// Signs that crates.io or another server could not be reached.
const NO_NETWORK: [&str; 7] = [
    "--offline",
    "could not resolve",
    "could not connect",
    "failed to connect",
    "network failure",
    "spurious network error",
    "download of ",
];

/// The error for a cargo that failed and said `stderr`, about `dependencies`.
pub fn error(stderr: &str, dependencies: &Table) -> anyhow::Error {
    let text = without_noise(stderr);
    let names: Vec<&str> = dependencies.keys().map(String::as_str).collect();
    let all = names.join("`, `");
    // Without a network, cargo may say that there is no such crate.
    let sentence = does_not_compile(&text)
        .or_else(|| no_network(&text, &all))
        .or_else(|| missing_crate(&text))
        .or_else(|| missing_version(&text))
        .or_else(|| missing_feature(&text));
    match sentence {
        Some(sentence) => anyhow!(sentence),
        None => {
            let text = text.replace("\n\nCaused by:\n  ", ": ");
            anyhow!("cargo cannot provide `{all}`: {}", shortened(&text))
        }
    }
}

/// A crate without a library can be added to a manifest, but not be used.
pub fn without_library(stderr: &str) -> Option<anyhow::Error> {
    let line = stderr
        .lines()
        .find(|line| line.contains("which is missing a lib target"))?;
    let name = quoted(line, "ignoring invalid dependency ")?;
    Some(anyhow!(
        "`{name}` is a program without a library, so a cell cannot use it"
    ))
}

/// Without progress, warnings' own crate and the name of our own manifest.
fn without_noise(stderr: &str) -> String {
    let noise = [
        "Updating ",
        "Locking ",
        "Adding ",
        "Downloading ",
        "Downloaded ",
        "Compiling ",
        "Blocking ",
        "Finished ",
        "location searched: ",
        "required by package `ctx ",
        "... required by package `ctx ",
        "warning: build failed, waiting",
    ];
    let is_noise = |line: &&str| {
        let line = line.trim_start();
        noise.iter().any(|start| line.starts_with(start))
    };
    let lines: Vec<&str> = stderr.lines().filter(|line| !is_noise(line)).collect();
    let text = lines.join("\n");
    match text.split_once("the crate `ctx v1.0.0 (") {
        Some((before, rest)) => {
            let after = rest.split_once("`").map_or(rest, |(_, after)| after);
            format!("{before}this notebook{after}").trim().to_owned()
        }
        None => text.trim().to_owned(),
    }
}

fn missing_crate(text: &str) -> Option<String> {
    let name = quoted(text, "no matching package named ")
        .or_else(|| quoted(text, "searched package name: "))?;
    let hint = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("perhaps you meant:"))
        .map(|meant| format!(" (perhaps you meant {})", meant.trim().replace("or ", "")));
    Some(format!(
        "there is no crate `{name}` where it was looked for{}: is its name spelt right?",
        hint.unwrap_or_default()
    ))
}

fn missing_version(text: &str) -> Option<String> {
    let wanted = quoted(text, "failed to select a version for the requirement ")?;
    let (name, version) = wanted.split_once(" = ")?;
    let there = after(text, "candidate versions found which didn't match: ")
        .or_else(|| after(text, "version found which didn't match: "));
    let version = version.trim_matches('"');
    Some(match there {
        Some(there) => {
            format!("no version of `{name}` matches {version}; there are {there}")
        }
        None => format!("no version of `{name}` matches {version}"),
    })
}

fn missing_feature(text: &str) -> Option<String> {
    let line = text
        .lines()
        .find(|line| line.contains(" with feature `") && line.contains("does not have that"))?;
    let name = quoted(line, "depends on ")?;
    let feature = quoted(line, "with feature ")?;
    let there = after(text, "available features: ");
    Some(match there {
        Some(there) => format!("`{name}` has no feature `{feature}`; it has {there}"),
        None => format!("`{name}` has no feature `{feature}`"),
    })
}

fn no_network(text: &str, names: &str) -> Option<String> {
    let text = text.to_lowercase();
    let sign = NO_NETWORK.iter().any(|sign| text.contains(sign));
    sign.then(|| {
        format!(
            "`{names}` is not on this machine yet, and cannot be fetched without a network: \
             run the cell again when there is one"
        )
    })
}

fn does_not_compile(text: &str) -> Option<String> {
    let name = quoted(text, "could not compile ");
    let script = quoted(text, "failed to run custom build command for ");
    let (what, name) = match (name, script) {
        (Some(name), _) => ("does not compile", name),
        (None, Some(script)) => ("cannot be built on this machine", script),
        (None, None) => return None,
    };
    Some(format!("`{name}` {what}:\n{}", shortened(text)))
}

fn shortened(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines: Vec<&str> = text.lines().collect();
    match lines.get(..LONGEST) {
        Some(first) if lines.len() > LONGEST => {
            let rest = lines.len() - LONGEST;
            format!("{}\n... and {rest} more lines", first.join("\n"))
        }
        _ => lines.join("\n"),
    }
}

/// What stands in backquotes right behind `before`.
fn quoted(text: &str, before: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    let rest = rest.trim_start_matches('`');
    let end = rest.find(['`', '\n']).unwrap_or(rest.len());
    Some(rest[..end].trim().to_owned()).filter(|name| !name.is_empty())
}

/// The rest of the line behind `before`.
fn after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.lines()
        .next()
        .map(str::trim)
        .filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_cargos_errors_has_one_clear_sentence() {
        for (stderr, expected) in [
            (
                "    Updating crates.io index\nerror: no matching package named `zz` found\n\
                 location searched: crates.io index\nrequired by package `ctx v1.0.0 (/x)`",
                "there is no crate `zz` where it was looked for: is its name spelt right?",
            ),
            (
                "error: no matching package found\nsearched package name: `regexx`\n\
                 perhaps you meant:      regex\nlocation searched: crates.io index",
                "there is no crate `regexx` where it was looked for (perhaps you meant regex): \
                 is its name spelt right?",
            ),
            (
                "error: failed to select a version for the requirement `itoa = \"^77\"`\n\
                 candidate versions found which didn't match: 1.0.19, 1.0.18, ...\n\
                 location searched: crates.io index",
                "no version of `itoa` matches ^77; there are 1.0.19, 1.0.18, ...",
            ),
            (
                "error: failed to select a version for `itoa`.\n    ... required by package `ctx v1`\n\
                 versions that meet the requirements `^1` are: 1.0.19\n\n\
                 package `ctx` depends on `itoa` with feature `nope` but `itoa` does not have that feature.\n \
                 available features: no-panic\n",
                "`itoa` has no feature `nope`; it has no-panic",
            ),
            (
                "warning: spurious network error (3 tries remaining): Could not resolve host\n\
                 error: failed to get `itoa` as a dependency of package `ctx v1.0.0 (/x)`",
                "`itoa` is not on this machine yet, and cannot be fetched without a network: \
                 run the cell again when there is one",
            ),
            (
                "   Compiling bad v0.1.0 (/bad)\nerror[E0425]: cannot find value `x`\n\
                 error: could not compile `bad` (lib) due to 1 previous error",
                "`bad` does not compile:\nerror[E0425]: cannot find value `x`\n\
                 error: could not compile `bad` (lib) due to 1 previous error",
            ),
            (
                "error: failed to run custom build command for `z-sys v1.0.0`\n\nno pkg-config",
                "`z-sys v1.0.0` cannot be built on this machine:\n\
                 failed to run custom build command for `z-sys v1.0.0`\n\nno pkg-config",
            ),
            (
                "error: no matching package named `itoa` found\nlocation searched: crates.io index\n\
                 As a reminder, you're using offline mode (--offline) which can sometimes ...",
                "`itoa` is not on this machine yet, and cannot be fetched without a network: \
                 run the cell again when there is one",
            ),
            (
                "error: failed to get `itoa`\n\nCaused by:\n  download of config.json failed\n\n\
                 Caused by:\n  [7] Could not connect to server",
                "`itoa` is not on this machine yet, and cannot be fetched without a network: \
                 run the cell again when there is one",
            ),
            (
                "error: the crate `ctx v1.0.0 (/x/y)` depends on crate `a v1` multiple times",
                "cargo cannot provide `itoa`: this notebook depends on crate `a v1` multiple times",
            ),
            (
                "error: failed to load manifest\n\nCaused by:\n  failed to read `/x/Cargo.toml`",
                "cargo cannot provide `itoa`: failed to load manifest: failed to read `/x/Cargo.toml`",
            ),
        ] {
            let table: Table = toml::from_str("itoa = '1'").unwrap();
            assert_eq!(error(stderr, &table).to_string(), expected);
        }
    }

    #[test]
    fn long_errors_are_cut() {
        let long = "line\n".repeat(LONGEST + 5);
        let text = shortened(&long);
        assert!(text.ends_with("... and 5 more lines"), "{text}");
    }

    #[test]
    fn a_program_is_not_a_library() {
        let said = "warning: ctx v1.0.0 ignoring invalid dependency `ripgrep` which is missing a lib target";
        let error = without_library(said).unwrap().to_string();
        assert!(error.starts_with("`ripgrep` is a program"), "{error}");
        assert!(without_library("all is well").is_none());
    }
}
