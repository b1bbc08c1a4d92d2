//! What the machine says, against files made for the purpose.

use super::quota::folders;
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
}

#[test]
fn stat_counts_only_the_cpus_asked_for() {
    let stat =
        "cpu 9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 100 5 6 7 8 0 0\ncpu1 10 0 0 0 0 0 0 1 0 0\nintr 5\n";
    assert_eq!(
        counted(stat, &[0], 100),
        (Some(190_000_000), Some(80_000_000))
    );
    assert_eq!(
        counted(stat, &[0, 1], 100),
        (Some(290_000_000), Some(90_000_000))
    );
    assert_eq!(counted(stat, &[7], 100), (None, None));
    assert_eq!(counted("cpu0 1 2", &[0], 100), (None, None));
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
        own: 1_000_000_000,
    };
    let began = Reading {
        busy: Some(0),
        stolen: Some(0),
        throttled: Some(0),
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
