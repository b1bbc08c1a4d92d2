//! The smallest runs that stand in the four quadrants: the same four tasks
//! each time, so that only the arrangement differs.

use crate::trace::{Origin, Trace};

use super::quadrant::Quadrant;

const TASKS: [&str; 4] = ["A", "B", "C", "D"];
/// Ticks that each task computes.
const UNITS: u64 = 4;
/// Ticks that a task runs before the next has its turn, where they take turns.
const SLICE: u64 = 2;

impl Quadrant {
    /// Four tasks of four ticks, run as this quadrant would run them: on one
    /// worker or two, one task after another or in turns of two ticks.
    ///
    /// The work is 16 ticks each time. The makespan is 16 on one worker and 8
    /// on two, whether or not tasks take turns.
    ///
    /// ```
    /// use twoaxes::quadrants::{Quadrant, classify};
    ///
    /// let trace = Quadrant::Both.example();
    /// assert_eq!(classify(&trace).quadrant(), Quadrant::Both);
    /// ```
    #[must_use]
    pub fn example(self) -> Trace {
        let workers = if self.parallel() { 2 } else { 1 };
        let slice = if self.concurrent() { SLICE } else { UNITS };
        let mut run = Trace::simulated(capitalised(self.name()));
        let tasks = TASKS.map(|name| run.task(name));
        for index in 0..workers {
            let worker = run.worker(format!("worker {}", index + 1));
            let own = tasks.iter().skip(index).step_by(workers);
            let mut now = 0;
            for _ in 0..UNITS / slice {
                for &task in own.clone() {
                    run.run(task, worker, now, now + slice);
                    now += slice;
                }
            }
        }
        run.build().unwrap_or_else(|error| {
            Trace::empty(Origin::Simulated, self.name(), "ticks", error.to_string())
        })
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
