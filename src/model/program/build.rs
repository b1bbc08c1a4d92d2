//! Writing a program down.

use super::Program;
use super::compile;
use super::error::ProgramError;

/// The most threads of a program.
pub const MAX_THREADS: usize = 8;

/// The most shared variables, locks, conditions and channels, taken together.
pub const MAX_OBJECTS: usize = 64;

/// The most statements of all threads together.
pub const MAX_STATEMENTS: usize = 10_000;

/// Collects what threads share and what they do; [`ProgramBuilder::build`]
/// checks it.
///
/// ```
/// use twoaxes::model::Program;
///
/// let bank = Program::builder()
///     .shared("account", 100)
///     .lock("door")
///     .thread("deposit", |t| {
///         t.lock("door").load("r", "account").store("account", "r + 10").unlock("door")
///     })
///     .thread("interest", |t| {
///         t.lock("door").load("r", "account").store("account", "r + r / 10").unlock("door")
///     })
///     .build()?;
/// let outcomes = bank.explore();
/// // Two orders, and the lock lets no other thread in between.
/// assert!(outcomes.interleavings() == 2);
/// # Ok::<(), twoaxes::model::ProgramError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ProgramBuilder {
    pub(super) shared: Vec<(String, i64)>,
    pub(super) locks: Vec<String>,
    pub(super) conditions: Vec<String>,
    pub(super) channels: Vec<(String, Option<usize>)>,
    pub(super) threads: Vec<(String, Vec<Line>)>,
    pub(super) ensure: Option<String>,
    pub(super) observed: Vec<(String, String)>,
    pub(super) notes: Vec<String>,
}

impl ProgramBuilder {
    /// A shared variable and its value at the start.
    #[must_use]
    pub fn shared(mut self, name: impl Into<String>, start: i64) -> Self {
        self.shared.push((name.into(), start));
        self
    }

    /// A lock, free at the start. A thread that locks it twice waits for
    /// itself, as with `std::sync::Mutex`.
    #[must_use]
    pub fn lock(mut self, name: impl Into<String>) -> Self {
        self.locks.push(name.into());
        self
    }

    /// A condition variable. It wakes those that wait in the order in which
    /// they came, and nobody without a notification.
    #[must_use]
    pub fn condition(mut self, name: impl Into<String>) -> Self {
        self.conditions.push(name.into());
        self
    }

    /// A channel with room for `room` values, at least 1; a send to a full one
    /// waits.
    #[must_use]
    pub fn channel(mut self, name: impl Into<String>, room: usize) -> Self {
        self.channels.push((name.into(), Some(room)));
        self
    }

    /// A channel with room for any number of values.
    #[must_use]
    pub fn unbounded_channel(mut self, name: impl Into<String>) -> Self {
        self.channels.push((name.into(), None));
        self
    }

    /// A thread, and what it does.
    #[must_use]
    pub fn thread(mut self, name: impl Into<String>, steps: impl FnOnce(Steps) -> Steps) -> Self {
        let Steps { lines, .. } = steps(Steps::default());
        self.threads.push((name.into(), lines));
        self
    }

    /// What must hold when all threads are finished: an expression over shared
    /// variables (`x == 2`) and registers (`A.r`).
    #[must_use]
    pub fn ensure(mut self, condition: impl Into<String>) -> Self {
        self.ensure = Some(condition.into());
        self
    }

    /// Outcomes also show this register of that thread, as `thread.register`.
    #[must_use]
    pub fn observe(mut self, thread: impl Into<String>, register: impl Into<String>) -> Self {
        self.observed.push((thread.into(), register.into()));
        self
    }

    /// The program, checked.
    ///
    /// # Errors
    /// [`ProgramError`] says which name, label or expression is wrong.
    pub fn build(self) -> Result<Program, ProgramError> {
        compile::compile(&self).map(Program::of)
    }
}

