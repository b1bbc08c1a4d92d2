//! Every request of the protocol, over real sockets.

// A test says what it expects, in its helpers too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::client::{self, Client, Received};
use support::fake::Call;
use support::{PATIENCE, start, start_on_tcp};
use twoaxes_kernel::session::{Exit, Signal};

fn kinds(outputs: &[Received]) -> Vec<&str> {
    outputs
        .iter()
        .map(|message| message.kind.as_str())
        .collect()
}

fn shut_down(client: &Client, restart: bool) -> Value {
    client
        .control("shutdown_request", json!({ "restart": restart }))
        .content
}

#[test]
fn kernel_info_on_shell_and_control_over_tcp() {
    let begin = Instant::now();
    let mut kernel = start_on_tcp();
    let client = Client::connect_silently(&kernel.connection);
    let on_control = client.control("kernel_info_request", json!({})).content;
    assert!(
        begin.elapsed() < Duration::from_secs(1),
        "{:?}",
        begin.elapsed()
    );
    client.request("kernel_info_request", json!({}));
    let reply = client.on_shell().content;
    assert_eq!(reply, on_control);
    for (field, expected) in [
        ("status", json!("ok")),
        ("protocol_version", json!("5.5")),
        ("implementation", json!("twoaxes")),
        ("supported_features", json!([])),
    ] {
        assert_eq!(reply[field], expected);
    }
    assert_eq!(reply["language_info"]["file_extension"], ".rs");
    assert_eq!(reply["language_info"]["version"], "1.95.0");
    assert!(client.beats());
    assert_eq!(
        shut_down(&client, true),
        json!({"status": "ok", "restart": true})
    );
    assert_eq!(kernel.wait().unwrap(), Exit::Shutdown { restart: true });
}

