//! Fits to points whose law is known.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::super::*;

const WORKERS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 24.0, 32.0];

fn points(law: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    WORKERS.map(|n| (n, law(n))).into()
}

fn near(got: f64, expected: f64) {
    let off = (got - expected).abs();
    assert!(
        off <= 1e-6 * expected.abs().max(1e-3),
        "got {got}, expected {expected}"
    );
}

#[test]
fn exact_points_give_their_parameters_back() {
    let check = |gamma: f64, sigma: f64, kappa: f64| {
        let fit = fit_usl(&points(|n| usl(n, gamma, sigma, kappa))).unwrap();
        near(fit.gamma.value, gamma);
        near(fit.sigma.value, sigma);
        near(fit.kappa.value, kappa);
        near(fit.at(10), usl(10, gamma, sigma, kappa));
        assert!(fit.residuals.iter().all(|r| r.abs() < 1e-6 * gamma));
    };
    check(1.0, 0.05, 0.001);
    check(1000.0, 0.3, 0.02);
    check(1e-9, 0.02, 0.0001);
    check(1e12, 0.9, 0.5);
    check(20.0, 0.2, 0.0);
    check(20.0, 0.0, 0.01);
    check(20.0, 0.0, 0.0);
    for p in [0.0, 0.3, 0.8, 0.99, 1.0] {
        let fit = fit_amdahl(&points(|n| amdahl(p, n))).unwrap();
        near(fit.p.value, p);
        near(fit.at(5), amdahl(p, 5));
    }
}

#[test]
fn the_article_s_speedups_are_amdahls_law() {
    let fit = fit_amdahl(&[(2, 1.667), (4, 2.5), (8, 3.333)]).unwrap();
    assert!((fit.p.value - 0.8).abs() < 2e-4, "{fit}");
    assert!((fit.limit() - 5.0).abs() < 1e-2, "{fit}");
}

#[test]
fn specsdm91_has_the_published_parameters() {
    // SPEC SDM91 on a Sun SPARCcenter 2000, the example of Gunther's Guerrilla
    // Capacity Planning (2007) and of the R package usl.
    let fit = fit_usl(&[
        (1, 64.9),
        (18, 995.9),
        (36, 1652.4),
        (72, 1853.2),
        (108, 1828.9),
        (144, 1775.0),
        (216, 1702.2),
    ])
    .unwrap();
    assert!((fit.sigma.value - 0.0277).abs() < 1e-4, "{fit}");
    assert!((fit.kappa.value - 0.000_104).abs() < 1e-6, "{fit}");
    assert!((fit.peak() - 96.5).abs() < 0.5, "{}", fit.peak());
    // By a Gauss-Newton search of its own, with the law as it is written.
    let expected = [
        (89.995_2, 14.213_5),
        (0.027_728_5, 0.009_121_73),
        (1.043_655e-4, 1.987_53e-5),
    ];
    for (got, (value, error)) in [fit.gamma, fit.sigma, fit.kappa].iter().zip(expected) {
        assert!((got.value / value - 1.0).abs() < 1e-5, "{got}");
        let off = got.standard_error.unwrap() / error - 1.0;
        assert!(off.abs() < 1e-5, "{got}");
    }
}

#[test]
fn numbers_are_written_with_digits_that_say_something() {
    let check = |value: f64, expected: &str| {
        let estimate = Estimate {
            value,
            standard_error: None,
        };
        assert_eq!(estimate.to_string(), expected);
    };
    check(0.0, "0");
    check(0.8, "0.8000");
    check(1.0, "1.0000");
    check(0.048_94, "0.04894");
    check(0.003_074_2, "0.003074");
    check(0.000_104_365, "1.044e-4");
    check(1e-6, "1.000e-6");
    check(100.411_9, "100.4119");
    check(1e12, "1.000e12");
    check(-0.25, "-0.2500");
}

/// Throughput of the USL with normal noise of that standard deviation.
fn noisy(seed: u64, law: [f64; 3], deviation: f64) -> Vec<(f64, f64)> {
    let mut random = Pcg64::seed_from_u64(seed);
    let mut normal = move || {
        // Box and Muller 1958.
        let (one, other): (f64, f64) = (random.random(), random.random());
        (-2.0 * (1.0 - one).ln()).sqrt() * (std::f64::consts::TAU * other).cos()
    };
    let points = WORKERS.iter().chain(&WORKERS);
    points
        .map(|&n| (n, usl(n, law[0], law[1], law[2]) + deviation * normal()))
        .collect()
}

#[test]
fn standard_errors_say_how_far_off_a_fit_is() {
    let law = [100.0, 0.05, 0.002];
    let mut within = [0; 3];
    for seed in 0..300 {
        let fit = fit_usl(&noisy(seed, law, 5.0)).unwrap();
        for (index, estimate) in [fit.gamma, fit.sigma, fit.kappa].iter().enumerate() {
            let off = (estimate.value - law[index]).abs();
            let error = estimate.standard_error.unwrap();
            assert!(off < 6.0 * error, "seed {seed}: {fit}");
            within[index] += i32::from(off < error);
        }
        assert!(fit.r_squared > 0.9, "seed {seed}: {fit}");
    }
    // A little less than the 68 % of a normal distribution: Student's, with 13
    // degrees of freedom, has 66.5 %.
    for count in within {
        assert!((175..=225).contains(&count), "{within:?} of 300");
    }
}

