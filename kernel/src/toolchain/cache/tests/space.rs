//! The bound, what goes first, and what is swept.

use std::fs;

use super::super::folder::Folder;
use super::super::space::{Usage, clear};
use super::*;

const SIZES: &str = "twoaxes-size";

pub(super) fn usage(bench: &Bench) -> Usage {
    Usage::of(&Folder::open_any(bench.own()).unwrap())
}

fn fill(bench: &Bench, names: impl IntoIterator<Item = usize>, size: usize) {
    for number in names {
        bench.store(&key(number.to_string()), &vec![number as u8; size]);
    }
}

#[test]
fn the_bound_holds_after_every_store() {
    let limit = 2 << 20;
    let bench = Bench::with_limit(limit);
    let mut largest = 0;
    for number in 0..400 {
        let size = 1_000 + number * 7_919 % 60_000;
        fill(&bench, [number], size);
        let bytes = usage(&bench).bytes;
        assert!(bytes <= limit, "{bytes} after {number}");
        largest = largest.max(bytes);
    }
    assert!(largest > limit * 9 / 10, "{largest}: room is left unused");
}

#[test]
fn the_bound_holds_with_several_writers() {
    let limit = 4 << 20;
    let bench = Bench::with_limit(limit);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let bench = &bench;
            scope.spawn(move || fill(bench, writer * 1_000..writer * 1_000 + 200, 20_000));
        }
    });
    let bytes = usage(&bench).bytes;
    assert!(bytes <= limit * 105 / 100, "{bytes}");
    assert!(bytes >= limit * 80 / 100, "{bytes}");
}

#[test]
fn least_recently_used_goes_first_and_a_hit_is_a_use() {
    let bench = Bench::with_limit(1 << 20);
    fill(&bench, 0..10, 90_000);
    for number in 0..10 {
        let old = 100_000 - 5_000 * number as u64;
        age(&bench.entry(&key(number.to_string())), old);
    }
    // Said to be used in the future: nothing can be known of it.
    let odd = bench.entry(&key("9"));
    let future = SystemTime::now() + Duration::from_secs(1_000_000);
    fs::File::open(&odd).unwrap().set_modified(future).unwrap();
    assert!(bench.fetch(&key("0")).is_some(), "the oldest is used");
    fill(&bench, [10, 11], 90_000);
    let there: Vec<usize> = (0..12)
        .filter(|number| bench.entry(&key(number.to_string())).exists())
        .collect();
    assert_eq!(there, [0, 2, 3, 4, 5, 6, 7, 8, 10, 11]);
}

#[test]
fn a_hit_is_noted_once_an_hour() {
    let key = key("cell");
    let bench = Bench::holding(&key);
    let entry = bench.entry(&key);
    for (seconds, noted) in [
        (0, false),
        (3_000, false),
        (4_000, true),
        (10_000_000, true),
    ] {
        age(&entry, seconds);
        let before = fs::metadata(&entry).unwrap().mtime();
        bench.fetch(&key).unwrap();
        let after = fs::metadata(&entry).unwrap().mtime();
        assert_eq!(after > before, noted, "{seconds}");
    }
    let future = SystemTime::now() + Duration::from_secs(1_000_000);
    fs::File::open(&entry)
        .unwrap()
        .set_modified(future)
        .unwrap();
    bench.fetch(&key).unwrap();
    assert!(fs::metadata(&entry).unwrap().modified().unwrap() < future);
}

#[test]
fn what_is_too_large_is_not_kept() {
    let bench = Bench::with_limit(400_000);
    for (size, kept) in [(90_000, true), (101_000, false), (500_000, false)] {
        bench.store(&key("cell"), &vec![0; size]);
        assert_eq!(bench.fetch(&key("cell")).is_some(), kept, "{size}");
        let _ = fs::remove_file(bench.entry(&key("cell")));
    }
    let nothing = Bench::with_limit(0);
    nothing.store(&key("cell"), OBJECT);
    assert!(!nothing.own().exists());
}

