"""A cell that prints or displays without an end: a notebook that can be opened."""

from wire.client import Cell, Kernel

MIB = 2**20
ENDLESS = 'loop { println!("still going"); }'
WORDS = "[more was printed: only the first 2 MiB of a cell are shown]"
BESIDE = ("[more was printed: something that an earlier cell has started goes on printing, so only the first 64 KiB are shown; "
          "restart the kernel to end it]")


def sizes(cell: Cell) -> tuple[int, int]:
    """The bytes and the messages of a cell's streams."""
    texts = [content["text"] for content in cell.of_type("stream")]
    return sum(map(len, texts)), len(texts)


def test_an_exercise_that_prints_without_an_end(own_kernel: Kernel):
    """Its case is given up, and its thread goes on."""
    kernel = own_kernel
    kernel.run(f"fn chatty() -> u32 {{ {ENDLESS} }}")
    checked = kernel.run('exercise("start-ticks").equal(1, "chatty", chatty, 1).points()')
    assert (checked.status, checked.result) == ("ok", "0"), checked.report
    assert checked.of_type("display_data"), "the verdict is shown nevertheless"
    printed, messages = sizes(checked)
    assert 2 * MIB - 1024 < printed < 2 * MIB + 1024
    assert messages < 3000
    assert checked.stream().count(WORDS) == 1
    assert checked.stream("stderr") == ""
    # What it goes on to print is that cell's, which has no more, and takes nothing from others.
    for number in range(3):
        cell = kernel.run(f'println!("mine"); std::thread::sleep(std::time::Duration::from_millis(50)); {number}')
        assert (cell.status, cell.result) == ("ok", str(number))
        assert (cell.stream(), cell.stream("stderr")) == ("mine\n", "")
    kernel.drain()
    # An interrupt of a cell ends the process, and with it the thread.
    cell = kernel.start('println!("begun"); loop {}')
    kernel.wait_for_text(cell, "begun")
    kernel.interrupt()
    assert kernel.finish(cell).status == "error"
    quiet = kernel.run('let line = "x".repeat(1023); for _ in 0..1000 { println!("{line}"); }')
    assert sizes(quiet)[0] == 1000 * 1024


def test_a_program_that_prints_without_an_end(own_kernel: Kernel):
    """Nobody can tell whose the output of later cells is, so they have little."""
    kernel = own_kernel
    started = kernel.run('let program = std::process::Command::new("yes").spawn()?; '
                         'std::thread::sleep(std::time::Duration::from_millis(500));', timeout=60)
    assert started.status == "ok", started.report
    told = 0
    for number in range(10):
        # Long enough for the program to use up what there is.
        cell = kernel.run(f'println!("mine"); std::thread::sleep(std::time::Duration::from_millis(50)); {number}')
        assert (cell.status, cell.result) == ("ok", str(number))
        printed, messages = sizes(cell)
        # What comes while it is compiled belongs to the cell before.
        assert printed < 2 * 65 * 1024 and messages < 100
        assert cell.stream().count("[more was") == cell.stream().count(BESIDE) <= 1
        told += BESIDE in cell.stream()
    assert told
    kernel.run("program.kill()?;")


def test_much_that_is_not_too_much_comes_whole(kernel: Kernel):
    cell = kernel.run('for i in 0..100_000 { println!("{i:>9}"); }')
    assert sizes(cell)[0] == 1_000_000
    assert cell.stream() == "".join(f"{i:>9}\n" for i in range(100_000))


def test_both_streams_have_one_budget_and_the_words_are_on_stdout(kernel: Kernel):
    cell = kernel.run('let line = "e".repeat(999); for _ in 0..4000 { println!("{line}"); eprintln!("{line}"); }')
    assert cell.status == "ok"
    assert sizes(cell)[0] < 2 * MIB + 1024
    assert cell.stream().count(WORDS) == 1
    assert "more was" not in cell.stream("stderr")


def test_displays_without_an_end(kernel: Kernel):
    kernel.run('let picture = twoaxes::notebook::MimeBundle::text("x".repeat(1 << 20));')
    cell = kernel.run("for _ in 0..40 { twoaxes::notebook::display(&picture); }\n3")
    assert (cell.status, cell.result) == ("ok", "3"), cell.report
    assert len(cell.of_type("display_data")) == 15
    assert cell.stream() == "[a display of 1 MiB was left out: the displays of a cell may have 16 MiB together]\n"


def test_an_animation_may_go_on(kernel: Kernel):
    """What is taken back costs nothing."""
    cell = kernel.run(
        'for frame in 0..40 { twoaxes::notebook::clear_output(true); println!("{frame}{}", "x".repeat(100_000)); }', timeout=60)
    assert cell.status == "ok", cell.report
    assert "more was" not in cell.stream()
    assert "39xxx" in cell.stream()
