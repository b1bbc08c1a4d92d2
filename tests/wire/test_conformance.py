"""The specification ("Messaging in Jupyter", protocol 5.5), section by section, as tables.

A row is one request, its reply and what it causes on iopub. `witness` checks
besides, for every message: the signature, the header, that the parent is the
request's header, busy first and idle last, the channel, and that there is
nothing else.
"""

import re
from dataclasses import dataclass, field

import pytest
import zmq

from wire.client import Kernel, receive
from wire.witness import Exchange, Witness, fits, witness

OK = {"status": {"ok"}}
ERROR = {"ename": str, "evalue": str, "traceback": [str]}
FAILED = {"status": {"error"}, **ERROR}
DISPLAY = {"data": dict, "metadata": dict, "transient": dict}
NAMED_DISPLAY = DISPLAY | {"transient": {"display_id": str}}
INPUT = ("execute_input", {"code": str, "execution_count": int})
RESULT = ("execute_result", {"execution_count": int, "data": {"text/plain": str}, "metadata": dict})
EXECUTED = OK | {"execution_count": int, "payload": [{"source": str}], "user_expressions": dict}
NOT_EXECUTED = FAILED | {"execution_count": int}
COMPLETED = OK | {"matches": [str], "cursor_start": int, "cursor_end": int, "metadata": dict}
INSPECTED = OK | {"found": {True}, "data": {"text/plain": str}, "metadata": dict}
NOT_FOUND = OK | {"found": {False}, "data": dict, "metadata": dict}
HISTORY = OK | {"history": [list]}
COMMS = OK | {"comms": dict}
INFO = OK | {
    "protocol_version": {"5.5"},
    "implementation": str,
    "implementation_version": str,
    "language_info": {
        "name": {"rust"}, "version": str, "mimetype": str, "file_extension": {".rs"}, "pygments_lexer": str,
        "codemirror_mode": str, "nbconvert_exporter": str,
    },
    "banner": str,
    "help_links": [{"text": str, "url": str}],
    "supported_features": list,
}

SHOWS = 'twoaxes::notebook::display(&twoaxes::notebook::MimeBundle::text("x").with_html("<b>x</b>"));'
SHOWS_TWICE = (
    'let id = notebook::display_with_id(&notebook::MimeBundle::text("a"));'
    'notebook::update_display(&id, &notebook::MimeBundle::text("b"));'
)


@dataclass
class Row:
    """`iopub` are the messages between busy and idle; `reply` is None where the protocol has none."""

    section: str
    kind: str
    content: dict = field(default_factory=dict)
    reply: dict | None = None
    iopub: list[tuple[str, dict]] = field(default_factory=list)
    channel: str = "shell"
    answers: tuple[str, ...] = ()
    header: dict = field(default_factory=dict)
    name: str = ""

    def __str__(self) -> str:
        return f"{self.section}: {self.name or self.kind}"


def cell(section: str, name: str, code: str, *iopub: tuple[str, dict], reply: dict = EXECUTED, **content) -> Row:
    answers = content.pop("answers", ())
    content = {"code": code, "allow_stdin": bool(answers), **content}
    silent = content.get("silent") is True
    said = list(iopub) if silent else [INPUT, *iopub]
    return Row(section, "execute_request", content, reply, said, answers=answers, name=name)


