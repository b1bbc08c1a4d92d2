//! Traces that go out and come back, and texts that are no traces.

use proptest::prelude::*;

use super::super::*;

fn example() -> Trace {
    let mut run = Trace::measured("Two, \"cooks\"", "ns");
    let (soup, idle) = (run.task("soup\nof the day"), run.task_arriving("", 7));
    let (cook, _) = (run.worker("cook, first"), run.worker("🧑‍🍳"));
    run.run(soup, cook, 0, 1500).wait(soup, 1500, 4000);
    run.switch(idle, cook, 1600, 1700)
        .blocked(idle, cook, 1700, u64::MAX);
    run.baseline(u64::MAX).note("He said \"no\".");
    run.conditions(Conditions {
        cpus: 2,
        stolen: Some(5),
        ..Conditions::default()
    });
    run.build().unwrap()
}

#[test]
fn csv_is_a_plain_table() {
    let expected = "record,id,name,kind,task,worker,start,end,cpu\r\n\
        trace,,\"Two, \"\"cooks\"\"\",measured,,,,,\r\n\
        unit,,ns,,,,,,\r\n\
        baseline,,,,,,,18446744073709551615,\r\n\
        condition,2,cpus,,,,,,\r\n\
        condition,0,wall,,,,,,\r\n\
        condition,0,cpu_time,,,,,,\r\n\
        condition,5,stolen,,,,,,\r\n\
        condition,0,preemptions,,,,,,\r\n\
        condition,0,clock_set,,,,,,\r\n\
        note,,\"He said \"\"no\"\".\",,,,,,\r\n\
        task,0,\"soup\nof the day\",,,,0,,\r\n\
        task,1,,,,,7,,\r\n\
        worker,0,\"cook, first\",,,,,,\r\n\
        worker,1,🧑‍🍳,,,,,,\r\n\
        span,,\"soup\nof the day\",run,0,0,0,1500,\r\n\
        span,,\"soup\nof the day\",wait,0,,1500,4000,\r\n\
        span,,,switch,1,0,1600,1700,\r\n\
        span,,,blocked,1,0,1700,18446744073709551615,\r\n";
    assert_eq!(example().to_csv(), expected);
    let unix = expected.replace("\r\n", "\n\n");
    assert_eq!(
        Trace::from_csv(&format!("\u{feff}{unix}")).unwrap(),
        example()
    );
}

#[test]
fn chrome_traces_are_in_microseconds() {
    let text = example().to_chrome_trace();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let events = value["traceEvents"].as_array().unwrap();
    let of = |ph: &str| events.iter().filter(|event| event["ph"] == ph).count();
    assert_eq!([of("M"), of("X"), of("b"), of("e")], [4, 3, 1, 1]);
    let soup = events.iter().find(|event| event["ph"] == "X").unwrap();
    assert_eq!((&soup["ts"], &soup["dur"]), (&0.0.into(), &1.5.into()));
    assert_eq!((&soup["pid"], &soup["tid"]), (&1.into(), &1.into()));
    assert_eq!(Trace::from_chrome_trace(&text).unwrap(), example());
}

#[test]
fn chrome_traces_of_others_are_read() {
    let text = r#"[
        {"ph": "M", "name": "thread_name", "pid": 5, "tid": 1, "args": {"name": "main"}},
        {"ph": "X", "name": "b", "pid": 5, "tid": 2, "ts": 2, "dur": 0.5},
        {"ph": "X", "name": "a", "pid": 5, "tid": 1, "ts": 1.25, "dur": 3},
        {"ph": "X", "name": "a", "pid": 5, "tid": 1, "ts": 7, "dur": 1}
    ]"#;
    let trace = Trace::from_chrome_trace(text).unwrap();
    assert_eq!((trace.origin(), trace.unit()), (Origin::Measured, "ns"));
    let names: Vec<&str> = trace.workers().iter().map(|w| w.name.as_str()).collect();
    assert_eq!(names, ["main", "thread 2"]);
    assert_eq!(
        (trace.start(), trace.end(), trace.work()),
        (1250, 8000, 4500)
    );
    assert_eq!(trace.tasks().len(), 2);
    assert!(trace.notes()[0].starts_with("1 events are not"));
}

