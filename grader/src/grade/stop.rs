//! Ending early, when whoever has started the grading asks for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// What a shell sees of a program that Ctrl-C has ended.
pub const STATUS: u8 = 130;

/// Whether to end early.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// One that Ctrl-C asks; asked already, Ctrl-C ends the process at once.
    ///
    /// # Errors
    /// When the system takes no handler of signals.
    pub fn on_interrupt() -> anyhow::Result<Self> {
        let stop = Self::default();
        // In this order: a handler that came first runs first.
        flag::register_conditional_shutdown(SIGINT, i32::from(STATUS), Arc::clone(&stop.0))
            .and_then(|_| flag::register(SIGINT, Arc::clone(&stop.0)))
            .context("cannot listen to signals")?;
        Ok(stop)
    }

    /// Asks to end, as Ctrl-C does.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Ends the processes that this one has started, all of them kernels or the
/// program that speaks with a cluster: they may be in the middle of a cell that
/// takes a minute more. Whoever has started one waits for it and tidies up.
pub(super) fn end_children() {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return;
    };
    for thread in threads.flatten() {
        let children = std::fs::read_to_string(thread.path().join("children"));
        for child in children.unwrap_or_default().split_whitespace() {
            if let Ok(child @ 1..) = child.parse::<libc::pid_t>() {
                // SAFETY: it takes no memory of ours.
                unsafe { libc::kill(child, libc::SIGKILL) };
            }
        }
    }
}