REQUESTS = [
    cell("Execute", "statement", "let made = 1;"),
    cell("Execute", "nothing", ""),
    cell("Execute", "nothing, silently", "", silent=True),
    cell("Execute", "silent output and value", 'println!("x"); 1', silent=True),
    cell("Execute", "silent failure", 'panic!("x")', silent=True, reply=NOT_EXECUTED),
    cell("Execute", "without history", "1 + 1", RESULT, store_history=False),
    cell("Execute", "user expressions", "", user_expressions={"two": "1 + 1", "bad": "no_such_name"},
         reply=EXECUTED | {"user_expressions": {"two": OK | {"data": {"text/plain": {"2"}}, "metadata": dict},
                                                "bad": FAILED}}),
    cell("Execution results", "compile error", "let = 3;", ("error", ERROR), reply=NOT_EXECUTED),
    cell("Execution results", "panic", 'panic!("x")', ("error", ERROR), reply=NOT_EXECUTED),
    cell("Execution results", "process that ends", "std::process::exit(3)", ("error", ERROR), reply=NOT_EXECUTED),
    cell("Payloads", "page", "?Vec", reply=EXECUTED | {"payload": [
        {"source": {"page"}, "data": {"text/plain": str}, "start": int}]}),
    Row("Introspection", "inspect_request", {"code": "String", "cursor_pos": 3, "detail_level": 0}, INSPECTED),
    Row("Introspection", "inspect_request", {"code": "String", "cursor_pos": 3, "detail_level": 1}, INSPECTED,
        name="more detail"),
    Row("Introspection", "inspect_request", {"code": "  ", "cursor_pos": 1, "detail_level": 0}, NOT_FOUND,
        name="nothing there"),
    Row("Completion", "complete_request", {"code": "Vec::<u8>::with_cap", "cursor_pos": 19},
        COMPLETED | {"cursor_start": {11}, "cursor_end": {19}}),
    Row("Completion", "complete_request", {"code": "", "cursor_pos": 0}, COMPLETED, name="nothing there"),
    Row("Completion", "complete_request", {"code": "Vec", "cursor_pos": 10**9}, COMPLETED, name="beyond the end"),
    Row("History", "history_request", {"hist_access_type": "tail", "n": 2, "output": False, "raw": True}, HISTORY),
    Row("History", "history_request", {"hist_access_type": "tail", "n": 2, "output": True, "raw": False}, HISTORY,
        name="with output"),
    Row("History", "history_request",
        {"hist_access_type": "range", "session": 0, "start": 1, "stop": 3, "output": False, "raw": True}, HISTORY,
        name="range"),
    Row("History", "history_request",
        {"hist_access_type": "search", "pattern": "*made*", "n": 5, "unique": True, "output": False, "raw": True},
        HISTORY, name="search"),
    Row("Code completeness", "is_complete_request", {"code": "1"}, {"status": {"complete"}}, name="complete"),
    Row("Code completeness", "is_complete_request", {"code": "fn f() {"},
        {"status": {"incomplete"}, "indent": str}, name="incomplete"),
    Row("Code completeness", "is_complete_request", {"code": "let = 3;"}, {"status": {"invalid"}}, name="invalid"),
    Row("Connect (deprecated)", "connect_request", {}, FAILED),
    Row("Comm info", "comm_info_request", {}, COMMS),
    Row("Comm info", "comm_info_request", {"target_name": "jupyter.widget"}, COMMS, name="of a target"),
    Row("Comm info", "comm_info_request", {"target_name": "nobody"}, COMMS | {"comms": {}}, name="of no target"),
    Row("Kernel info", "kernel_info_request", {}, INFO),
    Row("Kernel info", "kernel_info_request", {}, INFO, channel="control", name="on control"),
    Row("Kernel interrupt", "interrupt_request", {}, OK, channel="control"),
    Row("Debug request", "debug_request",
        {"seq": 1, "type": "request", "command": "initialize", "arguments": {}}, FAILED, channel="control"),
    Row("Create subshell", "create_subshell_request", {}, FAILED, channel="control"),
    Row("Delete subshell", "delete_subshell_request", {"subshell_id": "s"}, FAILED, channel="control"),
    Row("List subshells", "list_subshell_request", {}, FAILED, channel="control"),
    Row("Streams", "execute_request", {"code": 'println!("out");'}, EXECUTED,
        [INPUT, ("stream", {"name": {"stdout"}, "text": {"out\n"}})], name="stdout"),
    Row("Streams", "execute_request", {"code": 'eprintln!("err");'}, EXECUTED,
        [INPUT, ("stream", {"name": {"stderr"}, "text": {"err\n"}})], name="stderr"),
    cell("Display data", "display", SHOWS,
         ("display_data", DISPLAY | {"data": {"text/plain": {"x"}, "text/html": {"<b>x</b>"}}})),
    cell("Update display data", "update", SHOWS_TWICE, ("display_data", NAMED_DISPLAY),
         ("update_display_data", NAMED_DISPLAY)),
    cell("Execution results", "value", "6 * 7", ("execute_result", RESULT[1] | {"data": {"text/plain": {"42"}}})),
    cell("Clear output", "clear", "notebook::clear_output(true);", ("clear_output", {"wait": {True}})),
    cell("Messages on the stdin channel", "line", 'notebook::input("who? ")?', RESULT, answers=("Ada",)),
    cell("Messages on the stdin channel", "two lines", '[notebook::input("a ")?, notebook::password("b ")?]', RESULT,
         answers=("1", "2")),
    cell("Messages on the stdin channel", "nobody to ask", 'notebook::input("who? ").is_err()', RESULT),
    Row("Opening a comm", "comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}}, None,
        [("comm_close", {"comm_id": {"c1"}, "data": dict})], name="unknown target"),
    Row("Comm messages", "comm_msg", {"comm_id": "nobody's", "data": {"x": 1}}, None,
        [("comm_close", {"comm_id": {"nobody's"}, "data": dict})], name="unknown comm"),
    Row("Tearing down comms", "comm_close", {"comm_id": "nobody's", "data": {}}, None, name="unknown comm"),
    Row("Compatibility", "make_coffee_request", {"beans": "arabica"}, FAILED, name="unknown request"),
    Row("Compatibility", "make_coffee_request", {}, FAILED, channel="control", name="unknown request on control"),
    Row("Compatibility", "make_coffee", {}, None, name="unknown message"),
    Row("Compatibility", "is_complete_request", {"code": "1", "shiny": [1]}, {"status": {"complete"}},
        header={"version": "5.99", "new": 1}, name="unknown fields and a newer version"),
]