/// A statement as it was written, names and expressions unread.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) written: Written,
    pub(super) indent: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Written {
    Load(String, String),
    Store(String, String),
    Set(String, String),
    Label(String),
    /// Shown as `text`; goes to the label if the condition's truth is `when`.
    Branch {
        condition: String,
        when: bool,
        label: String,
        text: String,
    },
    Jump {
        label: String,
        text: String,
    },
    Lock(String),
    Unlock(String),
    Wait(String, String),
    NotifyOne(String),
    NotifyAll(String),
    Send(String, String),
    Receive(String, String),
    FetchAdd(String, String, String),
    CompareExchange(String, String, String, String),
    Assert(String),
}

/// What one thread does, statement after statement.
///
/// Registers are the thread's own: a statement that writes one makes it, and it
/// is 0 before. Expressions read registers and numbers, with `+ - * / %`,
/// `== != < <= > >=`, `&& || !` and parentheses; truth is 1, falsehood 0. What
/// is shared is read with [`Steps::load`] first, because each access is a step
/// of its own.
#[derive(Debug, Clone, Default)]
pub struct Steps {
    lines: Vec<Line>,
    indent: usize,
    /// Numbers the labels that blocks make for themselves.
    blocks: usize,
}

impl Steps {
    /// `register = variable`: reads what is shared.
    #[must_use]
    pub fn load(self, register: impl Into<String>, variable: impl Into<String>) -> Self {
        self.line(Written::Load(register.into(), variable.into()))
    }

    /// `variable = value`: writes what is shared.
    #[must_use]
    pub fn store(self, variable: impl Into<String>, value: impl ToString) -> Self {
        self.line(Written::Store(variable.into(), value.to_string()))
    }

    /// `register = value`: adds, compares and so on; no other thread sees it.
    #[must_use]
    pub fn set(self, register: impl Into<String>, value: impl ToString) -> Self {
        self.line(Written::Set(register.into(), value.to_string()))
    }

