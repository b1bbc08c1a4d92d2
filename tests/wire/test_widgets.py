"""Widgets over the wire: what a page sends when somebody moves a slider, and what it gets."""

import os
import signal
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from wire.client import Kernel

VIEW = "application/vnd.jupyter.widget-view+json"


def opened(messages: list[dict]) -> dict[str, dict]:
    """Widgets by the names of their models; of several the last."""
    opens = [m for m in messages if m["msg_type"] == "comm_open"]
    states = {m["content"]["comm_id"]: m["content"]["data"]["state"] for m in opens}
    return {state["_model_name"]: {"id": comm} | state for comm, state in states.items()}


def move(kernel: Kernel, comm: str, **state) -> list[dict]:
    update = {"method": "update", "state": state, "buffer_paths": []}
    return kernel.until_idle(kernel.say(comm, update))


def click(kernel: Kernel, comm: str) -> list[dict]:
    return kernel.until_idle(kernel.say(comm, {"method": "custom", "content": {"event": "click"}}))


def of_type(messages: list[dict], *kinds: str) -> list[dict]:
    return [m for m in messages if m["msg_type"] in kinds]


def hold(kernel: Kernel, door: Path, last: str = "") -> str:
    """A cell that runs until `let_go`; returns its message."""
    path = str(door).replace("\\", "\\\\")
    code = f'println!("runs"); while !std::path::Path::new("{path}").exists() {{ std::thread::sleep(std::time::Duration::from_millis(5)) }} {last}'
    running = kernel.start(code)
    kernel.wait_for_text(running, "runs")
    return running


def all_has_come(kernel: Kernel) -> None:
    """Returns when all that was sent on shell is with the kernel: this is answered at once, and behind it."""
    kernel.shell_reply(kernel.request("shell", "comm_info_request"))


def text(messages: list[dict]) -> str:
    return "".join(m["content"]["text"] for m in of_type(messages, "stream"))


def closed(messages: list[dict]) -> list[str]:
    return [m["content"]["comm_id"] for m in of_type(messages, "comm_close")]


def test_a_slider_is_ipywidgets_own_and_its_handler_hears_of_the_reader(kernel: Kernel):
    cell = kernel.run('let workers = slider("workers", 1..=8).at(2); workers.on_change(|n: i32| println!("now {n}")); workers')
    assert cell.status == "ok", cell.report
    widgets = opened(cell.messages)
    slider = widgets["IntSliderModel"]
    assert slider["_model_module"] == "@jupyter-widgets/controls"
    assert (slider["min"], slider["max"], slider["description"]) == (1, 8, "workers")
    for part, model in (("layout", "LayoutModel"), ("style", "SliderStyleModel")):
        assert slider[part] == f"IPY_MODEL_{widgets[model]['id']}"
    opening = of_type(cell.messages, "comm_open")[-1]
    assert opening["metadata"]["version"] == "2.1.0"
    assert opening["content"]["target_name"] == "jupyter.widget"
    data = cell.of_type("display_data")[-1]["data"]
    assert data[VIEW]["model_id"] == slider["id"]
    assert data["text/plain"] == "workers: 2 (1 to 8)"

    heard = move(kernel, slider["id"], value=5)
    assert text(heard) == "now 5\n"
    # Below the cell that made it: a page has nowhere else to put it.
    assert of_type(heard, "stream")[0]["parent_header"]["msg_id"] == cell.reply["parent_header"]["msg_id"]
    echo = of_type(heard, "comm_msg")[0]["content"]["data"]
    assert echo["method"] == "echo_update" and echo["state"] == {"value": 5}
    assert kernel.run("workers.value()").result == "5"
    set_by_code = of_type(kernel.run("workers.set_value(7);").messages, "comm_msg")
    assert [m["content"]["data"]["state"] for m in set_by_code] == [{"value": 7}]