# What JupyterLab 4 and the Jupyter extension of VS Code say when a notebook is
# opened and a cell is run; both build on @jupyterlab/services.
FRONT_ENDS = [
    Row("JupyterLab", "kernel_info_request", {}, INFO, header={"version": "5.2", "subshell_id": None}),
    Row("JupyterLab", "comm_info_request", {"target_name": "jupyter.widget"}, COMMS, header={"version": "5.2"}),
    Row("JupyterLab", "history_request",
        {"output": False, "raw": True, "hist_access_type": "tail", "n": 500}, HISTORY, header={"version": "5.2"}),
    Row("JupyterLab", "inspect_request", {"code": "Vec", "cursor_pos": 2, "detail_level": 0}, INSPECTED),
    cell("VS Code", "a silent start-up cell", "let vs_code_was_here = 1;", silent=True, store_history=False,
         user_expressions={}, stop_on_error=False),
    cell("VS Code", "an empty silent cell", "", silent=True, store_history=False, user_expressions={},
         stop_on_error=False),
    cell("VS Code", "a value by user expressions", "", silent=True, store_history=False, stop_on_error=False,
         user_expressions={"value": "vs_code_was_here"},
         reply=EXECUTED | {"user_expressions": {"value": OK | {"data": {"text/plain": {"1"}}}}}),
    cell("VS Code", "a cell", "vs_code_was_here", RESULT, silent=False, store_history=True, stop_on_error=False,
         user_expressions={}),
    Row("VS Code", "complete_request", {"code": "vs_code_", "cursor_pos": 8}, COMPLETED),
    Row("VS Code", "interrupt_request", {}, OK, channel="control"),
    Row("nbclient", "execute_request",
        {"code": "1", "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
         "stop_on_error": True}, EXECUTED, [INPUT, RESULT]),
    Row("a client of protocol 5.0", "execute_request", {"code": "1", "user_expressions": None}, EXECUTED,
        [INPUT, RESULT]),
]


def bad(kind: str, content: dict, name: str, channel: str = "shell") -> Row:
    reply = FAILED if kind.endswith("_request") else None
    return Row(kind, kind, content, reply, channel=channel, name=name)


CODE_AND_PLACE = ("complete_request", "inspect_request")

