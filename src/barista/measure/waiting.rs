//! Two orders that wait, on an event loop with one thread.

use std::time::{Duration, Instant};

use super::error::MeasureError;
use super::threads::DEADLINE;
use crate::barista::{Order, Shop};
use crate::machine::{self, Unit};
use crate::record::Recorder;
use crate::team::{TeamError, alone};
use crate::trace::{Origin, Trace};

pub(super) const TITLE: &str = "Two waiting tasks on one thread";
const SIMULATED: &str = "One barista, two orders that wait";

/// Units of work before and after a wait of `units` milliseconds.
const fn work(units: u64) -> u64 {
    units.div_ceil(10)
}

/// The same two orders, simulated: a tick is a unit, which takes about 1 ms.
pub(super) fn simulate(units: u64) -> Trace {
    let order = |name| {
        let order = Order::new(name).work(work(units)).waits(units);
        order.work(work(units))
    };
    let shop = Shop::new().title(SIMULATED).orders(["A", "B"].map(order));
    shop.run().unwrap_or_else(|error| {
        let note = format!("Nothing was simulated: {error}.");
        Trace::empty(Origin::Simulated, SIMULATED, "ticks", note)
    })
}

/// Each order computes, waits for `units` ms, and computes. The event loop has
/// a thread of its own, since the caller may be inside of one already.
pub(super) fn run(units: u64) -> Result<Trace, MeasureError> {
    alone("event loop", || on_this_thread(units)).map_err(|error| match error {
        TeamError::Panicked => MeasureError::EventLoop("its thread ended early".to_owned()),
        refused => refused.into(),
    })?
}

fn on_this_thread(units: u64) -> Result<Trace, MeasureError> {
    let failed = |error: String| MeasureError::EventLoop(error);
    let unit = machine::unit();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let recorder = Recorder::new(TITLE);
    let tasks = ["A", "B"].map(|name| recorder.task(name));
    let ends = Instant::now() + DEADLINE;
    let order = |seed: u64| async move {
        let half = computed(unit, work(units), seed, ends);
        tokio::time::sleep(Duration::from_millis(units)).await;
        computed(unit, work(units), half, ends)
    };
    recorder.begin();
    let at = recorder.enter("event loop");
    let [a, b] = [0, 1].map(|seed| runtime.spawn(recorder.future(tasks[seed], order(seed as u64))));
    let both = async { (a.await, b.await) };
    let results = runtime.block_on(async { tokio::time::timeout(DEADLINE, both).await });
    drop(at);
    let trace = recorder.finish();
    // What has not ended by its deadline goes with the runtime.
    drop(runtime);
    match results {
        _ if Instant::now() >= ends => Err(late()),
        Ok((Ok(a), Ok(b))) => {
            let twice = work(units) * 2;
            let expected = [0, 1].map(|seed| unit.expected(twice, seed));
            if [a, b] == expected {
                Ok(trace)
            } else {
                Err(failed(
                    "it computed something else than it should".to_owned(),
                ))
            }
        }
        Ok((Err(error), _) | (_, Err(error))) => Err(failed(error.to_string())),
        Err(_) => Err(late()),
    }
}

/// Unit by unit: no timer can interrupt a poll, but it can look at the clock.
fn computed(unit: Unit, units: u64, seed: u64, ends: Instant) -> u64 {
    let in_time = (0..units).take_while(|_| Instant::now() < ends);
    in_time.fold(seed, |state, _| unit.compute(1, state))
}

fn late() -> MeasureError {
    MeasureError::EventLoop(format!("it took more than {} s", DEADLINE.as_secs()))
}
