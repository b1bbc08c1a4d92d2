//! The systems that the article names, with where they stand and why.
//!
//! The numbers are orders of magnitude for a typical machine, chosen to place
//! a point and not to be quoted. Two sentences correct what is often said: an
//! event loop is not "top right", and asyncio runs on one thread by design.

use super::map::{Place, Point, Source};

pub(super) struct System {
    name: &'static str,
    aside: u64,
    workers: u64,
    why: &'static str,
}

pub(super) const SYSTEMS: [System; 8] = [
    System {
        name: "Bash script",
        aside: 0,
        workers: 1,
        why: "Each command begins when the one before has ended. Nothing is put aside, and one core is enough.",
    },
    System {
        name: "Node.js event loop",
        aside: 10_000,
        workers: 1,
        why: "Thousands of requests are open at once, nearly all of them waiting for the network, and one thread runs the callbacks. That is far along one axis and at the foot of the other.",
    },
    System {
        name: "Python asyncio",
        aside: 1_000,
        workers: 1,
        why: "Each await puts a coroutine aside and takes up another. All of it runs on one thread by design; without the interpreter lock it still would.",
    },
    System {
        name: "OS scheduler, 1 core",
        aside: 100,
        workers: 1,
        why: "Time slices let every process make progress, and at any instant one of them computes.",
    },
    System {
        name: "GPU SIMD",
        aside: 0,
        workers: 4_096,
        why: "One instruction for thousands of lanes: they begin and end together, and no lane puts its work aside for another task. (Underneath, the hardware does swap groups of lanes to hide memory latency.)",
    },
    System {
        name: "Go runtime",
        aside: 100_000,
        workers: 8,
        why: "Goroutines are cheap enough to have one for each thing that waits, and the runtime runs as many at once as it has cores.",
    },
    System {
        name: "Multi-threaded JVM server",
        aside: 200,
        workers: 16,
        why: "A pool has more threads than cores: some compute at the same instant, and the others are in the middle of a request that waits.",
    },
    System {
        name: "Linux kernel",
        aside: 2_000,
        workers: 64,
        why: "It schedules every thread of the machine on all cores, and its own interrupts and workers run on several of them at once.",
    },
];

impl From<&System> for Point {
    fn from(system: &System) -> Self {
        Self {
            name: system.name.to_owned(),
            place: Place {
                aside: system.aside,
                workers: system.workers,
            },
            source: Source::Typical,
            why: system.why.to_owned(),
        }
    }
}
