//! evcxr's `:` commands: those that we do ourselves, and those that must not
//! reach it.

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
}

/// Reads the commands of a cell. `Err` says why one cannot be done.
pub fn read(code: &str) -> Result<Commands, String> {
    let mut commands = Commands::default();
    // evcxr takes commands only before the first line of Rust.
    let mut at_top = true;
    for line in code.split_inclusive('\n') {
        let text = line.trim();
        at_top &= text.is_empty() || text.starts_with([':', '!', '/']);
        let ours = at_top && commands.take(text)?;
        commands.code.push_str(if !ours {
            line
        } else if line.ends_with('\n') {
            "\n"
        } else {
            ""
        });
    }
    Ok(commands)
}

impl Commands {
    /// Takes a line at the top of a cell; whether it is done here.
    fn take(&mut self, line: &str) -> Result<bool, String> {
        let (command, argument) = match line.split_once(char::is_whitespace) {
            Some((command, argument)) => (command, Some(argument.trim())),
            None => (line, None),
        };
        match command {
            ":quit" => {
                return Err(":quit would end the kernel; use the notebook's Kernel menu".to_owned());
            }
            ":opt" => self.opt = Some(argument.map(level).transpose()?),
            ":clear" | ":restart" => self.clears = true,
            _ if command.starts_with('!') => {
                // evcxr would run it in the kernel's own process, out of reach
                // of an interrupt.
                return Err(
                    "`!` commands are not available; use std::process::Command in a cell"
                        .to_owned(),
                );
            }
            _ => {}
        }
        Ok(command == ":opt")
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
    fn commands_are_read_at_the_top_of_a_cell() {
        let opt = |level: Option<&str>| Some(level.map(str::to_owned));
        let rows = [
            ("1 + 1", "1 + 1", None, false),
            (":opt 3\n1 + 1", "\n1 + 1", opt(Some("3")), false),
            ("  :opt  auto ", "", opt(Some("auto")), false),
            (":opt", "", opt(None), false),
            (":clear\n", ":clear\n", None, true),
            ("// a\n:restart", "// a\n:restart", None, true),
            // Behind the first line of Rust it is Rust, and wrong.
            ("let x = 1;\n:opt 3", "let x = 1;\n:opt 3", None, false),
            (":optional", ":optional", None, false),
        ];
        for (cell, code, opt, clears) in rows {
            let code = code.to_owned();
            let expected = Commands { code, opt, clears };
            assert_eq!(read(cell), Ok(expected), "{cell:?}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let rows = [
            (":quit", "Kernel menu"),
            (":quit now", "Kernel menu"),
            ("!ls", "std::process::Command"),
            (":opt 4", "`:opt 4`"),
            (":opt fast", "auto"),
        ];
        for (cell, words) in rows {
            let error = read(cell).unwrap_err();
            assert!(error.contains(words), "{cell:?}: {error}");
        }
        assert!(read("// :quit\n1").is_ok());
    }
}
