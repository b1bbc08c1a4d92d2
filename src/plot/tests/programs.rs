//! Programs to step through, their state graphs, and pitfalls beside their
//! remedies.

use std::collections::HashSet;

use proptest::prelude::*;

use super::{assert_self_contained, assert_well_formed, html, ids, text};
use crate::model::Program;
use crate::model::program::Steps;
use crate::pitfalls::blocked_executor::{self, Hog};
use crate::pitfalls::{deadlock, false_sharing, io_bound, lock_contention, lost_update};
use crate::plot::{MAX_PLAYER_BYTES, Player};

fn crossed_locks() -> Program {
    let program = Program::builder().shared("x", 0).lock("L").lock("M");
    let program = program.thread("A", |t| {
        t.lock("L")
            .lock("M")
            .load("r", "x")
            .store("x", "r + 1")
            .unlock("M")
            .unlock("L")
    });
    let program = program.thread("B", |t| t.lock("M").lock("L").unlock("L").unlock("M"));
    program.build().unwrap()
}

/// A page's data, read the way its script reads it.
struct Page {
    data: serde_json::Value,
    at: usize,
}

impl Page {
    fn of(player: &Player) -> Self {
        let attribute = player.html().split("data-play=\"").nth(1).unwrap();
        let json = attribute.split('"').next().unwrap();
        let json = json
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
        let json = json.replace("&#39;", "'").replace("&amp;", "&");
        Self {
            data: serde_json::from_str(&json).unwrap(),
            at: 0,
        }
    }

    fn cell(&self, column: &str, more: usize) -> i64 {
        let column = self.data[column].as_u64().unwrap() as usize + more;
        self.data["s"][self.at][column].as_i64().unwrap()
    }

    /// Goes on, or says why the thread cannot.
    fn step(&mut self, thread: usize) -> Result<(), String> {
        let next = self.cell("m", thread);
        if next < 0 {
            let reason = &self.data["y"][usize::try_from(-1 - next).unwrap()];
            return Err(reason.as_str().unwrap().to_owned());
        }
        self.at = usize::try_from(next).unwrap();
        Ok(())
    }
}

#[test]
fn players_know_the_way_to_the_lost_update() {
    let player = Program::increments(&[1, 1]).player();
    let mut page = Page::of(&player);
    let distances: Vec<i64> = [0, 1, 0, 1]
        .into_iter()
        .map(|thread| {
            let distance = page.cell("d", 0);
            page.step(thread).unwrap();
            distance
        })
        .collect();
    // From where no continuation ends well, a number below -1: -2 less the steps.
    assert_eq!((distances, page.cell("d", 0)), (vec![4, 3, -4, -3], -2));
    let ending = page.data["z"][page.cell("e", 0) as usize].as_str().unwrap();
    assert!(ending.starts_with("You lost"), "{ending}");
    assert_eq!(page.step(0), Err("finished".to_owned()));
    // One thread after the other cannot lose.
    page.at = 0;
    page.step(0).unwrap();
    page.step(0).unwrap();
    assert_eq!(page.cell("d", 0), -1);
}

#[test]
fn players_say_why_a_thread_cannot_go() {
    let check = |program: &Program, way: &[usize], thread: usize, why: &str| {
        let mut page = Page::of(&program.player());
        way.iter().for_each(|&thread| page.step(thread).unwrap());
        assert_eq!(page.step(thread), Err(why.to_owned()));
    };
    check(&crossed_locks(), &[0, 0], 1, "waits for lock M, held by A");
    check(&crossed_locks(), &[0, 1], 1, "waits for lock L, held by A");
    let alone = |steps: fn(Steps) -> Steps| {
        let program = Program::builder()
            .shared("x", 0)
            .lock("L")
            .condition("C")
            .channel("Q", 1);
        program
            .thread("A", steps)
            .thread("B", |t| t.load("r", "x"))
            .build()
            .unwrap()
    };
    check(
        &alone(|t| t.lock("L").lock("L")),
        &[0],
        0,
        "waits for lock L, which it holds itself",
    );
    check(
        &alone(|t| t.lock("L").wait("C", "L")),
        &[0, 0],
        0,
        "waits for a notification of C",
    );
    check(
        &alone(|t| t.receive("r", "Q")),
        &[],
        0,
        "waits: channel Q is empty",
    );
    check(
        &alone(|t| t.send("Q", 1).send("Q", 2)),
        &[0],
        0,
        "waits: channel Q is full",
    );
    check(&alone(|t| t.unlock("L")), &[0], 1, "the run has ended");
    check(&alone(|t| t.load("r", "x")), &[0], 0, "finished");
}

