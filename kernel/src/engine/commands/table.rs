//! The table of all commands: what `:help` shows, and what is not known.

use super::super::interface::Output;
use super::super::timing::display;
use crate::html::escape;

/// A command at the top of a cell.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// As it begins its line.
    pub name: &'static str,
    /// What follows the name.
    form: &'static str,
    what: &'static str,
    pub example: &'static str,
}

const fn command(
    name: &'static str,
    form: &'static str,
    what: &'static str,
    example: &'static str,
) -> Command {
    Command {
        name,
        form,
        what,
        example,
    }
}

/// All that may stand at the top of a cell, in the order of the page.
pub const COMMANDS: [Command; 20] = [
    command(":vars", "", "lists the variables with their types", ":vars"),
    command(":type", "NAME", "tells the type of a variable", ":type x"),
    command(":t", "NAME", "the same as `:type`", ":t x"),
    command(
        ":doc",
        "NAME",
        "shows the documentation of a name",
        ":doc Vec",
    ),
    command(
        "?",
        "NAME",
        "the same in the pager; alone in its cell",
        "?Vec",
    ),
    command(
        ":dep",
        "CRATE = VERSION",
        "adds a crate, which is built once and then kept",
        ":dep itertools = \"0.14\"",
    ),
    command(
        ":show_deps",
        "",
        "lists the crates that were added",
        ":show_deps",
    ),
    command(
        ":opt",
        "[0|1|2|3|s|z|auto]",
        "sets how cells are optimised from now on, or tells how they are",
        ":opt 3",
    ),
    command(
        ":time",
        "",
        "tells what the cell takes: compiling, the clock, the CPUs",
        ":time\nstd::thread::sleep(std::time::Duration::from_millis(50));",
    ),
    command(
        ":timeit",
        "",
        "runs the code below it many times, for up to a second, and tells how long it takes; what it defines does not stay",
        ":timeit\n(0..1000_u64).sum::<u64>()",
    ),
    command(
        ":trace",
        "",
        "looks at the cell's threads while it runs, about every millisecond, and shows which of them ran on which CPU",
        ":trace\nrayon::join(|| barista::time_slice(&[999], 1), || barista::time_slice(&[999], 1));",
    ),
    command(
        ":limit",
        "[TIME|off]",
        "stops code and programs that run longer, in this cell and those after it, and undoes them; or tells the limit",
        ":limit 10s",
    ),
    command(
        ":warnings",
        "[on|off]",
        "shows what the compiler warns of, or does not, in this cell and those after it; or tells which",
        ":warnings off",
    ),
    command(
        "!",
        "COMMAND",
        "runs the rest of the line in a shell of its own, before the cell's Rust; `cd` and the like end with it",
        "!ls -l",
    ),
    command(
        ":env",
        "NAME=VALUE",
        "sets a variable of the environment, for cells after the next `:clear`",
        ":env RUST_LOG=debug",
    ),
    command(
        ":efmt",
        "[FORMAT]",
        "sets how an error is shown that ends a cell through `?`",
        ":efmt {:?}",
    ),
    command(
        ":explain",
        "",
        "tells more about the compiler's last error",
        ":explain",
    ),
    command(
        ":clear",
        "",
        "forgets all variables, functions, types and crates",
        ":clear",
    ),
    command(
        ":restart",
        "",
        "ends the process that runs cells, and with it all variables",
        ":restart",
    ),
    command(
        ":help",
        "[COMMAND]",
        "shows this page, or one line of it",
        ":help :limit",
    ),
];

const INSIDE: &str = "it is about the inside of evcxr, which this kernel uses in its own way";
const LINKING: &str =
    "the kernel chooses how cells are linked, so that a cell needs only what it uses";
const CACHING: &str = "compiled cells and crates are kept already; `twoaxes-kernel cache` in a terminal tells about them";
const TIMING: &str = "write `:time` above the cell that is to tell what it takes";
const FORMAT: &str =
    "a value is shown as `{:?}` has it; print it in another form, as in `println!(\"{x:#?}\")`";

