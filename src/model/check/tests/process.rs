//! What a check does to the process that it runs in: nothing that lasts.

use std::fs::File;
use std::io::Read;
use std::ptr;

use super::*;

/// How many entries `directory` of this process has.
fn count(directory: &str) -> usize {
    let entries = std::fs::read_dir(format!("/proc/self/{directory}"));
    entries.unwrap().count()
}

fn each_kind_of_check() {
    let yields = || loom::thread::yield_now();
    assert!(exhaustive(yields).passed());
    assert!(exhaustive(with_loom::lost_update).failed());
    assert!(dfs(shuttle::thread::yield_now).passed());
    let failed = dfs(with_shuttle::opposite_locks);
    assert!(failed.replay(with_shuttle::opposite_locks).failed());
}

#[test]
fn neither_threads_nor_descriptors_are_left() {
    each_kind_of_check();
    let before = (count("fd"), count("task"));
    for _ in 0..20 {
        each_kind_of_check();
    }
    let after = (count("fd"), count("task"));
    // Other tests may run in this process.
    assert!(after.0 < before.0 + 20, "{before:?} to {after:?}");
    assert!(after.1 < before.1 + 20, "{before:?} to {after:?}");
}

#[test]
fn a_file_that_is_opened_inside_can_be_read_outside() {
    let place = Arc::new(Mutex::new(None));
    let inside = Arc::clone(&place);
    let verdict = dfs(move || {
        *inside.lock().unwrap() = Some(File::open("/proc/self/status").unwrap());
    });
    assert!(verdict.is_complete(), "{verdict}");
    let mut text = String::new();
    let mut file = place.lock().unwrap().take().unwrap();
    file.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("Name:"), "{text}");
}

#[test]
fn the_signal_of_an_abort_is_put_back() {
    let handler = || {
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: it only writes the action that is set, to a place for one.
        let asked = unsafe { libc::sigaction(libc::SIGABRT, ptr::null(), action.as_mut_ptr()) };
        assert_eq!(asked, 0);
        // SAFETY: the call has filled it.
        unsafe { action.assume_init() }.sa_sigaction
    };
    let before = handler();
    each_kind_of_check();
    assert!(dfs(|| std::process::abort()).failed());
    assert!(dfs(|| panic!("broken")).failed());
    assert_eq!(handler(), before);
}