def test_interact_shows_what_the_code_says_in_place_of_what_it_said(kernel: Kernel):
    code = """
use rayon::prelude::*;
interact((slider("n", 1..=9), widgets::Checkbox::new("square", false)), |(n, square)| {
    let sum: u64 = (1..=u64::from(n as u32)).into_par_iter().map(|k| if square { k * k } else { k }).sum();
    println!("sum {sum}");
    barista::time_slice(&[20; 2], 5).makespan()
});
"""
    cell = kernel.run(code)
    assert cell.status == "ok", cell.report
    assert cell.stream() == "sum 1\n40\n"
    widgets = opened(cell.messages)
    output = widgets["OutputModel"]["id"]
    own = cell.reply["parent_header"]["msg_id"]
    captures = [m["content"]["data"]["state"] for m in of_type(cell.messages, "comm_msg")]
    assert captures[:2] == [{"msg_id": own}, {"msg_id": ""}]
    children = widgets["VBoxModel"]["children"]
    models = ("IntSliderModel", "CheckboxModel", "OutputModel")
    assert children == [f"IPY_MODEL_{widgets[model]['id']}" for model in models]

    for widget, state, expected in (("IntSliderModel", {"value": 4}, "sum 10\n40\n"), ("CheckboxModel", {"value": True}, "sum 30\n40\n")):
        heard = move(kernel, widgets[widget]["id"], **state)
        assert text(heard) == expected
        moved = heard[-1]["parent_header"]["msg_id"]
        # The page's own message: the `Output` shows what belongs to it.
        shown = of_type(heard, "clear_output", "stream")
        assert shown[0]["msg_type"] == "clear_output" and shown[0]["content"]["wait"]
        assert {m["parent_header"]["msg_id"] for m in shown} == {moved}
        states = [m["content"]["data"]["state"] for m in of_type(heard, "comm_msg") if m["content"]["comm_id"] == output]
        assert states == [{"msg_id": moved}, {"msg_id": ""}]


FAILURES = [
    ('panic!("over")', "Panic", "over"),
    ("std::process::abort()", "Crash", "SIGABRT"),
    ("loop { std::hint::spin_loop() }", "Interrupted", ""),
    ("loop { std::hint::spin_loop() }", "TimeLimit", "1 s"),
]


@pytest.mark.parametrize(("code", "name", "words"), FAILURES)
def test_a_handler_that_fails_is_undone_and_what_the_reader_set_stays(own_kernel: Kernel, code: str, name: str, words: str):
    kernel = own_kernel
    if name == "TimeLimit":
        kernel.run(":limit 1s")
    made = kernel.run(
        """
let count = std::sync::Arc::new(std::sync::Mutex::new(0));
let level = slider("level", 0..=9);
{
    let (count, level) = (count.clone(), level.clone());
    level.clone().on_change(move |n: i32| {
        *count.lock().unwrap() += 1;
        level.set_value(9);
        println!("begun");
        if n == 3 { BREAK }
    });
}
level""".replace("BREAK", code)
    )
    assert made.status == "ok", made.report
    level = opened(made.messages)["IntSliderModel"]["id"]
    moved = kernel.say(level, {"method": "update", "state": {"value": 3}, "buffer_paths": []})
    if name == "Interrupted":
        seen = ""
        while "begun" not in seen:
            message = kernel.client.get_iopub_msg(timeout=20)
            seen += message["content"].get("text", "")
        kernel.interrupt()
    heard = kernel.until_idle(moved)
    (error,) = of_type(heard, "error")
    assert error["content"]["ename"] == name
    assert words in error["content"]["evalue"] + "".join(error["content"]["traceback"])
    # The page is told as well that 9 is not what it is.
    states = [m["content"]["data"]["state"] for m in of_type(heard, "comm_msg")]
    assert states[-1] == {"value": 3}
    after = kernel.run("(*count.lock().unwrap(), level.value())")
    assert after.result == "(0, 3)", after.report
    assert text(move(kernel, level, value=4)) == "begun\n"
    assert kernel.run("*count.lock().unwrap()").result == "1"


def test_an_error_in_interact_stands_in_its_output(kernel: Kernel):
    made = kernel.run('interact(slider("n", 0..=9), |n: usize| [1, 2, 3][n]);')
    heard = move(kernel, opened(made.messages)["IntSliderModel"]["id"], value=7)
    kinds = [(m["msg_type"], m["content"].get("data", {}).get("state")) for m in of_type(heard, "error", "comm_msg")]
    moved = heard[-1]["parent_header"]["msg_id"]
    at = kinds.index(("error", None))
    assert kinds[at - 1] == ("comm_msg", {"msg_id": moved}) and kinds[at + 1] == ("comm_msg", {"msg_id": ""})
    error = of_type(heard, "error")[0]
    assert error["parent_header"]["msg_id"] == moved
    assert "index out of bounds" in error["content"]["evalue"]


