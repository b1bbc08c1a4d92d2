//! Tables from the literature and FACTS, litmus tests that name the outcome
//! they allow or forbid, and random programs beside `obvious`, which lists
//! every interleaving.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

mod litmus;
mod obvious;
mod refused;

/// Labels and counts, as one text.
fn histogram(found: &Exploration) -> String {
    let count = |o: &Outcome| format!("{}: {}", o.label(), o.interleavings());
    found
        .outcomes()
        .iter()
        .map(count)
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn increments_lose_updates_as_often_as_counted() {
    let check = |rounds: &[usize], interleavings: u64, traces: u64, outcomes: &str| {
        let found = Program::increments(rounds).explore();
        assert_eq!(found.interleavings(), interleavings, "{rounds:?}");
        assert_eq!(found.traces(), traces, "{rounds:?}");
        assert_eq!(histogram(&found), outcomes, "{rounds:?}");
        assert_eq!(found.representatives().count() as u64, traces, "{rounds:?}");
    };
    check(&[], 1, 1, "x = 0: 1");
    check(&[0, 3], 1, 1, "x = 3: 1");
    check(&[1, 1], 6, 4, "x = 1: 4; x = 2: 2");
    check(&[2, 2], 70, 34, "x = 2: 32; x = 3: 32; x = 4: 6");
    check(&[1, 1, 1], 90, 36, "x = 1: 48; x = 2: 36; x = 3: 6");
}

#[test]
fn twenty_rounds_are_counted_and_not_listed() {
    let found = Program::increments(&[20, 20]).explore();
    // 80 choose 40.
    assert_eq!(found.interleavings().digits(), "107507208733336176461620");
    assert_eq!(found.outcomes().len(), 39);
    let shares: f64 = found.outcomes().iter().map(Outcome::share).sum();
    assert!((shares - 1.0).abs() < 1e-12);
    let all_kept = found.outcomes().last().unwrap();
    assert_eq!(all_kept.value("x"), Some(40));
    assert!(all_kept.ending().is_good() && all_kept.interleavings().is_exact());
    // 40 choose 20: only whole increments are interleaved.
    assert_eq!(all_kept.interleavings(), 137_846_528_820_u64);
}

#[test]
fn counts_go_on_beyond_128_bits() {
    let reads = |t: Steps| t.times(100, |t| t.load("r", "x"));
    let program = Program::builder()
        .shared("x", 0)
        .thread("A", reads)
        .thread("B", reads);
    let found = program.build().unwrap().explore();
    // 200 choose 100, and nobody notices the order.
    let expected = "90548514656103281165404177077484163874504589675413336841320";
    assert_eq!(found.interleavings().digits(), expected);
    assert_eq!(found.traces(), 1);
    assert_eq!(found.outcomes()[0].interleavings(), found.interleavings());
}

#[test]
fn a_lost_update_needs_one_preemption() {
    let found = Program::increments(&[2, 2]).explore();
    let lost = found.failure().unwrap();
    assert_eq!((lost.preemptions(), lost.steps().len()), (1, 8));
    let again = Program::increments(&[2, 2])
        .replay(&lost.threads())
        .unwrap();
    assert_eq!(again.end(), lost.end());
    assert_eq!(found.failures().len(), 1);
    assert!(found.deadlocks().is_empty() && found.endless().is_none());
}

#[test]
fn the_limit_on_states_is_told() {
    let found = Program::increments(&[3, 3]).explore_within(20);
    assert!(!found.is_complete() && !found.interleavings().is_exact());
    assert!(!(found.interleavings() > 924) && found.interleavings() > 1);
    let endless = Program::builder()
        .unbounded_channel("q")
        .thread("A", |t| t.repeat_while("1", |t| t.send("q", 7)))
        .build()
        .unwrap();
    let found = endless.explore_within(1000);
    assert!(!found.is_complete() && found.endless().is_none());
    assert_eq!(found.interleavings().to_string(), "at least 1");
    assert!(found.failure().is_none() && found.outcomes().is_empty());
}

#[test]
fn queues_that_grow_for_ever_do_not_fill_the_memory() {
    let endless = Program::builder()
        .unbounded_channel("q")
        .thread("A", |t| t.repeat_while("1", |t| t.send("q", 7)))
        .build()
        .unwrap();
    let found = endless.explore();
    assert!(!found.is_complete());
    assert!(
        (1000..20_000).contains(&found.states()),
        "{}",
        found.states()
    );
    assert_eq!(found.interleavings().to_string(), "at least 1");
}

#[test]
fn a_failure_is_found_where_not_all_states_fit() {
    let program = Program::increments(&[60, 60, 60]);
    let found = program.explore_within(20_000);
    assert!(!found.is_complete() && found.outcomes().is_empty());
    let failure = found.failure().unwrap();
    assert_eq!(failure.preemptions(), 1);
    assert_eq!(
        (found.failures(), found.deadlocks()),
        (vec![failure], vec![])
    );
    let right = Program::builder().shared("x", 0);
    let right = ["A", "B", "C"].into_iter().fold(right, |p, name| {
        p.thread(name, |t| t.times(60, |t| t.fetch_add("r", "x", 1)))
    });
    let right = right.ensure("x == 180").build().unwrap();
    assert!(right.explore_within(20_000).failure().is_none());
}

#[test]
fn what_a_cell_shows_can_be_read() {
    let program = Program::increments(&[1, 1]);
    let found = program.explore();
    let check = |shown: String, expected: &str| assert_eq!(shown, expected);
    check(format!("{:?}", found.interleavings()), "6");
    check(
        format!("{:?}", found.outcomes()),
        "[x = 1: 4 interleavings, `x == 2`: the final condition is false, \
         x = 2: 2 interleavings, finished]",
    );
    let run = found.failure().unwrap();
    check(format!("{:?}", Some(run)), &format!("Some(\n{run}\n)"));
    check(
        format!("{:?}", program.replay(&[0, 1, 0]).unwrap().end()),
        "x = 1; A is finished, A.r = 0; B at `store x = r + 1`, B.r = 0",
    );
    let wrong = Program::builder().shared("x", 0);
    let wrong = wrong.thread("A", |t| t.store("x", "1 +")).build();
    check(
        wrong.unwrap_err().to_string(),
        "the expression \"1 +\" cannot be read at its end: a number or a name was expected",
    );
}

#[test]
fn counting_in_layers_agrees_with_counting_in_the_graph() {
    for rounds in [
        vec![1, 1],
        vec![3, 3],
        vec![2, 3],
        vec![2, 2, 2],
        vec![1, 2, 1, 1],
    ] {
        let program = Program::increments(&rounds);
        layers_agree(&program).unwrap();
    }
}

/// Loop-free programs only; others have no layers.
fn layers_agree(program: &Program) -> Result<(), TestCaseError> {
    let found = program.explore();
    let Some(tally) = layers::tally(&program.code, MAX_STATES) else {
        return Ok(());
    };
    prop_assert!(found.interleavings() == tally.ways && tally.is_complete);
    prop_assert!(tally.states <= found.states());
    let key = |o: &Outcome| {
        (
            o.values().iter().map(|(_, v)| *v).collect(),
            o.ending().clone(),
        )
    };
    let ways = |o: &Outcome| o.interleavings().to_u128().unwrap();
    let expected: BTreeMap<(Vec<i64>, Ending), u128> =
        found.outcomes().iter().map(|o| (key(o), ways(o))).collect();
    prop_assert_eq!(tally.outcomes, expected);
    let failing = layers::failing(&program.code, MAX_STATES);
    prop_assert_eq!(failing.is_some(), found.failure().is_some());
    if let Some(threads) = failing {
        let run = program.replay(&threads).unwrap();
        prop_assert!(run.ending().is_some_and(|ending| !ending.is_good()));
    }
    Ok(())
}

#[test]
fn a_state_in_which_a_thread_failed_is_counted_once() {
    // The store before the failure is the last one whatever A stored.
    let program = Program::builder()
        .shared("x", 0)
        .shared("y", 1)
        .thread("A", |t| t.store("y", 0))
        .thread("B", |t| {
            let t = t.set("r", 1).store("y", "r + 1").load("r", "x");
            t.store("y", "r + 1").assert("r != 0")
        })
        .build()
        .unwrap();
    layers_agree(&program).unwrap();
}

#[test]
fn whenever_an_outcome_is_bad_there_is_a_run_to_it() {
    let mut only_in_layers = 0;
    for rounds in [vec![7, 7], vec![3, 3, 3]] {
        for states in (1_100..12_000).step_by(400) {
            let found = Program::increments(&rounds).explore_within(states);
            let is_bad = found.outcomes().iter().any(|o| !o.ending().is_good());
            let bad = |s: &Schedule| s.ending().is_some_and(|e| !e.is_good());
            assert!(!is_bad || (found.failure().is_some_and(bad) && !found.failures().is_empty()));
            // What a search finds beyond the outcomes is a bad run, too.
            assert!(found.failures().into_iter().all(bad));
            only_in_layers += usize::from(is_bad && !found.graph().is_complete());
        }
    }
    assert!(only_in_layers > 0);
}

#[derive(Debug, Clone)]
enum Piece {
    Load(usize, usize),
    Store(usize, &'static str),
    Set(&'static str),
    Lock(usize),
    Unlock(usize),
    Wait(usize),
    NotifyOne,
    NotifyAll,
    Send,
    Receive,
    FetchAdd(usize),
    CompareExchange(usize),
    Assert(&'static str),
    When(&'static str, Box<Piece>),
    While(&'static str, Box<Piece>),
}

fn put(t: Steps, piece: &Piece) -> Steps {
    let x = |x: usize| ["x", "y"][x];
    let m = |m: usize| ["m", "n"][m];
    match piece {
        Piece::Load(to, from) => t.load(["r", "s"][*to], x(*from)),
        Piece::Store(to, value) => t.store(x(*to), value),
        Piece::Set(value) => t.set("r", value),
        Piece::Lock(lock) => t.lock(m(*lock)),
        Piece::Unlock(lock) => t.unlock(m(*lock)),
        Piece::Wait(lock) => t.wait("c", m(*lock)),
        Piece::NotifyOne => t.notify_one("c"),
        Piece::NotifyAll => t.notify_all("c"),
        Piece::Send => t.send("q", "r"),
        Piece::Receive => t.receive("s", "q"),
        Piece::FetchAdd(at) => t.fetch_add("r", x(*at), 1),
        Piece::CompareExchange(at) => t.compare_exchange("s", x(*at), 0, "r"),
        Piece::Assert(condition) => t.assert(*condition),
        Piece::When(condition, piece) => t.when(*condition, |t| put(t, piece)),
        Piece::While(condition, piece) => t.repeat_while(*condition, |t| put(t, piece)),
    }
}

fn program(threads: &[Vec<Piece>]) -> Program {
    let mut builder = Program::builder()
        .shared("x", 0)
        .shared("y", 1)
        .ensure("x != 3");
    // What is not used is not there, so that threads can be alike.
    let uses = |words: &[&str]| {
        words
            .iter()
            .any(|word| format!("{threads:?}").contains(word))
    };
    if uses(&["Lock", "Unlock", "Wait"]) {
        builder = builder.lock("m").lock("n");
    }
    if uses(&["Wait", "Notify"]) {
        builder = builder.condition("c");
    }
    if uses(&["Send", "Receive"]) {
        builder = builder.channel("q", 1);
    }
    for (name, pieces) in ["A", "B", "C"].into_iter().zip(threads) {
        builder = builder.thread(name, |t| {
            let t = t.set("r", 1).set("s", 0);
            pieces.iter().fold(t, put)
        });
    }
    builder.build().unwrap()
}

fn straight() -> impl Strategy<Value = Piece> {
    let value = prop::sample::select(&["r + 1", "s", "2", "r * 3 - s", "-r"][..]);
    let condition = prop::sample::select(&["r < 3", "s == 0", "r != s", "1"][..]);
    prop_oneof![
        3 => (0..2_usize, 0..2_usize).prop_map(|(to, from)| Piece::Load(to, from)),
        3 => (0..2_usize, value.clone()).prop_map(|(to, value)| Piece::Store(to, value)),
        1 => value.prop_map(Piece::Set),
        2 => (0..2_usize).prop_map(Piece::Lock),
        2 => (0..2_usize).prop_map(Piece::Unlock),
        1 => (0..2_usize).prop_map(Piece::Wait),
        1 => Just(Piece::NotifyOne),
        1 => Just(Piece::NotifyAll),
        1 => Just(Piece::Send),
        1 => Just(Piece::Receive),
        1 => (0..2_usize).prop_map(Piece::FetchAdd),
        1 => (0..2_usize).prop_map(Piece::CompareExchange),
        1 => condition.prop_map(Piece::Assert),
    ]
}

fn any_condition() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["r < 3", "s == 0", "r != s", "0", "1"][..])
}

/// A lock around most uses of it, so that runs come further than an unlock.
fn any_thread(most: usize) -> impl Strategy<Value = Vec<Piece>> {
    let branching = (any_condition(), straight()).prop_map(|(c, p)| Piece::When(c, Box::new(p)));
    let pieces = prop::collection::vec(prop_oneof![5 => straight(), 1 => branching], 0..=most);
    let locked = (0..2_usize, straight(), any::<bool>()).prop_map(|(lock, piece, waits)| {
        let inside = if waits { Piece::Wait(lock) } else { piece };
        vec![Piece::Lock(lock), inside, Piece::Unlock(lock)]
    });
    prop_oneof![3 => pieces, 1 => locked]
}

fn any_threads() -> impl Strategy<Value = Vec<Vec<Piece>>> {
    prop_oneof![
        prop::collection::vec(any_thread(5), 2),
        prop::collection::vec(any_thread(3), 3),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn exploring_agrees_with_listing(threads in any_threads()) {
        let program = program(&threads);
        let Some(runs) = obvious::runs(&program, 4000) else { return Ok(()) };
        let found = program.explore();
        prop_assert!(found.interleavings() == runs.len());
        let counted: BTreeMap<_, _> = found.outcomes().iter().map(|o| {
            let values: Vec<i64> = o.values().iter().map(|(_, value)| *value).collect();
            ((values, o.ending().clone()), o.interleavings().to_u128().unwrap() as usize)
        }).collect();
        prop_assert_eq!(counted, obvious::histogram(&runs));
        let traces: BTreeSet<_> = runs.iter().map(obvious::trace).collect();
        prop_assert!(found.traces() == traces.len(), "{} {}", found.traces(), traces.len());
        prop_assert_eq!(found.representatives().count(), traces.len());
    }

    #[test]
    fn layers_agree_with_the_graph(thread in any_thread(3), threads in any_threads()) {
        layers_agree(&program(&threads[..2]))?;
        layers_agree(&program(&[thread.clone(), thread.clone(), thread]))?;
    }

    #[test]
    fn failing_runs_have_the_fewest_preemptions(threads in any_threads()) {
        let program = program(&threads);
        let Some(runs) = obvious::runs(&program, 4000) else { return Ok(()) };
        let found = program.explore();
        let cost = |s: &Schedule| (s.preemptions(), s.steps().len());
        let bad: BTreeMap<_, _> = found.failures().into_iter().chain(found.deadlocks())
            .map(|s| (s.ending().unwrap(), cost(s)))
            .collect();
        let expected = obvious::fewest(&runs);
        prop_assert_eq!(&bad, &expected);
        let least = expected.values().min().copied();
        prop_assert_eq!(found.failure().map(cost), least);
        // The other search, for programs with too many states.
        let other = super::failing::nearest(&program.code, MAX_STATES);
        let other = other.map(|threads| program.replay(&threads).unwrap());
        prop_assert_eq!(other.as_ref().map(Schedule::preemptions), least.map(|(p, _)| p));
        let ending = other.map(|run| run.ending().unwrap());
        prop_assert!(ending.is_none_or(|ending| expected.contains_key(&ending)));
    }

    #[test]
    fn the_graph_knows_what_can_still_fail(threads in any_threads()) {
        let program = program(&threads);
        let found = program.explore();
        let graph = found.graph();
        prop_assert_eq!(graph.nodes().len(), found.states());
        prop_assert_eq!(graph.nodes()[0].can_fail(), found.failure().is_some());
        prop_assert_eq!(graph.find(&program.start()), Some(0));
        for edge in graph.edges() {
            let (from, to) = (&graph.nodes()[edge.from], &graph.nodes()[edge.to]);
            let stepped = program.step(&from.state, edge.thread).unwrap();
            prop_assert_eq!(graph.find(&stepped.state), Some(edge.to));
            prop_assert_eq!(&stepped.text, &edge.text);
            prop_assert!(to.depth <= from.depth + 1);
            prop_assert!(!to.can_fail() || from.can_fail());
        }
    }

    #[test]
    fn loops_never_panic_and_their_witnesses_replay(
        threads in prop::collection::vec(any_thread(3), 1..4),
        condition in any_condition(),
        inside in straight(),
    ) {
        let mut threads = threads;
        threads[0].push(Piece::While(condition, Box::new(inside)));
        let program = program(&threads);
        let found = program.explore_within(2000);
        prop_assert_eq!(found.endless().is_some(), found.interleavings().is_infinite());
        if let Some(endless) = found.endless() {
            // Once more around ends in the same state but for dead registers.
            let threads = endless.schedule().threads();
            let around = threads[endless.begins()..].iter();
            let again: Vec<usize> = threads.iter().chain(around).copied().collect();
            let again = program.replay(&again).unwrap();
            let place = |s: &Schedule| found.graph().find(s.end());
            prop_assert_eq!(place(&again), place(endless.schedule()));
            prop_assert!(!endless.to_string().is_empty());
        }
        let (_, _, _) = (found.traces(), found.failures(), found.deadlocks());
        let _ = (found.representatives().take(5).count(), program.to_string());
    }
}
