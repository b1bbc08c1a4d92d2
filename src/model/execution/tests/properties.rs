//! Random executions against the slow versions.

use proptest::prelude::*;

use super::super::*;
use super::obvious::{cuts, execution, longest_chains, orders, reach, steps};

proptest! {
    #[test]
    fn clocks_and_reachability_agree((processes, steps) in steps(24), by_process: bool) {
        let run = execution(processes, &steps, by_process);
        let reach = reach(&run);
        let chains = longest_chains(&run, &reach);
        let before_of = |a: usize, b: usize| reach[a][b];
        let mut pairs = Vec::new();
        for a in 0..run.len() {
            let (mut before, mut after) = (0, 0);
            for b in 0..run.len() {
                let (x, y) = (EventId(a), EventId(b));
                prop_assert_eq!(run.happens_before(x, y), before_of(a, b));
                prop_assert_eq!(run.vector_clock(x) < run.vector_clock(y), before_of(a, b));
                prop_assert_eq!(run.concurrent(x, y), a != b && !before_of(a, b) && !before_of(b, a));
                prop_assert!(!before_of(a, b) || run.lamport_clock(x) < run.lamport_clock(y));
                before += usize::from(before_of(b, a));
                after += usize::from(before_of(a, b));
                if a < b && run.concurrent(x, y) {
                    pairs.push((x, y));
                }
            }
            let around = run.around(EventId(a));
            prop_assert_eq!((around.before, around.after), (before, after));
            prop_assert_eq!(around.concurrent, run.len() - 1 - before - after);
            prop_assert_eq!(run.past(EventId(a)).len(), before);
            prop_assert!(run.past(EventId(a)).iter().all(|e| reach[e.0][a]));
            prop_assert_eq!(run.future(EventId(a)).len(), after);
            prop_assert!(run.future(EventId(a)).iter().all(|e| reach[a][e.0]));
            prop_assert_eq!(run.lamport_clock(EventId(a)), chains[a]);
            for process in 0..processes {
                let known = run.events_of(ProcessId(process)).filter(|e| e.0 == a || reach[e.0][a]);
                let clock = run.vector_clock(EventId(a));
                prop_assert_eq!(clock.get(ProcessId(process)) as usize, known.count());
            }
        }
        prop_assert_eq!(run.concurrent_pairs_count(), pairs.len() as u64);
        let mut listed: Vec<_> = run.concurrent_pairs().collect();
        listed.sort_unstable();
        prop_assert_eq!(listed, pairs);
        let order: Vec<_> = run.some_order().collect();
        prop_assert_eq!(order.len(), run.len());
        for (at, b) in order.iter().enumerate() {
            prop_assert!(order[at..].iter().all(|a| !reach[a.0][b.0]));
        }
    }

    #[test]
    fn cuts_and_orders_are_counted_right((processes, steps) in steps(8), by_process: bool, seed: u64) {
        let run = execution(processes, &steps, by_process);
        let reach = reach(&run);
        let (cuts, orders) = (cuts(&run, &reach), orders(&reach));
        prop_assert_eq!(&run.consistent_cuts(), &cuts.len());
        let listed = run.list_consistent_cuts(usize::MAX);
        prop_assert_eq!(listed.len(), cuts.len());
        prop_assert!(listed.iter().all(|cut| cuts.contains(cut) && run.is_consistent(cut)));
        prop_assert!(listed.is_sorted_by_key(|cut| cut.iter().sum::<usize>()));
        prop_assert_eq!(run.list_consistent_cuts(3).len(), cuts.len().min(3));
        prop_assert_eq!(&run.linear_extensions(), &orders.len());
        for sample in run.sample_linear_extensions(3, seed).unwrap() {
            prop_assert!(orders.contains(&sample));
        }
    }

    /// Any numbers are a cut or not, as the slow version says.
    #[test]
    fn consistency_of_any_cut((processes, steps) in steps(12), cut in prop::collection::vec(0..4_usize, 0..6)) {
        let run = execution(processes, &steps, false);
        let mut padded = cut.clone();
        padded.resize(processes.max(cut.len()), 0);
        let expected = padded[processes..].iter().all(|&n| n == 0)
            && cuts(&run, &reach(&run)).contains(&padded[..processes]);
        prop_assert_eq!(run.is_consistent(&cut), expected);
    }

    /// However low the limit is, what is counted is there.
    #[test]
    fn bounds_are_bounds((processes, steps) in steps(16), limit in 0..40_usize) {
        let run = execution(processes, &steps, false);
        let whole = (run.consistent_cuts(), run.linear_extensions());
        let part = (run.consistent_cuts_within(limit), run.linear_extensions_within(limit));
        prop_assert!(part.0.is_exact() || whole.0.to_u128() > Some(limit as u128));
        prop_assert!(!part.0.is_exact() || part == whole);
        prop_assert_eq!(part.1.is_exact(), part.0.is_exact());
        prop_assert!(part.0.to_u128() <= whole.0.to_u128() && part.1.to_u128() <= whole.1.to_u128());
        prop_assert!(part.1.to_u128() >= Some(1));
    }

    #[test]
    fn what_runs_in_parallel_is_concurrent(
        (processes, steps) in steps(24),
        cores in 1..5_usize,
        every in 1..4_u64,
        delay in 0..4_u64,
        long in any::<prop::sample::Index>(),
    ) {
        let run = execution(processes, &steps, false);
        let plan = run.realise().cores(cores).each_takes(every).message_delay(delay);
        let trace = plan.takes(EventId(long.index(24)), 9).run().unwrap();
        let parallel = run.parallel_pairs(&trace).unwrap();
        prop_assert!(parallel.iter().all(|&(a, b)| run.concurrent(a, b)));
        prop_assert!(cores > 1 || parallel.is_empty());
        prop_assert!(trace.peak_parallelism() <= cores);
        let apart = run.concurrent_not_parallel(&trace).unwrap().count();
        prop_assert_eq!((parallel.len() + apart) as u64, run.concurrent_pairs_count());
        // Graham's bound (1966), with the longest chain as the span.
        let chain = longest_chains(&run, &reach(&run)).into_iter().max().unwrap_or(0);
        let span = chain * (every.max(9) + delay);
        prop_assert!(trace.makespan() <= trace.work() / cores as u64 + span);
        if delay == 0 && every == 1 && run.len() <= long.index(24) {
            prop_assert!(trace.makespan() >= chain);
        }
    }

    #[test]
    fn a_log_keeps_the_relation((processes, steps) in steps(24), by_process: bool) {
        let run = execution(processes, &steps, by_process);
        let log = run.to_shiviz();
        if run.is_empty() {
            prop_assert!(Execution::from_shiviz(&log).is_err());
            return Ok(());
        }
        let again = Execution::from_shiviz(&log).unwrap();
        // The log has the events in this order.
        let order: Vec<_> = run.some_order().collect();
        prop_assert_eq!(again.len(), run.len());
        for (x, a) in order.iter().enumerate() {
            for (y, b) in order.iter().enumerate() {
                let here = again.happens_before(EventId(x), EventId(y));
                prop_assert_eq!(here, run.happens_before(*a, *b));
            }
        }
        // Bounds may differ: processes have other numbers.
        let (here, there) = (again.linear_extensions_within(1000), run.linear_extensions_within(1000));
        prop_assert!(here == there || !here.is_exact() && !there.is_exact());
    }

    /// Clocks that do not belong together are refused or read exactly.
    #[test]
    fn clocks_of_a_log_are_kept_or_refused(
        clocks in prop::collection::vec((0..3_usize, [0..4_u32, 0..4, 0..4]), 1..8),
    ) {
        let mut own = [0; 3];
        let mut log = String::new();
        let mut wanted = Vec::new();
        for (host, mut clock) in clocks {
            own[host] += 1;
            clock[host] = own[host];
            wanted.push((host, clock));
            let json: Vec<_> = (0..3).map(|j| format!("\"{j}\":{}", clock[j])).collect();
            log.push_str(&format!("x\n{host} {{{}}}\n", json.join(",")));
        }
        if let Ok(run) = Execution::from_shiviz(&log) {
            for (event, (_, clock)) in wanted.iter().enumerate() {
                for (process, name) in run.processes().iter().enumerate() {
                    let known = run.vector_clock(EventId(event)).get(ProcessId(process));
                    prop_assert_eq!(known, clock[name.parse::<usize>().unwrap()]);
                }
            }
        }
    }

    #[test]
    fn any_log_and_any_pattern_get_an_answer(log in any::<String>(), pattern in any::<String>()) {
        let _ = Execution::from_shiviz(&log);
        let _ = Execution::from_shiviz_with(&log, &pattern);
    }

    #[test]
    fn torn_logs_get_an_answer(
        parts in prop::collection::vec("P|Q|é|\\{|\\}|:|\"|\n|\r\n| |,|1|2|-1|x|P \\{\"P\":1\\}\n|y\nQ \\{\"Q\":[1-3],\"P\":[0-2]\\}\n", 0..30),
        pattern in "(\\(\\?<(host|clock|event)>(\\.\\*|\\\\S\\+|\\{\\.\\*\\})\\)|\\\\n| |\\[|\\{2|\\)|\\(){0,8}",
    ) {
        let log = parts.concat();
        let _ = Execution::from_shiviz(&log);
        let _ = Execution::from_shiviz_with(&log, &pattern);
        if let Ok(format) = ShivizFormat::new(&pattern).and_then(|f| f.delimiter("x|^")) {
            let _ = format.read_all(&log);
        }
    }
}