def test_after_a_panic_that_is_not_undone_an_output_captures_as_before(own_kernel: Kernel):
    kernel = own_kernel
    kernel.run("std::thread::spawn(|| loop { std::thread::park() });")
    made = kernel.run("let out = widgets::Output::new(); out.show();")
    output = opened(made.messages)["OutputModel"]["id"]
    assert kernel.run('out.capture(|| if true { panic!("p") });').status == "error"
    cell = kernel.run('out.capture(|| println!("inside")); println!("outside");')
    assert cell.status == "ok", cell.report
    states = [m["content"]["data"]["state"] for m in of_type(cell.messages, "comm_msg") if m["content"]["comm_id"] == output]
    assert states == [{"msg_id": cell.reply["parent_header"]["msg_id"]}, {"msg_id": ""}]


def test_a_handler_cannot_ask(kernel: Kernel):
    made = kernel.run('let b = widgets::Button::new("b"); b.on_click(|| println!("{:?}", notebook::input("name? "))); b', allow_stdin=True)
    heard = text(click(kernel, opened(made.messages)["ButtonModel"]["id"]))
    assert "a widget's handler cannot ask" in heard, heard


def test_without_a_copy_a_crash_closes_widgets_and_the_kernel_goes_on(own_kernel: Kernel):
    kernel = own_kernel
    kernel.run("std::thread::spawn(|| loop { std::thread::park() }); let x = 1;")
    made = kernel.run('let b = widgets::Button::new("b"); b.on_click(|| std::process::abort()); b')
    button = opened(made.messages)["ButtonModel"]["id"]
    heard = click(kernel, button)
    (error,) = of_type(heard, "error")
    assert error["content"]["ename"] == "Crash"
    heard += kernel.until_idle(kernel.start("x"))
    assert button in closed(heard)
    assert len(of_type(heard, "error")) == 2, "x is lost"
    assert kernel.run("1 + 1").result == "2"
    assert kernel.shell_reply(kernel.request("shell", "comm_info_request"))["content"]["comms"] == {}


def test_widgets_of_an_undone_cell_are_gone_and_others_as_before(own_kernel: Kernel):
    kernel = own_kernel
    kept = opened(kernel.run('let kept = slider("kept", 0..=9).at(1); kept').messages)["IntSliderModel"]["id"]
    failed = kernel.run('kept.set_value(8); let lost = slider("lost", 0..=9); lost.show(); panic!("no");')
    lost = opened(failed.messages)["IntSliderModel"]["id"]
    assert lost in closed(failed.messages) and kept not in closed(failed.messages)
    states = [m["content"] for m in of_type(failed.messages, "comm_msg") if m["content"]["comm_id"] == kept]
    assert [s["data"]["state"] for s in states] == [{"value": 8}, {"value": 1}]


def test_a_page_that_is_loaded_anew_gets_its_widgets_also_while_a_cell_runs(kernel: Kernel, tmp_path: Path):
    slider = opened(kernel.run('let s = slider("again", 0..=9).at(6); s').messages)["IntSliderModel"]["id"]
    running = hold(kernel, tmp_path / "door")
    info = kernel.shell_reply(kernel.request("shell", "comm_info_request", {"target_name": "jupyter.widget"}))
    assert slider in info["content"]["comms"]
    kernel.say("control", {}, "comm_open", target_name="jupyter.widget.control")
    heard = kernel.until_idle(kernel.say("control", {"method": "request_states"}))
    (answer,) = of_type(heard, "comm_msg")
    states = answer["content"]["data"]["states"]
    assert answer["content"]["data"]["method"] == "update_states"
    assert states[slider]["model_name"] == "IntSliderModel" and states[slider]["state"]["value"] == 6
    heard = kernel.until_idle(kernel.say(slider, {"method": "request_state"}))
    assert of_type(heard, "comm_msg")[-1]["content"]["data"]["state"]["value"] == 6
    assert not [m for m in heard if m["parent_header"]["msg_id"] == running and m["content"].get("execution_state") == "idle"]
    (tmp_path / "door").touch()
    kernel.finish(running)


