"""What a thread prints and displays stands below the cell that has started it, whichever runs meanwhile."""

from collections import defaultdict
from pathlib import Path

import pytest

from wire.client import Kernel

# Somebody who does what another cell asks for, on a thread of the cell that has made it. When `does` returns it is done.
HAND = """
use std::sync::mpsc::{channel, Receiver, Sender};
type Work = Box<dyn FnOnce() + Send>;
struct Hand { work: Sender<Work>, done: Receiver<()> }
impl Hand {
    fn new() -> Self {
        let (work, todo) = channel::<Work>();
        let (finished, done) = channel();
        std::thread::spawn(move || for one in todo { one(); let _ = finished.send(()); });
        Hand { work, done }
    }
    fn does(&self, one: impl FnOnce() + Send + 'static) {
        self.work.send(Box::new(one)).unwrap();
        self.done.recv().unwrap();
    }
}
"""


@pytest.fixture
def hands(own_kernel: Kernel) -> Kernel:
    assert own_kernel.run(HAND).status == "ok"
    return own_kernel


def make(kernel: Kernel, code: str) -> str:
    """Runs a cell that has to go well, and returns its message id."""
    msg_id = kernel.start(code)
    assert kernel.finish(msg_id).status == "ok"
    return msg_id


def shown(kernel: Kernel, code: str) -> tuple[str, dict[str, list[str]]]:
    """Runs a cell; its id, and by parent what is shown until it is idle."""
    msg_id = kernel.start(code)
    found = outputs(kernel.until_idle(msg_id))
    reply = kernel.shell_reply(msg_id)
    assert reply["content"]["status"] == "ok", reply["content"]
    return msg_id, found


