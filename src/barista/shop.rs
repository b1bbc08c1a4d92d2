//! Describing a shop: orders, baristas, the policy that joins them.

use crate::trace::Trace;

use super::error::ShopError;
use super::simulate;

/// The most turns (stretches of one barista on one order) in one simulation.
/// A turn takes about 50 bytes of memory, so this is 50 MB.
pub const MAX_TURNS: usize = 1_000_000;

/// The most baristas in one simulation.
pub const MAX_BARISTAS: usize = 10_000;

/// Which order a free barista takes next.
///
/// Where a policy leaves a choice open, the order that became ready first
/// comes first. Orders that become ready at the same tick queue like this:
/// those that arrive, then those whose wait ends, then those whose slice is
/// over; within each group as they were added to the shop.
///
/// An order that is interrupted keeps its place in the queue, and goes on
/// later where it was; only a switch that was not over is begun anew. The
/// barista with the least urgent order (of equals, the one that became ready
/// last) is the one who is interrupted, and never for an order just as urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Policy {
    /// The order that became ready first, until it waits or is complete.
    Fcfs,
    /// As first come, first served, but after `slice` ticks of work the order
    /// goes to the back of the queue. If nobody queues it simply goes on, and
    /// pays no switch.
    RoundRobin {
        /// The longest turn, in ticks; at least 1.
        slice: u64,
    },
    /// The order with the least work left in all of its phases (waits do not
    /// count), until it waits or is complete. A shorter order that arrives
    /// meanwhile has to queue: nobody is interrupted.
    ShortestFirst,
    /// As [`Policy::ShortestFirst`], but an order with less work left than
    /// one that a barista is busy with interrupts it: shortest remaining time
    /// first.
    ShortestRemaining,
    /// The most urgent order ([`Order::priority`]).
    Priority {
        /// Whether a more urgent order interrupts a less urgent one. If not,
        /// an order goes on until it waits or is complete.
        preemptive: bool,
        /// Against starvation: to have become ready this many ticks earlier
        /// counts as much as being one step more urgent, so that nobody queues
        /// for ever. `None`: urgent orders always come first.
        ageing: Option<u64>,
    },
    /// One order from start to end. The barista stands by while it waits
    /// ([`crate::trace::SpanKind::Blocked`]): nothing interleaves.
    OneAtATime,
}

/// One phase of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// Needs a barista for so many ticks.
    Work(u64),
    /// Takes so many ticks and needs nobody.
    Wait(u64),
}

/// One order: phases of work and of waiting, one after another.
///
/// ```
/// use twoaxes::barista::Order;
///
/// // Grind for 3 ticks, let it drip for 10, serve for 2.
/// let filter_coffee = Order::new("filter").work(3).waits(10).work(2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub(super) name: String,
    pub(super) arrival: u64,
    pub(super) priority: u32,
    pub(super) phases: Vec<Phase>,
}

impl Order {
    /// An order of that name with nothing to do yet, there from tick 0.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            arrival: 0,
            priority: 0,
            phases: Vec::new(),
        }
    }

    /// Next, it needs a barista for `ticks`.
    #[must_use]
    pub fn work(mut self, ticks: u64) -> Self {
        self.phases.push(Phase::Work(ticks));
        self
    }

    /// Next, it waits for `ticks` and needs nobody.
    #[must_use]
    pub fn waits(mut self, ticks: u64) -> Self {
        self.phases.push(Phase::Wait(ticks));
        self
    }

    /// It arrives at tick `tick` instead of 0.
    #[must_use]
    pub fn arrives(mut self, tick: u64) -> Self {
        self.arrival = tick;
        self
    }

    /// How urgent it is under [`Policy::Priority`]: 0, as it is until told
    /// otherwise, comes before 1, and 1 before 2.
    #[must_use]
    pub fn priority(mut self, priority: u32) -> Self {
        self.priority = priority;
        self
    }
}

/// A shop to be simulated: one barista, first come first served and free
/// switches, until told otherwise.
///
/// ```
/// use twoaxes::barista::{Order, Policy, Shop};
///
/// let drip = |name: &str| Order::new(name).work(3).waits(10).work(2);
/// let shop = Shop::new().order(drip("A")).order(drip("B"));
///
/// let overlapped = shop.clone().run()?;
/// let one_by_one = shop.policy(Policy::OneAtATime).run()?;
/// assert_eq!(overlapped.work(), one_by_one.work());
/// assert_eq!((overlapped.makespan(), one_by_one.makespan()), (18, 30));
/// # Ok::<(), twoaxes::barista::ShopError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    pub(super) title: Option<String>,
    pub(super) orders: Vec<Order>,
    pub(super) baristas: usize,
    pub(super) policy: Policy,
    pub(super) switch_cost: u64,
    pub(super) notes: Vec<String>,
}

impl Default for Shop {
    fn default() -> Self {
        Self::new()
    }
}

impl Shop {
    /// One barista, no orders, [`Policy::Fcfs`], switches cost nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            title: None,
            orders: Vec::new(),
            baristas: 1,
            policy: Policy::Fcfs,
            switch_cost: 0,
            notes: Vec::new(),
        }
    }

    /// The title of the trace, instead of one made from the settings.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// How many baristas work; at most [`MAX_BARISTAS`]. An order goes to the
    /// free barista who had it last, else to the free one with the lowest
    /// number.
    #[must_use]
    pub fn baristas(mut self, count: usize) -> Self {
        self.baristas = count;
        self
    }

    /// Which order a free barista takes next.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// How many ticks a barista loses when she takes up another order than
    /// the one she had last. Her first order is free, and the cost comes on
    /// top of the slice.
    #[must_use]
    pub fn switch_cost(mut self, ticks: u64) -> Self {
        self.switch_cost = ticks;
        self
    }

    /// Adds an order.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.orders.push(order);
        self
    }

    /// Adds several orders.
    #[must_use]
    pub fn orders(mut self, orders: impl IntoIterator<Item = Order>) -> Self {
        self.orders.extend(orders);
        self
    }

    /// Adds a sentence to the notes of the trace.
    #[must_use]
    pub fn note(mut self, sentence: impl Into<String>) -> Self {
        self.notes.push(sentence.into());
        self
    }

    /// Simulates the shop until every order is complete. The work grows with
    /// the number of turns, not with the number of ticks.
    ///
    /// # Errors
    ///
    /// [`ShopError`] when there is no order or no barista, a slice is 0, or
    /// the run would be too long to hold ([`MAX_TURNS`]) or to count.
    pub fn run(&self) -> Result<Trace, ShopError> {
        simulate::run(self)
    }

    pub(super) fn heading(&self) -> String {
        if let Some(title) = &self.title {
            return title.clone();
        }
        let who = match self.baristas {
            1 => "One barista".to_owned(),
            n => format!("{n} baristas"),
        };
        let how = match self.policy {
            Policy::Fcfs => "first come, first served".to_owned(),
            Policy::RoundRobin { slice } => format!("round robin, slice {slice}"),
            Policy::ShortestFirst => "shortest first".to_owned(),
            Policy::ShortestRemaining => "shortest remaining time first".to_owned(),
            Policy::Priority { preemptive, ageing } => {
                let how = match preemptive {
                    true => "preemptive priorities",
                    false => "priorities",
                };
                match ageing {
                    Some(ticks) => format!("{how}, ageing in {ticks}"),
                    None => how.to_owned(),
                }
            }
            Policy::OneAtATime => "one order at a time".to_owned(),
        };
        match self.switch_cost {
            0 => format!("{who}, {how}"),
            cost => format!("{who}, {how}, switch cost {cost}"),
        }
    }
}