def test_many_moves_while_a_cell_runs_are_one(kernel: Kernel, tmp_path: Path):
    made = kernel.run('let many = slider("many", 0..=5000); many.on_change(|n: i32| println!("at {n}")); many')
    slider = opened(made.messages)["IntSliderModel"]["id"]
    hold(kernel, tmp_path / "door")
    moves = [kernel.say(slider, {"method": "update", "state": {"value": n}, "buffer_paths": []}) for n in range(1, 2001)]
    all_has_come(kernel)
    (tmp_path / "door").touch()
    heard = kernel.until_idle(moves[-1])
    assert text(heard).splitlines() == ["at 2000"]
    idle = {m["parent_header"]["msg_id"] for m in of_type(heard, "status") if m["content"]["execution_state"] == "idle"}
    assert idle >= set(moves)


def test_moves_of_two_widgets_while_a_cell_runs_are_one_each(own_kernel: Kernel, tmp_path: Path):
    kernel = own_kernel
    made = kernel.run('let a = widgets::Text::new("a", ""); let b = widgets::Text::new("b", ""); a.show(); b.show(); '
                      'for t in [&a, &b] { t.on_change(|v: String| println!("{}", v.len())) }')
    texts = [m["content"]["comm_id"] for m in of_type(made.messages, "comm_open") if m["content"]["data"]["state"]["_model_name"] == "TextModel"]
    running = hold(kernel, tmp_path / "door")
    last = ""
    for number in range(20):
        for comm in texts:
            value = "x" * ((300 << 10) + number)
            last = kernel.say(comm, {"method": "update", "state": {"value": value}, "buffer_paths": []})
    all_has_come(kernel)
    (tmp_path / "door").touch()
    heard = kernel.until_idle(last)
    assert text([m for m in heard if m["parent_header"]["msg_id"] != running]).split() == [str((300 << 10) + 19)] * 2


def test_a_page_hears_what_stands_where_its_move_is_dropped(own_kernel: Kernel, tmp_path: Path):
    kernel = own_kernel
    made = kernel.run('let t = widgets::Text::new("t", "old"); let b = widgets::Button::new("b"); b.on_click(|| ()); t.show(); b')
    widgets = opened(made.messages)
    line, button = widgets["TextModel"]["id"], widgets["ButtonModel"]["id"]
    hold(kernel, tmp_path / "door")
    large = {"method": "update", "state": {"value": "x" * (300 << 10)}, "buffer_paths": []}

    def echo(said: str) -> dict:
        (told,) = [m["content"] for m in of_type(kernel.until_idle(said), "comm_msg") if m["parent_header"]["msg_id"] == said]
        assert told["comm_id"] == line and told["data"]["method"] == "echo_update"
        return told["data"]["state"]

    for _ in range(16):
        kernel.say(button, {"method": "custom", "content": {"event": "click"}})
    assert echo(kernel.say(line, large)) == {"value": "old"}
    # With what waits, and is delivered.
    small = kernel.say(line, large | {"state": {"value": "new"}})
    kernel.say(button, {"method": "custom", "content": {"event": "click"}})
    assert echo(kernel.say(line, large)) == {"value": "new"}
    (tmp_path / "door").touch()
    kernel.until_idle(small)
    assert kernel.run("t.value()").result == '"new"'


def test_messages_for_unknown_comms_are_answered_by_a_close(kernel: Kernel):
    for kind in ("comm_msg", "comm_open"):
        more = {"target_name": "nobody's"} if kind == "comm_open" else {}
        heard = kernel.until_idle(kernel.say("nobody", {}, kind, **more))
        assert closed(heard) == ["nobody"], kind
    assert closed(kernel.until_idle(kernel.say("nobody", {}, "comm_close"))) == []
    for content in ({"method": "update"}, {"method": "update", "state": 7}, {"method": 3}, [], None, "text"):
        slider = opened(kernel.run('slider("s", 0..=9)').messages)["IntSliderModel"]["id"]
        assert not of_type(kernel.until_idle(kernel.say(slider, content)), "error"), content
    assert kernel.run("1").result == "1"


