//! Cells that ran, in this session and earlier ones, kept in SQLite.
//!
//! History is a convenience: whatever goes wrong with the file (not writable,
//! damaged, locked by another kernel), cells run on and a log line says what is
//! lost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use thiserror::Error;

use crate::protocol::messages::history::{HistoryAccess, HistoryEntry, HistoryRequest};

/// How long to wait for another kernel that writes.
const BUSY: Duration = Duration::from_millis(500);

/// The most entries of one reply; more would be a reply of many megabytes.
const MOST: i64 = 100_000;

/// The number in the file's header by which we know our schema. Another one is
/// the file of a later version, and is left alone.
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        started TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS cells (
        session INTEGER NOT NULL REFERENCES sessions(id),
        line INTEGER NOT NULL,
        source TEXT NOT NULL,
        output TEXT,
        PRIMARY KEY (session, line)
    ) WITHOUT ROWID;
    PRAGMA user_version = 1;
";

/// Where history is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryLocation {
    File(PathBuf),
    /// Only for as long as the session lives.
    Memory,
}

impl HistoryLocation {
    /// `twoaxes/history.sqlite` in the user's data directory (XDG), or memory
    /// when there is no home.
    #[must_use]
    pub fn standard() -> Self {
        let variable = |name| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        variable("XDG_DATA_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
            .map_or(HistoryLocation::Memory, |data| {
                HistoryLocation::File(data.join("twoaxes/history.sqlite"))
            })
    }
}

/// Why a history file was not opened.
#[derive(Debug, Error)]
enum HistoryError {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    File(#[from] std::io::Error),
    #[error("it has version {0}, and this kernel writes version {SCHEMA_VERSION}")]
    LaterVersion(i64),
}

/// The history of one session. The file is opened when it is first needed, so
/// that it delays neither the start nor `kernel_info`.
pub(super) struct History {
    location: HistoryLocation,
    store: Option<Store>,
}

struct Store {
    database: Connection,
    /// This session's number.
    session: i64,
}

impl History {
    pub fn new(location: HistoryLocation) -> Self {
        History {
            location,
            store: None,
        }
    }

    /// Stores a cell.
    pub fn remember(&mut self, line: u32, source: &str) {
        self.with("stored", |store| {
            let mut insert = store.database.prepare_cached(
                "INSERT OR REPLACE INTO cells (session, line, source) VALUES (?, ?, ?)",
            )?;
            insert.execute(params![store.session, line, source])
        });
    }

    /// Stores what a cell's last expression was.
    pub fn remember_output(&mut self, line: u32, output: &str) {
        self.with("stored", |store| {
            let mut update = store
                .database
                .prepare_cached("UPDATE cells SET output = ? WHERE session = ? AND line = ?")?;
            update.execute(params![output, store.session, line])
        });
    }

    /// What a `history_request` asks for, oldest first.
    pub fn recall(&mut self, request: &HistoryRequest) -> Vec<HistoryEntry> {
        let rows = self
            .with("read", |store| store.recall(&request.access))
            .unwrap_or_default();
        rows.into_iter()
            .map(|row| match request.output {
                true => HistoryEntry::WithOutput(row.session, row.line, (row.source, row.output)),
                false => HistoryEntry::Source(row.session, row.line, row.source),
            })
            .collect()
    }

    /// Closes the file, which removes SQLite's two files beside it.
    pub fn close(&mut self) {
        self.store = None;
    }

