//! What the machine says, against files made for the purpose.

use super::cpus::in_list;
use super::quota::{folders, quota_below, throttled_below};
use super::unit::rounds;
use super::watch::{Reading, between, counted};
use super::*;

#[test]
fn a_unit_computes_what_jumping_ahead_expects() {
    for rounds in [1, 2, 3, 1_000, 4_097] {
        for (units, seed) in [(0, 5), (1, 0), (3, u64::MAX)] {
            let unit = Unit::of_rounds(rounds);
            assert_eq!(unit.compute(units, seed), unit.expected(units, seed));
        }
    }
}

#[test]
fn a_clock_of_long_steps_makes_no_endless_unit() {
    use std::time::Duration;
    let check = |shortest, expected| assert_eq!(rounds(Duration::from_nanos(shortest)), expected);
    check(100_000, 1_000_000);
    check(4_000_000, 25_000);
    check(u64::MAX, 0);
    // A hundred thousand rounds in no time at all.
    check(0, 10_000_000);
    assert_eq!(Unit::of_rounds(0).rounds(), 1);
}

#[test]
fn a_thread_is_pinned_for_a_while() {
    let before = allowed();
    let first = before[0];
    let pinned = pin(&[first]).unwrap();
    assert_eq!(allowed(), [first]);
    assert_eq!(current(), Some(first));
    drop(pinned);
    assert_eq!(allowed(), before);
    let error = pin(&[1_023]).unwrap_err().to_string();
    assert!(
        error.starts_with("CPU 1023 cannot be used here: use one of "),
        "{error}"
    );
}

#[test]
fn control_groups_are_found_in_both_versions() {
    let v2 = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    let v1 = "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n\
              33 31 0:30 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n";
    let check = |groups: &str, mounts: &str, expected: &[&str]| {
        let found = folders(groups, mounts);
        let found: Vec<_> = found.iter().map(|path| path.to_string_lossy()).collect();
        let trimmed: Vec<_> = found
            .iter()
            .map(|path| path.trim_end_matches('/'))
            .collect();
        assert_eq!(trimmed, expected);
    };
    let up = "/sys/fs/cgroup";
    check(
        "0::/a/b\n",
        v2,
        &["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", up],
    );
    check(
        "2:cpuacct:/x\n1:cpu:/x\n0::/\n",
        v1,
        &["/sys/fs/cgroup/cpu/x", "/sys/fs/cgroup/cpu"],
    );
    check("nonsense\n", v2, &[]);
    // A container that sees the host's paths, and mounts only its own group.
    let own = "30 23 0:26 /pods/x /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n";
    check("0::/pods/x/sub\n", own, &["/sys/fs/cgroup/sub", up]);
    // One that mounts the host's whole tree: the nearer mount is taken.
    let host = "29 23 0:26 / /host/cgroup ro - cgroup2 cgroup2 rw\n";
    check("0::/pods/x\n", &format!("{host}{own}"), &[up]);
    // A group outside of what can be seen: only the mount itself is known.
    check("0::/../other\n", v2, &[up]);
    check("0::/elsewhere\n", own, &[up]);
    // Both versions at once, and a folder with a blank in its name.
    let hybrid = "32 31 0:29 / /sys/cg\\040one rw - cgroup cgroup rw,cpu,cpuacct\n\
                  30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    check(
        "4:cpu,cpuacct:/a\n1:name=systemd:/s\n0::/u\n",
        hybrid,
        &[
            "/sys/cg one/a",
            "/sys/cg one",
            "/sys/fs/cgroup/unified/u",
            "/sys/fs/cgroup/unified",
        ],
    );
}