def test_comms_of_ones_own_carry_binary_data_both_ways(kernel: Kernel):
    code = """
use twoaxes::notebook::comm::{self, Comm};
let open = Comm::open("mine", &serde_json::json!({"a": 1}), |comm, message| {
    let turned: Vec<Vec<u8>> = message.buffers.iter().map(|b| b.iter().rev().copied().collect()).collect();
    comm.send(&message.data, &turned.iter().map(Vec::as_slice).collect::<Vec<_>>());
});
comm::register_target("theirs", |comm, message| {
    println!("opened with {}", message.data);
    comm.listen(|comm, message| { println!("heard {}", message.data); comm.close(); });
});
""".replace("serde_json::json!({\"a\": 1})", "Default::default()")
    made = kernel.run(code)
    assert made.status == "ok", made.report
    (opening,) = of_type(made.messages, "comm_open")
    comm = opening["content"]["comm_id"]
    heard = kernel.until_idle(kernel.say(comm, {"x": [1, 2]}, buffers=[b"\x00\xff\n", b""]))
    (answer,) = of_type(heard, "comm_msg")
    assert answer["content"]["data"] == {"x": [1, 2]}
    assert [bytes(b) for b in answer["buffers"]] == [b"\n\xff\x00", b""]
    heard = kernel.until_idle(kernel.say("from-a-page", {"b": 2}, "comm_open", target_name="theirs"))
    assert 'opened with {"b":2}' in text(heard)
    heard = kernel.until_idle(kernel.say("from-a-page", 3))
    assert "heard 3" in text(heard) and closed(heard) == ["from-a-page"]


def test_while_something_runs_only_what_is_known_is_answered(own_kernel: Kernel, tmp_path: Path):
    """A page is loaded anew twice, an `Output` has something to show, and strange questions wait."""
    kernel = own_kernel
    made = kernel.run('let s = slider("s", 0..=9); let log = widgets::Output::new(); log.show(); s')
    widgets = opened(made.messages)
    slider, output = widgets["IntSliderModel"]["id"], widgets["OutputModel"]["id"]
    running = hold(kernel, tmp_path / "door", "5")
    for method in ("request_states", "request_stateX"):
        kernel.say(slider, {"method": method})
    shown = {"method": "update", "state": {"outputs": [{"output_type": "stream", "name": "stdout", "text": "kept"}]}}
    kernel.say(output, shown)
    for page in ("first", "second"):
        kernel.say(page, {}, "comm_open", target_name="jupyter.widget.control")
        heard = kernel.until_idle(kernel.say(page, {"method": "request_states"}))
        (answer,) = of_type(heard, "comm_msg")
        assert answer["content"]["data"]["states"][output]["state"]["outputs"] == shown["state"]["outputs"]
        kernel.until_idle(kernel.say(page, {}, "comm_close"))
    (tmp_path / "door").touch()
    assert kernel.finish(running).result == "5", "its reply is its own"
    assert kernel.run("s.value()").result == "0"


def test_what_cannot_be_handed_on_is_said_and_nothing_hangs(kernel: Kernel):
    slider = opened(kernel.run('let s = slider("s", 0..=9); s.on_change(|n: i32| println!("at {n}")); s').messages)["IntSliderModel"]["id"]
    deep: list = []
    for _ in range(120):
        deep = [deep]
    for update, buffers, words in (
        ({"value": deep}, None, "levels deep"),
        ({"value": 1}, [b"x" * (33 << 20)], "33 MB"),
    ):
        heard = kernel.until_idle(kernel.say(slider, {"method": "update", "state": update, "buffer_paths": []}, buffers=buffers))
        assert words in text(heard), text(heard)
        states = [m["content"]["data"]["state"] for m in of_type(heard, "comm_msg")]
        assert states == [{"value": 0}], "what stands, and the page shows that again"
    assert text(move(kernel, slider, value=4)) == "at 4\n"