    fn with<T>(
        &mut self,
        what: &str,
        work: impl FnOnce(&Store) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let store = match &self.store {
            Some(store) => store,
            None => self.store.insert(open(&self.location)?),
        };
        work(store)
            .inspect_err(|error| tracing::warn!("history was not {what}: {error}"))
            .ok()
    }
}

struct Row {
    session: i64,
    line: i64,
    source: String,
    output: Option<String>,
}

impl Store {
    fn recall(&self, access: &HistoryAccess) -> rusqlite::Result<Vec<Row>> {
        let limit = |n: Option<i64>| n.filter(|n| *n >= 0).unwrap_or(MOST).min(MOST);
        match access {
            HistoryAccess::Tail { n } => self.select(
                "SELECT * FROM (SELECT session, line, source, output FROM cells
                 ORDER BY session DESC, line DESC LIMIT ?1) ORDER BY session, line",
                params![limit(*n)],
            ),
            HistoryAccess::Range {
                session,
                start,
                stop,
            } => self.select(
                "SELECT session, line, source, output FROM cells
                 WHERE session = ?1 AND line >= ?2 AND line < ?3 ORDER BY line LIMIT ?4",
                params![
                    self.absolute(*session)?,
                    start.unwrap_or(0),
                    stop.unwrap_or(i64::MAX),
                    MOST
                ],
            ),
            HistoryAccess::Search { pattern, n, unique } => {
                let pattern = pattern.as_deref().unwrap_or("*");
                let query = match unique.unwrap_or(false) {
                    false => {
                        "SELECT * FROM (SELECT session, line, source, output FROM cells
                         WHERE source GLOB ?1 ORDER BY session DESC, line DESC LIMIT ?2) ORDER BY session, line"
                    }
                    // Of equal cells the last: SQLite takes the other columns
                    // from the row that holds the maximum.
                    true => {
                        "SELECT session, line, source, output FROM (
                         SELECT session, line, source, output, MAX((session << 32) + line) AS place FROM cells
                         WHERE source GLOB ?1 GROUP BY source ORDER BY place DESC LIMIT ?2) ORDER BY session, line"
                    }
                };
                self.select(query, params![pattern, limit(*n)])
            }
        }
    }

    /// 0 is this session, -1 the last one that ran a cell before it, and so on;
    /// a positive number is a session's own.
    fn absolute(&self, session: i64) -> rusqlite::Result<i64> {
        if session > 0 {
            return Ok(session);
        }
        if session == 0 {
            return Ok(self.session);
        }
        let earlier = "SELECT DISTINCT session FROM cells WHERE session < ?1 ORDER BY session DESC LIMIT 1 OFFSET ?2";
        // i64::MIN has no positive twin.
        let offset = session.checked_neg().unwrap_or(i64::MAX) - 1;
        let found = self
            .database
            .query_row(earlier, params![self.session, offset], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or(-1))
    }

    fn select(&self, query: &str, parameters: impl rusqlite::Params) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.database.prepare_cached(query)?;
        let rows = statement.query_map(parameters, |row| {
            Ok(Row {
                session: row.get(0)?,
                line: row.get(1)?,
                source: row.get(2)?,
                output: row.get(3)?,
            })
        })?;
        rows.collect()
    }
}

/// Opens history, at worst in memory; `None` only when even that fails.
fn open(location: &HistoryLocation) -> Option<Store> {
    if let HistoryLocation::File(path) = location {
        match open_file(path) {
            Ok(store) => return Some(store),
            Err(error) => tracing::warn!(
                "history is kept for this session only: {}: {error}; hint: make the file and its folder writable, or set XDG_DATA_HOME",
                path.display()
            ),
        }
    }
    let store = Connection::open_in_memory()
        .map_err(HistoryError::from)
        .and_then(begin);
    store
        .inspect_err(|error| tracing::warn!("there is no history: {error}"))
        .ok()
}

fn open_file(path: &Path) -> Result<Store, HistoryError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match open_database(path) {
        Err(error) if is_damage(&error) => {
            let aside = path.with_extension(format!("damaged-{}", uuid::Uuid::new_v4()));
            std::fs::rename(path, &aside)?;
            for companion in ["-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(companion);
                // Usually there is none.
                let _ = std::fs::remove_file(name);
            }
            tracing::warn!(
                "the history {} is damaged ({error}); it is now {} and a new one begins",
                path.display(),
                aside.display()
            );
            open_database(path)
        }
        result => result,
    }
}

fn open_database(path: &Path) -> Result<Store, HistoryError> {
    let database = Connection::open(path)?;
    private(path);
    database.busy_timeout(BUSY)?;
    // Readers and a writer of several kernels get along in WAL; where the file
    // system cannot do it, SQLite stays with its default. The change needs the
    // file alone and does not wait for that: it is busy when another kernel
    // makes the same change, and then there is nothing left to do.
    match database.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
        result => result?,
    }
    database.execute_batch("PRAGMA synchronous = NORMAL")?;
    begin(database)
}

/// What students type may hold what they would not show.
#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) {
        tracing::warn!("{} may be readable by others: {error}", path.display());
    }
}

#[cfg(not(unix))]
fn private(_path: &Path) {}

fn begin(database: Connection) -> Result<Store, HistoryError> {
    let version: i64 = database.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        database.execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} COMMIT;"))?;
    } else if version != SCHEMA_VERSION {
        return Err(HistoryError::LaterVersion(version));
    }
    let started = jiff::Timestamp::now().to_string();
    database.execute("INSERT INTO sessions (started) VALUES (?)", [started])?;
    let session = database.last_insert_rowid();
    Ok(Store { database, session })
}

fn is_damage(error: &HistoryError) -> bool {
    let HistoryError::Database(error) = error else {
        return false;
    };
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
    )
}

#[cfg(test)]
mod tests;
