//! Where the cache is, places where it cannot be, and what people are told.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;

use super::super::command::{cleared, described};
use super::*;

#[test]
fn the_environment_says_where_and_how_large() {
    let standard = 512 << 20;
    type Row<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>, u64);
    let table: &[Row] = &[
        (&[], None, standard),
        (&[("HOME", "/h")], Some("/h/.cache/twoaxes/cells"), standard),
        (&[("HOME", "h")], None, standard),
        (&[("HOME", "")], None, standard),
        (
            &[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")],
            Some("/x/twoaxes/cells"),
            standard,
        ),
        (
            &[("HOME", "/h"), ("XDG_CACHE_HOME", "x")],
            Some("/h/.cache/twoaxes/cells"),
            standard,
        ),
        (
            &[("HOME", "/h"), ("TWOAXES_CACHE", "/t")],
            Some("/t/cells"),
            standard,
        ),
        (&[("HOME", "/h"), ("TWOAXES_CACHE", "t")], None, standard),
        (&[("HOME", "/h"), ("TWOAXES_CACHE", "")], None, standard),
        (&[("HOME", "/h"), ("TWOAXES_CACHE", "off")], None, standard),
        (&[("TWOAXES_CACHE_MB", "3")], None, 3 << 20),
        (&[("TWOAXES_CACHE_MB", " 3 ")], None, 3 << 20),
        (&[("TWOAXES_CACHE_MB", "0")], None, 0),
        (&[("TWOAXES_CACHE_MB", "")], None, standard),
        (&[("TWOAXES_CACHE_MB", "-1")], None, standard),
        (&[("TWOAXES_CACHE_MB", "1.5")], None, standard),
        (&[("TWOAXES_CACHE_MB", "1G")], None, standard),
        (
            &[("TWOAXES_CACHE_MB", "18446744073709551615")],
            None,
            standard,
        ),
    ];
    for (set, own, limit) in table {
        let set: HashMap<_, _> = set.iter().copied().collect();
        let location = Location::from_variables(
            |name| set.get(name).map(OsString::from),
            Path::new("/nonexistent"),
        );
        assert_eq!(location.own.as_deref(), own.map(Path::new), "{set:?}");
        assert_eq!(location.limit_bytes, *limit, "{set:?}");
        assert_eq!(location.installed, None);
    }
}

#[test]
fn a_location_can_always_be_passed_on() {
    let odd = OsString::from_vec(b"/h\xff".to_vec());
    let location = Location::from_variables(|_| Some(odd.clone()), Path::new("/nonexistent"));
    assert_eq!(location.own, None);
    let text = serde_json::to_string(&location).unwrap();
    assert_eq!(serde_json::from_str::<Location>(&text).unwrap(), location);
}

#[test]
fn installed_entries_are_beside_the_library() {
    let library = tempfile::tempdir().unwrap();
    let installed = || Location::from_variables(|_| None, library.path()).installed;
    assert_eq!(installed(), None);
    fs::create_dir(library.path().join("cells")).unwrap();
    assert_eq!(installed(), Some(library.path().join("cells")));
}

/// Root can write where permissions forbid it, so these are places where
/// nobody can.
#[test]
fn a_place_where_nothing_can_be_written() {
    let mut bench = Bench::new();
    fs::write(bench.path("file"), "").unwrap();
    let table = [
        None,
        Some(PathBuf::from("/proc/twoaxes")),
        Some(PathBuf::from("/dev/null")),
        Some(bench.path("file/cells")),
        Some(bench.path("file")),
        Some(bench.path(&"x".repeat(300))),
        Some(bench.path(&"x/".repeat(3_000))),
        Some(bench.path("nul\0")),
    ];
    for own in table {
        bench.location.own = own.clone();
        bench.store(&key("cell"), OBJECT);
        assert_eq!(bench.fetch(&key("cell")), None, "{own:?}");
        assert!(!described(&bench.location).is_empty());
        assert!(!cleared(&bench.location).is_empty());
    }
    assert_eq!(fs::read(bench.path("file")).unwrap(), b"");
}

#[test]
fn an_object_that_is_not_there_or_no_file() {
    let bench = Bench::new();
    for object in ["/nonexistent", "/", "/proc/self/mem"] {
        bench.cache().store(&key("cell"), Path::new(object), SOURCE);
        assert_eq!(bench.fetch(&key("cell")), None, "{object}");
    }
}

#[test]
fn an_object_goes_where_it_was_asked_for() {
    let key = key("cell");
    let bench = Bench::holding(&key);
    let to = bench.path("to");
    let fetch = || bench.cache().fetch(&key, &to);

    // A file that may be mapped keeps its content.
    fs::write(&to, "mapped").unwrap();
    let mapped = bench.path("mapped");
    fs::hard_link(&to, &mapped).unwrap();
    assert_eq!(fetch().as_deref(), Some(SOURCE));
    assert_eq!(fs::read(&to).unwrap(), OBJECT);
    assert_eq!(fs::read(&mapped).unwrap(), b"mapped");

    // A link is replaced and not followed.
    fs::remove_file(&to).unwrap();
    std::os::unix::fs::symlink(&mapped, &to).unwrap();
    assert_eq!(fetch().as_deref(), Some(SOURCE));
    assert_eq!(fs::read(&mapped).unwrap(), b"mapped");

    // Where it cannot be, the entry is not to blame.
    fs::remove_file(&to).unwrap();
    fs::create_dir(&to).unwrap();
    assert_eq!(fetch(), None);
    assert_eq!(bench.cache().fetch(&key, &bench.path("no/folder/to")), None);
    assert!(bench.entry(&key).exists());
}

#[test]
fn people_are_told_what_there_is() {
    let mut bench = Bench::new();
    let check = |bench: &Bench, expected: &str| {
        let place = bench.directory.path().to_str().unwrap();
        assert_eq!(described(&bench.location).replace(place, "DIR"), expected);
    };
    check(
        &bench,
        "Compiled cells: DIR/cache/cells\n  0 entries; at most 64.0 MiB\n",
    );
    bench.store(&key("one"), &[0; 1 << 20]);
    check(
        &bench,
        "Compiled cells: DIR/cache/cells\n  1 entry, 1.0 MiB; at most 64.0 MiB\n",
    );
    chmod(bench.own(), 0o770);
    check(
        &bench,
        "Compiled cells: DIR/cache/cells\n  not used: it is not trusted: other users can write to it; at most 64.0 MiB\n",
    );
    let place = bench.own().display().to_string();
    assert_eq!(
        cleared(&bench.location),
        format!("Removed 1 entry (1.0 MiB) from {place}\n")
    );
    // A folder that somebody named may have been there before.
    assert_eq!(names(bench.own()), [""; 0]);
    fs::remove_dir(bench.own()).unwrap();
    assert_eq!(
        cleared(&bench.location),
        format!("There is nothing at {place}; nothing removed.\n")
    );
    bench.location.own = None;
    bench.location.installed = Some(bench.path("installed"));
    check(
        &bench,
        "Compiled cells are not cached.\nInstalled: DIR/installed\n  0 entries\n",
    );
}
