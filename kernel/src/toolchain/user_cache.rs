//! The user's folder for what was compiled: cells, crates and libraries.

use std::ffi::OsString;
use std::path::PathBuf;

/// Names the folder, or is `off`.
pub const FOLDER: &str = "TWOAXES_CACHE";

/// The part `name` of the folder that the environment names: `$TWOAXES_CACHE`,
/// else `$XDG_CACHE_HOME/twoaxes`, else `~/.cache/twoaxes`. `None` when nothing
/// is to be kept, or nowhere.
pub fn folder(variable: impl Fn(&str) -> Option<OsString>, name: &str) -> Option<PathBuf> {
    let root = match variable(FOLDER) {
        Some(set) if set.is_empty() || set == "off" => return None,
        Some(set) => PathBuf::from(set),
        None => {
            let base = |name| {
                variable(name)
                    .map(PathBuf::from)
                    .filter(|path| path.is_absolute())
            };
            base("XDG_CACHE_HOME")
                .or_else(|| base("HOME").map(|home| home.join(".cache")))?
                .join("twoaxes")
        }
    };
    // It is written to JSON files for the processes that compile.
    if root.is_relative() || root.to_str().is_none() {
        tracing::warn!(
            "nothing that is compiled is kept: {} is not an absolute path in UTF-8; \
             hint: set {FOLDER} to one, or to `off`",
            root.display()
        );
        return None;
    }
    Some(root.join(name))
}