def test_the_end_of_a_comm_can_be_interrupted(own_kernel: Kernel):
    """What is dropped with a handler belongs to a cell, whatever it does."""
    kernel = own_kernel
    made = kernel.run("""
use twoaxes::notebook::comm::Comm;
struct Stays;
impl Drop for Stays { fn drop(&mut self) { println!("drops"); loop { std::thread::park() } } }
let kept = 1;
let stays = Stays;
let comm = Comm::open("mine", &Default::default(), move |_, _| { let _ = &stays; });
""")
    assert made.status == "ok", made.report
    comm = of_type(made.messages, "comm_open")[-1]["content"]["comm_id"]
    closing = kernel.say(comm, {}, "comm_close")
    seen = ""
    while "drops" not in seen:
        seen += kernel.client.get_iopub_msg(timeout=20)["content"].get("text", "")
    kernel.interrupt()
    assert [m["content"]["ename"] for m in of_type(kernel.until_idle(closing), "error")] == ["Interrupted"]
    assert kernel.run("kept").result == "1"


def test_an_interrupt_is_for_all_clicks_that_wait(own_kernel: Kernel):
    kernel = own_kernel
    made = kernel.run("""
let b = widgets::Button::new("b");
b.on_click(|| { println!("clicked"); loop { std::thread::park() } });
b""")
    button = opened(made.messages)["ButtonModel"]["id"]
    clicks = [kernel.say(button, {"method": "custom", "content": {"event": "click"}}) for _ in range(500)]
    seen = ""
    while "clicked" not in seen:
        seen += kernel.client.get_iopub_msg(timeout=20)["content"].get("text", "")
    all_has_come(kernel)
    kernel.interrupt()
    heard = kernel.until_idle(clicks[-1])
    assert "clicked" not in text(heard)
    assert kernel.run("1").result == "1"


def test_a_comm_that_is_there_is_nobody_elses(kernel: Kernel):
    slider = opened(kernel.run('let mine = slider("mine", 0..=9); mine').messages)["IntSliderModel"]["id"]
    for target in ("jupyter.widget", "jupyter.widget.control", "nobody's"):
        assert closed(kernel.until_idle(kernel.say(slider, {}, "comm_open", target_name=target))) == []
    move(kernel, slider, value=7)
    assert kernel.run("mine.value()").result == "7"


def test_without_its_process_a_move_is_told_so_and_can_be_interrupted(own_kernel: Kernel):
    kernel = own_kernel
    slider = opened(kernel.run('let s = slider("s", 0..=9); s').messages)["IntSliderModel"]["id"]
    victim = int(kernel.run("std::process::id()").result)
    os.kill(victim, signal.SIGKILL)
    moved = kernel.say(slider, {"method": "update", "state": {"value": 3}, "buffer_paths": []})
    kernel.interrupt()
    kernel.until_idle(moved, timeout=10)
    kernel.run("1 + 1")
    assert kernel.run("1 + 1").result == "2"


def answers(kernel: Kernel, running: str, output: str, *texts: str) -> list[dict]:
    """What nbclient sends about an `Output`, once for each text that it shows; `running` is its cell."""
    messages = []
    for text in texts:
        shown = {"method": "update", "state": {"outputs": [{"output_type": "stream", "name": "stdout", "text": text}]}}
        parent = {"msg_id": running, "msg_type": "execute_request"}
        messages.append(kernel.client.session.msg("comm_msg", {"comm_id": output, "data": shown}, parent=parent))
    return messages


FILL = 'log.capture(|| { println!("one"); widgets::Html::new("two").show(); println!("three"); }); 7'


def test_a_reply_waits_for_what_its_client_says_an_output_shows(own_kernel: Kernel):
    """nbclient may not see a reply that comes before it has sent the last of these."""
    kernel = own_kernel
    made = kernel.run("let log = widgets::Output::new(); log.show();")
    output = opened(made.messages)["OutputModel"]["id"]
    # This client has not answered, so it is no longer waited for; until it does.
    kernel.run(FILL)
    for answer in answers(kernel, "earlier", output, "late"):
        kernel.client.shell_channel.send(answer)
    # A client that is late is not waited for. On a slow day this one may be, so it says so.
    was_in_time = False
    while not was_in_time:
        running = kernel.start(FILL)
        begun = time.monotonic()
        kernel.wait_for_text(running, "three")
        earlier, *own = [*answers(kernel, "earlier", output, "late"), *answers(kernel, running, output, "one", "two", "three")]
        # Asked between them, and answered at once.
        asked = []
        for answer in (earlier, *own):
            asked.append(kernel.request("shell", "comm_info_request"))
            kernel.client.shell_channel.send(answer)
        was_in_time = time.monotonic() - begun < 0.4
        replies = []
        while running not in replies:
            replies.append(kernel.client.get_shell_msg(timeout=20)["parent_header"]["msg_id"])
        kernel.drain()
    assert replies == [*asked, running]

    # Nobody has to answer.
    cell = kernel.run(FILL, allow_stdin=True)
    assert (cell.status, cell.result) == ("ok", "7")
    # Others wait behind it.
    running = kernel.start(FILL)
    behind = kernel.start("8", stop_on_error=False)
    kernel.wait_for_text(running, "three")
    assert kernel.finish(running).result == "7"
    assert kernel.finish(behind).result == "8"


