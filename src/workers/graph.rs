//! Tasks of any length, some of which need others first.

use crate::trace::{TaskId, Trace};

use super::error::WorkersError;
use super::schedule;
use super::simulate::MAX_TASKS;

/// Tasks and what each needs first, to be run on any number of workers.
///
/// A task can only need tasks that were added before it, so there is never a
/// cycle. All times are in ticks.
///
/// ```
/// use twoaxes::workers::Graph;
///
/// let mut soup = Graph::new();
/// let water = soup.task("boil water", 5);
/// let carrots = soup.task("cut carrots", 3);
/// let leek = soup.task("cut leek", 2);
/// soup.task_after("cook", 10, &[water, carrots, leek])?;
///
/// assert_eq!((soup.work(), soup.span()), (20, 15));
/// assert_eq!(soup.run(1)?.makespan(), 20);
/// assert_eq!(soup.run(2)?.makespan(), 15);
/// // The span law: a hundred cooks are no faster.
/// assert_eq!(soup.run(100)?.makespan(), 15);
/// # Ok::<(), twoaxes::workers::WorkersError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) overhead: u64,
    pub(super) title: Option<String>,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) ticks: u64,
    pub(super) needs: Vec<TaskId>,
}

impl Graph {
    /// No tasks yet, and no overhead.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            nodes: Vec::new(),
            overhead: 0,
            title: None,
        }
    }

    /// Tasks of these lengths, which need nothing of each other.
    ///
    /// ```
    /// use twoaxes::workers::Graph;
    ///
    /// // The long task is taken last, and the others wait for it at the end.
    /// assert_eq!(Graph::independent(&[2, 2, 6]).run(2)?.makespan(), 8);
    /// # Ok::<(), twoaxes::workers::WorkersError>(())
    /// ```
    #[must_use]
    pub fn independent(lengths: &[u64]) -> Self {
        let mut graph = Self::new();
        for (index, &ticks) in lengths.iter().enumerate() {
            graph.task(format!("task {}", index + 1), ticks);
        }
        graph
    }

    /// A part of `serial` ticks that cannot be split, then `tasks` tasks of
    /// `units` ticks that need nothing but it: the program of Amdahl's law,
    /// with the serial fraction `serial / (serial + tasks * units)`. Of more
    /// than [`MAX_TASKS`] tasks that many are added, and [`Graph::run`] refuses
    /// the graph.
    ///
    /// ```
    /// use twoaxes::workers::{self, Graph};
    ///
    /// let program = Graph::with_serial_part(20, 8, 10);
    /// assert_eq!(program.run(4)?.speedup(), workers::amdahl(0.8, 4));
    /// # Ok::<(), twoaxes::workers::WorkersError>(())
    /// ```
    #[must_use]
    pub fn with_serial_part(serial: u64, tasks: usize, units: u64) -> Self {
        let mut graph = Self::new();
        let first = graph.task("serial part", serial);
        for number in 1..=tasks.min(MAX_TASKS) {
            graph.nodes.push(Node {
                name: format!("task {number}"),
                ticks: units,
                needs: vec![first],
            });
        }
        graph
    }

    /// Adds a task of that length that needs no other.
    pub fn task(&mut self, name: impl Into<String>, ticks: u64) -> TaskId {
        self.add(name.into(), ticks, Vec::new())
    }

    /// Adds a task that can start when all of `needs` are complete.
    ///
    /// # Errors
    ///
    /// [`WorkersError::UnknownTask`] when one of `needs` is not in this graph.
    pub fn task_after(
        &mut self,
        name: impl Into<String>,
        ticks: u64,
        needs: &[TaskId],
    ) -> Result<TaskId, WorkersError> {
        let tasks = self.nodes.len();
        match needs.iter().find(|need| need.0 >= tasks) {
            Some(&task) => Err(WorkersError::UnknownTask { task, tasks }),
            None => Ok(self.add(name.into(), ticks, needs.to_vec())),
        }
    }

    /// What a worker pays before each task, in ticks: taking it from a queue,
    /// starting a thread. It occupies the worker and is not work.
    #[must_use]
    pub fn overhead(mut self, ticks: u64) -> Self {
        self.overhead = ticks;
        self
    }

    /// The title of the trace, instead of one made from the numbers.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// How many tasks there are.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.nodes.len()
    }

    /// T_1: all tasks one after another, in ticks without overhead. At most
    /// `u64::MAX`.
    #[must_use]
    pub fn work(&self) -> u64 {
        let ticks = self.nodes.iter().map(|node| node.ticks);
        ticks.fold(0, u64::saturating_add)
    }

    /// T_inf: the longest chain of tasks of which each needs the one before,
    /// in ticks without overhead. At most `u64::MAX`. No number of workers is
    /// faster than that.
    #[must_use]
    pub fn span(&self) -> u64 {
        self.finish_times().into_iter().max().unwrap_or(0)
    }

    /// The tasks of the longest chain, first to last; of several as long, the
    /// one that ends in the task added first. Shortening any other task does
    /// not shorten the span.
    #[must_use]
    pub fn critical_path(&self) -> Vec<TaskId> {
        let finish = self.finish_times();
        let latest = |tasks: &mut dyn Iterator<Item = usize>| {
            tasks.max_by_key(|&task| (finish[task], std::cmp::Reverse(task)))
        };
        let mut path = Vec::new();
        let mut next = latest(&mut (0..self.nodes.len()));
        while let Some(task) = next {
            path.push(TaskId(task));
            next = latest(&mut self.nodes[task].needs.iter().map(|need| need.0));
        }
        path.reverse();
        path
    }

    /// `work / span`: the mean number of workers that it can keep busy, and so
    /// the most that speedup can come to. 1 for a graph that takes no time.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn parallelism(&self) -> f64 {
        match self.span() {
            0 => 1.0,
            span => self.work() as f64 / span as f64,
        }
    }

    /// The work law and the span law: no schedule on `workers` workers is
    /// shorter than this, in ticks: `max(work / workers, span)`, rounded up.
    /// `u64::MAX` without workers.
    #[must_use]
    pub fn lower_bound(&self, workers: usize) -> u64 {
        let share = u64::try_from(workers).unwrap_or(u64::MAX);
        match share {
            0 => u64::MAX,
            _ => self.work().div_ceil(share).max(self.span()),
        }
    }

    /// The greedy bound (Graham 1966, Brent 1974): where no worker is idle
    /// while a task is ready, the makespan is at most
    /// `work / workers + span`, here with the overhead of each task counted
    /// in. In ticks; infinite without workers.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn greedy_bound(&self, workers: usize) -> f64 {
        if workers == 0 {
            return f64::INFINITY;
        }
        let mut paid = self.clone();
        for node in &mut paid.nodes {
            node.ticks = node.ticks.saturating_add(self.overhead);
        }
        paid.work() as f64 / workers as f64 + paid.span() as f64
    }

    /// Runs the tasks on `workers` workers by list scheduling: whenever a
    /// worker is free and a task is ready, the free worker of the lowest
    /// number takes the ready task that was added first.
    ///
    /// In the trace a task arrives when all that it needs is complete.
    ///
    /// # Errors
    ///
    /// [`WorkersError`] when there are no tasks or no workers, too many of
    /// either ([`super::MAX_TASKS`], [`super::MAX_WORKERS`]), or the run would
    /// be too long to count.
    pub fn run(&self, workers: usize) -> Result<Trace, WorkersError> {
        schedule::run(self, workers)
    }

    fn add(&mut self, name: String, ticks: u64, needs: Vec<TaskId>) -> TaskId {
        self.nodes.push(Node { name, ticks, needs });
        TaskId(self.nodes.len() - 1)
    }

    /// When each task ends if there is a worker for each. What a task needs
    /// comes before it, so one pass will do.
    fn finish_times(&self) -> Vec<u64> {
        let mut finish: Vec<u64> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let start = node.needs.iter().map(|need| finish[need.0]).max();
            finish.push(start.unwrap_or(0).saturating_add(node.ticks));
        }
        finish
    }
}