#[test]
fn players_stand_on_their_own() {
    let player = crossed_locks().player();
    assert_self_contained(player.html());
    assert_well_formed(player.html());
    assert!(ids(player.html()).is_empty(), "so it works twice on a page");
    assert!(
        player.html().contains("L (protects x)"),
        "A alone touches it"
    );
    insta::assert_snapshot!(text(&player), @r"
    shared: x = 0
    locks: L, M
       A                B
    0  lock L           lock M
    1  lock M           lock L
    2  r = load x       unlock L
    3  store x = r + 1  unlock M
    4  unlock M
    5  unlock L
    It can end like this:
      x = 0, deadlock (deadlock: A stands at `lock M` and waits for B; B stands at `lock L` and waits for A), interleavings: 2
      x = 1 (finished), interleavings: 4
    A run that fails, with the fewest preemptions:
    step  thread  does    changes
    1     B       lock M  M: free → B
    2     ⇄ A     lock L  L: free → A
    2 steps, 1 preemption: deadlock: A stands at `lock M` and waits for B; B stands at `lock L` and waits for A
    ");
}

#[test]
fn players_stay_small_and_say_what_is_missing() {
    let check = |rounds: &[usize], cut: bool| {
        let player = Program::increments(rounds).player();
        assert!(player.html().len() <= MAX_PLAYER_BYTES, "{rounds:?}");
        assert_eq!(
            text(&player).contains("more states than fit"),
            cut,
            "{rounds:?}"
        );
    };
    check(&[], false);
    check(&[0, 3], false);
    check(&[4, 4], false);
    check(&[9, 9, 9], true);
    check(&[2; 8], true);
}

#[test]
fn a_state_graph_as_text_and_as_a_picture() {
    let figure = Program::increments(&[1, 1]).explore().state_graph();
    assert_well_formed(figure.svg());
    assert_self_contained(figure.svg());
    assert_eq!(
        figure.svg().matches("<g>").count(),
        12,
        "one for each state"
    );
    insta::assert_snapshot!(figure.text(), @r"
    State graph
    12 states and 14 steps: 1 finished, 0 deadlocked, 1 failed. A bug can still be reached from 6 others.
       0  x=0:  A -> 1, B -> 2  (can still fail)
       1  x=0:  A -> 3, B -> 4  (can still fail)
       2  x=0:  A -> 4, B -> 5  (can still fail)
       3  x=1:  B -> 6
       4  x=0:  A -> 7, B -> 8  (can still fail)
       5  x=1:  A -> 9
       6  x=1:  B -> 10
       7  x=1:  B -> 11  (can still fail)
       8  x=1:  A -> 11  (can still fail)
       9  x=1:  A -> 10
      10  x=2:  finished
      11  x=1:  `x == 2`: the final condition is false
    ");
    let large = Program::increments(&[5, 5]).explore().state_graph();
    assert!(large.svg().contains("too much for a picture"));
    assert_well_formed(large.svg());
    let deadlock = crossed_locks().explore().state_graph();
    assert!(
        deadlock.description().contains("1 deadlocked"),
        "{}",
        deadlock.description()
    );
}

#[test]
fn players_of_queues_that_grow_for_ever_stay_small() {
    let program = Program::builder()
        .unbounded_channel("q")
        .thread("A", |t| t.repeat_while("1", |t| t.send("q", 7)))
        .build()
        .unwrap();
    let player = program.player();
    assert!(player.states() > 100 && player.html().len() <= MAX_PLAYER_BYTES);
    assert!(player.text().contains("No end of it was found."));
}

#[test]
fn long_programs_and_runs_stay_small() {
    let program = Program::increments(&[3000]);
    let run = program.replay(&[0; 4000]).unwrap();
    let check = |html: &str, text: &str| {
        assert!(html.len() < 60_000 && text.len() < 20_000);
        assert!(html.contains(" more rows …") && text.contains(" more lines …"));
    };
    check(&html(&program), &text(&program));
    check(&html(&run), &text(&run));
    assert_eq!(run.to_string().lines().count(), 4002);
}

#[test]
fn loops_are_drawn() {
    let run = deadlock::simulate(2);
    let figure = run.giving_back.program.explore().state_graph();
    assert_well_formed(figure.svg());
    assert!(!figure.svg().contains("NaN"));
}

#[test]
fn pitfalls_show_pictures_numbers_and_a_sentence() {
    let check = |html: String, text: String, charts: usize, notice: &str| {
        assert_well_formed(&html);
        assert_self_contained(&html);
        assert_eq!(html.matches("<svg ").count(), charts, "{notice}");
        assert!(
            text.contains(notice) && html.contains(&notice.replace('\'', "&#39;")),
            "{text}"
        );
        let ids = ids(&html);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    };
    let service = io_bound::Service {
        compute: 2,
        latency: 18,
        capacity: 4,
    };
    let run = blocked_executor::simulate(8, Hog::Computes(40));
    check(html(&run), text(&run), 3, "nobody else gets a turn");
    let run = io_bound::simulate(8, 4, service);
    check(html(&run), text(&run), 3, "Nobody gets more than");
    let run = lock_contention::simulate(16, 3, 2, 4);
    check(
        html(&run),
        text(&run),
        2,
        "of each operation is inside of the lock",
    );
    let run = false_sharing::simulate(4, 4);
    check(
        html(&run),
        text(&run),
        2,
        "No core reads another core's counter",
    );
    let run = lost_update::simulate(2, 2);
    check(html(&run), text(&run), 1, "64 of the 70 interleavings");
    let run = deadlock::simulate(5);
    check(html(&run), text(&run), 1, "p5 waits for p1");
    let curves = lock_contention::curve(840, 4, 1, 8).figure();
    assert_well_formed(curves.svg());
}

proptest! {
    /// A player's data lead through the same states as the program itself.
    #[test]
    fn players_do_as_the_program(rounds in prop::collection::vec(0..3_usize, 1..4), way in prop::collection::vec(0..4_usize, 0..20)) {
        let program = Program::increments(&rounds);
        let mut page = Page::of(&program.player());
        let mut state = program.start();
        for thread in way {
            let thread = thread % rounds.len();
            let stepped = program.step(&state, thread);
            prop_assert_eq!(page.step(thread).is_ok(), stepped.is_some());
            state = stepped.map_or(state, |stepped| stepped.state);
            prop_assert_eq!(page.cell("p", thread), state.position(thread) as i64);
            prop_assert_eq!(page.cell("p", rounds.len()), state.value("x").unwrap());
        }
    }

    /// "Can still lose" is what the explorer's graph says, all along the way.
    #[test]
    fn players_know_the_distances(rounds in prop::collection::vec(0..3_usize, 1..4), way in prop::collection::vec(0..4_usize, 0..20)) {
        let program = Program::increments(&rounds);
        let all = program.explore();
        let mut page = Page::of(&program.player());
        let mut state = program.start();
        for thread in way {
            let thread = thread % rounds.len();
            if let Some(stepped) = program.step(&state, thread) {
                state = stepped.state;
                page.step(thread).unwrap();
            }
            let node = &all.graph().nodes()[all.graph().find(&state).unwrap()];
            let steps = match page.cell("d", 0) {
                lost @ ..-1 => -2 - lost,
                open => open,
            };
            prop_assert_eq!(usize::try_from(steps).ok(), node.steps_to_failure);
        }
    }

    /// Names that a program takes may still be markup to a page.
    #[test]
    fn texts_cannot_break_out(condition in "[0-9<>&|= ()]{1,12}") {
        let program = Program::builder().shared("x", 0);
        let program = program.thread("A", |t| t.load("r", "x").assert(format!("r < {condition}"))).build();
        if let Ok(program) = program {
            assert_well_formed(program.player().html());
            assert_well_formed(program.explore().state_graph().svg());
        }
    }
}
