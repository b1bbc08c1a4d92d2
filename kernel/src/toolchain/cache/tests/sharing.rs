//! Several threads and processes on one cache.

use std::fs;
use std::process::Command;

use super::*;

const CHILD: &str = "TWOAXES_TEST_CACHE";
const KEYS: usize = 6;
const ROUNDS: usize = 60;

/// What a key's object has to be; a few of them, so that all meet.
fn object(number: usize, writer: usize) -> Vec<u8> {
    let mut object = format!("{number} {writer} ").into_bytes();
    object.resize(20_000 + 7_000 * writer, writer as u8);
    object
}

/// Stores and fetches; each hit must be whole and its key's.
fn work(cache: &Cache, directory: &Path, writer: usize) -> usize {
    let (made, got) = (
        directory.join(format!("made-{writer}")),
        directory.join(format!("got-{writer}")),
    );
    let mut hits = 0;
    for round in 0..ROUNDS {
        let number = (round + writer) % KEYS;
        fs::write(&made, object(number, writer % 4)).unwrap();
        cache.store(&key(number.to_string()), &made, SOURCE);
        let wanted = (round * 5 + writer) % KEYS;
        if cache.fetch(&key(wanted.to_string()), &got).is_some() {
            let found = fs::read(&got).unwrap();
            assert!((0..4).any(|writer| found == object(wanted, writer)));
            hits += 1;
        }
    }
    hits
}

#[test]
fn writers_and_readers_of_the_same_keys() {
    let bench = Bench::new();
    let hits: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|writer| {
                let bench = &bench;
                scope.spawn(move || work(&bench.cache(), bench.directory.path(), writer))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert!(hits > ROUNDS, "{hits}");
    for number in 0..KEYS {
        assert!(bench.fetch(&key(number.to_string())).is_some());
    }
    assert_eq!(names(&bench.incoming()), [""; 0]);
}

/// With room for a few only, so that each removes what others read.
#[test]
fn processes_that_make_room_beside_each_other() {
    let bench = Bench::with_limit(200_000);
    let location = serde_json::to_string(&bench.location).unwrap();
    let children: Vec<_> = (0..3)
        .map(|writer| {
            child("toolchain::cache::tests::sharing::child_works")
                .env(CHILD, &location)
                .env("TWOAXES_TEST_WRITER", writer.to_string())
                .env("TWOAXES_TEST_DIRECTORY", bench.directory.path())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let usage = super::space::usage(&bench);
    // What each was about to store while another counted may come on top.
    let most = 200_000 + 3 * 45_056;
    assert!(usage.bytes > 0 && usage.bytes <= most, "{usage:?}");
    assert_eq!(names(&bench.incoming()), [""; 0]);
}

/// Not a test of its own: what the processes of tests do.
#[test]
fn child_works() {
    let Ok(location) = std::env::var(CHILD) else {
        return;
    };
    let location: Location = serde_json::from_str(&location).unwrap();
    let number = std::env::var("TWOAXES_TEST_WRITER").unwrap();
    let directory = std::env::var_os("TWOAXES_TEST_DIRECTORY").unwrap();
    work(
        &Cache::open(&location),
        Path::new(&directory),
        number.parse().unwrap(),
    );
}

/// A disk that takes no more, by a limit on a file's size: writing stops in the
/// middle with an error, as it does on a full disk.
#[test]
fn a_full_disk_leaves_no_entry_and_no_rest() {
    let bench = Bench::new();
    bench.store(&key("before"), &[1; 10_000]);
    let executable = std::env::current_exe().unwrap();
    // In blocks of 512 bytes; ignored, the signal becomes an error.
    let limited = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
    let status = Command::new("sh")
        .args(["-c", limited])
        .arg(executable)
        .args(["--exact", "toolchain::cache::tests::sharing::child_stores"])
        .env(CHILD, serde_json::to_string(&bench.location).unwrap())
        .env("TWOAXES_TEST_DIRECTORY", bench.directory.path())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(names(&bench.incoming()), [""; 0]);
    assert!(!bench.entry(&key("large")).exists());
    assert!(bench.fetch(&key("small")).is_some());
    assert!(!bench.path("to").exists(), "half an object");
    assert!(
        bench.fetch(&key("before")).is_some(),
        "dropped for the disk"
    );
}

/// Not a test of its own: see above.
#[test]
fn child_stores() {
    let (Ok(location), Some(directory)) = (
        std::env::var(CHILD),
        std::env::var_os("TWOAXES_TEST_DIRECTORY"),
    ) else {
        return;
    };
    let directory = PathBuf::from(directory);
    let cache = Cache::open(&serde_json::from_str(&location).unwrap());
    let made = directory.join("made");
    fs::write(&made, [1; 2_000]).unwrap();
    cache.store(&key("small"), &made, SOURCE);
    // Just fits alone, and not with a header.
    fs::write(&made, [1; 8_192]).unwrap();
    cache.store(&key("large"), &made, SOURCE);
    assert_eq!(cache.fetch(&key("before"), &directory.join("to")), None);
}

fn child(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]);
    command
}
