//! Real runs show themselves in every form, whatever the machine.

use crate::notebook::{MimeBundle, Rich};
use crate::quadrants::{self, Experiment, Quadrant};

fn check(bundle: &MimeBundle, expected: &[&str]) {
    for mime in ["text/plain", "text/html"] {
        let form = bundle.get(mime).unwrap();
        for words in expected {
            assert!(
                form.contains(words),
                "{words} is missing in {mime}:\n{form}"
            );
        }
    }
}

#[test]
fn real_runs_are_shown_with_their_numbers_and_what_to_notice() {
    let small = Experiment::new().tasks(3).units(2).wait(1);
    let all = small.run_all().mime_bundle();
    check(
        &all,
        &[
            "An event loop",
            "CPU time / wall-clock time",
            "simulated: turns",
            "3 of 3",
            "1 CPU x 1 lane",
            "What to notice",
        ],
    );
    assert!(all.get("image/svg+xml").unwrap().contains("<title"));
    let one = small.run(Quadrant::ConcurrentOnly).mime_bundle();
    check(
        &one,
        &[
            "Concurrent, not parallel",
            "An event loop",
            "waited, all tasks",
        ],
    );
    check(
        &quadrants::lanes().mime_bundle(),
        &["plain loop", "the same"],
    );
    // A size that cannot be run says so.
    let refused = small.threads(0).run(Quadrant::Both).mime_bundle();
    check(&refused, &["threads: 0 was given"]);
}
