//! Futures whose polls are recorded.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::recorder::{Clock, Recorder};
use super::track::NO_CPU;
use crate::machine;
use crate::trace::{SpanKind, TaskId};

pin_project_lite::pin_project! {
    /// A future whose polls are spans of a recording; see
    /// [`Recorder::future`].
    ///
    /// From one poll to the next it waits until it is woken, and is in the
    /// queue of its executor from then on.
    #[must_use = "futures do nothing unless they are polled"]
    #[derive(Debug)]
    pub struct Recorded<F> {
        recorder: Recorder,
        task: TaskId,
        // When the last poll ended; `None` before the first.
        polled: Option<u64>,
        bell: Option<Arc<Bell>>,
        #[pin]
        future: F,
    }
}

/// Passes a wake-up on, and remembers when the first since the last poll came.
#[derive(Debug)]
struct Bell {
    clock: Clock,
    rung: AtomicU64,
    inner: Mutex<Waker>,
}

const NOT_YET: u64 = u64::MAX;

impl<F> Recorded<F> {
    pub(super) fn new(recorder: Recorder, task: TaskId, future: F) -> Self {
        Self {
            recorder,
            task,
            polled: None,
            bell: None,
            future,
        }
    }
}

impl<F: Future> Future for Recorded<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let recorder = &*this.recorder;
        let cpu = machine::current().unwrap_or(NO_CPU);
        let start = recorder.now();
        let bell = this
            .bell
            .get_or_insert_with(|| Bell::new(recorder, context));
        // In one step, or a wake-up in between would be lost.
        let rung = bell.rung.swap(NOT_YET, Ordering::AcqRel);
        if let Some(polled) = *this.polled {
            // A poll without a wake-up, as `join!` and `select!` make them,
            // ends the wait as well.
            let rung = rung.min(start);
            if rung > polled {
                recorder.write(*this.task, SpanKind::Wait, polled, rung, NO_CPU);
            }
        }
        bell.passes_on_to(context.waker());
        let waker = Waker::from(Arc::clone(bell));
        let result = this.future.poll(&mut Context::from_waker(&waker));
        let end = recorder.now();
        recorder.write(*this.task, SpanKind::Run, start, end, cpu);
        *this.polled = Some(end);
        result
    }
}

impl Bell {
    fn new(recorder: &Recorder, context: &Context<'_>) -> Arc<Self> {
        Arc::new(Self {
            clock: recorder.clock(),
            rung: AtomicU64::new(NOT_YET),
            inner: Mutex::new(context.waker().clone()),
        })
    }

    fn passes_on_to(&self, waker: &Waker) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clone_from(waker);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let now = self.clock.now();
        // The first wake-up counts.
        _ = self
            .rung
            .compare_exchange(NOT_YET, now, Ordering::AcqRel, Ordering::Relaxed);
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let waker = inner.clone();
        drop(inner);
        waker.wake();
    }
}
