//! What the code of a cell takes: time on the clock, and time of the CPUs.

use std::time::{Duration, Instant};

use crate::bridge::Spent;

/// Runs from [`Stopwatch::start`] on.
pub struct Stopwatch {
    begun: Instant,
    cpu_before: Duration,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self {
            cpu_before: cpu_time(),
            begun: Instant::now(),
        }
    }

    pub fn spent(&self) -> Spent {
        let wall = self.begun.elapsed();
        Spent {
            wall,
            cpu: cpu_time().saturating_sub(self.cpu_before),
        }
    }
}

/// What all threads of this process have had of the CPUs, those that have ended too.
fn cpu_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: it is given a place to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_that_compute_have_both_of_their_times_counted() {
        let goal = Duration::from_millis(20);
        let work = || {
            let watch = Stopwatch::start();
            while watch.spent().cpu < goal {
                std::hint::spin_loop();
            }
        };
        let watch = Stopwatch::start();
        std::thread::scope(|scope| {
            scope.spawn(work);
            scope.spawn(work);
        });
        let spent = watch.spent();
        assert!(spent.cpu >= goal, "{spent:?}");
        assert!(spent.wall > Duration::ZERO, "{spent:?}");
    }
}