#[test]
fn the_tightest_limit_counts() {
    let root = std::env::temp_dir().join(format!("twoaxes-quota-{}", std::process::id()));
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let check = |expected| assert_eq!(quota_below(&root), expected);
    check(None);
    write("proc/self/cgroup", "0::/a/b\n");
    write(
        "proc/self/mountinfo",
        "30 23 0:26 / /cg rw - cgroup2 cgroup2 rw\n",
    );
    check(None);
    write("cg/a/b/cpu.max", "max 100000\n");
    check(None);
    write("cg/a/cpu.max", "50000 100000\n");
    check(Some(500));
    write("cg/a/b/cpu.max", "150000 100000\n");
    check(Some(500));
    write("cg/a/b/cpu.max", "1 1000000\n");
    check(Some(1));
    for nonsense in ["", "50000", "NaN 100000", "-1 -1", "50000 0"] {
        write("cg/a/b/cpu.max", nonsense);
        check(Some(500));
    }
    write("cg/a/cpu.max", &format!("{} 1\n", u64::MAX));
    check(Some(u64::MAX));
    write("cg/a/b/cpu.stat", "nr_throttled 3\nthrottled_usec 20\n");
    write("cg/a/cpu.stat", "throttled_usec 500\nthrottled_usec x\n");
    assert_eq!(throttled_below(&root), Some(520_000));
    std::fs::remove_dir_all(&root).unwrap();
}

#[test]
fn cpus_that_share_a_core_are_told_apart() {
    let check = |list, cpu, expected| assert_eq!(in_list(list, cpu), expected, "{list} {cpu}");
    check("0,4\n", 4, true);
    check("0,4\n", 1, false);
    check("0-3,8-11\n", 9, true);
    check("0-3,8-11\n", 4, false);
    check("", 0, false);
    check("x-,3-,-5,7", 7, true);
    assert!(!share_a_core(0, 0));
}

#[test]
fn stat_counts_only_the_cpus_asked_for() {
    let stat =
        "cpu 9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 100 5 6 7 8 0 0\ncpu1 10 0 0 0 0 0 0 1 0 0\nintr 5\n";
    let check = |stat: &str, cpus: &[u16], busy: Option<u64>, stolen: Option<u64>| {
        let found = counted(stat, cpus, 100);
        assert_eq!((found.busy, found.stolen), (busy, stolen), "{stat}");
    };
    check(stat, &[0], Some(190_000_000), Some(80_000_000));
    check(stat, &[0, 1], Some(290_000_000), Some(90_000_000));
    check(stat, &[7], None, None);
    check("cpu0 1 2", &[0], None, None);
    check("", &[0], None, None);
    let most = u64::MAX;
    let full = format!("cpu0 {most} {most} 0 0 0 0 0 {most} 0 0");
    check(&full, &[0], Some(most), Some(most));
}

#[test]
fn a_cpu_that_is_switched_off_takes_its_counts_with_it() {
    let stat = "cpu0 10 0 0 0 0 0 0 0 0 0\ncpu1 10 0 0 0 0 0 0 0 0 0\n";
    let began = counted(stat, &[0, 1], 100);
    let ended = counted("cpu0 90 0 0 0 0 0 0 0 0 0", &[0, 1], 100);
    let found = between(&began, &ended, 0, 0);
    assert_eq!((found.elsewhere, found.stolen), (None, None));
}

#[test]
fn a_short_run_has_no_more_than_its_time() {
    let stat = |ticks: u64| format!("cpu0 {ticks} 0 0 0 0 0 0 {ticks} 0 0");
    let began = counted(&stat(10), &[0], 100);
    let ended = Reading {
        monotonic: 2_000_000,
        realtime: 2_000_000,
        ..counted(&stat(14), &[0], 100)
    };
    let found = between(&began, &ended, 500_000, 0);
    assert_eq!(found.elsewhere, Some(1_500_000));
    assert_eq!(found.stolen, Some(2_000_000));
    assert!(found.disturbances().is_empty());
}