    /// A place to jump to.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        self.line(Written::Label(label.into()))
    }

    /// Goes on at the label.
    #[must_use]
    pub fn jump(self, label: impl Into<String>) -> Self {
        let label = label.into();
        let text = format!("go to {label}");
        self.line(Written::Jump { label, text })
    }

    /// Goes on at the label if the condition holds.
    #[must_use]
    pub fn branch(self, condition: impl Into<String>, label: impl Into<String>) -> Self {
        let (condition, label) = (condition.into(), label.into());
        let text = format!("if {condition} go to {label}");
        self.line(Written::Branch {
            condition,
            when: true,
            label,
            text,
        })
    }

    /// Does `steps` if the condition holds.
    #[must_use]
    pub fn when(self, condition: impl Into<String>, steps: impl FnOnce(Self) -> Self) -> Self {
        let condition = condition.into();
        let (end, text) = (self.blocks, format!("if {condition}"));
        self.skip_unless(condition, end, text)
            .block(steps)
            .place(end)
    }

    /// Does `steps` if the condition holds, and `otherwise` if not.
    #[must_use]
    pub fn when_else(
        self,
        condition: impl Into<String>,
        steps: impl FnOnce(Self) -> Self,
        otherwise: impl FnOnce(Self) -> Self,
    ) -> Self {
        let condition = condition.into();
        let (other, end) = (self.blocks, self.blocks + 1);
        let text = format!("if {condition}");
        let mut all = self.skip_unless(condition, other, text);
        all.blocks += 1;
        let text = "else".to_owned();
        all.block(steps)
            .line(Written::Jump {
                label: made(end),
                text,
            })
            .place(other)
            .block(otherwise)
            .place(end)
    }

    /// Does `steps` again and again while the condition holds, which is
    /// computed before each round.
    #[must_use]
    pub fn repeat_while(
        self,
        condition: impl Into<String>,
        steps: impl FnOnce(Self) -> Self,
    ) -> Self {
        let condition = condition.into();
        let (top, end) = (self.blocks, self.blocks + 1);
        let text = format!("while {condition}");
        let mut steps_so_far = self;
        steps_so_far.blocks += 1;
        steps_so_far
            .place(top)
            .skip_unless(condition, end, text)
            .block(steps)
            .line(Written::Jump {
                label: made(top),
                text: "again".to_owned(),
            })
            .place(end)
    }

    /// Does `steps` so many times, written out one after another.
    #[must_use]
    pub fn times(self, rounds: usize, steps: impl Fn(Self) -> Self) -> Self {
        // One statement too many is enough to be refused.
        let mut all = self;
        for _ in 0..rounds {
            if all.lines.len() > MAX_STATEMENTS {
                break;
            }
            let before = all.lines.len();
            all = steps(all);
            if all.lines.len() == before {
                break;
            }
        }
        all
    }

    /// Takes the lock; waits while somebody holds it.
    #[must_use]
    pub fn lock(self, lock: impl Into<String>) -> Self {
        self.line(Written::Lock(lock.into()))
    }

    /// Gives the lock back; fails if the thread does not hold it.
    #[must_use]
    pub fn unlock(self, lock: impl Into<String>) -> Self {
        self.line(Written::Unlock(lock.into()))
    }

    /// Gives the lock back and waits to be notified, both in one step; then,
    /// in a second one, takes the lock again. Fails if the thread does not
    /// hold the lock.
    #[must_use]
    pub fn wait(self, condition: impl Into<String>, lock: impl Into<String>) -> Self {
        self.line(Written::Wait(condition.into(), lock.into()))
    }

    /// Wakes the thread that has waited longest, if there is one.
    #[must_use]
    pub fn notify_one(self, condition: impl Into<String>) -> Self {
        self.line(Written::NotifyOne(condition.into()))
    }

    /// Wakes all threads that wait.
    #[must_use]
    pub fn notify_all(self, condition: impl Into<String>) -> Self {
        self.line(Written::NotifyAll(condition.into()))
    }

    /// Puts a value into the channel; waits while it is full.
    #[must_use]
    pub fn send(self, channel: impl Into<String>, value: impl ToString) -> Self {
        self.line(Written::Send(channel.into(), value.to_string()))
    }

    /// Takes the oldest value out of the channel; waits while it is empty.
    #[must_use]
    pub fn receive(self, register: impl Into<String>, channel: impl Into<String>) -> Self {
        self.line(Written::Receive(register.into(), channel.into()))
    }

    /// In one step: the register gets what the variable was, and the variable
    /// grows by `by`. Wraps around at the ends of 64 bits, as Rust's does.
    #[must_use]
    pub fn fetch_add(
        self,
        register: impl Into<String>,
        variable: impl Into<String>,
        by: impl ToString,
    ) -> Self {
        self.line(Written::FetchAdd(
            register.into(),
            variable.into(),
            by.to_string(),
        ))
    }

    /// In one step: the register gets what the variable was, and if that
    /// equals `expected` the variable becomes `new`. So it worked if and only
    /// if the register equals `expected`.
    #[must_use]
    pub fn compare_exchange(
        self,
        register: impl Into<String>,
        variable: impl Into<String>,
        expected: impl ToString,
        new: impl ToString,
    ) -> Self {
        self.line(Written::CompareExchange(
            register.into(),
            variable.into(),
            expected.to_string(),
            new.to_string(),
        ))
    }

    /// Fails unless the condition, over registers, holds.
    #[must_use]
    pub fn assert(self, condition: impl Into<String>) -> Self {
        self.line(Written::Assert(condition.into()))
    }

    fn line(mut self, written: Written) -> Self {
        let indent = self.indent;
        self.lines.push(Line { written, indent });
        self
    }

    /// `steps`, one deeper.
    fn block(mut self, steps: impl FnOnce(Self) -> Self) -> Self {
        self.indent += 1;
        let mut after = steps(self);
        after.indent = after.indent.saturating_sub(1);
        after
    }

    fn skip_unless(self, condition: String, label: usize, text: String) -> Self {
        let mut steps = self.line(Written::Branch {
            condition,
            when: false,
            label: made(label),
            text,
        });
        steps.blocks += 1;
        steps
    }

    fn place(self, label: usize) -> Self {
        self.line(Written::Label(made(label)))
    }
}

/// A label that nobody can write, because it has a space.
fn made(number: usize) -> String {
    format!("block {number}")
}
