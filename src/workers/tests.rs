//! The simulator against the article's numbers, the laws against theirs.

use proptest::prelude::*;

use super::*;

mod fit;
mod graph;

#[test]
fn eight_tasks_come_down_a_staircase() {
    let check = |workers, makespan| {
        let trace = simulate(8, 10, workers);
        assert_eq!(trace.makespan(), makespan, "{workers} workers");
        assert_eq!(trace.work(), 80);
        assert_eq!(trace.notes().len(), 0);
    };
    for (workers, makespan) in [
        (1, 80),
        (2, 40),
        (3, 30),
        (4, 20),
        (5, 20),
        (7, 20),
        (8, 10),
        (9, 10),
        (1000, 10),
    ] {
        check(workers, makespan);
    }
}

#[test]
fn simulate_takes_any_input() {
    let check = |(tasks, units, workers), makespan, note: &str| {
        let trace = simulate(tasks, units, workers);
        assert_eq!(trace.makespan(), makespan);
        assert!(
            trace.notes().join(" ").contains(note),
            "{:?}",
            trace.notes()
        );
    };
    check((8, 10, 0), 80, "1 worker is used");
    check((0, 10, 2), 0, "there are no tasks");
    check((8, 0, 2), 0, "take no time");
    check((1, u64::MAX, 1), u64::MAX, "");
    check((2, u64::MAX, 1), 0, "more than 18446744073709551615 ticks");
    check((usize::MAX, 1, 1), 0, "at most 2000000 are simulated");
    check((2, 5, usize::MAX), 5, "100000 are used");
    let refused = |(tasks, units, workers), expected: &str| {
        let message = try_simulate(tasks, units, workers).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    refused((0, 1, 1), "no tasks");
    refused((1, 1, 0), "0 workers");
    refused((1, 1, MAX_WORKERS + 1), "100001 workers");
    refused((MAX_TASKS + 1, 1, 1), "2000001 tasks");
    refused((2, u64::MAX, 1), "smaller numbers");
}

fn near(got: f64, expected: f64) {
    let same = got == expected || (got - expected).abs() <= 5e-4;
    assert!(same, "got {got}, expected {expected}");
}

#[test]
fn amdahl_has_the_numbers_of_the_article() {
    near(amdahl(0.8, 2), 1.667);
    near(amdahl(0.8, 4), 2.5);
    near(amdahl(0.8, 8_usize), 3.333);
    near(amdahl_limit(0.8), 5.0);
    near(amdahl(0.8, f64::INFINITY), 5.0);
    // 64 cores for a program that waits 95 % of its time.
    near(amdahl(0.05, 64), 1.052);
    near(amdahl(1, 64), 64.0);
    near(amdahl(0, 64), 1.0);
    near(amdahl_limit(1), f64::INFINITY);
}

#[test]
fn the_other_laws_have_their_numbers() {
    near(gustafson(0.2, 8), 6.6);
    near(gustafson(0, 8), 8.0);
    near(gustafson(1, f64::INFINITY), 1.0);
    near(karp_flatt(4, 8), 1.0 / 7.0);
    near(karp_flatt(8, 8), 0.0);
    near(karp_flatt(16, 8), -1.0 / 14.0);
    near(usl(1, 995.6486, 0.026, 0.0008), 995.6486);
    near(usl(8, 1, 0.5, 0), 8.0 / 4.5);
    near(usl(8, 2, 0.0, 0.1), 16.0 / 6.6);
    near(usl(f64::INFINITY, 3, 0.5, 0), 6.0);
    near(usl(f64::INFINITY, 3, 0.5, 0.1), 0.0);
    near(usl(1e300, 1e10, 0, 1e-10), 0.0);
    near(usl_peak(0.19, 0.01), 9.0);
    near(usl_peak(0.19, 0), f64::INFINITY);
    near(usl_peak(1, 0), 1.0);
    near(usl_peak(0, 4), 1.0);
}

#[test]
fn laws_refuse_what_they_say_nothing_about() {
    let check = |plain: f64, tried: Result<f64, LawError>, expected: &str| {
        assert!(plain.is_nan());
        let message = tried.unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(amdahl(1.5, 4), try_amdahl(1.5, 4), "p is 1.5");
    check(amdahl(-0.1, 4), try_amdahl(-0.1, 4), "p is -0.1");
    check(amdahl(f64::NAN, 4), try_amdahl(f64::NAN, 4), "p is NaN");
    check(amdahl(0.8, 0), try_amdahl(0.8, 0), "n is 0");
    check(amdahl(0.8, -1), try_amdahl(0.8, -1), "n is -1");
    check(amdahl_limit(2), try_amdahl_limit(2), "p is 2");
    check(gustafson(80, 4), try_gustafson(80, 4), "s is 80");
    check(gustafson(0.1, 0.5), try_gustafson(0.1, 0.5), "n is 0.5");
    check(karp_flatt(1, 1), try_karp_flatt(1, 1), "one worker");
    check(karp_flatt(0, 4), try_karp_flatt(0, 4), "speedup is 0");
    check(usl(0, 1, 0, 0), try_usl(0, 1, 0, 0), "n is 0");
    check(usl(1, 0, 0, 0), try_usl(1, 0, 0, 0), "gamma is 0");
    check(usl(1, 1, -1, 0), try_usl(1, 1, -1, 0), "sigma is -1");
    let infinite = f64::INFINITY;
    check(
        usl(1, 1, 0, infinite),
        try_usl(1, 1, 0, infinite),
        "kappa is inf",
    );
    check(usl_peak(-1, 0), try_usl_peak(-1, 0), "sigma is -1");
}

proptest! {
    #[test]
    fn the_staircase_is_what_is_simulated(
        tasks in 1..60_usize, units in 0..30_u64, workers in 1..70_usize,
    ) {
        let trace = simulate(tasks, units, workers);
        prop_assert_eq!(trace.work(), tasks as u64 * units);
        let steps = staircase(tasks, units, workers);
        prop_assert_eq!(steps[workers - 1], (workers, trace.makespan()));
        // Work law and span law.
        prop_assert!(trace.makespan() * workers as u64 >= trace.work());
        prop_assert!(trace.makespan() >= units);
        if units > 0 {
            prop_assert_eq!(trace.peak_parallelism(), workers.min(tasks));
        }
    }

    #[test]
    fn without_coherence_the_usl_is_amdahls_law(p in 0.0..=1.0_f64, n in 1.0..1e6_f64) {
        let (usl, amdahl) = (usl(n, 1, 1.0 - p, 0), amdahl(p, n));
        prop_assert!((usl - amdahl).abs() <= 1e-9 * amdahl);
    }

    #[test]
    fn karp_and_flatt_undo_amdahl(p in 0.0..=1.0_f64, n in 1.5..1e4_f64) {
        prop_assert!((karp_flatt(amdahl(p, n), n) - (1.0 - p)).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_faster_than_the_peak(
        n in 1.0..1e4_f64, sigma in 0.0..1.5_f64, kappa in 1e-6..1.0_f64,
    ) {
        let most = usl(usl_peak(sigma, kappa), 1, sigma, kappa);
        prop_assert!(usl(n, 1, sigma, kappa) <= most * (1.0 + 1e-9));
    }

    #[test]
    fn laws_never_panic(a: f64, b: f64, c: f64, d: f64) {
        let all = [amdahl(a, b), gustafson(a, b), karp_flatt(a, b), usl(a, b, c, d), usl_peak(a, b)];
        let _ = all.map(|value| value.is_nan());
    }
}