#[test]
fn events_that_touch_within_a_nanosecond_do_not_overlap() {
    let check = |first: &str, second: &str, expected: &[(u64, u64)]| {
        let text = format!(
            r#"[{{"ph": "X", "name": "a", {first}}}, {{"ph": "X", "name": "b", {second}}}]"#
        );
        let trace = Trace::from_chrome_trace(&text).unwrap();
        let spans: Vec<(u64, u64)> = trace.spans().iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(spans, expected, "{text}");
    };
    check(
        r#""ts": 0.0016, "dur": 0.0016"#,
        r#""ts": 0.0032, "dur": 0.0016"#,
        &[(2, 3), (3, 5)],
    );
    // The first is shorter than the rounding, and has no length.
    check(
        r#""ts": 0.0006, "dur": 0.0006"#,
        r#""ts": 0.0012, "dur": 0.0006"#,
        &[(1, 2)],
    );
    // A double holds nanoseconds since 1970 in steps of 256.
    check(
        r#""ts": 1700000000000000, "dur": 0.1"#,
        r#""ts": 1700000000000001, "dur": 1e300"#,
        &[
            (1_700_000_000_000_000_000, 1_700_000_000_000_000_100),
            (1_700_000_000_000_001_024, u64::MAX),
        ],
    );
    check(
        r#""ts": 0, "dur": 1e308"#,
        r#""ts": 1e308, "dur": 1e308"#,
        &[(0, u64::MAX)],
    );
}

