//! Budgets without a session.

use super::*;

const LIMITS: Limits = Limits {
    text: 10 << 10,
    text_beside_others: 2 << 10,
    displays: 100 << 10,
};

/// A moment so many milliseconds after the first one.
fn at(milliseconds: u64) -> Instant {
    static FIRST: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    *FIRST + Duration::from_millis(milliseconds)
}

fn print(budgets: &mut Budgets, bytes: usize) -> (usize, Option<String>) {
    print_at(budgets, bytes, at(0))
}

fn print_at(budgets: &mut Budgets, bytes: usize, now: Instant) -> (usize, Option<String>) {
    let mut text = "x".repeat(bytes);
    let name = StreamName::Stdout;
    let output = Output::Stream {
        name,
        text: text.clone(),
    };
    if budgets.hides(&output, now) {
        return (0, None);
    }
    let words = budgets.print(name, &mut text);
    (text.len(), words)
}

fn run(budgets: &mut Budgets, bytes: usize) -> (usize, Option<String>) {
    run_at(budgets, bytes, at(0))
}

fn run_at(budgets: &mut Budgets, bytes: usize, now: Instant) -> (usize, Option<String>) {
    budgets.begin_cell();
    budgets.start_code(1, now);
    let shown = print_at(budgets, bytes, now);
    budgets.end_cell(now);
    shown
}

#[test]
fn where_the_budget_ends_is_said_once() {
    let mut budgets = Budgets::new(LIMITS);
    budgets.begin_cell();
    budgets.start_code(1, at(0));
    assert_eq!(print(&mut budgets, 10_000), (10_000, None));
    let (length, words) = print(&mut budgets, 10_000);
    assert_eq!(length, LIMITS.text - CHANGE_BYTES - 10_000);
    assert_eq!(
        words.unwrap(),
        "\n[more was printed: only the first 10 KiB of a cell are shown]\n"
    );
    assert_eq!(print(&mut budgets, 1), (0, None));
    budgets.end_cell(at(0));
    assert_eq!(print(&mut budgets, 1), (0, None), "a thread goes on");
}

#[test]
fn a_cut_is_between_characters() {
    let mut budget = Budget::new(LIMITS);
    let mut text = "é".repeat(LIMITS.text);
    assert!(budget.print(StreamName::Stdout, &mut text).is_some());
    assert_eq!(text.len(), LIMITS.text - CHANGE_BYTES);
    let mut budget = Budget::new(LIMITS);
    let mut text = "x".to_owned() + &"é".repeat(LIMITS.text);
    assert!(budget.print(StreamName::Stdout, &mut text).is_some());
    assert_eq!(text.len(), LIMITS.text - CHANGE_BYTES - 1);
}

#[test]
fn streams_in_turn_cost_more_than_their_text() {
    let mut budget = Budget::new(LIMITS);
    let mut printed = 0;
    for name in [StreamName::Stdout, StreamName::Stderr].into_iter().cycle() {
        let mut text = "x".to_owned();
        let words = budget.print(name, &mut text);
        printed += text.len();
        if words.is_some() {
            break;
        }
    }
    assert_eq!(printed, LIMITS.text / (CHANGE_BYTES + 1));
}

#[test]
fn after_a_thread_that_prints_on_a_cell_has_little() {
    let mut budgets = Budgets::new(LIMITS);
    assert!(run(&mut budgets, 20_000).1.is_some());
    // It prints while the next cell is compiled, and on.
    budgets.begin_cell();
    assert_eq!(print(&mut budgets, 200), (0, None));
    budgets.start_code(1, at(0));
    let (length, words) = print(&mut budgets, 20_000);
    assert_eq!(length, LIMITS.text_beside_others - CHANGE_BYTES);
    assert!(
        words
            .unwrap()
            .contains("something that an earlier cell has started goes on")
    );
    budgets.end_cell(at(0));
    // Between cells, and before one that does not compile.
    assert_eq!(print(&mut budgets, 200), (0, None));
    budgets.begin_cell();
    budgets.end_cell(at(0));
    assert_eq!(
        run(&mut budgets, 20_000).0,
        LIMITS.text_beside_others - CHANGE_BYTES
    );
    // It prints less, and then more again.
    assert_eq!(print(&mut budgets, 100), (0, None));
    assert_eq!(run(&mut budgets, 5_000), (5_000, None));
    assert_eq!(
        print(&mut budgets, 6_000).0,
        LIMITS.text - 5_000 - CHANGE_BYTES
    );
    assert_eq!(print(&mut budgets, 1), (0, None));
    assert_eq!(
        run(&mut budgets, 20_000).0,
        LIMITS.text_beside_others - CHANGE_BYTES
    );
    // It has ended.
    assert_eq!(run(&mut budgets, 5_000), (5_000, None));
}

