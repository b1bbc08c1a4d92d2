//! The recorder: threads enter as workers, write their spans, and leave.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::future::Recorded;
use super::track::{NO_CPU, Raw, Track};
use crate::machine::{self, Usage, Watch};
use crate::trace::{Conditions, Origin, Span, SpanKind, TaskId, Trace, WorkerId};

/// Records a real run. Clones are handles to the same recording.
///
/// ```
/// use twoaxes::record::Recorder;
///
/// let recorder = Recorder::new("one task");
/// let task = recorder.task("sum");
/// recorder.begin();
/// let at = recorder.enter("main thread");
/// let sum: u64 = recorder.run(task, || (1..=1_000).sum());
/// drop(at);
/// let trace = recorder.finish();
/// assert_eq!((sum, trace.spans().len()), (500_500, 1));
/// assert_eq!(trace.unit(), "ns");
/// ```
#[derive(Debug, Clone)]
pub struct Recorder {
    // What every span needs is in the handle. In `shared` it would lie beside
    // the count of handles, and be fetched anew whenever a future of another
    // thread comes or goes.
    /// No other recording of this process has it, before or after.
    key: u64,
    clock: Clock,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    title: String,
    /// Time 0 of the trace, in nanoseconds of the recording's clock.
    began: AtomicU64,
    watch: Mutex<Watch>,
    tasks: Mutex<Vec<(String, u64)>>,
    left: Mutex<Vec<Track>>,
    /// Threads that have entered and not left.
    inside: AtomicU64,
    /// Spans of threads that had not entered.
    strangers: AtomicU64,
    /// CPU time of processes that help, such as clients, in nanoseconds.
    helpers: AtomicU64,
    /// How long the same tasks take on one thread, in nanoseconds; 0 if that
    /// was not measured.
    baseline: AtomicU64,
    notes: Mutex<Vec<String>>,
}

/// How many recordings there were. An address would be used again, and a
/// thread that never left would go on in another recording.
static RECORDINGS: AtomicU64 = AtomicU64::new(0);

/// Tells the time of a recording, without a handle to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// Time 0 of what is written down.
    zero: Instant,
}