def outputs(messages: list[dict]) -> dict[str, list[str]]:
    """By parent: each stream's text joined with what it is joined to, and displays as their text."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    for message in messages:
        kind, content = message["msg_type"], message["content"]
        own = found[message["parent_header"].get("msg_id")]
        if kind == "stream":
            if own and own[-1][0] == content["name"]:
                own[-1][1] += content["text"]
            else:
                own.append([content["name"], content["text"]])
        elif kind in ("display_data", "update_display_data", "execute_result"):
            own.append([kind, content["data"]["text/plain"]])
        elif kind in ("clear_output", "error"):
            own.append([kind, ""])
    return {parent: [f"{kind}: {text}" for kind, text in all] for parent, all in found.items() if all}


def test_prints_and_displays_of_an_earlier_cell_keep_their_order(hands: Kernel):
    first = make(hands, "let first = Hand::new();")
    second, found = shown(hands, """
        println!("mine");
        first.does(|| {
            println!("one");
            eprintln!("two");
            twoaxes::notebook::display(&twoaxes::notebook::MimeBundle::text("three"));
            println!("four é");
        });
        println!("still mine");
        2
    """)
    assert found[first] == ["stdout: one\n", "stderr: two\n", "display_data: three", "stdout: four é\n"]
    assert found[second] == ["stdout: mine\nstill mine\n", "execute_result: 2"]
    # What is longer than the system keeps in one piece.
    second, found = shown(hands, """
        let text = "ö".repeat(50_000);
        let same = text.clone();
        first.does(move || println!("x{same}"));
    """)
    assert found == {first: ["stdout: x" + "ö" * 50_000 + "\n"]}


def test_displays_that_change_and_go(hands: Kernel):
    first = make(hands, "let first = Hand::new();")
    _, found = shown(hands, """first.does(|| {
        use twoaxes::notebook::{MimeBundle, clear_output, display_with_id, update_display};
        let shown = display_with_id(&MimeBundle::text("a"));
        update_display(&shown, &MimeBundle::text("b"));
        clear_output(false);
        MimeBundle::text("c").evcxr_display();
    });""")
    assert found == {first: ["display_data: a", "update_display_data: b", "clear_output: ", "display_data: c"]}


def test_a_panic_is_told_below_its_cell(hands: Kernel):
    first = make(hands, "let first = Hand::new();")
    second, found = shown(hands, """first.does(|| { let _ = std::thread::spawn(|| panic!("boo")).join(); });""")
    assert list(found) == [first]
    assert found[first][0].startswith("stderr: ") and "boo" in found[first][0]


def test_threads_of_two_cells_at_once(hands: Kernel):
    first = make(hands, "let first = Hand::new();")
    second = make(hands, "let second = Hand::new();")
    third, found = shown(hands, """
        use std::sync::{Arc, Barrier};
        let both = Arc::new(Barrier::new(2));
        fn speaks(name: &'static str, both: Arc<Barrier>) -> Work {
            Box::new(move || for n in 0..100 { both.wait(); println!("{name}{n}"); })
        }
        first.work.send(speaks("a", Arc::clone(&both))).unwrap();
        second.work.send(speaks("b", both.clone())).unwrap();
        for n in 0..100 { println!("c{n}"); }
        first.done.recv().unwrap();
        second.done.recv().unwrap();
    """)
    for parent, name in ((first, "a"), (second, "b"), (third, "c")):
        assert found[parent] == ["stdout: " + "".join(f"{name}{n}\n" for n in range(100))]


def test_a_thread_that_such_a_thread_starts(hands: Kernel):
    first = make(hands, "let first = Hand::new();")
    second, found = shown(hands, """
        first.does(|| std::thread::spawn(|| println!("child")).join().unwrap());
        std::thread::spawn(|| println!("of this cell")).join().unwrap();
    """)
    assert found == {first: ["stdout: child\n"], second: ["stdout: of this cell\n"]}


def test_while_no_cell_runs(hands: Kernel, tmp_path: Path):
    first = make(hands, "let first = Hand::new();")
    make(hands, "let second = Hand::new();")
    go = tmp_path / "go"
    make(hands, f"""first.work.send(Box::new(|| {{
        while !std::path::Path::new("{go}").exists() {{ std::thread::yield_now(); }}
        println!("late"); println!("later");
    }})).unwrap();""")
    go.touch()
    hands.wait_for_text(first, "later\n")


def test_in_its_own_cell_a_thread_prints_in_order_with_the_cell(hands: Kernel):
    cell, found = shown(hands, """for n in 0..100 {
        println!("cell {n}");
        std::thread::spawn(move || println!("thread {n}")).join().unwrap();
    }""")
    assert found == {cell: ["stdout: " + "".join(f"cell {n}\nthread {n}\n" for n in range(100))]}


@pytest.mark.parametrize("begin, use", [
    ("rayon::join(|| (), || ());",
     "use rayon::prelude::*; (0..8).into_par_iter().for_each(|n| println!(\"{n}\"));"),
    ("let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();",
     "pool.install(|| println!(\"0\")); pool.install(|| std::thread::spawn(|| println!(\"1\")).join().unwrap());"),
    ("tokio::task::yield_now().await;",
     "tokio::spawn(async { println!(\"0\"); }).await.unwrap(); tokio::task::spawn_blocking(|| println!(\"1\")).await.unwrap();"),
    ("let own = tokio::runtime::Builder::new_multi_thread().thread_name(\"mine\").build().unwrap();",
     "own.block_on(own.spawn(async { println!(\"0\"); })).unwrap();"),
])
def test_a_pool_of_an_earlier_cell_prints_for_the_one_that_asks(hands: Kernel, begin: str, use: str):
    make(hands, begin)
    cell, found = shown(hands, use)
    assert list(found) == [cell]
    assert "0\n" in found[cell][0]


def test_a_cell_that_fails_an_undone_one_an_interrupt_and_a_restart(hands: Kernel):
    first = make(hands, "let first = Hand::new();")
    failing = hands.start("first.does(|| println!(\"before\")); panic!();")
    found = outputs(hands.until_idle(failing))
    assert found == {first: ["stdout: before\n"], failing: ["error: "]}
    _, found = shown(hands, "first.does(|| println!(\"behind\"));")
    assert found == {first: ["stdout: behind\n"]}
    # Its process ends, and with it the thread.
    stopped = hands.start("println!(\"begun\"); loop {}")
    hands.wait_for_text(stopped, "begun")
    hands.interrupt()
    assert hands.finish(stopped).status == "error"
    # Without threads that are left a copy goes on, and does the same.
    assert hands.run("std::process::abort();").status == "error"
    again = make(hands, "let again = Hand::new();")
    _, found = shown(hands, "again.does(|| println!(\"again\"));")
    assert found == {again: ["stdout: again\n"]}
    hands.restart()
    make(hands, HAND)
    anew = make(hands, "let anew = Hand::new();")
    _, found = shown(hands, "anew.does(|| println!(\"anew\"));")
    assert found == {anew: ["stdout: anew\n"]}


def test_a_flood_takes_nothing_from_the_running_cell(hands: Kernel):
    first = make(hands, "std::thread::spawn(|| loop { println!(\"flood\"); }); let first = Hand::new();")
    printed = ""
    for _ in range(3):
        cell, found = shown(hands, "for n in 0..20_000 { println!(\"{n:>50}\"); } first.does(|| ());")
        assert found.pop(cell) == ["stdout: " + "".join(f"{n:>50}\n" for n in range(20_000))]
        assert set(found) <= {first}
        printed += "".join(found.get(first, []))
    # It fills the first cell's budget, and no more.
    assert len(printed) < 3 << 20


def test_half_a_line_belongs_to_its_own_cell(hands: Kernel):
    first = make(hands, "std::thread::spawn(|| loop { println!(\"flood\"); }); let first = Hand::new();")
    cell, found = shown(hands, "for n in 0..2000 { print!(\"{n} \"); } println!();")
    assert found[cell] == ["stdout: " + "".join(f"{n} " for n in range(2000)) + "\n"]
    cell, found = shown(hands, "first.does(|| print!(\"half of a line\")); println!(\"own\");")
    assert found[cell] == ["stdout: own\n"]


def test_an_output_captures_what_a_thread_of_an_earlier_cell_shows(hands: Kernel):
    first = make(hands, "let first = Hand::new();")
    made = hands.run("let log = std::sync::Arc::new(widgets::Output::new()); log.show(); let given = log.clone();")
    output = next(m["content"]["comm_id"] for m in made.messages if m["msg_type"] == "comm_open" and "OutputModel" in str(m))
    running = hands.start("first.does(move || given.capture(|| println!(\"captured\"))); println!(\"own\");")
    messages = hands.until_idle(running)
    assert hands.shell_reply(running)["content"]["status"] == "ok"
    assert outputs(messages)[running] == ["stdout: own\n"]
    captures = [m["content"]["data"]["state"].get("msg_id") for m in messages if m["content"].get("comm_id") == output]
    # Front ends give it what stands under that message, which is where the line is.
    assert captures == [first, ""]
    assert outputs(messages)[first] == ["stdout: captured\n"]


def test_a_panic_elsewhere_does_not_stand_for_that_of_the_cell(hands: Kernel):
    make(hands, "let first = Hand::new();")
    cell = hands.run("""
        struct Late<'a>(&'a Hand);
        impl Drop for Late<'_> {
            fn drop(&mut self) { self.0.does(|| { let _ = std::thread::spawn(|| panic!("theirs")).join(); }); }
        }
        let late = Late(&first);
        if true { panic!("mine"); }
        drop(late);
    """)
    assert cell.status == "error" and "mine" in cell.report and "theirs" not in cell.report


def test_where_a_cell_leads_standard_output_a_thread_prints_there(hands: Kernel, tmp_path):
    first = make(hands, "let first = Hand::new();")
    make(hands, 'unsafe extern "C" { fn dup(from: i32) -> i32; fn dup2(from: i32, to: i32) -> i32; }')
    path = tmp_path / "printed"
    _, found = shown(hands, f"""
        use std::os::fd::AsRawFd;
        let file = std::fs::File::create("{path}").unwrap();
        let kept = unsafe {{ dup(1) }};
        unsafe {{ dup2(file.as_raw_fd(), 1); }}
        first.does(|| println!("to a file"));
        unsafe {{ dup2(kept, 1); }}
        first.does(|| println!("to its cell"));
    """)
    assert path.read_text() == "to a file\n"
    assert found == {first: ["stdout: to its cell\n"]}


FORGE = """
use std::io::{Read, Write};
fn bridge() -> std::path::PathBuf { std::fs::read_link("/proc/self/fd/1").unwrap().parent().unwrap().to_owned() }
fn say(frame: &str) {
    let mut socket = std::os::unix::net::UnixStream::connect(bridge().join("socket")).unwrap();
    socket.write_all(&(frame.len() as u32).to_be_bytes()).unwrap();
    socket.write_all(frame.as_bytes()).unwrap();
    socket.read_exact(&mut [0; 4]).unwrap();
}
fn put(bytes: &[u8]) { std::fs::OpenOptions::new().write(true).open(bridge().join("earlier")).unwrap().write_all(bytes).unwrap(); }
"""


def test_what_is_made_up_is_text_and_no_more(own_kernel: Kernel):
    kernel = own_kernel
    make(kernel, FORGE)
    record = r'&[&u64::MAX.to_be_bytes()[..], &[1, 0, 3], b"odd"].concat()'
    cell, found = shown(kernel, f"put({record}); println!();")
    assert set(found) == {cell} and "odd" in found[cell][0], "whose it is nobody knows, so it is the running cell's"
    cell, found = shown(kernel, "put(&[255; 5000]); put(b\"EVCXR_EXECUTION_COMPLETE\"); 7")
    assert found == {cell: ["execute_result: 7"]}
    of_nobody = '{"type": "earlier", "cell": 18446744073709551615, "said": %s}'
    for said in (
        '{"type": "clear_output"}', of_nobody % '{"type": "clear_output"}', '{"type": "verdict", "secret": "x", "points": 9.0}',
        '{"type": "end", "spent": 3}', '{"type": "nothing"}', "{}",
    ):
        made_up = of_nobody % said
        cell, found = shown(kernel, f"say(r##\"{made_up}\"##); 8")
        assert set(found) == {cell}
        assert found[cell][-1] == "execute_result: 8"
