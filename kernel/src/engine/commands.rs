//! Commands at the top of a cell: those that we do ourselves, those that evcxr does, and
//! those that must not reach it.

mod table;

use std::str::FromStr;
use std::time::Duration;

use proc_macro2::TokenStream;

use super::interface::{Completion, Completions};
use super::{durations, identifier};
use crate::toolchain::toolbox;
use table::Command;
pub use table::page;

/// Levels that rustc knows, and `auto`: what a cell contains decides.
const LEVELS: [&str; 7] = ["0", "1", "2", "3", "s", "z", AUTO];
const AUTO: &str = "auto";

/// What the commands at the top of a cell mean for us.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// The cell for evcxr, on the same lines.
    pub code: String,
    /// `:opt` with its level; without one it is a question.
    pub opt: Option<Option<String>>,
    /// Whether evcxr forgets what was imported.
    pub clears: bool,
    /// The `!` lines, in order, without their mark.
    pub programs: Vec<String>,
    /// Which one, if any, does something to the kernel's own process or outside of it.
    pub reaches_out: Option<&'static str>,
    /// What `:help` asks about.
    pub help: Option<Vec<&'static Command>>,
    /// Whether the cell tells what it takes.
    pub times: bool,
    /// Whether it runs many times.
    pub repeats: bool,
    /// Whether its threads are shown.
    pub traces: bool,
    /// `:limit` with what it says; without anything it is a question.
    pub limit: Option<Option<Limit>>,
    /// `:warnings` with what it says; without anything it is a question.
    pub warnings: Option<Option<bool>>,
}

/// How long a cell may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Off,
    After(Duration),
}

/// Reads the commands of a cell. `Err` says why one cannot be done.
pub fn read(code: &str) -> Result<Commands, String> {
    let mut commands = Commands::default();
    let mut at_top = true;
    // Where commands stand that become Rust, and what they become.
    let mut inserts: Vec<(usize, &str)> = Vec::new();
    for line in code.split_inclusive('\n') {
        let text = line.trim();
        at_top &= is_above_rust(text);
        let (repeated, traced) = (commands.repeats, commands.traces);
        let ours = at_top && commands.take(text)?;
        if at_top && !inserts.is_empty() && !ours && is_command(text) {
            return Err(format!(
                "`{text}` stands above `:timeit` and `:trace`, which are about what is below them"
            ));
        }
        if commands.traces && !traced {
            // Before the closure that is run many times.
            let at = inserts.first().map_or(commands.code.len(), |(at, _)| *at);
            inserts.insert(0, (at, TRACE));
        }
        if commands.repeats && !repeated {
            inserts.push((commands.code.len(), REPEAT));
        }
        commands.code.push_str(if !ours {
            line
        } else if line.ends_with('\n') {
            "\n"
        } else {
            ""
        });
    }
    if !inserts.is_empty() && at_top {
        return Err(
            "`:timeit` and `:trace` are about the code below them, and there is none".to_owned(),
        );
    }
    commands.insert(&inserts);
    commands.code = super::comments::keep_documentation(commands.code);
    Ok(commands)
}

/// Stands in the place of `:trace`.
const TRACE: &str = "twoaxes::threads::begin();";

/// Stands in the place of `:timeit`, so that the code below it stays on its lines.
pub const REPEAT: &str = "twoaxes::timeit(|| {";
const REPEATED: &str = "\n})";

/// evcxr takes commands only before the first line of Rust.
pub fn is_above_rust(line: &str) -> bool {
    line.is_empty() || line.starts_with("//") || is_command(line)
}

fn is_command(line: &str) -> bool {
    line.starts_with([':', '!'])
}

/// Whether a command at the beginning of `line` becomes Rust.
pub fn becomes_rust(line: &str) -> bool {
    [":timeit", ":trace"]
        .into_iter()
        .any(|name| line.starts_with(name))
}