#[test]
fn a_thread_that_has_ended_takes_nothing_from_later_cells() {
    let mut budgets = Budgets::new(LIMITS);
    assert!(run(&mut budgets, 20_000).1.is_some());
    assert_eq!(print_at(&mut budgets, 5_000, at(10)), (0, None));
    assert_eq!(run_at(&mut budgets, 5_000, at(60_000)), (5_000, None));
}

#[test]
fn a_line_now_and_then_takes_nothing_from_later_cells() {
    let mut budgets = Budgets::new(LIMITS);
    assert!(run(&mut budgets, 20_000).1.is_some());
    for second in 1..100 {
        assert_eq!(print_at(&mut budgets, 30, at(second * 1_000)), (0, None));
    }
    assert_eq!(run_at(&mut budgets, 5_000, at(100_000)), (5_000, None));
}

#[test]
fn a_thread_that_prints_little_takes_nothing_from_later_cells() {
    let mut budgets = Budgets::new(LIMITS);
    run(&mut budgets, 100);
    for _ in 0..3 {
        assert_eq!(print(&mut budgets, 100), (100, None));
        assert_eq!(run(&mut budgets, 9_000), (9_000, None));
    }
}

#[test]
fn what_threads_print_is_taken_of_their_own_cells() {
    let mut budgets = Budgets::new(LIMITS);
    for ticket in 1..=3 {
        budgets.begin_cell();
        budgets.start_code(ticket, at(0));
        assert_eq!(print(&mut budgets, 4_000), (4_000, None));
        budgets.end_cell(at(0));
    }
    let of_thread = |budgets: &mut Budgets, ticket| {
        let mut text = "x".repeat(20_000);
        let words = budgets.of_cell(ticket).print(StreamName::Stdout, &mut text);
        (text.len(), words.is_some())
    };
    let left = LIMITS.text - CHANGE_BYTES - 4_000;
    for ticket in 1..=3 {
        assert_eq!(of_thread(&mut budgets, ticket), (left, true), "{ticket}");
        assert_eq!(of_thread(&mut budgets, ticket), (0, false), "{ticket}");
    }
    // The last cell has nothing left for anybody, and the next one has all.
    assert_eq!(print(&mut budgets, 10), (0, None));
    assert_eq!(run(&mut budgets, 9_000), (9_000, None));
}

#[test]
fn what_is_taken_back_may_be_shown_anew() {
    let mut budgets = Budgets::new(LIMITS);
    budgets.begin_cell();
    budgets.start_code(1, at(0));
    assert!(print(&mut budgets, 20_000).1.is_some());
    assert_ne!(budgets.of_displays().display(None, 200_000), Verdict::Shown);
    budgets.clear();
    assert_eq!(print(&mut budgets, 5_000), (5_000, None));
    let budget = budgets.of_displays();
    assert_eq!(budget.display(Some("a"), 50_000), Verdict::Shown);
    for _ in 0..10 {
        assert_eq!(budget.update("a", 60_000), Verdict::Shown);
        assert_eq!(budget.update("of another cell", 10_000), Verdict::Shown);
    }
    assert!(matches!(
        budget.update("a", 99_000),
        Verdict::Hidden(Some(_))
    ));
    assert_eq!(budget.update("a", 70_000), Verdict::Shown);
}

#[test]
fn displays_end_and_the_value_of_the_cell_is_shown() {
    let mut budget = Budget::new(LIMITS);
    let verdicts: Vec<Verdict> = (0..4).map(|_| budget.display(None, 40_000)).collect();
    let words =
        "[a display of 40 KiB was left out: the displays of a cell may have 100 KiB together]\n";
    let expected = [
        Verdict::Shown,
        Verdict::Shown,
        Verdict::Hidden(Some(words.to_owned())),
        Verdict::Hidden(None),
    ];
    assert_eq!(verdicts, expected);
    assert_eq!(budget.value(true, 50_000), Verdict::Shown);
    assert_eq!(budget.value(true, 90_000), Verdict::Hidden(None));
    assert_eq!(budget.value(false, 50_000), Verdict::Hidden(None));
}
