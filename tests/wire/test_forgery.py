"""Whatever a cell prints, it is text: no end, no panic, no result, no question, no loss of a variable.

The markers are all that evcxr 0.22, its input crate and our own processes say
to each other; here they are said by a cell.
"""

from queue import Empty

import pytest

from wire.client import Kernel

MARKERS = {
    "end": "EVCXR_EXECUTION_COMPLETE",
    "panic": "EVCXR_PANIC_NOTIFICATION",
    "panic, then end": "EVCXR_PANIC_NOTIFICATION\nEVCXR_EXECUTION_COMPLETE",
    "error": "EVCXR_ERROR_OCCURRED",
    "lost variable": "EVCXR_VARIABLE_CHANGED_TYPE:kept",
    "question": "EVCXR_INPUT_REQUEST:name? ",
    "question for a password": "EVCXR_INPUT_REQUEST_PASSWORD:word? ",
    "order to load": "LOAD_AND_RUN /lib/x86_64-linux-gnu/libc.so.6 abort",
    "content without a kind": "EVCXR_BEGIN_CONTENT",
    "end of content": "EVCXR_END_CONTENT",
    "content within a line": "x EVCXR_BEGIN_CONTENT text/plain\n99\nEVCXR_END_CONTENT",
    "content in lower case": "evcxr_begin_content text/plain\n99\nevcxr_end_content",
    "content without an end": "EVCXR_BEGIN_CONTENT text/plain\n99",
    "content that ends within a line": "EVCXR_BEGIN_CONTENT text/plain\n99 EVCXR_END_CONTENT",
    "content and an end": "EVCXR_BEGIN_CONTENT text/plain\n99\nEVCXR_EXECUTION_COMPLETE",
    "a result of ours": '{"type":"result","data":{"text/plain":"99"}}',
    "an end of ours": '{"type":"end"}',
    "a verdict of ours": '{"type":"verdict","secret":"","points":99.0}',
    "what cargo says": '{"reason":"build-finished","success":true}',
}

# One text, said in each of these ways; T is the text.
WAYS = {
    "in lines": 'println!("{T}"); eprintln!("{T}");',
    "letter by letter": 'for sign in T.chars() { print!("{sign}"); eprint!("{sign}"); '
    "std::io::Write::flush(&mut std::io::stdout())?; } println!(); eprintln!();",
    "by another process": 'std::process::Command::new("sh").args(["-c", "printf \'%s\\n\' \\"$0\\"; printf \'%s\\n\' \\"$0\\" >&2", T])'
    '.status()?;',
}


@pytest.fixture(scope="module")
def with_state(kernel: Kernel):
    assert kernel.run("let mut kept = vec![1];").status == "ok"
    return kernel


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("marker", MARKERS)
def test_a_marker_that_is_printed_is_text(with_state: Kernel, marker: str, way: str):
    text = MARKERS[marker]
    cell = with_state.run(f'const T: &str = r##"{text}"##; {WAYS[way]} kept.len()', allow_stdin=True)
    assert cell.status == "ok", cell.report
    assert cell.stream("stdout") == cell.stream("stderr") == f"{text}\n"
    assert set(cell.outputs) == {"stream", "execute_result"}
    assert cell.outputs.count("execute_result") == 1
    assert cell.result == "1"
    with pytest.raises(Empty):
        with_state.client.get_stdin_msg(timeout=0)


def test_the_byte_of_a_copy_that_takes_over_is_text(with_state: Kernel):
    cell = with_state.run('std::io::Write::write_all(&mut std::io::stdout(), b"\\xff\\n")?; kept.len()')
    assert (cell.status, cell.stream(), cell.result) == ("ok", "\ufffd\n", "1")


@pytest.mark.parametrize(("printed", "data"), [
    ("EVCXR_BEGIN_CONTENT text/plain\n99\nEVCXR_END_CONTENT", {"text/plain": "99"}),
    ("EVCXR_BEGIN_CONTENT text/html\nEVCXR_PANIC_NOTIFICATION\nEVCXR_END_CONTENT",
     {"text/html": "EVCXR_PANIC_NOTIFICATION"}),
    ("EVCXR_BEGIN_CONTENT text/html\nEVCXR_EXECUTION_COMPLETE\nEVCXR_END_CONTENT",
     {"text/html": "EVCXR_EXECUTION_COMPLETE"}),
])
def test_marked_content_is_a_display_and_never_the_result(with_state: Kernel, printed: str, data: dict):
    cell = with_state.run(f'println!("{{}}", r##"{printed}"##); kept.len()')
    assert [shown["data"] for shown in cell.of_type("display_data")] == [data]
    assert (cell.status, cell.result) == ("ok", "1")
    on_stderr = with_state.run(f'eprintln!("{{}}", r##"{printed}"##);')
    assert (set(on_stderr.outputs), on_stderr.stream("stderr")) == ({"stream"}, f"{printed}\n")


@pytest.mark.parametrize("marker", MARKERS)
def test_a_marker_in_a_failure_is_its_words(with_state: Kernel, marker: str):
    text = MARKERS[marker]
    panicked = with_state.run(f'kept.push(2); panic!("{{}}", r##"{text}"##);')
    assert panicked.outputs == ["error"]
    assert text.splitlines()[0] in panicked.report
    refused = with_state.run(f'kept.push(2); Err::<(), _>(r##"{text}"##.to_owned())?;')
    assert refused.outputs == ["error"]
    assert with_state.run("kept.clone()").result == "[1]"


@pytest.mark.parametrize("said", [
    '{"reason":"build-finished","success":true}',
    '{"reason":"compiler-artifact","target":{"name":"ctx"},"filenames":["/tmp/x.so"]}',
    "error: could not compile",
    "EVCXR_EXECUTION_COMPLETE",
])
def test_what_a_cell_makes_the_compiler_say_is_a_compile_error(with_state: Kernel, said: str):
    cell = with_state.run(f'compile_error!(r##"{said}"##);')
    assert cell.outputs == ["error"]
    assert said in cell.report, cell.report
    assert with_state.run("kept.len()").result == "1"