/// What to say of a `line` that looks like a command and stands below the first line of Rust.
pub fn misplaced(above: &str, line: &str) -> Option<String> {
    let mut lines = above.lines().chain([line]);
    if lines.all(|line| is_above_rust(line.trim())) {
        return None;
    }
    let line = line.trim();
    let name = line.split_whitespace().next()?;
    if let Some(program) = line.strip_prefix('!') {
        let is_program = program.starts_with(|c: char| c.is_ascii_lowercase());
        return is_program.then(|| format!("`{line}` is a program for a shell: `!` lines {TOP}"));
    }
    if name.starts_with('%') {
        return Some(format!(
            "`{name}` is none of this kernel's commands, which begin with `:` and {TOP} (`:help` lists them)"
        ));
    }
    let is_known = name.starts_with(':') && table::find(name).is_ok();
    is_known.then(|| format!("`{name}` is a command: commands {TOP}"))
}

const TOP: &str = "stand at the top of a cell, above its Rust";

/// Whether the command on `line` may need types of variables or crates.
pub fn asks_for_types(line: &str) -> bool {
    let line = line.trim();
    let is_ours = [
        ":time",
        ":trace",
        ":limit",
        ":warnings",
        ":help",
        ":opt",
        ":clear",
        ":env",
    ]
    .into_iter()
    .any(|name| line.starts_with(name));
    !(is_ours || line.starts_with('!'))
}

/// Says that `expression`, which stands in no cell, has no commands. `Err` says why not.
pub fn without(expression: &str) -> Result<(), String> {
    let mut above_rust = expression
        .lines()
        .map(str::trim)
        .take_while(|line| is_above_rust(line));
    match above_rust.any(is_command) {
        true => Err("commands stand at the top of a cell, and nowhere else".to_owned()),
        false => Ok(()),
    }
}

impl Commands {
    /// Puts Rust into its places, the first one first.
    fn insert(&mut self, inserts: &[(usize, &str)]) {
        let Some((first, _)) = inserts.first() else {
            return;
        };
        // Where brackets do not match, the compiler is to say so about the code as it is.
        let below = self.code.get(*first..).unwrap_or_default();
        if TokenStream::from_str(below).is_err() {
            return;
        }
        for (at, text) in inserts.iter().rev() {
            self.code.insert_str(*at, text);
        }
        if self.repeats {
            self.code.push_str(REPEATED);
        }
    }

