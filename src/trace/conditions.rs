//! Under what conditions a run was measured: what the machine had to give, and
//! who else took of it.

use super::model::Trace;

/// The machine during a measured run. Times are in nanoseconds; `None` where
/// the system does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// CPUs that the run's threads were allowed to use.
    pub cpus: u64,
    /// CPU time that a control group allows in each second of wall-clock time,
    /// in milliseconds: 500 is half a CPU.
    pub quota: Option<u64>,
    /// Wall-clock time of the run.
    pub wall: u64,
    /// CPU time of the run's own threads.
    pub cpu_time: u64,
    /// CPU time that other threads and programs took on the same CPUs.
    pub elsewhere: Option<u64>,
    /// Time in which a hypervisor gave the same CPUs to other machines.
    pub stolen: Option<u64>,
    /// Time in which control groups held the run's threads back, added up over
    /// CPUs.
    pub throttled: Option<u64>,
    /// How often the run's threads were interrupted while they could have
    /// gone on (involuntary context switches).
    pub preemptions: u64,
    /// How far the system's clock was set forwards or backwards during the
    /// run. Spans are timed by another clock, which is never set.
    pub clock_set: u64,
}

impl Conditions {
    /// `cpu_time / wall`: how many CPUs the run kept busy on average, which is
    /// parallelism as the operating system saw it.
    #[must_use]
    pub fn cpus_used(&self) -> f64 {
        share(self.cpu_time, self.wall)
    }

    /// What made this run unlike one on an idle machine, a sentence for each;
    /// none for a run that was left alone.
    ///
    /// The system counts CPU time in steps of about 10 ms on each CPU, so what
    /// is short of that, or of a tenth of one CPU, is not told. Where it does
    /// not tell at all who else was busy, that is.
    #[must_use]
    pub fn disturbances(&self) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(quota) = self
            .quota
            .filter(|&quota| quota < self.cpus.saturating_mul(1_000))
        {
            told.push(format!(
                "A control group allows {:.2} CPUs' worth of time, although {} can be used: threads are held back when it is spent.",
                share(quota, 1_000),
                counted(self.cpus, "CPU"),
            ));
        }
        if let Some(throttled) = self.throttled.filter(|&time| time > 0) {
            told.push(format!(
                "The control group held threads back for {} ms during this run.",
                in_ms(throttled)
            ));
        }
        if let Some(elsewhere) = self.elsewhere.filter(|&time| self.is_much(time)) {
            told.push(format!(
                "Other programs or threads kept {:.2} CPUs busy during this run: expect longer times than on an idle machine.",
                share(elsewhere, self.wall)
            ));
        }
        if let Some(stolen) = self.stolen.filter(|&time| self.is_much(time)) {
            told.push(format!(
                "The hypervisor gave {:.2} of these CPUs to other machines during this run (steal time).",
                share(stolen, self.wall)
            ));
        }
        if self.clock_set > CLOCK_TOLERANCE {
            told.push(format!(
                "The system's clock was set by {} ms during this run, or the machine slept. The times here come from a clock that is never set.",
                in_ms(self.clock_set)
            ));
        }
        if self.wall > 0 && self.elsewhere.is_none() {
            told.push(
                "This system does not tell who else was busy: run it again to see how far the times vary."
                    .to_owned(),
            );
        }
        told
    }

    /// Each number under its name, for files; what is not known is left out.
    pub(super) fn numbers(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [
            ("cpus", Some(self.cpus)),
            ("quota", self.quota),
            ("wall", Some(self.wall)),
            ("cpu_time", Some(self.cpu_time)),
            ("elsewhere", self.elsewhere),
            ("stolen", self.stolen),
            ("throttled", self.throttled),
            ("preemptions", Some(self.preemptions)),
            ("clock_set", Some(self.clock_set)),
        ];
        all.into_iter()
            .filter_map(|(name, number)| Some((name, number?)))
    }

    /// Sets the number of that name; `None` if there is none.
    pub(super) fn set(&mut self, name: &str, number: u64) -> Option<()> {
        match name {
            "cpus" => self.cpus = number,
            "quota" => self.quota = Some(number),
            "wall" => self.wall = number,
            "cpu_time" => self.cpu_time = number,
            "elsewhere" => self.elsewhere = Some(number),
            "stolen" => self.stolen = Some(number),
            "throttled" => self.throttled = Some(number),
            "preemptions" => self.preemptions = number,
            "clock_set" => self.clock_set = number,
            _ => return None,
        }
        Some(())
    }

    /// On many CPUs, a few of which always have something to do, 5 % of all.
    fn is_much(&self, time: u64) -> bool {
        let cpus = self.cpus.max(2);
        let coarse = COARSE.saturating_mul(cpus.saturating_add(1));
        let share = u128::from(self.wall) * u128::from(cpus) / 20;
        time >= coarse && u128::from(time) >= share
    }
}

/// What the system's coarse counters can be wrong by, in nanoseconds: on each
/// CPU, and once for the run's own time.
const COARSE: u64 = 10_000_000;

/// Clocks are also adjusted bit by bit, by less than a thousandth.
const CLOCK_TOLERANCE: u64 = 50_000_000;

impl Trace {
    /// Under what conditions the run was measured; `None` for a simulated one.
    #[must_use]
    pub fn conditions(&self) -> Option<&Conditions> {
        self.conditions.as_deref()
    }
}

/// Exact below 2^53 ns, which is 104 days.
#[allow(clippy::cast_precision_loss)]
fn share(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        _ => part as f64 / whole as f64,
    }
}

fn in_ms(time: u64) -> u64 {
    time.div_ceil(1_000_000)
}

fn counted(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