/// The file that says how much there is, in states that no kernel writes.
#[test]
fn a_wrong_sum_is_put_right() {
    type Deed = fn(&Path);
    let table: &[(&str, Deed)] = &[
        ("missing", |path| fs::remove_file(path).unwrap()),
        ("empty", |path| fs::write(path, "").unwrap()),
        ("no sums", |path| {
            fs::write(path, "hello, this is no file of sums").unwrap()
        }),
        ("half a record", |path| {
            fs::write(path, b"2AXSIZE1abc").unwrap()
        }),
        ("a sum without end", |path| {
            fs::write(path, [&b"2AXSIZE1"[..], &[0xff; 64]].concat()).unwrap();
        }),
        ("too many records", |path| {
            fs::write(path, [&b"2AXSIZE1"[..], &[0; 80_000]].concat()).unwrap();
        }),
        ("a link", |path| {
            fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink("/dev/null", path).unwrap();
        }),
        ("a folder", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("a folder with something in it", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir_all(path.join("letter")).unwrap();
        }),
    ];
    for (name, deed) in table {
        let limit = 1 << 20;
        let bench = Bench::with_limit(limit);
        fill(&bench, 0..9, 100_000);
        deed(&bench.own().join(SIZES));
        fill(&bench, 9..14, 100_000);
        let usage = usage(&bench);
        assert!(usage.bytes <= limit, "{name}: {}", usage.bytes);
        assert!(usage.entries.len() >= 7, "{name}: {}", usage.entries.len());
        assert!(bench.fetch(&key("13")).is_some(), "{name}");
    }
}

#[test]
fn leftovers_are_swept_when_they_are_old() {
    let bench = Bench::holding(&key("cell"));
    let file = |name: &str, seconds| {
        let path = bench.incoming().join(name);
        fs::write(&path, "half").unwrap();
        age(&path, seconds);
        path
    };
    let young = file("twoaxes-entry-young", 3_000);
    let old = file("twoaxes-entry-old", 4_000);
    let strange = file("letter", 1_000_000);
    bench.store(&key("next"), OBJECT);
    assert!(young.exists());
    assert!(!old.exists());
    assert!(strange.exists(), "not ours");
}

#[test]
fn clearing_removes_what_is_ours() {
    let bench = Bench::new();
    fill(&bench, 0..20, 5_000);
    let strange = [
        bench.own().join("letter"),
        bench.shard(&key("0")).join("letter"),
        bench.incoming().join("letter"),
        // The name of a key, in another key's folder.
        bench.shard(&key("0")).join("f".repeat(64)),
    ];
    for path in &strange {
        fs::write(path, "dear").unwrap();
    }
    fs::write(bench.incoming().join("twoaxes-entry-1"), "half").unwrap();
    let root = Folder::open_any(bench.own()).unwrap();
    assert_eq!(clear(&root), (20, 20 * 8_192));
    assert_eq!(clear(&root), (0, 0));
    for path in &strange {
        assert!(path.exists(), "{}", path.display());
    }
    assert_eq!(names(&bench.incoming()), ["letter"]);
    assert!(!bench.own().join(SIZES).exists());
    fill(&bench, 0..3, 5_000);
    assert!(bench.fetch(&key("2")).is_some());
}

#[test]
fn clearing_beside_kernels_that_store() {
    let bench = Bench::new();
    std::thread::scope(|scope| {
        let storing = scope.spawn(|| fill(&bench, 0..300, 3_000));
        while !storing.is_finished() {
            if let Ok(root) = Folder::open_any(bench.own()) {
                clear(&root);
            }
        }
    });
    fill(&bench, 0..1, 3_000);
    assert!(bench.fetch(&key("0")).is_some());
    assert_eq!(names(&bench.incoming()), [""; 0]);
}
