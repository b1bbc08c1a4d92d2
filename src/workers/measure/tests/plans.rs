//! What is asked for, and what is measured instead.

use super::super::plan::SweepPlan;
use super::*;

#[test]
fn what_cannot_be_measured_is_refused_or_brought_near() {
    let check = |(tasks, units, workers), error: &str, near: (usize, usize)| {
        let asked = equal(Runtime::Threads, tasks, units).workers(workers);
        let refused = Plan::exactly(&asked, TWO).unwrap_err().to_string();
        assert!(refused.starts_with(error), "{refused}");
        let mut notes = Vec::new();
        let plan = Plan::nearest(&asked, TWO, &mut notes);
        assert_eq!((plan.tasks, plan.workers), near, "{error}");
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(
            notes[0].contains(&error[1..]) && notes[0].contains(". Here "),
            "{notes:?}"
        );
    };
    check((0, 1, 1), "there are 0 tasks: ask", (1, 1));
    check(
        (10_001, 1, 1),
        "there are 10001 tasks and at most 10000",
        (10_000, 1),
    );
    check((1, 1, 0), "there are 0 workers: use", (1, 1));
    check((1, 1, 300), "there are 300 workers and at most", (1, 256));
    check((2, 0, 3), "tasks of 0 units take no time", (2, 3));
    check((8, 20_000, 2), "this would take about 241 s, and", (8, 2));
    let max = equal(Runtime::Rayon, usize::MAX, u64::MAX).workers(usize::MAX);
    assert!(max.try_measure().is_err() && max.try_sweep(usize::MAX).is_err());
    let trace = measure(Runtime::Rayon, 0, 0, 0);
    assert_eq!(
        (trace.spans().len(), trace.notes().len()),
        (1, 3),
        "{trace}"
    );
    let none = equal(Runtime::Rayon, 1, 1).repetitions(0).try_sweep(1);
    let sentence = "0 repetitions cannot be measured: use 1 to 100";
    assert_eq!(none.unwrap_err().to_string(), sentence);
}

#[test]
fn a_task_of_many_steps_has_a_short_title() {
    let mut asked = Experiment::new(Runtime::Tokio).tasks(2).workers(1);
    for _ in 0..100_000 {
        asked = asked.compute(1).wait(1);
    }
    let mut notes = Vec::new();
    let plan = Plan::nearest(&asked, TWO, &mut notes);
    assert!(plan.words().len() < 120 && notes.len() == 1, "{notes:?}");
    assert!(Plan::exactly(&asked, TWO).is_err());
    let again = Experiment {
        steps: plan.steps.clone(),
        ..asked.tasks(plan.tasks)
    };
    assert_eq!(Plan::exactly(&again, TWO), Ok(plan));
}

proptest! {
    #[test]
    fn the_nearest_run_can_be_measured(
        tasks in prop_oneof![0_usize..20, any::<usize>()],
        steps in prop::collection::vec((any::<bool>(), prop_oneof![0_u64..50, any::<u64>()]), 0..5),
        workers in prop_oneof![0_usize..20, any::<usize>()],
        repetitions in any::<usize>(),
        cpus in 1_usize..9,
        quota in prop::option::of(1_u64..10_000),
    ) {
        let mut asked = Experiment::new(Runtime::Tokio)
            .tasks(tasks)
            .workers(workers)
            .repetitions(repetitions);
        for (computes, units) in steps {
            asked = if computes { asked.compute(units) } else { asked.wait(units) };
        }
        let room = Room { cpus, quota };
        let mut notes = Vec::new();
        let near = Plan::nearest(&asked, room, &mut notes);
        prop_assert_eq!(notes.is_empty(), Plan::exactly(&asked, room).is_ok());
        // One task of a few units may be too long for a very small quota.
        prop_assume!(near.tasks > 1);
        let again = Experiment {
            runtime: near.runtime,
            tasks: near.tasks,
            steps: near.steps.clone(),
            workers: near.workers,
            repetitions: 1,
        };
        prop_assert_eq!(Plan::exactly(&again, room), Ok(near));
        let near = SweepPlan::nearest(&asked, room, &mut notes);
        prop_assert!((1..=MAX_REPETITIONS).contains(&near.repetitions));
    }
}
