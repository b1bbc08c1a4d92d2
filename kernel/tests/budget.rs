//! What a cell may show: where it ends, and what comes nevertheless.

// A test says what it expects, in its helpers too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use support::client::{Client, Received};
use support::start;
use twoaxes_kernel::session::Limits;

/// What a cell printed, and how often it says that there was more.
struct Printed {
    length: usize,
    words: usize,
    outputs: Vec<Received>,
}

fn run(client: &Client, code: &str) -> Printed {
    let cell = client.execute(code);
    // Outputs first: a client that reads none holds the cell back.
    let outputs = client.outputs_of(&cell);
    let reply = client.reply_to(&cell);
    assert_eq!(reply.content["status"], "ok", "{code}");
    let streams = outputs.iter().filter(|output| output.kind == "stream");
    let texts: Vec<&str> = streams
        .map(|output| output.content["text"].as_str().unwrap())
        .collect();
    let is_ours = |text: &&&str| text.contains("[more was ") || text.contains("[a display of ");
    Printed {
        length: texts
            .iter()
            .filter(|text| !is_ours(text))
            .map(|text| text.len())
            .sum(),
        words: texts.iter().filter(is_ours).count(),
        outputs,
    }
}

#[test]
fn a_cell_that_prints_without_end_has_an_end() {
    let kernel = start();
    let client = kernel.client();
    let limits = Limits::default();
    let enough = limits.text - 1024..limits.text;
    let printed = run(&client, "flood 200");
    assert!(enough.contains(&printed.length), "{}", printed.length);
    assert_eq!(printed.words, 1);
    let last = &printed.outputs.last().unwrap().content;
    assert_eq!(last["name"], "stdout", "graders look at stderr");
    assert_eq!(
        last["text"],
        "\n[more was printed: only the first 2 MiB of a cell are shown]\n"
    );
    // One huge line, and streams in turn.
    let printed = run(&client, "line 50");
    assert!(enough.contains(&printed.length), "{}", printed.length);
    assert_eq!(printed.words, 1);
    let printed = run(&client, "zigzag 100000");
    assert_eq!(printed.words, 1);
    assert!(printed.outputs.len() < 20_000);
    // The next cell is none the worse for it.
    let printed = run(&client, "flood 10");
    assert_eq!((printed.length, printed.words), (10 * 64 * 1024, 0));
}

#[test]
fn beside_what_prints_on_a_cell_has_little() {
    let kernel = start();
    let client = kernel.client();
    let limits = Limits::default();
    run(&client, "flood 200");
    for _ in 0..3 {
        let printed = run(&client, "haunted 200");
        assert!(printed.length <= limits.text_beside_others);
        assert_eq!(printed.words, 1);
        let last = printed.outputs.last().unwrap().content["text"].as_str();
        assert!(
            last.unwrap()
                .contains("something that an earlier cell has started")
        );
    }
    let printed = run(&client, "flood 10");
    assert_eq!((printed.length, printed.words), (10 * 64 * 1024, 0));
}

#[test]
fn displays_have_an_end_and_the_value_comes() {
    let kernel = start();
    let client = kernel.client();
    let printed = run(&client, "gallery 40");
    let count = |kind: &str| {
        let outputs = printed.outputs.iter();
        outputs.filter(|output| output.kind == kind).count()
    };
    assert_eq!(count("display_data"), 15);
    assert_eq!((count("stream"), printed.words), (1, 1));
    assert_eq!(count("execute_result"), 1);
}