#[test]
fn errors_stay_short_whatever_was_found() {
    let check = |read: fn(&str) -> Result<Trace, ImportError>, text: &str| {
        let error = read(text).unwrap_err();
        assert!(error.to_string().contains('…'), "{error}");
        assert!(error.to_string().len() < 1000);
        assert!(format!("{error:?}").len() < 1000);
    };
    let long = "é".repeat(100_000);
    let row = |row: &str| format!("record,id,name,kind,task,worker,start,end,cpu\n{row}");
    check(Trace::from_csv, &long);
    check(Trace::from_csv, &row(&format!("{long},,,,,,,,")));
    check(Trace::from_csv, &row(&format!("task,0,A,,,,{long},,")));
    let event =
        |name: &str, ts: &str| format!(r#"[{{"ph": "X", "name": {name}, "ts": {ts}, "dur": 1}}]"#);
    check(
        Trace::from_chrome_trace,
        &event(&format!("[\"{long}\"]"), "1"),
    );
    check(
        Trace::from_chrome_trace,
        &event("\"a\"", &format!("\"{long}\"")),
    );
}

#[test]
fn tables_that_are_no_traces_say_where() {
    let header = "record,id,name,kind,task,worker,start,end,cpu";
    let check = |rows: &str, expected: &str| {
        let message = Trace::from_csv(&format!("{header}\n{rows}"))
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{message}");
    };
    check("task,0,A,,,,x,,", "line 2: start is \"x\"");
    check("task,0,A,,,,,,", "line 2: start is missing");
    check("task,0,A,,,,-1,,", "line 2: start is \"-1\"");
    check("task,1,A,,,,0,,", "line 2: id is 1, and 0 comes next");
    check(
        "task,0,\"A\n\",,,,0,,\ntsk,1,B,,,,0,,",
        "line 4: record is \"tsk\"",
    );
    check("task,0,\"A", "line 2: a field opens a quote");
    check("task,0,\"A\"B,,,,0,", "line 2: a field goes on");
    check("task,0,A", "line 2: the record has 3 fields, and 9");
    check("trace,,A,real,,,,,", "line 2: kind is \"real\"");
    check("span,,,walk,0,0,0,1,", "line 2: kind is \"walk\"");
    check("span,,,run,,0,0,1,", "line 2: task is missing");
    check("span,,,run,0,0,0,1,", "a trace with 0 tasks");
    check(
        "task,0,A,,,,0,,\nspan,,,wait,0,,3,1,",
        "ends before it starts",
    );
    check("condition,1,sun,,,,,,", "line 2: name is \"sun\"");
    check("condition,,wall,,,,,,", "line 2: id is missing");
    check(
        "task,0,A,,,,0,,\nworker,0,W,,,,,,\nspan,,,run,0,0,0,1,65536",
        "line 4: cpu is \"65536\"",
    );
    for text in [
        "",
        "record",
        "\n",
        "\"",
        "record,id,name,kind,task,worker,start",
    ] {
        assert!(Trace::from_csv(text).is_err(), "{text}");
    }
}

#[test]
fn json_that_is_no_trace_says_where() {
    let check = |text: &str, expected: &str| {
        let message = Trace::from_chrome_trace(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    check("{", "not JSON: EOF");
    check("{}", "the text: traceEvents is missing");
    check("3", "the text: traceEvents is missing");
    check(
        r#"[{"ph": "X", "name": "a", "dur": 1}]"#,
        "traceEvents[0]: ts is missing",
    );
    check(
        r#"[{"ph": "X", "name": 1, "ts": 1, "dur": 1}]"#,
        "name is 1, and has to be a text",
    );
    check(
        r#"[3, {"ph": "X", "name": "a", "ts": -1, "dur": 1}]"#,
        "[1]: ts is -1",
    );
    let nested = r#"[{"ph": "X", "name": "a", "ts": 0, "dur": 9},
        {"ph": "X", "name": "b", "ts": 1, "dur": 2}]"#;
    check(nested, "does two things at once");
    let text = example().to_chrome_trace();
    check(
        &text.replace("\"kind\":\"switch\"", "\"kind\":\"walk\""),
        "kind is \"walk\"",
    );
    check(
        &text.replace("\"start\":1600", "\"start\":1600.5"),
        "start is 1600.5",
    );
    check(
        &text.replace("\"task\":1", "\"task\":9"),
        "a trace with 2 tasks",
    );
    check(
        &text.replace("\"unit\"", "\"unti\""),
        "otherData: unit is missing",
    );
    assert_eq!(Trace::from_chrome_trace("[]").unwrap().tasks().len(), 0);
}

#[test]
fn what_is_wrong_is_told_in_short_however_long_the_text() {
    let long = "9".repeat(100_000);
    let header = "record,id,name,kind,task,worker,start,end,cpu";
    let texts = [
        long.clone(),
        format!("{header}\n{long},,,,,,,,"),
        format!("{header}\ntask,0,A,,,,x{long},,"),
        format!("{header}\nspan,,,{long},0,0,0,1,"),
        format!(
            "{header}\ntask,0,{long},,,,0,,\ntask,1,B,,,,0,,\nworker,0,{long},,,,,,\n\
             span,,,run,0,0,0,9,\nspan,,,run,1,0,5,9,"
        ),
        format!(r#"[{{"ph": "X", "name": "a", "ts": "{long}", "dur": 1}}]"#),
        format!(r#"[{{"ph": "X", "name": [{long:?}], "ts": 1, "dur": 1}}]"#),
        example()
            .to_chrome_trace()
            .replace("\"kind\":\"run\"", &format!("\"kind\":{long:?}")),
    ];
    for text in texts {
        let errors = [Trace::from_csv(&text), Trace::from_chrome_trace(&text)];
        for error in errors.into_iter().filter_map(Result::err) {
            let message = error.to_string();
            assert!(
                message.chars().count() < 400,
                "{} characters",
                message.len()
            );
        }
    }
}

#[test]
fn other_separators_are_told_apart() {
    let check = |text: &str, expected: &str| {
        let message = Trace::from_csv(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    let header = "record,id,name,kind,task,worker,start,end,cpu";
    check(&header.replace(',', ";"), "separated by commas");
    check(&header.replace(',', "\t"), "separated by commas");
    check("time,what", "has to be record,id,name,kind");
}

fn foreign(events: &[(&str, u32, &str, &str)]) -> String {
    let events = events.iter().map(|(name, thread, start, length)| {
        format!(
            r#"{{"ph": "X", "name": "{name}", "pid": 1, "tid": {thread}, "ts": {start}, "dur": {length}}}"#
        )
    });
    format!("\u{feff}[{}]", events.collect::<Vec<_>>().join(","))
}

#[test]
fn one_name_on_two_threads_at_once_is_two_tasks() {
    let text = foreign(&[
        ("work", 1, "0", "10"),
        ("work", 2, "5", "10"),
        ("work", 1, "12", "5"),
        ("work", 2, "16", "5"),
    ]);
    let trace = Trace::from_chrome_trace(&text).unwrap();
    let names: Vec<&str> = trace.tasks().iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["work", "work (2)"]);
    assert_eq!((trace.peak_parallelism(), trace.work()), (2, 30_000));
}

#[test]
fn times_that_were_rounded_do_not_overlap() {
    let check = |first: (&str, &str), second: (&str, &str), expected: [u64; 3]| {
        let text = foreign(&[("a", 1, first.0, first.1), ("b", 1, second.0, second.1)]);
        let trace = Trace::from_chrome_trace(&text).unwrap();
        let ends: Vec<u64> = trace.spans().iter().map(|span| span.end).collect();
        assert_eq!([ends[0], trace.spans()[1].start, ends[1]], expected);
    };
    // 1.0005 + 0.9999 = 2.0004, which is 2000 ns and not 1001 ns + 1000 ns.
    check(("1.0005", "0.9999"), ("2.0004", "1"), [2000, 2000, 3000]);
    // Half a microsecond too long, as after rounding: cut where the next begins.
    check(("1", "1.5"), ("2", "1"), [2000, 2000, 3000]);
    let nested = foreign(&[("a", 1, "0", "10"), ("b", 1, "9.5", "0.5")]);
    let message = Trace::from_chrome_trace(&nested).unwrap_err().to_string();
    assert!(message.contains("two things at once"), "{message}");
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[,\"\r\n\u{feff} a=]{0,8}",]
}

prop_compose! {
    fn any_conditions()(
        sure in any::<[u64; 5]>(),
        perhaps in any::<[Option<u64>; 4]>(),
    ) -> Conditions {
        let [cpus, wall, cpu_time, preemptions, clock_set] = sure;
        let [quota, elsewhere, stolen, throttled] = perhaps;
        Conditions { cpus, quota, wall, cpu_time, elsewhere, stolen, throttled, preemptions, clock_set }
    }
}

prop_compose! {
    fn any_trace()(
        texts in (any_name(), any_name(), prop::collection::vec(any_name(), 0..3)),
        names in prop::collection::vec((any_name(), any_name()), 1..4),
        baseline in prop::option::of(any::<u64>()),
        times in prop::collection::vec((any::<prop::sample::Index>(), 0..u64::MAX / 20, 0..4_u8, any::<Option<u16>>()), 0..12),
        measured: bool,
        conditions in prop::option::of(any_conditions()),
    ) -> Trace {
        let (title, unit, notes) = texts;
        let mut run = match measured {
            true => Trace::measured(title, unit),
            false => Trace::simulated(title),
        };
        notes.into_iter().for_each(|note| _ = run.note(note));
        let ids: Vec<(TaskId, WorkerId)> = names.into_iter()
            .map(|(task, worker)| (run.task(task), run.worker(worker)))
            .collect();
        baseline.into_iter().for_each(|time| _ = run.baseline(time));
        let mut now = 0;
        for (which, length, kind, cpu) in times {
            let ((task, worker), end) = (ids[which.index(ids.len())], now + length);
            match kind {
                0 => run.span(Span {
                    task,
                    worker: Some(worker),
                    start: now,
                    end,
                    kind: SpanKind::Run,
                    cpu,
                }),
                1 => run.switch(task, worker, now, end),
                2 => run.blocked(task, worker, now, end),
                _ => run.wait(task, now, end),
            };
            now = end;
        }
        conditions.into_iter().for_each(|all| _ = run.conditions(all));
        run.build().unwrap()
    }
}

proptest! {
    #[test]
    fn a_trace_comes_back_as_it_was(trace in any_trace()) {
        prop_assert_eq!(&Trace::from_csv(&trace.to_csv()).unwrap(), &trace);
        prop_assert_eq!(&Trace::from_chrome_trace(&trace.to_chrome_trace()).unwrap(), &trace);
    }

    #[test]
    fn hostile_texts_never_panic(trace in any_trace(), at in any::<prop::sample::Index>(), with in any_name()) {
        for text in [trace.to_csv(), trace.to_chrome_trace()] {
            let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
            let place = places[at.index(places.len())];
            let cut = format!("{}{with}", &text[..place]);
            let inserted = format!("{}{with}{}", &text[..place], &text[place..]);
            for text in [cut, inserted, with.clone()] {
                let _ = Trace::from_csv(&text).map(|trace| trace.queue_length());
                let _ = Trace::from_chrome_trace(&text).map(|trace| trace.queue_length());
            }
        }
    }
}