#[test]
fn bounds_are_kept_and_told() {
    let check = |points: &[(f64, f64)], expected: &str| {
        let fit = fit_usl(points).unwrap();
        assert!(fit.sigma.value >= 0.0 && fit.kappa.value >= 0.0, "{fit}");
        assert!(fit.to_string().contains(expected), "{fit}");
    };
    // Faster than linear.
    let faster = [(1.0, 10.0), (2.0, 22.0), (4.0, 50.0), (8.0, 110.0)];
    check(&faster, "sigma is at its bound 0");
    check(&faster, "kappa is at its bound 0");
    // Levels out faster than contention explains, then not at all.
    check(
        &[
            (1.0, 10.0),
            (2.0, 11.0),
            (4.0, 14.0),
            (16.0, 30.0),
            (32.0, 50.0),
        ],
        "kappa is at its bound 0",
    );
    check(&points(|n| usl(n, 1, 0.01, 1e-5)), "it is a forecast");
    check(
        &points(|n| usl(n, 1, 0.05, 0.01))[..3],
        "3 points for 3 parameters",
    );
    let fit = fit_amdahl(&[(2, 2.2), (4, 4.6)]).unwrap();
    assert!(fit.to_string().contains("bound 1"), "{fit}");
    assert_eq!((fit.p.value, fit.p.standard_error), (1.0, None));
    let fit = fit_amdahl(&[(2, 0.9), (4, 0.7)]).unwrap();
    assert!(fit.to_string().contains("bound 0"), "{fit}");
    assert_eq!(fit.limit(), 1.0);
}

#[test]
fn points_that_do_not_tell_are_refused() {
    let check = |points: &[(f64, f64)], expected: &str| {
        let message = fit_usl(points).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    let (nan, infinite) = (f64::NAN, f64::INFINITY);
    check(&[], "there are 0");
    check(&[(1.0, 1.0), (2.0, 2.0)], "at least 3 different");
    check(
        &[(1.0, 1.0), (2.0, 2.0), (2.0, 2.1), (1.0, 1.1)],
        "there are 2",
    );
    check(&[(1.0, 1.0); 9], "there are 1");
    check(&[(1.0, 1.0), (nan, 2.0)], "point 1 is for NaN workers");
    check(&[(0.0, 1.0)], "point 0 is for 0 workers");
    check(&[(-4.0, 1.0)], "for -4 workers");
    check(&[(infinite, 1.0)], "for inf workers");
    check(&[(1.0, nan)], "throughput NaN");
    check(&[(1.0, 0.0)], "throughput 0");
    check(&[(1.0, -3.0)], "throughput -3");
    check(&[(1.0, infinite)], "throughput inf");
    check(
        &[
            (1e8, 1.0),
            (1e8 + 1.0, 1.0),
            (1e8 + 2.0, 1.0),
            (1e8 + 3.0, 1.0),
        ],
        "apart",
    );
    let amdahl = |points: &[(f64, f64)], expected: &str| {
        let message = fit_amdahl(points).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    amdahl(&[], "at least 1");
    amdahl(&[(1.0, 1.0), (1.0, 1.1)], "all points are for one worker");
    amdahl(&[(2.0, nan)], "speedup NaN");
}

proptest! {
    /// The fit is as good as the best of a coarse grid of laws.
    #[test]
    fn no_other_curve_is_nearer(
        noise in prop::collection::vec(0.7..1.3_f64, 8), sigma in 0.0..0.8_f64, kappa in 0.0..0.05_f64,
    ) {
        let points: Vec<(f64, f64)> = WORKERS.iter().zip(&noise)
            .map(|(&n, noise)| (n, noise * usl(n, 10, sigma, kappa)))
            .collect();
        let squares = |law: &dyn Fn(f64) -> f64| -> f64 {
            points.iter().map(|&(n, x)| (x - law(n)).powi(2)).sum()
        };
        let fit = fit_usl(&points).unwrap();
        let least = squares(&|n| fit.at(n));
        for gamma in [6.0, 8.0, 10.0, 12.0, 15.0] {
            for sigma in [0.0, 0.02, 0.1, 0.2, 0.4, 0.8] {
                for kappa in [0.0, 0.001, 0.005, 0.02, 0.05] {
                    let other = squares(&|n| usl(n, gamma, sigma, kappa));
                    prop_assert!(least <= other * (1.0 + 1e-9), "{} against {gamma} {sigma} {kappa}", fit);
                }
            }
        }
    }

    #[test]
    fn fits_never_panic(points in prop::collection::vec((any::<f64>(), any::<f64>()), 0..6)) {
        let _ = fit_usl(&points);
        let _ = fit_amdahl(&points);
        let plain: Vec<(f64, f64)> = points.iter().map(|(n, x)| (1.0 + n.abs() % 1e9, x.abs())).collect();
        let _ = fit_usl(&plain).map(|fit| (fit.to_string(), fit.at(3)));
        let _ = fit_amdahl(&plain).map(|fit| (fit.to_string(), fit.at(3)));
    }
}