    /// Takes a line at the top of a cell; whether it is done here.
    fn take(&mut self, line: &str) -> Result<bool, String> {
        if let Some(program) = line.strip_prefix('!') {
            match program.trim() {
                "" => return Err("`!` runs the rest of its line, and there is none".to_owned()),
                program => self.programs.push(program.to_owned()),
            }
            self.reaches_out = Some("!");
            return Ok(true);
        }
        let (command, argument) = match line.split_once(char::is_whitespace) {
            Some((command, argument)) => (command, Some(argument.trim())),
            None => (line, None),
        };
        if !command.starts_with(':') {
            return Ok(false);
        }
        match table::find(command)?.name {
            ":help" => self.help = Some(asked(argument)?),
            ":env" => {
                changeable(line, argument.unwrap_or_default())?;
                self.reaches_out = Some(":env");
                return Ok(false);
            }
            ":opt" => set(&mut self.opt, argument.map(level).transpose()?),
            ":limit" => set(&mut self.limit, argument.map(limit).transpose()?),
            ":warnings" => set(&mut self.warnings, argument.map(switch).transpose()?),
            ":timeit" => {
                alone(command, argument)?;
                self.repeats = true;
            }
            ":trace" => {
                alone(command, argument)?;
                self.traces = true;
            }
            ":time" => {
                alone(command, argument)?;
                self.times = true;
            }
            name @ (":clear" | ":restart") => {
                nothing_behind(name, argument)?;
                self.clears = true;
                return Ok(false);
            }
            name @ (":vars" | ":explain" | ":show_deps") => {
                nothing_behind(name, argument)?;
                return Ok(false);
            }
            ":type" | ":t" => {
                variable(line, argument.unwrap_or_default())?;
                return Ok(false);
            }
            ":dep" => {
                dependency(line, argument.unwrap_or_default())?;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The commands that `:help` asks about, all of them or one.
fn asked(name: Option<&str>) -> Result<Vec<&'static Command>, String> {
    match name.unwrap_or_default() {
        "" => Ok(table::COMMANDS.iter().collect()),
        name if name.starts_with(|c: char| c.is_alphabetic()) => {
            Ok(vec![table::find(&format!(":{name}"))?])
        }
        name => Ok(vec![table::find(name)?]),
    }
}

/// What may stand at `cursor` (a byte offset into `code`), if that is within the name of a
/// command.
pub fn complete(code: &str, cursor: usize) -> Option<Completions> {
    let before = code.get(..cursor)?;
    let (above, line) = before.rsplit_once('\n').unwrap_or(("", before));
    let begun = line.trim_start();
    let is_name = begun.starts_with(':') && !begun.contains(char::is_whitespace);
    if !is_name || !above.lines().all(|line| is_above_rust(line.trim())) {
        return None;
    }
    let candidates = table::beginning_with(begun).map(|name| Completion {
        text: name.to_owned(),
        kind: "magic".to_owned(),
        signature: None,
    });
    Some(Completions {
        start: cursor - begun.len(),
        end: cursor,
        candidates: candidates.collect(),
    })
}

/// Commands about the code below them have no code on their own line, where it would
/// not stand where the compiler says.
fn alone(command: &str, argument: Option<&str>) -> Result<(), String> {
    match argument.unwrap_or_default() {
        "" => Ok(()),
        rest => Err(format!(
            "`{command}` stands on a line of its own: write `{rest}` on the next one"
        )),
    }
}

/// A question leaves what the cell has set above it.
fn set<T>(setting: &mut Option<Option<T>>, said: Option<T>) {
    *setting = Some(said.or(setting.take().flatten()));
}

fn nothing_behind(name: &str, argument: Option<&str>) -> Result<(), String> {
    match argument.unwrap_or_default() {
        "" => Ok(()),
        code if name == ":explain" => Err(format!(
            "`:explain {code}`: it tells about the last error, and nothing stands behind it; \
             https://doc.rust-lang.org/error_codes/ has all codes"
        )),
        rest => Err(format!(
            "`{name} {rest}`: nothing may stand behind `{name}`; write it alone"
        )),
    }
}

fn variable(line: &str, name: &str) -> Result<(), String> {
    match name {
        "" => Err(format!(
            "`{line}`: write the name of a variable behind it, as in `:type x`"
        )),
        name if name.chars().all(identifier::is_part) => Ok(()),
        _ => Err(format!(
            "`{line}`: it knows the types of variables; give the value a name with `let`, and ask \
             for that"
        )),
    }
}

/// evcxr wants `name = version` or `name = { .. }`, and a name alone is the newest.
fn dependency(line: &str, said: &str) -> Result<(), String> {
    let name = said.split('=').next().unwrap_or_default().trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match !name.is_empty() && name.chars().all(is_name) {
        true => Ok(()),
        false => Err(format!(
            "`{line}`: write a crate's name and its version, as in `:dep itertools = \"0.14\"`"
        )),
    }
}

fn changeable(line: &str, pair: &str) -> Result<(), String> {
    match pair.split_once('=').map(|(name, _)| name.trim()) {
        None | Some("") => Err(format!(
            "`{line}`: write a variable and its value, as in `:env RUST_LOG=debug`"
        )),
        Some(name) if toolbox::is_ours(name) => Err(format!(
            "`{line}`: the kernel itself needs this variable as it is; set it before Jupyter starts"
        )),
        Some(_) => Ok(()),
    }
}

fn level(text: &str) -> Result<String, String> {
    if LEVELS.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "`:opt {text}`: the levels are 0, 1, 2, 3, s and z, and `auto` for what suits each cell"
    ))
}

/// No cell is stopped sooner: it could not even say `:limit off`.
const SHORTEST: Duration = Duration::from_millis(1);

fn limit(text: &str) -> Result<Limit, String> {
    match durations::parse(text) {
        _ if text == "off" => Ok(Limit::Off),
        Some(time) if time >= SHORTEST => Ok(Limit::After(time)),
        _ => Err(format!(
            "`:limit {text}`: write a time such as 500ms, 10s or 2m, or `off`"
        )),
    }
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("`:warnings {text}`: write `on` or `off`")),
    }
}