@pytest.mark.parametrize("code", [
    'slider("n", 1..=4)',
    'answer("barista-1", "?");',
    'interact(slider("n", 1..=4), |n: i32| n);',
    'let log = widgets::Output::new(); log.show(); log.capture(|| { println!("in"); log.capture(|| println!("deep")); }); println!("outside");',
])
def test_a_notebook_with_widgets_runs_without_a_page(kernel_name: str, code: str):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, kernel_name=kernel_name, timeout=60, store_widget_state=True).execute()
    nbformat.validate(notebook)
    state = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert any(VIEW in (output.get("data") or {}) for output in notebook.cells[0].outputs)
    outputs = [s["state"]["outputs"] for s in state.values() if s["model_name"] == "OutputModel"]
    if "interact" in code:
        assert outputs[0][0]["text"] == "1\n"
    if "outside" in code:
        assert "".join(o["text"] for o in outputs[0]) == "in\ndeep\n"
        assert "outside\n" in [o.get("text") for o in notebook.cells[0].outputs]


@pytest.mark.parametrize(("code", "moved"), [
    ('interact(slider("outer", 1..=9), |a: i32| interact(slider("inner", 1..=4), move |b: i32| a * b));', "IntSliderModel"),
    ('let make = widgets::Button::new("make"); make.on_click(|| answer("barista-1", "?")); make', "ButtonModel"),
])
def test_a_handler_that_runs_again_leaves_nothing_of_its_widgets(own_kernel: Kernel, code: str, moved: str):
    kernel = own_kernel
    made = kernel.run(code)
    assert made.status == "ok", made.report
    first = next(m["content"] for m in of_type(made.messages, "comm_open") if m["content"]["data"]["state"]["_model_name"] == moved)

    def turn(value: int) -> int:
        heard = click(kernel, first["comm_id"]) if moved == "ButtonModel" else move(kernel, first["comm_id"], value=value)
        assert opened(heard), "it makes widgets"
        return len(kernel.shell_reply(kernel.request("shell", "comm_info_request"))["content"]["comms"])

    assert len({turn(value) for value in range(2, 7)}) == 1


def test_a_cell_that_runs_again_leaves_nothing_of_its_interact(own_kernel: Kernel):
    kernel = own_kernel

    def run(code: str = 'interact(slider("n", 1..=4), |n: i32| n);') -> dict:
        content = {"code": code, "silent": False, "store_history": True}
        message = kernel.client.session.msg("execute_request", content, metadata={"cellId": "one-cell"})
        kernel.client.shell_channel.send(message)
        return opened(kernel.until_idle(message["header"]["msg_id"]))

    first, second = run(), run()
    comms = kernel.shell_reply(kernel.request("shell", "comm_info_request"))["content"]["comms"]
    for model in ("VBoxModel", "OutputModel", "IntSliderModel", "SliderStyleModel"):
        assert first[model]["id"] not in comms and second[model]["id"] in comms
    assert text(move(kernel, second["IntSliderModel"]["id"], value=3)) == "3\n"

    # A slider that another cell has in hand stays.
    held = opened(kernel.run('let held = slider("held", 1..=4); held').messages)["IntSliderModel"]["id"]
    for _ in range(2):
        run("interact(held.clone(), |n: i32| n);")
    comms = kernel.shell_reply(kernel.request("shell", "comm_info_request"))["content"]["comms"]
    assert held in comms
