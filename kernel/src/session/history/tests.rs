//! Tables of requests and what history answers.

use super::*;
use serde_json::{Value, json};

fn history_at(path: &Path) -> History {
    History::new(HistoryLocation::File(path.to_owned()))
}

fn ask(history: &mut History, request: Value) -> Value {
    serde_json::to_value(history.recall(&serde_json::from_value(request).unwrap())).unwrap()
}

fn two_sessions(path: &Path) -> History {
    let mut earlier = history_at(path);
    earlier.remember(1, "let a = 1;");
    earlier.remember(2, "a");
    earlier.remember_output(2, "1");
    earlier.close();
    let mut current = history_at(path);
    current.remember(1, "let b = 2;");
    current.remember(2, "a");
    current.remember(3, "println!(\"[*]\")");
    current
}

#[test]
fn requests() {
    let directory = tempfile::tempdir().unwrap();
    let mut history = two_sessions(&directory.path().join("deep/er/history.sqlite"));
    let all = json!([
        [1, 1, "let a = 1;"],
        [1, 2, "a"],
        [2, 1, "let b = 2;"],
        [2, 2, "a"],
        [2, 3, "println!(\"[*]\")"]
    ]);
    for (request, expected) in [
        (
            json!({"hist_access_type": "tail", "n": 2}),
            json!([[2, 2, "a"], [2, 3, "println!(\"[*]\")"]]),
        ),
        (
            json!({"hist_access_type": "tail", "n": 99, "raw": true, "session": 0}),
            all.clone(),
        ),
        (json!({"hist_access_type": "tail"}), all.clone()),
        (json!({"hist_access_type": "tail", "n": null}), all.clone()),
        (json!({"hist_access_type": "tail", "n": 0}), json!([])),
        (json!({"hist_access_type": "tail", "n": -1}), all.clone()),
        (
            json!({"hist_access_type": "range", "session": 0, "start": 1, "stop": 2}),
            json!([[2, 1, "let b = 2;"]]),
        ),
        (
            json!({"hist_access_type": "range", "session": -1, "start": 1, "stop": null}),
            json!([[1, 1, "let a = 1;"], [1, 2, "a"]]),
        ),
        (
            json!({"hist_access_type": "range", "session": 1, "start": 2, "stop": 9}),
            json!([[1, 2, "a"]]),
        ),
        (
            json!({"hist_access_type": "range", "session": -2, "start": 0}),
            json!([]),
        ),
        (
            json!({"hist_access_type": "range", "session": i64::MIN, "start": 0}),
            json!([]),
        ),
        (
            json!({"hist_access_type": "range", "session": 0, "start": 3, "stop": 1}),
            json!([]),
        ),
        (
            json!({"hist_access_type": "range"}),
            json!([
                [2, 1, "let b = 2;"],
                [2, 2, "a"],
                [2, 3, "println!(\"[*]\")"]
            ]),
        ),
        (
            json!({"hist_access_type": "search", "pattern": "let*"}),
            json!([[1, 1, "let a = 1;"], [2, 1, "let b = 2;"]]),
        ),
        (
            json!({"hist_access_type": "search", "pattern": "let*", "n": 1}),
            json!([[2, 1, "let b = 2;"]]),
        ),
        (
            json!({"hist_access_type": "search", "pattern": "?"}),
            json!([[1, 2, "a"], [2, 2, "a"]]),
        ),
        (
            json!({"hist_access_type": "search", "pattern": "?", "unique": true, "n": 5}),
            json!([[2, 2, "a"]]),
        ),
        (
            json!({"hist_access_type": "search", "unique": true, "n": 2}),
            json!([[2, 2, "a"], [2, 3, "println!(\"[*]\")"]]),
        ),
        (
            json!({"hist_access_type": "search", "pattern": "'; DROP TABLE cells; --"}),
            json!([]),
        ),
        (
            json!({"hist_access_type": "range", "session": 1, "start": 1, "output": true}),
            json!([[1, 1, ["let a = 1;", null]], [1, 2, ["a", "1"]]]),
        ),
    ] {
        assert_eq!(ask(&mut history, request.clone()), expected, "{request}");
    }
}

#[test]
fn kernels_that_begin_at_once_share_the_file() {
    let directory = tempfile::tempdir().unwrap();
    // Whoever comes first makes the file and changes its journal's mode, and
    // the others may come at any moment of that.
    for round in 0..50 {
        let path = directory.path().join(format!("history-{round}.sqlite"));
        let together = std::sync::Barrier::new(3);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut history = history_at(&path);
                    together.wait();
                    for line in 1..=5 {
                        history.remember(line, "x");
                    }
                });
            }
        });
        let found = ask(
            &mut history_at(&path),
            json!({"hist_access_type": "tail", "n": 1000}),
        );
        assert_eq!(found.as_array().unwrap().len(), 15, "round {round}");
    }
}

#[test]
fn a_damaged_file_is_moved_aside() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("history.sqlite");
    std::fs::write(
        &path,
        "this is no database, and it is long enough for SQLite to look at it".repeat(50),
    )
    .unwrap();
    let mut history = history_at(&path);
    history.remember(1, "a");
    assert_eq!(
        ask(&mut history, json!({"hist_access_type": "tail", "n": 9})),
        json!([[1, 1, "a"]])
    );
    let names: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        names
            .iter()
            .any(|name| name.to_string_lossy().contains("damaged")),
        "{names:?}"
    );
}

#[test]
fn what_cannot_be_opened_is_replaced_by_memory() {
    let directory = tempfile::tempdir().unwrap();
    let later = directory.path().join("later.sqlite");
    Connection::open(&later)
        .unwrap()
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    for location in [
        HistoryLocation::Memory,
        HistoryLocation::File(directory.path().to_owned()),
        HistoryLocation::File("/proc/twoaxes/history.sqlite".into()),
        HistoryLocation::File(later),
    ] {
        let mut history = History::new(location);
        history.remember(1, "a");
        assert_eq!(
            ask(&mut history, json!({"hist_access_type": "tail", "n": 9})),
            json!([[1, 1, "a"]])
        );
    }
}