#[test]
fn a_cell_from_busy_to_idle() {
    let kernel = start();
    let client = kernel.client();
    let (reply, outputs) = client.run(json!({"code": "value 42"}));
    assert_eq!(reply.kind, "execute_reply");
    assert_eq!(
        reply.content,
        json!({"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}})
    );
    assert_eq!(kinds(&outputs), ["execute_input", "execute_result"]);
    assert_eq!(
        outputs[0].content,
        json!({"code": "value 42", "execution_count": 1})
    );
    assert_eq!(
        outputs[1].content,
        json!({"execution_count": 1, "data": {"text/plain": "42"}, "metadata": {}})
    );
    assert!(
        outputs[1].topic.starts_with(b"kernel.") && outputs[1].topic.ends_with(b".execute_result")
    );
}

#[test]
fn every_kind_of_output_has_its_message() {
    let kernel = start();
    let client = kernel.client();
    for (code, expected) in [
        (
            "echo hi",
            vec![("stream", json!({"name": "stdout", "text": "hi"}))],
        ),
        (
            "warn oh",
            vec![("stream", json!({"name": "stderr", "text": "oh"}))],
        ),
        ("nothing", vec![]),
        (
            "two",
            vec![
                (
                    "execute_result",
                    json!({"execution_count": 4, "data": {"text/plain": "1"}, "metadata": {}}),
                ),
                (
                    "display_data",
                    json!({"data": {"text/plain": "2"}, "metadata": {}, "transient": {}}),
                ),
            ],
        ),
        (
            "display",
            vec![
                (
                    "display_data",
                    json!({"data": {"text/plain": "a"}, "metadata": {}, "transient": {"display_id": "d"}}),
                ),
                (
                    "update_display_data",
                    json!({"data": {"text/plain": "b"}, "metadata": {}, "transient": {"display_id": "d"}}),
                ),
                ("clear_output", json!({"wait": true})),
            ],
        ),
    ] {
        let (reply, outputs) = client.run(json!({ "code": code }));
        assert_eq!(reply.content["status"], "ok");
        let found: Vec<_> = outputs[1..]
            .iter()
            .map(|output| (output.kind.as_str(), output.content.clone()))
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn counting() {
    let kernel = start();
    let client = kernel.client();
    for (content, count, outputs) in [
        (
            json!({"code": "echo a"}),
            1,
            vec!["execute_input", "stream"],
        ),
        (json!({"code": "echo a", "silent": true}), 2, vec![]),
        (
            json!({"code": "fail", "silent": true, "store_history": true, "stop_on_error": false}),
            2,
            vec![],
        ),
        (
            json!({"code": "value a", "store_history": false}),
            2,
            vec!["execute_input", "execute_result"],
        ),
        (json!({"code": " \n"}), 2, vec!["execute_input"]),
        (json!({"code": "fail"}), 2, vec!["execute_input", "error"]),
        (
            json!({"code": "echo b", "user_expressions": null}),
            3,
            vec!["execute_input", "stream"],
        ),
    ] {
        let (reply, found) = client.run(content.clone());
        assert_eq!(reply.content["execution_count"], count, "{content}");
        assert_eq!(kinds(&found), outputs, "{content}");
    }
    let history = client.ask(
        "history_request",
        json!({"hist_access_type": "tail", "n": 9, "output": false, "raw": true}),
    );
    assert_eq!(
        history["history"],
        json!([[1, 1, "echo a"], [1, 2, "fail"], [1, 3, "echo b"]])
    );
}

#[test]
fn a_failed_cell() {
    let kernel = start();
    let client = kernel.client();
    let (reply, outputs) = client.run(json!({"code": "fail"}));
    let error =
        json!({"ename": "Panic", "evalue": "it went wrong", "traceback": ["line 1", "line 2"]});
    assert_eq!(kinds(&outputs), ["execute_input", "error"]);
    assert_eq!(outputs[1].content, error);
    assert_eq!(reply.content["status"], "error");
    for field in ["ename", "evalue", "traceback"] {
        assert_eq!(reply.content[field], error[field]);
    }
}

#[test]
fn expressions_and_pages() {
    let kernel = start();
    let client = kernel.client();
    let (reply, _) =
        client.run(json!({"code": "page", "user_expressions": {"a": "1+1", "b": "bad", "c": 7}}));
    assert_eq!(
        reply.content["payload"],
        json!([{"source": "page", "data": {"text/plain": "help"}, "start": 0}])
    );
    let values = &reply.content["user_expressions"];
    assert_eq!(
        values["a"],
        json!({"status": "ok", "data": {"text/plain": "1+1"}, "metadata": {}})
    );
    assert_eq!(values["b"]["ename"], "CompileError");
    assert_eq!(values["c"]["status"], "error");
}

#[test]
fn offsets_count_code_points() {
    let kernel = start();
    let client = kernel.client();
    let code = "\"🦀e\u{301}\".le";
    let reply = client.ask("complete_request", json!({"code": code, "cursor_pos": 8}));
    assert_eq!(
        (&reply["cursor_start"], &reply["cursor_end"]),
        (&json!(6), &json!(8))
    );
    assert_eq!(reply["matches"], json!(["len"]));
    assert_eq!(
        reply["metadata"]["_jupyter_types_experimental"],
        json!([{"start": 6, "end": 8, "text": "len", "type": "function", "signature": "fn len(&self) -> usize"}])
    );
    let beyond = client.ask(
        "complete_request",
        json!({"code": code, "cursor_pos": 1000}),
    );
    assert_eq!(beyond["cursor_end"], 8);
    let found = client.ask(
        "inspect_request",
        json!({"code": "🦀.len()", "cursor_pos": 2, "detail_level": 0}),
    );
    assert_eq!(
        found["data"],
        json!({"text/plain": "len", "text/html": "<code>len</code>", "text/markdown": "`len`"})
    );
    let missing = client.ask(
        "inspect_request",
        json!({"code": "🦀.len()", "cursor_pos": 0}),
    );
    assert_eq!(
        missing,
        json!({"status": "ok", "found": false, "data": {}, "metadata": {}})
    );
}

#[test]
fn small_requests() {
    let kernel = start();
    let client = kernel.client();
    for (kind, content, expected) in [
        (
            "is_complete_request",
            json!({"code": "1"}),
            json!({"status": "complete"}),
        ),
        (
            "is_complete_request",
            json!({"code": "fn f() {"}),
            json!({"status": "incomplete", "indent": "    "}),
        ),
        (
            "is_complete_request",
            json!({"code": ")"}),
            json!({"status": "invalid"}),
        ),
        (
            "comm_info_request",
            json!({}),
            json!({"status": "ok", "comms": {}}),
        ),
        (
            "comm_info_request",
            json!({"target_name": "jupyter.widget"}),
            json!({"status": "ok", "comms": {}}),
        ),
        (
            "history_request",
            json!({"hist_access_type": "tail", "n": 3}),
            json!({"status": "ok", "history": []}),
        ),
    ] {
        assert_eq!(client.ask(kind, content), expected);
    }
    let comm = json!({"comm_id": "c", "target_name": "t", "data": {}});
    for kind in ["comm_open", "comm_msg"] {
        let outputs = client.outputs_of(&client.request(kind, comm.clone()));
        assert_eq!(kinds(&outputs), ["comm_close"], "nobody waits for {kind}");
        assert_eq!(outputs[0].content["comm_id"], "c");
    }
    for kind in ["comm_close", "no_such_request", "x", ""] {
        let header = client.request(kind, json!({"comm_id": "c"}));
        assert!(
            client.outputs_of(&header).is_empty(),
            "{kind:?} is ignored, and ends in idle"
        );
    }
}

#[test]
fn contents_that_do_not_fit_are_answered() {
    let kernel = start();
    let client = kernel.client();
    for (kind, content) in [
        ("execute_request", json!({})),
        ("execute_request", json!({"code": 5})),
        ("execute_request", json!([])),
        ("complete_request", json!({"code": "x"})),
        ("complete_request", json!({"code": "x", "cursor_pos": -1})),
        ("inspect_request", json!(null)),
        ("is_complete_request", json!({"code": null})),
        ("history_request", json!({"hist_access_type": "all"})),
        ("comm_info_request", json!(3)),
    ] {
        let reply = client.ask(kind, content.clone());
        assert_eq!(
            (&reply["status"], &reply["ename"]),
            (&json!("error"), &json!("BadRequest")),
            "{kind} {content}"
        );
        assert!(
            reply["evalue"]
                .as_str()
                .is_some_and(|text| text.contains(kind))
                && reply["traceback"].is_array()
        );
    }
    let control = client.control("shutdown_request", json!({"restart": "maybe"}));
    assert_eq!(control.content["ename"], "BadRequest");
}

#[test]
fn control_answers_while_a_cell_runs() {
    let kernel = start();
    let client = kernel.client();
    let cell = client.execute("wait");
    assert_eq!(
        kernel.calls.recv_timeout(PATIENCE).unwrap(),
        Call::Executed("wait".to_owned())
    );
    assert_eq!(
        client.control("kernel_info_request", json!({})).content["status"],
        "ok"
    );
    assert!(client.beats());
    assert_eq!(
        client.control("interrupt_request", json!({})).content,
        json!({"status": "ok"})
    );
    let reply = client.reply_to(&cell);
    assert_eq!(reply.content["ename"], "Interrupted");
    assert_eq!(
        client.run(json!({"code": "value 1"})).0.content["status"],
        "ok"
    );
}

#[test]
fn what_needs_no_engine_is_answered_while_a_cell_runs() {
    let kernel = start();
    let client = kernel.client();
    let cell = client.execute("wait");
    let next = client.execute("value 2");
    kernel.wait_for(|call| matches!(call, Call::Executed(_)));
    for (kind, content) in [
        ("complete_request", json!({"code": "by", "cursor_pos": 2})),
        ("inspect_request", json!({"code": "len", "cursor_pos": 0})),
        ("is_complete_request", json!({"code": "fn f() {"})),
        (
            "history_request",
            json!({"hist_access_type": "tail", "n": 1}),
        ),
        ("kernel_info_request", json!({})),
        ("comm_info_request", json!({})),
        ("complete_request", json!({"code": 5})),
    ] {
        let request = client.request(kind, content.clone());
        let reply = client.reply_to(&request);
        assert_eq!(reply.kind, kind.replace("_request", "_reply"));
        let is_good = content["code"] != 5;
        assert_eq!(
            reply.content["status"] == "ok" || kind == "is_complete_request",
            is_good
        );
        if kind == "complete_request" && is_good {
            assert_eq!(reply.content["matches"], json!(["by name"]));
        }
        if kind == "inspect_request" {
            assert_eq!(reply.content["data"]["text/markdown"], "len");
        }
        // Busy and idle of its own, and then the cell is what is busy.
        let mut states = Vec::new();
        while states.len() < 3 {
            let message = client.on_iopub();
            if message.kind == "status" && (message.parent == request || !states.is_empty()) {
                let state = message.content["execution_state"].clone();
                states.push((message.parent, state));
            }
        }
        let expected = [
            (request.clone(), json!("busy")),
            (request, json!("idle")),
            (cell.clone(), json!("busy")),
        ];
        assert_eq!(states, expected);
    }
    client.control("interrupt_request", json!({}));
    assert_eq!(client.reply_to(&cell).content["ename"], "Interrupted");
    assert_eq!(client.reply_to(&next).content["status"], "aborted");
}

#[test]
fn a_signal_interrupts_too() {
    let kernel = start();
    let client = kernel.client();
    let cell = client.execute("wait");
    assert_eq!(
        kernel.calls.recv_timeout(PATIENCE).unwrap(),
        Call::Executed("wait".to_owned())
    );
    kernel.signals.send(Signal::Interrupt).unwrap();
    assert_eq!(client.reply_to(&cell).content["ename"], "Interrupted");
}

#[test]
fn a_failure_aborts_what_was_queued_and_nothing_else() {
    let kernel = start();
    let client = kernel.client();
    let wait = client.execute("wait");
    let queued: Vec<_> = (0..50)
        .map(|n| client.execute(&format!("echo {n}")))
        .collect();
    let info = client.request("kernel_info_request", json!({}));
    assert_eq!(
        kernel.calls.recv_timeout(PATIENCE).unwrap(),
        Call::Executed("wait".to_owned())
    );
    assert_eq!(client.reply_to(&info).kind, "kernel_info_reply");
    kernel.signals.send(Signal::Interrupt).unwrap();
    assert_eq!(client.reply_to(&wait).content["status"], "error");
    // Sent after the error was seen, so it must run.
    let next = client.execute("echo next");
    let statuses: Vec<Value> = queued
        .iter()
        .map(|header| client.reply_to(header).content["status"].clone())
        .collect();
    assert_eq!(client.reply_to(&next).content["status"], "ok");
    // A signal may overtake what is on its way through the socket: the cells
    // that had arrived are aborted, those behind them run, and none is lost.
    let aborted = statuses
        .iter()
        .take_while(|status| **status == "aborted")
        .count();
    assert!(
        statuses.iter().skip(aborted).all(|status| status == "ok"),
        "{statuses:?}"
    );
    let ran = (aborted..50)
        .map(|n| format!("echo {n}"))
        .chain(["echo next".to_owned()]);
    let executed: Vec<_> = kernel
        .calls
        .try_iter()
        .filter(|call| matches!(call, Call::Executed(_)))
        .collect();
    assert_eq!(executed, ran.map(Call::Executed).collect::<Vec<_>>());
    if aborted > 0 {
        let outputs = client.outputs_of(&queued[0]);
        assert!(
            outputs.is_empty(),
            "an aborted cell is busy and idle and nothing else"
        );
    }
}

#[test]
fn what_is_sent_after_an_interrupt_runs() {
    let kernel = start();
    let client = kernel.client();
    let wait = client.execute("stubborn");
    let queued = client.execute("echo queued");
    kernel.wait_for(|call| *call == Call::Executed("stubborn".to_owned()));
    client.control("interrupt_request", json!({}));
    // The interrupted cell has not ended yet; the second interrupt ends it.
    let next = client.request("kernel_info_request", json!({}));
    assert_eq!(client.reply_to(&next).content["status"], "ok");
    client.control("interrupt_request", json!({}));
    let last = client.execute("echo last");
    assert_eq!(client.reply_to(&wait).content["ename"], "Interrupted");
    assert_eq!(client.reply_to(&queued).content["status"], "aborted");
    assert_eq!(client.reply_to(&last).content["status"], "ok");
}

#[test]
fn without_stop_on_error_the_queue_goes_on() {
    let kernel = start();
    let client = kernel.client();
    let fail = client.request(
        "execute_request",
        json!({"code": "fail", "stop_on_error": false}),
    );
    let next = client.execute("echo next");
    assert_eq!(client.reply_to(&fail).content["status"], "error");
    assert_eq!(client.reply_to(&next).content["status"], "ok");
}

#[test]
fn input() {
    let kernel = start();
    let client = kernel.client();
    let cell = client.execute("ask name? ");
    let question = client::receive(&client.stdin);
    assert_eq!(
        (question.kind.as_str(), &question.parent),
        ("input_request", &cell)
    );
    assert_eq!(
        question.content,
        json!({"prompt": "name? ", "password": false})
    );
    client::send(&client.stdin, "input_reply", json!({"value": "Ada 🦀"}));
    assert_eq!(client.reply_to(&cell).content["status"], "ok");
    assert_eq!(client.outputs_of(&cell)[1].content["text"], "Ada 🦀");
    // A stray answer is ignored, also by the next question.
    client::send(&client.stdin, "input_reply", json!({"value": "late"}));
    let (_, outputs) = client.run(json!({"code": "ask x", "allow_stdin": false}));
    assert!(
        outputs[1].content["text"]
            .as_str()
            .unwrap()
            .contains("allow_stdin")
    );
    // A broken answer is no line, and does not leave the cell waiting.
    let cell = client.execute("ask again? ");
    client::receive(&client.stdin);
    client::send(&client.stdin, "input_reply", json!({"value": 5}));
    assert!(
        client.outputs_of(&cell)[1].content["text"]
            .as_str()
            .unwrap()
            .contains("does not fit")
    );
}

#[test]
fn a_client_without_stdin_is_not_waited_for() {
    let kernel = start();
    let client = kernel.client();
    // A new identity on shell has no stdin socket beside it.
    client
        .shell
        .disconnect(&kernel.connection.endpoint(kernel.connection.shell_port))
        .unwrap();
    client.shell.set_identity(b"without stdin").unwrap();
    client
        .shell
        .connect(&kernel.connection.endpoint(kernel.connection.shell_port))
        .unwrap();
    let cell = client.execute("ask name? ");
    let ended = kernel.wait_for(|call| matches!(call, Call::Input(_)));
    assert!(matches!(ended, Call::Input(Err(_))));
    assert_eq!(client.reply_to(&cell).content["status"], "ok");
}

#[test]
fn history_outlives_the_session() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.sqlite");
    for session in 1..=2 {
        let mut kernel = support::start_with_history(&file);
        let client = kernel.client();
        client.run(json!({ "code": format!("value {session}") }));
        let request = json!({"hist_access_type": "range", "session": 1 - session, "start": 1, "stop": 9, "output": true});
        let found = client.ask("history_request", request);
        assert_eq!(found["history"], json!([[1, 1, ["value 1", "1"]]]));
        shut_down(&client, false);
        assert_eq!(kernel.wait().unwrap(), Exit::Shutdown { restart: false });
    }
}

#[test]
fn shutdown_ends_every_open_request() {
    for channel in ["control", "shell", "signal"] {
        let mut kernel = start();
        let client = kernel.client();
        let wait = client.execute("wait");
        kernel.wait_for(|call| *call == Call::Executed("wait".to_owned()));
        // Only on one socket is it certain that the cell comes first.
        let mut queued = None;
        match channel {
            "control" => assert_eq!(shut_down(&client, false)["status"], "ok"),
            "shell" => {
                queued = Some(client.execute("echo never"));
                client.request("shutdown_request", json!({"restart": false}));
            }
            _ => kernel.signals.send(Signal::Terminate).unwrap(),
        }
        assert_eq!(client.reply_to(&wait).content["status"], "error");
        if let Some(queued) = queued {
            assert_eq!(client.reply_to(&queued).content["status"], "aborted");
        }
        assert!(kernel.wait().is_ok());
        assert!(kernel.calls.try_iter().any(|call| call == Call::Shutdown));
    }
}

#[test]
fn an_engine_that_dies_is_said_not_waited_for() {
    let kernel = start();
    let client = kernel.client();
    let (reply, outputs) = client.run(json!({"code": "crash"}));
    assert_eq!(reply.content["ename"], "EngineFailure");
    assert_eq!(kinds(&outputs), ["execute_input", "error"]);
    assert_eq!(
        client.run(json!({"code": "echo"})).0.content["status"],
        "error"
    );
    let reply = client.ask("complete_request", json!({"code": "x", "cursor_pos": 1}));
    assert_eq!(reply["status"], "error");
    assert_eq!(
        client.ask("is_complete_request", json!({"code": "1"})),
        json!({"status": "complete"})
    );
}

#[test]
fn each_subscriber_is_welcomed_under_its_topic() {
    let kernel = start();
    let _first = kernel.client();
    let second = kernel.client();
    let third = Client::connect_silently(&kernel.connection);
    third.iopub.set_subscribe(b"kernel").unwrap();
    let welcome = third.on_iopub();
    assert_eq!(
        (welcome.kind.as_str(), welcome.topic.as_slice()),
        ("iopub_welcome", &b"kernel"[..])
    );
    assert_eq!(welcome.content, json!({"subscription": "kernel"}));
    assert_eq!(second.run(json!({"code": "echo both"})).1.len(), 2);
}