impl Clock {
    pub(super) fn now(self) -> u64 {
        u64::try_from(self.zero.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

thread_local! {
    /// What this thread records, for each recording that it has entered.
    static OPEN: RefCell<Vec<(u64, Track)>> = const { RefCell::new(Vec::new()) };
}

impl Recorder {
    /// A recording in which nothing has happened. It watches the CPUs that the
    /// calling thread may use.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            key: RECORDINGS.fetch_add(1, Ordering::Relaxed),
            clock: Clock {
                zero: Instant::now(),
            },
            shared: Arc::new(Shared {
                title: title.into(),
                began: AtomicU64::new(0),
                watch: Mutex::new(Watch::start()),
                tasks: Mutex::new(Vec::new()),
                left: Mutex::new(Vec::new()),
                inside: AtomicU64::new(0),
                strangers: AtomicU64::new(0),
                helpers: AtomicU64::new(0),
                baseline: AtomicU64::new(0),
                notes: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Adds a task that arrives now, or with [`Recorder::begin`] if that comes
    /// later.
    pub fn task(&self, name: impl Into<String>) -> TaskId {
        let mut tasks = locked(&self.shared.tasks);
        tasks.push((name.into(), self.now()));
        TaskId(tasks.len() - 1)
    }

    /// Time 0 of the trace is now: everything is ready. Without it, time 0 is
    /// when the recorder was made.
    pub fn begin(&self) {
        *locked(&self.shared.watch) = Watch::start();
        self.shared.began.store(self.now(), Ordering::Relaxed);
    }

    /// The calling thread is a worker from now on, until what this returns is
    /// dropped on it. A thread enters a recording once at a time.
    #[must_use]
    pub fn enter(&self, worker: impl Into<String>) -> At {
        self.join(worker);
        At {
            recorder: self.clone(),
            _on_this_thread: std::marker::PhantomData,
        }
    }

    /// [`Recorder::enter`] for thread pools that call one function when a
    /// thread starts and another one, [`Recorder::leave`], before it ends.
    pub fn join(&self, worker: impl Into<String>) {
        let track = Track::begin(worker.into());
        OPEN.with_borrow_mut(|open| open.push((self.key, track)));
        self.shared.inside.fetch_add(1, Ordering::Relaxed);
    }

    /// The calling thread is no worker any more. Its spans join the recording.
    pub fn leave(&self) {
        let track = OPEN.with_borrow_mut(|open| {
            let at = open.iter().rposition(|(key, _)| *key == self.key)?;
            Some(open.remove(at).1)
        });
        if let Some(track) = track {
            locked(&self.shared.left).push(track.end());
            self.shared.inside.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Calls `work` on the calling thread, and writes down that it ran for
    /// `task` meanwhile. A span does not contain another one of its thread.
    pub fn run<T>(&self, task: TaskId, work: impl FnOnce() -> T) -> T {
        self.span(task, SpanKind::Run, work)
    }

    /// Calls `wait`, which blocks the calling thread, for `task`.
    pub fn blocked<T>(&self, task: TaskId, wait: impl FnOnce() -> T) -> T {
        self.span(task, SpanKind::Blocked, wait)
    }

    /// Wraps a future of `task`: each poll is a span on the thread that polls,
    /// and the time from a poll to the wake-up is a wait.
    pub fn future<F: Future>(&self, task: TaskId, future: F) -> Recorded<F> {
        Recorded::new(self.clone(), task, future)
    }

    /// Adds to the CPU time of processes that help with the run, such as its
    /// clients, in nanoseconds: they are not somebody else who was busy.
    pub fn helped(&self, nanoseconds: u64) {
        self.shared
            .helpers
            .fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Says how long the same tasks took one after another on one thread
    /// without a recorder, in nanoseconds. [`Trace::speedup`] divides by it: a
    /// sum of spans is no such time where threads share a CPU, since a span
    /// includes what its thread was interrupted for.
    pub fn baseline(&self, nanoseconds: u64) {
        self.shared.baseline.store(nanoseconds, Ordering::Relaxed);
    }

    /// Adds a sentence to the trace's notes, before those about the machine.
    pub fn note(&self, sentence: impl Into<String>) {
        locked(&self.shared.notes).push(sentence.into());
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// Nanoseconds since the recorder was made.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.clock.now()
    }

    /// Writes down a span of the calling thread that was timed elsewhere, from
    /// `start` to `end` as [`Recorder::now`] gives them. A wait has no worker.
    pub fn note_span(&self, task: TaskId, kind: SpanKind, start: u64, end: u64) {
        let cpu = machine::current().unwrap_or(NO_CPU);
        self.write(task, kind, start, end, cpu);
    }

    /// The run as a trace in nanoseconds, with the conditions since
    /// [`Recorder::begin`]. All workers have to have left: the spans of those
    /// that have not are missing, and a note says so.
    #[must_use]
    pub fn finish(&self) -> Trace {
        let mut tracks = std::mem::take(&mut *locked(&self.shared.left));
        let own: Usage = tracks.iter().map(|track| track.usage).sum();
        let helpers = self.shared.helpers.load(Ordering::Relaxed);
        let conditions = locked(&self.shared.watch).finish_alone(own, helpers);
        // Threads leave in any order.
        tracks.sort_by(|a, b| by_number(&a.worker).cmp(&by_number(&b.worker)));
        self.trace(&tracks, conditions)
    }

    fn trace(&self, tracks: &[Track], conditions: Conditions) -> Trace {
        let mut run = Trace::measured(self.shared.title.clone(), "ns");
        let began = self.shared.began.load(Ordering::Relaxed);
        let since = |time: u64| time.saturating_sub(began);
        for (name, arrival) in locked(&self.shared.tasks).iter() {
            run.task_arriving(name.clone(), since(*arrival));
        }
        let mut spans = Vec::with_capacity(tracks.iter().map(|t| t.spans.len()).sum());
        for track in tracks {
            let worker = run.worker(track.worker.clone());
            spans.extend(track.spans.iter().map(|raw| span(raw, worker, since)));
        }
        spans.sort_unstable_by_key(|span| (span.start, span.task, span.end));
        run.spans(spans);
        let baseline = self.shared.baseline.load(Ordering::Relaxed);
        if baseline > 0 {
            run.baseline(baseline);
        }
        for note in locked(&self.shared.notes).iter() {
            run.note(note.clone());
        }
        run.conditions(conditions);
        let inside = self.shared.inside.load(Ordering::Relaxed);
        if inside > 0 {
            run.note(format!(
                "Spans are missing: of the workers of this recording, {inside} had not left it when it was finished."
            ));
        }
        let strangers = self.shared.strangers.load(Ordering::Relaxed);
        if strangers > 0 {
            let (spans, they) = match strangers {
                1 => ("span is", "it was on a thread that was no worker"),
                _ => ("spans are", "they were on threads that were no workers"),
            };
            run.note(format!(
                "{strangers} {spans} missing: {they} of this recording."
            ));
        }
        run.build().unwrap_or_else(|error| {
            let note =
                format!("Nothing can be shown, since the recording contradicts itself: {error}.");
            Trace::empty(Origin::Measured, &self.shared.title, "ns", note)
        })
    }

    fn span<T>(&self, task: TaskId, kind: SpanKind, work: impl FnOnce() -> T) -> T {
        let cpu = machine::current().unwrap_or(NO_CPU);
        let start = self.now();
        let done = work();
        self.write(task, kind, start, self.now(), cpu);
        done
    }

    pub(super) fn write(&self, task: TaskId, kind: SpanKind, start: u64, end: u64, cpu: u16) {
        let raw = Raw {
            start,
            end,
            task: u32::try_from(task.0).unwrap_or(u32::MAX),
            cpu,
            kind,
        };
        let known = OPEN.with_borrow_mut(|open| {
            let track = open.iter_mut().rfind(|(key, _)| *key == self.key);
            track.map(|(_, track)| track.spans.push(raw)).is_some()
        });
        if !known {
            self.shared.strangers.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A worker of a recording, on its own thread; see [`Recorder::enter`].
#[derive(Debug)]
pub struct At {
    recorder: Recorder,
    /// Not `Send`: what is left is this thread's buffer.
    _on_this_thread: std::marker::PhantomData<*const ()>,
}

impl Drop for At {
    fn drop(&mut self) {
        self.recorder.leave();
    }
}

fn span(raw: &Raw, worker: WorkerId, since: impl Fn(u64) -> u64) -> Span {
    Span {
        task: TaskId(usize::try_from(raw.task).unwrap_or(usize::MAX)),
        worker: raw.kind.needs_worker().then_some(worker),
        start: since(raw.start),
        end: since(raw.end),
        kind: raw.kind,
        cpu: Some(raw.cpu).filter(|&cpu| cpu != NO_CPU && raw.kind.needs_worker()),
    }
}

/// `worker 10` after `worker 9`.
fn by_number(name: &str) -> (&str, u64, &str) {
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name.strip_prefix(letters).and_then(|n| n.parse().ok());
    (letters, number.unwrap_or(0), name)
}

/// What is behind a lock is whole at every instant, also if somebody panicked.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
