//! The server's handlers, and its own count of what it has in flight.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::clients::MESSAGE;
use super::load::{Hog, Plan};
use crate::machine::{Unit, unit};
use crate::record::Recorder;
use crate::trace::TaskId;

/// What all handlers of one run share.
pub(super) struct Desk {
    pub(super) recorder: Recorder,
    /// A task for each connection, in the order of acceptance.
    tasks: Vec<TaskId>,
    /// What each handler computes from its request's number.
    unit: Unit,
    delay: Duration,
    hog: Option<Hog>,
    one_thread: bool,
    /// Whoever has not begun to compute by then does not begin.
    until: Instant,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
    workers: AtomicUsize,
    /// The number in the hog's request.
    hog_number: AtomicU64,
    /// The hog's computation gave the wrong result.
    miscomputed: AtomicBool,
}

thread_local! {
    /// Whether this thread is a worker of the recording. A thread of a server
    /// lives for one run only.
    static ENROLLED: Cell<bool> = const { Cell::new(false) };
}

const NO_HOG: u64 = u64::MAX;

impl Desk {
    pub(super) fn new(plan: &Plan, title: &str, until: Instant) -> Self {
        let recorder = Recorder::new(title);
        let name = |place: usize| match plan.hog {
            Some(hog) if hog.place == place => "hog".to_owned(),
            _ => format!("request {}", place + 1),
        };
        Self {
            tasks: (0..plan.requests).map(|k| recorder.task(name(k))).collect(),
            recorder,
            unit: plan.unit,
            delay: plan.delay,
            hog: plan.hog,
            one_thread: plan.threads == 1,
            until,
            in_flight: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            workers: AtomicUsize::new(0),
            hog_number: AtomicU64::new(NO_HOG),
            miscomputed: AtomicBool::new(false),
        }
    }

    /// The most requests that were in flight at once: read, and not answered
    /// yet.
    pub(super) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// The client whose request was the hog's.
    pub(super) fn hog_number(&self) -> Option<u64> {
        Some(self.hog_number.load(Ordering::Relaxed)).filter(|&number| number != NO_HOG)
    }

    pub(super) fn miscomputed(&self) -> bool {
        self.miscomputed.load(Ordering::Relaxed)
    }

    /// Reads one request and answers it. The task begins when there is
    /// something to read: before, nobody has asked for anything.
    pub(super) async fn attend(self: Arc<Self>, place: usize, mut stream: TcpStream) {
        let Some(&task) = self.tasks.get(place) else {
            return;
        };
        // `readable` may be early; looking at the first byte is not.
        if !matches!(stream.peek(&mut [0]).await, Ok(1)) {
            return;
        }
        // A client that went away has nobody to be told.
        _ = match self.hog.filter(|hog| hog.place == place) {
            Some(hog) if hog.offloaded => self.offload(task, hog, &mut stream).await,
            hog => self.recorded(task, self.handle(hog, &mut stream)).await,
        };
    }

    async fn handle(&self, hog: Option<Hog>, stream: &mut TcpStream) -> io::Result<()> {
        let (number, open) = self.read(stream).await?;
        if let Some(hog) = hog {
            self.hog_number.store(number, Ordering::Relaxed);
            // The mistake: it keeps the thread, and with it everybody else.
            self.compute(hog);
        }
        self.answer(number, open, stream).await
    }

    /// The hog's request, with its computation on a thread of its own. That
    /// is part of the same task, which must not be seen waiting meanwhile.
    async fn offload(
        self: &Arc<Self>,
        task: TaskId,
        hog: Hog,
        stream: &mut TcpStream,
    ) -> io::Result<()> {
        let (number, open) = self.recorded(task, self.read(stream)).await?;
        self.hog_number.store(number, Ordering::Relaxed);
        let desk = Arc::clone(self);
        let computing = tokio::task::spawn_blocking(move || {
            desk.enrol(|| "blocking thread".to_owned());
            desk.recorder.run(task, || desk.compute(hog));
        });
        computing.await.map_err(io::Error::other)?;
        self.recorded(task, self.answer(number, open, stream)).await
    }

    async fn read<'a>(&'a self, stream: &mut TcpStream) -> io::Result<(u64, Open<'a>)> {
        let mut request = [0; MESSAGE];
        stream.read_exact(&mut request).await?;
        let open = Open::one_more(self);
        if Instant::now() >= self.until {
            // Whoever ends the run has to get a turn, and drops this then.
            pending::<()>().await;
        }
        Ok((u64::from_le_bytes(request), open))
    }

    async fn answer(&self, number: u64, open: Open<'_>, stream: &mut TcpStream) -> io::Result<()> {
        let answer = self.unit.compute(1, number);
        // The backend: a database or another service, which takes its time and
        // none of this thread's.
        tokio::time::sleep(self.delay).await;
        let written = stream.write_all(&answer.to_le_bytes()).await;
        drop(open);
        written
    }

    fn compute(&self, hog: Hog) {
        let unit = unit();
        let found = unit.compute(hog.milliseconds, SEED);
        if found != unit.expected(hog.milliseconds, SEED) {
            self.miscomputed.store(true, Ordering::Relaxed);
        }
    }

    /// `future`, whose polls are spans of `task`.
    async fn recorded<T>(&self, task: TaskId, future: impl Future<Output = T>) -> T {
        let mut future = pin!(self.recorder.future(task, future));
        poll_fn(|context| {
            self.enrol(|| match self.workers.fetch_add(1, Ordering::Relaxed) {
                _ if self.one_thread => "event loop".to_owned(),
                number => format!("worker {}", number + 1),
            });
            future.as_mut().poll(context)
        })
        .await
    }

    /// The calling thread is a worker of the recording from the first handler
    /// on: what it did while clients connected is not part of the run.
    fn enrol(&self, name: impl FnOnce() -> String) {
        if !ENROLLED.replace(true) {
            self.recorder.join(name());
        }
    }
}

/// Any number: the result depends on it.
const SEED: u64 = 5;

/// A request in flight.
struct Open<'a>(&'a Desk);

impl<'a> Open<'a> {
    fn one_more(desk: &'a Desk) -> Self {
        let there = desk.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        desk.peak.fetch_max(there, Ordering::Relaxed);
        Self(desk)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
