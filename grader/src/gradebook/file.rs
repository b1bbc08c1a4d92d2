//! The file itself: opened for several processes at once, and brought to the
//! newest version of its schema.

use std::cmp::Ordering;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::error::GradebookError;

/// What to do where there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Begin,
    Refuse,
}

/// What leads from each version to the next one. Those that were released are
/// never changed: files of their versions exist.
const MIGRATIONS: [&str; 3] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
];

/// "2axg": tells a gradebook from other SQLite files.
const APPLICATION_ID: i64 = 0x3261_7867;

/// How long to wait for another process. A result takes milliseconds, so this
/// is for one that was stopped in the middle.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries of what SQLite does not wait for by itself.
const PAUSE: Duration = Duration::from_millis(5);

pub(super) fn open(path: &Path, missing: Missing) -> Result<Connection, GradebookError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let folder = path.parent().unwrap_or(Path::new("."));
    match missing {
        Missing::Begin => {
            fs::create_dir_all(folder)
                .map_err(|error| GradebookError::Folder(folder.to_owned(), error))?;
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        Missing::Refuse if !path.is_file() => {
            return Err(GradebookError::Missing(folder.to_owned()));
        }
        Missing::Refuse => {}
    }
    set_up(path, flags).map_err(|error| match error {
        GradebookError::Foreign(_) | GradebookError::Newer { .. } => error,
        other => GradebookError::Open(path.to_owned(), Box::new(other)),
    })
}

fn set_up(path: &Path, flags: OpenFlags) -> Result<Connection, GradebookError> {
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    match is_ours(&connection) {
        Ok(true) => {}
        Ok(false) => return Err(GradebookError::Foreign(path.to_owned())),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Err(GradebookError::Foreign(path.to_owned()));
        }
        Err(error) => return Err(error.into()),
    }
    // Before the first byte is written.
    refuse_newer(&connection, path, &MIGRATIONS)?;
    keep_log_ahead(&connection)?;
    // A result that was reported as recorded is on the disk, whatever happens.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    migrate(&mut connection, path, &MIGRATIONS)?;
    Ok(connection)
}

/// Whether this is a gradebook, or a file in which nothing is yet.
fn is_ours(connection: &Connection) -> rusqlite::Result<bool> {
    // One moment for all that is asked: another process may begin the file
    // between two questions. What was only read is let go when it is dropped.
    let moment = connection.unchecked_transaction()?;
    let number = |name| moment.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    match number("application_id")? {
        APPLICATION_ID => Ok(true),
        0 => {
            let count = "SELECT count(*) FROM sqlite_schema";
            let tables: i64 = moment.query_row(count, [], |row| row.get(0))?;
            Ok(tables == 0 && number("user_version")? == 0)
        }
        _ => Ok(false),
    }
}

/// Switches to a write-ahead log, with which readers and a writer do not wait
/// for each other. SQLite refuses at once, without the timeout, while another
/// process is at the same switch.
fn keep_log_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        // Where the file system has no shared memory, another mode is the
        // answer, which is as safe.
        let switched = connection.query_row("PRAGMA journal_mode = wal", [], |_| Ok(()));
        match switched {
            Err(error) if is_busy(&error) && Instant::now() < end => thread::sleep(PAUSE),
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Brings the file to the version after the last of `migrations`, each step
/// whole or not at all.
fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), GradebookError> {
    // Mostly there is nothing to do, and then nobody has to wait.
    while refuse_newer(connection, path, migrations)? == Age::Older {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been faster.
        let found = version(&step)?;
        let Ok(next) = usize::try_from(found) else {
            return Err(GradebookError::Foreign(path.to_owned()));
        };
        if let Some(migration) = migrations.get(next) {
            step.execute_batch(migration)?;
            step.pragma_update(None, "application_id", APPLICATION_ID)?;
            step.pragma_update(None, "user_version", found + 1)?;
            step.commit()?;
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Older,
    Newest,
}

fn refuse_newer(
    connection: &Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<Age, GradebookError> {
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let found = version(connection)?;
    match found.cmp(&known) {
        Ordering::Less => Ok(Age::Older),
        Ordering::Equal => Ok(Age::Newest),
        Ordering::Greater => Err(GradebookError::Newer {
            path: path.to_owned(),
            found,
            known,
        }),
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Races show in some rounds only.
    const ROUNDS: usize = 50;

    #[test]
    fn a_file_of_version_1_keeps_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gradebook.db");
        let mut old = Connection::open(&path).unwrap();
        migrate(&mut old, &path, &MIGRATIONS[..1]).unwrap();
        old.execute("INSERT INTO students (name) VALUES ('ada')", [])
            .unwrap();
        assert_eq!(version(&old).unwrap(), 1);
        drop(old);

        let new = open(&path, Missing::Refuse).unwrap();
        assert_eq!(version(&new).unwrap(), MIGRATIONS.len() as i64);
        let name: String = new
            .query_row("SELECT name FROM students", [], |row| row.get(0))
            .unwrap();
        assert_eq!(name, "ada");
    }

    #[test]
    fn a_migration_that_fails_leaves_the_version_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gradebook.db");
        let mut connection = Connection::open(&path).unwrap();
        let broken = [
            MIGRATIONS[0],
            "CREATE TABLE half (id INTEGER); SELECT nothing",
        ];
        assert!(migrate(&mut connection, &path, &broken).is_err());
        assert_eq!(version(&connection).unwrap(), 1);
        migrate(&mut connection, &path, &MIGRATIONS).unwrap();
    }

    #[test]
    fn what_is_no_gradebook_is_refused_and_stays() {
        let check = |make: &dyn Fn(&Path), expected: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("gradebook.db");
            make(&path);
            let before = fs::read(&path).unwrap();
            let error = open(&path, Missing::Begin).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(fs::read(&path).unwrap() == before, "{expected}");
        };
        let database = |path: &Path, sql: &str| {
            Connection::open(path).unwrap().execute_batch(sql).unwrap();
        };
        check(
            &|path| {
                database(
                    path,
                    "PRAGMA application_id = 0x32617867; PRAGMA user_version = 99",
                )
            },
            "is of version 99, and this twoaxes-grader knows versions up to 3; use the newer",
        );
        check(
            &|path| database(path, "CREATE TABLE grade (id INTEGER)"),
            "is no gradebook",
        );
        check(
            &|path| database(path, "PRAGMA application_id = 7"),
            "is no gradebook",
        );
        check(
            &|path| fs::write(path, "not a database, but a longer text".repeat(40)).unwrap(),
            "is no gradebook",
        );
    }

    #[test]
    fn many_can_begin_the_same_file_at_once() {
        for _ in 0..ROUNDS {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("below").join("gradebook.db");
            let openers: Vec<_> = (0..16)
                .map(|_| {
                    let path = path.clone();
                    thread::spawn(move || open(&path, Missing::Begin).map(|_| ()))
                })
                .collect();
            for opener in openers {
                opener.join().unwrap().unwrap();
            }
        }
    }
}