/// What `:warnings` shows.
pub fn describe_warnings(shown: bool) -> &'static str {
    match shown {
        true => "Warnings: shown",
        false => "Warnings: not shown",
    }
}

/// What `:limit` shows.
pub fn describe_limit(limit: Option<Duration>) -> String {
    match limit {
        Some(time) => format!("Time limit: {} for each cell", durations::exact(time)),
        None => "Time limit: none".to_owned(),
    }
}

/// What `:opt` shows when the level is `chosen`, or `None` for automatic.
pub fn describe(chosen: Option<&str>) -> String {
    match chosen {
        Some(level) => format!("Optimization: {level}, for every cell"),
        None => "Optimization: auto (2, and 0 for cells that only draw)".to_owned(),
    }
}

/// The level that rustc is given, if `level` is one.
pub fn fixed(level: &str) -> Option<&str> {
    (level != AUTO).then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_looked_at_around_all_repetitions() {
        for order in [":timeit\n:trace\nf()", ":trace\n:timeit\nf()"] {
            let code = read(order).unwrap().code;
            let at = |text: &str| code.find(text).unwrap();
            assert!(at(TRACE) < at(REPEAT), "{code}");
        }
    }

    #[test]
    fn commands_are_read_at_the_top_of_a_cell() {
        let opt = |level: Option<&str>| Commands {
            opt: Some(level.map(str::to_owned)),
            ..Commands::default()
        };
        let clears = || Commands {
            clears: true,
            ..Commands::default()
        };
        let times = || Commands {
            times: true,
            ..Commands::default()
        };
        let limit = |limit| Commands {
            limit: Some(limit),
            ..Commands::default()
        };
        let warnings = |warnings| Commands {
            warnings: Some(warnings),
            ..Commands::default()
        };
        let programs = |programs: &[&str]| Commands {
            programs: programs.iter().map(|one| (*one).to_owned()).collect(),
            reaches_out: Some("!"),
            ..Commands::default()
        };
        let rows = [
            ("1 + 1", "1 + 1", Commands::default()),
            (":opt 3\n1 + 1", "\n1 + 1", opt(Some("3"))),
            ("  :opt  auto ", "", opt(Some("auto"))),
            (":opt", "", opt(None)),
            (":opt\n:opt 3\n:opt", "\n\n", opt(Some("3"))),
            (":clear\n", ":clear\n", clears()),
            ("// a\n:restart", "// a\n:restart", clears()),
            ("!ls -l\n\n! a \n1", "\n\n\n1", programs(&["ls -l", "a"])),
            (":time\n:time \n1", "\n\n1", times()),
            (":limit", "", limit(None)),
            (":limit off\n1", "\n1", limit(Some(Limit::Off))),
            (":warnings", "", warnings(None)),
            (":warnings off\n1", "\n1", warnings(Some(false))),
            (
                ":limit 2m",
                "",
                limit(Some(Limit::After(Duration::from_secs(120)))),
            ),
            (
                ":dep a = \"1\"\n:timeit\n:opt 3\n// b\nf() // c",
                ":dep a = \"1\"\ntwoaxes::timeit(|| {\n\n// b\nf() // c\n})",
                Commands {
                    repeats: true,
                    ..opt(Some("3"))
                },
            ),
            (
                ":trace\n:timeit\nf()",
                "twoaxes::threads::begin();\ntwoaxes::timeit(|| {\nf()\n})",
                Commands {
                    repeats: true,
                    traces: true,
                    ..Commands::default()
                },
            ),
            (
                ":timeit\nf(",
                "\nf(",
                Commands {
                    repeats: true,
                    ..Commands::default()
                },
            ),
            // Behind the first line of Rust it is Rust, and wrong.
            (
                "let x = 1;\n:opt 3",
                "let x = 1;\n:opt 3",
                Commands::default(),
            ),
            ("/*\n!ls\n*/", "/*\n!ls\n*/", Commands::default()),
        ];
        for (cell, code, expected) in rows {
            let code = code.to_owned();
            let expected = Commands { code, ..expected };
            assert_eq!(read(cell), Ok(expected), "{cell:?}");
        }
    }

    #[test]
    fn an_expression_has_no_commands() {
        for (expression, expected) in [
            ("x + 1", true),
            ("!ls", false),
            ("// a\n :env A=1\nx", false),
            ("x\n!y", true),
        ] {
            assert_eq!(without(expression).is_ok(), expected, "{expression:?}");
        }
    }

    #[test]
    fn a_line_that_looks_like_a_command_is_called_one() {
        for line in [":vars", ":dep rand = \"0.9\"", "!ls"] {
            assert_eq!(misplaced("// a\n:timeit\n", line), None, "{line}");
        }
        assert!(misplaced("", "%time 1").is_some());
        for (line, expected) in [
            (":vars", "`:vars` is a command"),
            ("  :dep rand = \"0.9\"", "`:dep` is a command"),
            ("!ls -l", "`!ls -l` is a program"),
            ("%time 1", "`%time` is none of"),
            ("%%timeit", "`%%timeit` is none of"),
            (": u8 = 1;", ""),
            (":variable", ""),
            ("::path()", ""),
            ("!(a)", ""),
            ("x", ""),
            ("", ""),
        ] {
            let said = misplaced("1;\n", line).unwrap_or_default();
            assert!(said.starts_with(expected), "{line}: {said}");
            assert_eq!(said.is_empty(), expected.is_empty(), "{line}: {said}");
        }
    }

    #[test]
    fn every_command_of_the_page_is_read() {
        for command in &table::COMMANDS {
            // It stands alone in its cell, and is no command of a cell with code.
            if command.name != "?" {
                let read = read(command.example);
                assert!(read.is_ok(), "{read:?}");
            }
        }
        let shown = |cell| read(cell).unwrap().help.unwrap().len();
        assert_eq!(shown(":help"), table::COMMANDS.len());
        assert_eq!((shown(":help opt"), shown(":help :opt")), (1, 1));
        assert!(read(":help nothing").is_err());
    }

    #[test]
    fn names_of_commands_are_completed_where_they_may_stand() {
        for (code, expected) in [
            (":ti", Some((0, vec![":time", ":timeit"]))),
            ("!ls\n  :vars", Some((6, vec![":vars"]))),
            (":zzz", Some((0, vec![]))),
            (":opt ", None),
            ("let x = 1;\n:ti", None),
            ("1", None),
        ] {
            let found = complete(code, code.len()).map(|found| {
                let names = found.candidates.iter().map(|one| one.text.clone());
                (found.start, names.collect::<Vec<_>>())
            });
            let expected = expected.map(|(start, names): (usize, Vec<&str>)| {
                (start, names.into_iter().map(str::to_owned).collect())
            });
            assert_eq!(found, expected, "{code}");
        }
        assert_eq!(complete("é", 1).map(|_| ()), None);
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let rows = [
            (":quit", "Kernel menu"),
            (":quit now", "Kernel menu"),
            (":optional", "did you mean `:opt`?"),
            ("! ", "there is none"),
            (":time f()", "write `f()` on the next one"),
            (":timeit", "there is none"),
            (":trace\n// f()\n", "there is none"),
            (":timeit f()", "write `f()` on the next one"),
            (":timeit\n:dep a = \"1\"\nf()", "stands above `:timeit`"),
            (":limit 10", "10s or 2m"),
            (":limit -1s", "10s or 2m"),
            (":limit 1us", "10s or 2m"),
            (":warnings no", "`on` or `off`"),
            (":opt 4", "`:opt 4`"),
            (":opt fast", "auto"),
            (":clear x", "write it alone"),
            (":restart now", "write it alone"),
            (":vars x", "`:vars x`: nothing may"),
            (":explain E0499", "error_codes/"),
            (":type", "as in `:type x`"),
            (":t v.len()", "with `let`"),
            (":dep", "as in `:dep"),
            (":dep \"itoa\"", "as in `:dep"),
            (":env", "as in `:env"),
            (":env =1", "as in `:env"),
            (":env A", "as in `:env"),
            (":env LD_PRELOAD=/x", "before Jupyter starts"),
        ];
        for (cell, words) in rows {
            let error = read(cell).unwrap_err();
            assert!(error.contains(words), "{cell:?}: {error}");
        }
        assert!(read("// :quit\n1").is_ok());
    }
}
