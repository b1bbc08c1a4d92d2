//! Which CPUs the threads here may use, and keeping a thread on some of them.

use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use nix::unistd::Pid;

/// Why a thread could not be kept on a CPU.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// No CPU was named.
    #[error("a thread has to run somewhere: name at least one CPU")]
    Nowhere,
    /// A CPU that the thread may not use.
    #[error("CPU {cpu} cannot be used here: use one of {}", list(.allowed))]
    NotAllowed {
        /// The CPU's number.
        cpu: u16,
        /// The numbers of those that can be used.
        allowed: Vec<u16>,
    },
    /// The system does not let this process choose its CPUs.
    #[error("the system refused to keep a thread on CPU {}: {reason}", list(.cpus))]
    Refused {
        /// The numbers of the CPUs.
        cpus: Vec<u16>,
        /// The system's reason.
        reason: String,
    },
}

/// The numbers of the CPUs that the calling thread may run on, in order.
/// Where the system does not tell, as many as it has.
#[must_use]
pub fn allowed() -> Vec<u16> {
    let found = match sched_getaffinity(Pid::from_raw(0)) {
        Ok(set) => numbers(&set),
        Err(_) => Vec::new(),
    };
    if !found.is_empty() {
        return found;
    }
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    (0..u16::try_from(cpus).unwrap_or(u16::MAX)).collect()
}

/// The number of the CPU that the calling thread runs on right now.
#[must_use]
pub fn current() -> Option<u16> {
    u16::try_from(sched_getcpu().ok()?).ok()
}

/// Whether two CPUs are threads of one core (simultaneous multithreading), as
/// far as the system tells: together they do less than two cores.
#[must_use]
pub fn share_a_core(cpu: u16, other: u16) -> bool {
    let path = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
    cpu != other && std::fs::read_to_string(path).is_ok_and(|list| in_list(&list, other))
}

/// Whether `cpu` is in a list like `0-3,8` (sysfs).
pub(super) fn in_list(list: &str, cpu: u16) -> bool {
    let number = |text: &str| text.trim().parse::<u16>().ok();
    list.split(',').any(|part| match part.split_once('-') {
        Some((first, last)) => {
            let ends = number(first).zip(number(last));
            ends.is_some_and(|(first, last)| (first..=last).contains(&cpu))
        }
        None => number(part) == Some(cpu),
    })
}

/// Keeps the calling thread on `cpus` until what this returns is dropped,
/// which has to be on the same thread.
///
/// # Errors
///
/// [`PinError`] when `cpus` is empty, has a CPU that cannot be used, or the
/// system refuses.
pub fn pin(cpus: &[u16]) -> Result<Pinned, PinError> {
    if cpus.is_empty() {
        return Err(PinError::Nowhere);
    }
    let refused = |reason: Errno| PinError::Refused {
        cpus: cpus.to_vec(),
        reason: reason.desc().to_owned(),
    };
    let before = sched_getaffinity(Pid::from_raw(0)).map_err(refused)?;
    let mut set = CpuSet::new();
    for &cpu in cpus {
        let usable = before.is_set(usize::from(cpu)).unwrap_or(false);
        if !usable || set.set(usize::from(cpu)).is_err() {
            let allowed = numbers(&before);
            return Err(PinError::NotAllowed { cpu, allowed });
        }
    }
    sched_setaffinity(Pid::from_raw(0), &set).map_err(refused)?;
    Ok(Pinned {
        before,
        _on_this_thread: std::marker::PhantomData,
    })
}

/// A thread that is kept on some CPUs; see [`pin`].
#[derive(Debug)]
pub struct Pinned {
    before: CpuSet,
    /// Not `Send`: what is undone is the thread's own affinity.
    _on_this_thread: std::marker::PhantomData<*const ()>,
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // Nothing can be done about a system that has changed its mind.
        _ = sched_setaffinity(Pid::from_raw(0), &self.before);
    }
}

fn numbers(set: &CpuSet) -> Vec<u16> {
    (0..CpuSet::count())
        .filter(|&cpu| set.is_set(cpu).unwrap_or(false))
        .filter_map(|cpu| u16::try_from(cpu).ok())
        .collect()
}

fn list(cpus: &[u16]) -> String {
    let words: Vec<String> = cpus.iter().map(u16::to_string).collect();
    words.join(", ")
}