#[test]
fn what_the_counters_cannot_tell_is_no_alarm() {
    let check = |cpus, wall_ms: u64, elsewhere_ms: u64, told: usize| {
        let conditions = crate::trace::Conditions {
            cpus,
            wall: wall_ms * 1_000_000,
            elsewhere: Some(elsewhere_ms * 1_000_000),
            ..Default::default()
        };
        assert_eq!(conditions.disturbances().len(), told, "{conditions:?}");
    };
    check(1, 1, 20, 0);
    check(2, 20, 20, 0);
    check(2, 100, 30, 1);
    check(2, 1_000, 90, 0);
    check(2, 1_000, 110, 1);
    // Of 64 CPUs some are always a little busy, and each is counted coarsely.
    check(64, 100, 600, 0);
    check(64, 1_000, 2_000, 0);
    check(64, 1_000, 4_000, 1);
    check(u64::MAX, u64::MAX / 1_000_000, 1, 0);
}

#[test]
fn a_system_that_tells_nothing_is_told() {
    let silent = crate::trace::Conditions {
        wall: 1,
        ..Default::default()
    };
    assert!(silent.disturbances()[0].starts_with("This system does not tell"));
}

#[test]
fn a_busy_neighbour_steal_time_and_a_set_clock_are_told() {
    let began = Reading {
        monotonic: 0,
        realtime: 1_000_000_000_000,
        ..Reading::default()
    };
    let ended = Reading {
        monotonic: 1_000_000_000,
        realtime: 1_000_500_000_000,
        busy: Some(1_900_000_000),
        stolen: Some(200_000_000),
        throttled: Some(1_500_000),
        online: 2,
        own: 1_000_000_000,
    };
    let began = Reading {
        busy: Some(0),
        stolen: Some(0),
        throttled: Some(0),
        online: 2,
        ..began
    };
    let found = between(&began, &ended, 900_000_000, 0);
    let told = found.disturbances().join(" ");
    for part in [
        "0.90 CPUs busy",
        "0.20 of these CPUs",
        "for 2 ms",
        "clock was set by 500 ms",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let back = Reading {
        realtime: 0,
        ..ended
    };
    let told = between(&began, &back, 0, 0).disturbances().join(" ");
    assert!(told.contains("clock was set by 1001000 ms"), "{told}");
}

#[test]
fn cpu_time_is_counted_between_two_ticks_of_the_system() {
    let before = Usage::of_thread();
    std::hint::black_box(Unit::of_rounds(50_000).compute(1, 1));
    let used = Usage::of_thread().since(before);
    // Fifty thousand multiplications that wait for each other take more.
    assert!(used.cpu_time > 5_000, "{used:?}");
    assert!(Usage::of_process().cpu_time >= used.cpu_time);
}

#[test]
fn other_threads_of_this_process_are_told_apart_on_request() {
    use std::sync::atomic::{AtomicU64, Ordering};
    let (used, stop) = (AtomicU64::new(0), AtomicU64::new(0));
    let watch = Watch::start();
    let (all, alone) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while stop.load(Ordering::Relaxed) == 0 {
                std::hint::black_box(Unit::of_rounds(10_000).compute(1, 1));
                used.store(Usage::of_thread().cpu_time, Ordering::Relaxed);
            }
        });
        while used.load(Ordering::Relaxed) < 400_000_000 {
            std::thread::yield_now();
        }
        // In this order, whoever else is busy only adds to the difference.
        let all = watch.finish(Usage::default(), 0);
        let alone = watch.finish_alone(Usage::default(), 0);
        stop.store(1, Ordering::Relaxed);
        (all.elsewhere, alone.elsewhere)
    });
    if let (Some(all), Some(alone)) = (all, alone) {
        assert!(alone >= all + 200_000_000, "{all} {alone}");
    }
}

#[test]
fn a_limit_that_two_have_raised_comes_down_with_the_last() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let limit = || getrlimit(Resource::RLIMIT_NOFILE).unwrap().0;
    let ceiling = OpenFiles::now().ceiling;
    setrlimit(Resource::RLIMIT_NOFILE, 64, ceiling).unwrap();
    let files = OpenFiles::now();
    let first = files.raise(100);
    let raised = limit();
    let second = files.raise(10);
    assert!(raised > 64 && first.free() >= 100 && second.free() >= 100);
    drop(first);
    assert_eq!(limit(), raised);
    drop(second);
    assert_eq!(limit(), 64);
}