/// evcxr's commands that have no place here, and why.
const REFUSED: [(&str, &str); 20] = [
    (
        ":quit",
        "it would end the kernel; use the notebook's Kernel menu",
    ),
    (":timing", TIMING),
    (":time_passes", TIMING),
    (":fmt", FORMAT),
    (
        ":types",
        "`:type x` tells the type of a variable, `:vars` all of them",
    ),
    (
        ":preserve_vars_on_panic",
        "a cell that fails is undone, and variables are as before it",
    ),
    (
        ":toolchain",
        "cells are compiled with the compiler that is installed; choose another one with rustup, and restart the kernel",
    ),
    (
        ":offline",
        "a crate that was built once is kept; for cargo, set CARGO_NET_OFFLINE=true before Jupyter starts",
    ),
    (
        ":build_env",
        "set it before Jupyter starts; the crates of `:dep` are built with that environment",
    ),
    (
        ":load_config",
        "write what a session begins with into its first cell",
    ),
    (":allow_static_linking", LINKING),
    (":linker", LINKING),
    (":codegen_backend", LINKING),
    (":sccache", CACHING),
    (":cache", CACHING),
    (":clear_cache", CACHING),
    (":internal_debug", INSIDE),
    (":last_compile_dir", INSIDE),
    (":last_error_json", INSIDE),
    (
        ":version",
        "`twoaxes-kernel --version` in a terminal tells it",
    ),
];

/// Below this likeness a name is no slip of the pen.
const LIKE: f64 = 0.75;

/// The command called `name`. `Err` says why there is none.
pub fn find(name: &str) -> Result<&'static Command, String> {
    if let Some(found) = COMMANDS.iter().find(|command| command.name == name) {
        return Ok(found);
    }
    if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        return Err(format!("`{name}` is not available: {why}"));
    }
    let nearest = nearest(name)
        .map(|near| format!("did you mean `{near}`? "))
        .unwrap_or_default();
    Err(format!(
        "there is no command `{name}`; {nearest}`:help` lists all"
    ))
}

fn nearest(name: &str) -> Option<&'static str> {
    let likeness =
        |command: &Command| strsim::jaro_winkler(name.trim_start_matches(':'), &command.name[1..]);
    let named = COMMANDS.iter().filter(|command| command.name.len() > 1);
    named
        .map(|command| (likeness(command), command.name))
        .filter(|(like, _)| *like >= LIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// The names that begin with `beginning`.
pub fn beginning_with(beginning: &str) -> impl Iterator<Item = &'static str> {
    let names = COMMANDS.iter().map(|command| command.name);
    names.filter(move |name| name.starts_with(beginning))
}

/// The page about `commands`.
pub fn page(commands: &[&Command]) -> Output {
    let mut plain = Vec::new();
    let mut html = String::from(
        r#"<table><thead><tr><th style="text-align:left">At the top of a cell</th><th style="text-align:left">What it does</th><th style="text-align:left">Example</th></tr></thead><tbody>"#,
    );
    for Command {
        name,
        form,
        what,
        example,
    } in commands
    {
        let separator = if name.starts_with(':') { " " } else { "" };
        let written = format!("{name}{separator}{form}");
        plain.push(format!("{}\n    {what}", written.trim()));
        plain.extend(example.lines().map(|line| format!("        {line}")));
        html.push_str(&format!(
            r#"<tr style="vertical-align:top"><td style="text-align:left"><code>{}</code></td><td style="text-align:left">{}</td><td style="text-align:left"><pre style="margin:0">{}</pre></td></tr>"#,
            escape(written.trim()),
            code(what),
            escape(example),
        ));
    }
    html.push_str("</tbody></table>");
    display(plain.join("\n"), html)
}

/// Escaped, with what stands in backticks as code.
fn code(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(index, part)| match index % 2 {
        0 => escape(part),
        _ => format!("<code>{}</code>", escape(part)),
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_or_it_is_said_why_not() {
        for (name, expected) in [
            (":quit", "Kernel menu"),
            (":timing", "`:time` above the cell"),
            (":cache", "twoaxes-kernel cache"),
            (":tme", "did you mean `:time`? `:help` lists all"),
            (":var", "did you mean `:vars`?"),
            (":limits", "did you mean `:limit`?"),
            (":dependency", "did you mean `:dep`?"),
            (":foo", "no command `:foo`; `:help`"),
            (":", "no command `:`; `:help`"),
            ("::std::mem::drop(1)", "`:help`"),
        ] {
            let why = find(name).unwrap_err();
            assert!(why.contains(expected), "{why}");
            assert!(!why.contains('\n'), "one sentence: {why}");
        }
    }

    #[test]
    fn the_page_has_a_line_and_an_example_for_each() {
        let Output::Display { data, .. } = page(&COMMANDS.each_ref()) else {
            panic!("no display");
        };
        let (plain, html) = (&data["text/plain"], &data["text/html"]);
        let (plain, html) = (plain.as_str().unwrap(), html.as_str().unwrap());
        for command in &COMMANDS {
            assert!(
                plain.contains(&format!("    {}\n", command.what)),
                "{plain}"
            );
            assert!(html.contains(&escape(command.example)), "{html}");
            assert!(command.example.starts_with(command.name), "{command:?}");
        }
    }
}