BAD_INPUT = [
    bad("execute_request", {}, "without code"),
    bad("execute_request", {"code": None}, "code is null"),
    bad("execute_request", {"code": ["1"]}, "code is a list"),
    bad("execute_request", {"code": "1", "silent": "no"}, "silent is a text"),
    bad("execute_request", {"code": "1", "store_history": 1}, "store_history is a number"),
    bad("execute_request", {"code": "1", "user_expressions": ["1"]}, "user_expressions is a list"),
    bad("execute_request", {"code": "1", "allow_stdin": {}}, "allow_stdin is a dict"),
    bad("execute_request", {"code": "1", "stop_on_error": "yes"}, "stop_on_error is a text"),
    *(bad(kind, {"cursor_pos": 1}, "without code") for kind in CODE_AND_PLACE),
    *(bad(kind, {"code": 1, "cursor_pos": 1}, "code is a number") for kind in CODE_AND_PLACE),
    *(bad(kind, {"code": "Vec"}, "without a place") for kind in CODE_AND_PLACE),
    *(bad(kind, {"code": "Vec", "cursor_pos": -1}, "before the beginning") for kind in CODE_AND_PLACE),
    *(bad(kind, {"code": "Vec", "cursor_pos": "1"}, "the place is a text") for kind in CODE_AND_PLACE),
    *(bad(kind, {"code": "Vec", "cursor_pos": 1.5}, "between two characters") for kind in CODE_AND_PLACE),
    bad("is_complete_request", {}, "without code"),
    bad("is_complete_request", {"code": 1}, "code is a number"),
    bad("history_request", {}, "without a kind of access"),
    bad("history_request", {"hist_access_type": "nope"}, "an unknown kind of access"),
    bad("history_request", {"hist_access_type": "tail", "n": "ten"}, "n is a text"),
    bad("history_request", {"hist_access_type": "range", "start": "a"}, "start is a text"),
    bad("history_request", {"hist_access_type": "search", "pattern": 5}, "the pattern is a number"),
    bad("history_request", {"hist_access_type": "tail", "n": 1, "output": "yes"}, "output is a text"),
    bad("comm_info_request", {"target_name": 5}, "the target is a number"),
    bad("shutdown_request", {"restart": "perhaps"}, "restart is a text", "control"),
    bad("shutdown_request", {"restart": []}, "restart is a list"),
    bad("comm_open", {"target_name": "x"}, "without an id"),
    bad("comm_open", {"comm_id": 5, "target_name": "x"}, "the id is a number"),
    bad("comm_msg", {}, "without an id"),
    bad("comm_close", {"comm_id": []}, "the id is a list"),
]


@pytest.fixture(scope="module")
def front_end(kernel: Kernel):
    # What the kernel does once: the first value, and the types that it loads.
    assert kernel.run("let warm = vec![1]; warm.len()").result == "1"
    with witness(kernel) as found:
        yield found


def check(front_end: Witness, row: Row) -> Exchange:
    done = front_end.exchange(row.channel, row.kind, row.content, row.answers, **row.header)
    if row.reply is None:
        assert done.reply is None
    else:
        assert fits(done.reply.content, row.reply) == [], done.reply.content
    assert done.kinds == [kind for kind, _form in row.iopub]
    for message, (kind, form) in zip(done.inner, row.iopub):
        assert fits(message.content, form) == [], (kind, message.content)
        assert [re.fullmatch(rb"kernel\.[0-9a-f-]{36}\." + kind.encode(), topic) is not None
                for topic in message.prefix] == [True]
    return done


@pytest.mark.parametrize("row", REQUESTS, ids=str)
def test_requests(front_end: Witness, row: Row):
    check(front_end, row)


@pytest.mark.parametrize("row", FRONT_ENDS, ids=str)
def test_what_front_ends_say(front_end: Witness, row: Row):
    check(front_end, row)


@pytest.mark.parametrize("row", BAD_INPUT, ids=str)
def test_bad_input_is_answered_and_nothing_else_happens(front_end: Witness, row: Row):
    done = check(front_end, row)
    if done.reply is not None:
        assert row.kind in done.reply.content["evalue"], "the sentence names the request"


def test_counter(front_end: Witness):
    """Execution counter: cells that store history count; the reply, input and result of one say the same number."""

    def run(**content) -> list[int]:
        done = front_end.exchange("shell", "execute_request", {"code": "1", "allow_stdin": False, **content})
        numbers = [message.content["execution_count"] for message in done.inner]
        return [done.reply.content["execution_count"], *numbers]

    first = run()[0]
    for content, expected in [
        ({}, [first + 1] * 3),
        ({"store_history": False}, [first + 2] * 3),
        ({"silent": True}, [first + 2]),
        ({"silent": True, "store_history": True}, [first + 2]),
        ({"code": "no_such_name"}, [first + 2] * 2),
        ({}, [first + 3] * 3),
    ]:
        if content.get("code"):
            done = front_end.exchange("shell", "execute_request", content)
            numbers = [done.reply.content["execution_count"], done.inner[0].content["execution_count"]]
            assert numbers == expected
        else:
            assert run(**content) == expected, content


