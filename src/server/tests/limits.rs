//! Runs that do not end well: too few files, clients that die, deadlines.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::*;
use crate::server::desk::Desk;

#[test]
fn a_limit_of_256_open_files_means_fewer_requests_and_says_so() {
    setrlimit(Resource::RLIMIT_NOFILE, 256, 256).unwrap();
    let before = footprint();
    let refused = Load::new(1_000).try_measure().unwrap_err();
    let text = refused.to_string();
    for part in ["1000 requests", "limit of open files 256", "ulimit -n"] {
        assert!(text.contains(part), "{text}");
    }
    let run = Load::new(1_000).delay_ms(300).measure();
    assert!((100..256).contains(&run.requests()), "{run}");
    assert_eq!(run.answered(), run.requests(), "{run}");
    told(&run, "Here they are");
    // As many as can be had are not refused.
    let ServerError::OpenFiles { room, .. } = refused else {
        panic!("{refused:?}");
    };
    let most = usize::try_from(room).unwrap();
    let run = Load::new(most).delay_ms(300).try_measure().unwrap();
    assert_eq!(run.answered(), room);
    leaves_nothing(before);
}

#[test]
fn the_soft_limit_is_raised_for_the_run_only() {
    setrlimit(Resource::RLIMIT_NOFILE, 128, 512).unwrap();
    let run = Load::new(300).delay_ms(300).try_measure().unwrap();
    assert_eq!(run.answered(), 300, "{run}");
    assert_eq!(OpenFiles::now().limit, 128);
}

#[test]
fn files_that_run_out_in_the_middle_cost_only_some_requests() {
    let before = footprint();
    let plan = Load::new(400).delay_ms(300).nearest();
    setrlimit(Resource::RLIMIT_NOFILE, 200, 200).unwrap();
    let run = plan.run().unwrap();
    let failures = run.failures();
    assert!(failures.refused + failures.cut > 0, "{run}");
    assert_eq!(failures.unanswered, 0, "{run}");
    assert_eq!(run.answered() + failures.total(), 400);
    assert!(run.answered() > 0, "{run}");
    told(&run, "Of 400 clients");
    leaves_nothing(before);
}

#[test]
fn a_stranger_who_connects_and_says_nothing_is_not_waited_for() {
    let plan = Load::new(3).delay_ms(50).nearest();
    let end = Instant::now() + Duration::from_secs(20);
    let desk = Arc::new(Desk::new(&plan, "a stranger", end));
    let (door, port) = serve::door().unwrap();
    let stranger = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let errand = Errand {
        requests: 3,
        port,
        deadline: u64::MAX,
        unit: plan.unit,
    };
    let (clients, control) = Clients::start(errand).unwrap();
    let served = serve::serve(&desk, 1, door, control, clients.word(), end);
    assert_eq!(served.unwrap().ending, serve::Ending::Complete);
    drop(stranger);
}

#[test]
fn handlers_that_come_after_the_deadline_compute_nothing() {
    let one_cpu = &machine::allowed()[..1];
    let _pinned = machine::pin(one_cpu).unwrap();
    // 20 seconds of computation, of which there is time for one.
    let load = Load::new(2_000).delay_ms(100).compute_us(10_000);
    let run = load.threads(32).deadline_ms(1_000).measure();
    told(&run, "deadline of 1000 ms");
    assert!(run.cpu_time() < 10_000_000_000, "{run}");
}

#[test]
fn without_any_file_there_is_no_run_and_it_says_why() {
    let open = footprint().files;
    setrlimit(Resource::RLIMIT_NOFILE, open + 1, open + 1).unwrap();
    let run = Load::new(10).measure();
    assert_eq!((run.requests(), run.answered()), (0, 0));
    told(&run, "Nothing was measured");
    assert!(run.to_string().contains("ulimit -n"));
    let question = measure(10);
    assert!(question.what_to_notice().is_empty(), "{question}");
    assert_eq!(question.notes().len(), 1, "{question}");
    let (what, values) = &question.rows()[4];
    assert_eq!(what, "latency, 50th percentile");
    assert_eq!(*values, ["-"; 4]);
}

#[test]
fn clients_that_die_end_the_run() {
    let before = footprint();
    let measuring = thread::spawn(|| Load::new(200).delay_ms(10_000).measure());
    // All are connected, and nobody is answered for ten seconds.
    let child = all_connected(200);
    kill(child, Signal::SIGKILL).unwrap();
    let run = measuring.join().unwrap();
    told(&run, "clients' process ended");
    assert_eq!(run.failures().total(), 200, "{run}");
    leaves_nothing(before);
}

#[test]
fn clients_that_stand_still_end_with_the_deadline() {
    let before = footprint();
    let load = Load::new(200).delay_ms(3_000).deadline_ms(5_000);
    let measuring = thread::spawn(move || load.measure());
    let child = all_connected(200);
    kill(child, Signal::SIGSTOP).unwrap();
    let run = measuring.join().unwrap();
    told(&run, "deadline of 5000 ms");
    leaves_nothing(before);
}

/// The clients' process, as soon as it has that many sockets.
fn all_connected(clients: usize) -> Pid {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        assert!(Instant::now() < end, "no clients came");
        let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
        let children = tasks.filter_map(|t| fs::read_to_string(t.path().join("children")).ok());
        let children: String = children.collect();
        let Some(child) = children.split_whitespace().next() else {
            thread::yield_now();
            continue;
        };
        let files = fs::read_dir(format!("/proc/{child}/fd")).map_or(0, Iterator::count);
        // Before it closes what it inherited it has this process's files.
        if files > clients && files < clients + 20 {
            return Pid::from_raw(child.parse().unwrap());
        }
        thread::yield_now();
    }
}

#[test]
fn a_deadline_ends_the_run() {
    let before = footprint();
    let run = Load::new(100).delay_ms(10_000).deadline_ms(500).measure();
    told(&run, "deadline of 500 ms");
    assert_eq!(run.answered(), 0, "{run}");
    assert_eq!(run.failures().unanswered + run.failures().cut, 100);
    assert_eq!(run.latency().worst(), 0);
    leaves_nothing(before);
}