COMMS_OF_THE_KERNEL = [
    cell("Opening a comm", "from the kernel", 'let bar = widgets::IntSlider::new("n", 0..=9);',
         *[("comm_open", {"comm_id": str, "target_name": {"jupyter.widget"}, "data": {"state": dict}})] * 3),
    Row("Comm info", "comm_info_request", {}, COMMS, name="of widgets"),
    cell("Comm messages", "from the kernel", "bar.set_value(5);",
         ("comm_msg", {"comm_id": str, "data": {"method": {"update"}, "state": {"value": {5}}}})),
    cell("Tearing down comms", "from the kernel", "bar.close();", *[("comm_close", {"comm_id": str, "data": dict})] * 3),
]


def test_comms_of_the_kernel(front_end: Witness):
    """Opening a comm, comm messages, tearing down comms: what the kernel begins; comm_info tells of those that are open."""
    opened, told, sent, closed = [check(front_end, row) for row in COMMS_OF_THE_KERNEL]
    ids = {content["comm_id"] for content in opened.of_kind("comm_open")}
    assert told.reply.content["comms"] == {one: {"target_name": "jupyter.widget"} for one in ids}
    assert sent.of_kind("comm_msg")[0]["comm_id"] in ids
    assert {content["comm_id"] for content in closed.of_kind("comm_close")} == ids
    versions = [message.metadata for message in opened.inner if message.kind == "comm_open"]
    assert versions == [{"version": "2.1.0"}] * 3, "of the widgets' own protocol"


def test_heartbeat(kernel: Kernel):
    """Heartbeat for kernels: what is sent comes back as it was."""
    with kernel.raw("hb", zmq.REQ) as socket:
        for ping in (b"ping", b"", b"\0\xff" * 1000):
            socket.send(ping)
            assert receive(socket, 10) == [ping]


def test_aborted_cells(front_end: Witness):
    """Execute, stop_on_error: what waits behind a cell that failed is not run, and says so."""
    failing = front_end.send("shell", "execute_request", {"code": 'panic!("x")', "stop_on_error": True})
    behind = front_end.send("shell", "execute_request", {"code": 'println!("ran")'})
    heard = {failing["msg_id"]: [], behind["msg_id"]: []}
    while not any(m.content.get("execution_state") == "idle" for m in heard[behind["msg_id"]]):
        message = front_end.read("iopub")
        heard[message.parent["msg_id"]].append(message)
    assert [m.kind for m in heard[behind["msg_id"]]] == ["status", "status"]
    replies = [front_end.read("shell") for _ in range(2)]
    assert [reply.parent for reply in replies] == [failing, behind]
    assert fits(replies[0].content, NOT_EXECUTED) == []
    assert fits(replies[1].content, {"status": {"aborted"}, "execution_count": int}) == []


def test_subshells_and_debugger_are_not_offered(front_end: Witness):
    info = front_end.exchange("control", "kernel_info_request", {}).reply.content
    assert info["supported_features"] == []
    assert info["debugger"] is False


@pytest.mark.parametrize("channel", ["control", "shell"])
@pytest.mark.parametrize("restart", [False, True])
def test_shutdown(new_kernel, channel: str, restart: bool):
    """Kernel shutdown: the reply goes to who asked, and to everybody on iopub."""
    kernel = new_kernel()
    with witness(kernel) as front_end:
        done = front_end.exchange(channel, "shutdown_request", {"restart": restart})
        assert done.reply.content == {"status": "ok", "restart": restart}
        assert [(m.kind, m.content) for m in done.inner] == [("shutdown_reply", done.reply.content)]
    kernel.stop()
    assert not kernel.alive()


def test_interrupt_while_a_cell_runs(front_end: Witness):
    """Kernel interrupt: its own busy and idle stand beside those of the cell."""
    running = front_end.send("shell", "execute_request", {"code": 'println!("started"); loop {}'})
    while front_end.read("iopub").kind != "stream":
        pass
    asked = front_end.send("control", "interrupt_request", {})
    heard: list = []
    while [m.content["execution_state"] for m in heard if m.kind == "status"].count("idle") < 2:
        heard.append(front_end.read("iopub"))
    of_interrupt = [m.content for m in heard if m.parent == asked]
    assert of_interrupt == [{"execution_state": "busy"}, {"execution_state": "idle"}]
    # It may be said once more that the cell is busy: pages show what they heard last.
    of_cell = [m for m in heard if m.parent == running and m.content.get("execution_state") != "busy"]
    assert [m.kind for m in of_cell] == ["error", "status"]
    assert front_end.read("control").content == {"status": "ok"}
    assert fits(front_end.read("shell").content, NOT_EXECUTED) == []
