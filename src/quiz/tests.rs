//! The built-in bank, verdicts on every form of answer, and broken banks.

use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::notebook::Rich;

/// A verdict as one word and its text.
fn verdict(id: &str, answer: &str) -> (&'static str, String) {
    match check(id, answer).unwrap().outcome {
        Outcome::Correct { explanation, .. } => ("correct", explanation),
        Outcome::Wrong { hint } => ("wrong", hint),
        Outcome::Recorded => ("recorded", String::new()),
        Outcome::Unanswered { how } => ("unanswered", how),
        Outcome::Unreadable { why } => ("unreadable", why),
    }
}

#[test]
fn verdicts_on_every_form_of_answer() {
    let check = |id, answer, expected: &str, words: &str| {
        let (got, text) = verdict(id, answer);
        assert_eq!(got, expected, "{id} {answer:?}: {text}");
        assert!(text.contains(words), "{id} {answer:?}: {text}");
    };
    check(
        "barista-1",
        "B",
        "correct",
        "concurrency without parallelism",
    );
    check("barista-1", " (b) ", "correct", "");
    check("barista-1", "A", "wrong", "How many bars");
    check("barista-1", "D", "wrong", "peak concurrency");
    check("barista-1", "?", "unanswered", "one letter from A to D");
    check("barista-1", "", "unanswered", "");
    check("barista-1", "X", "unreadable", "one letter from A to D");
    check("barista-1", "A,B", "unreadable", "choose one letter");
    check("barista-1", "2", "unreadable", "");

    check("barista-2", "40", "correct", "");
    check("barista-2", "40.0 ticks", "correct", "");
    check("barista-2", "4,0", "unreadable", "");
    check("barista-2", "80/2", "correct", "");
    check("barista-2", "20", "wrong", "How many hands");
    check("barista-2", "80", "wrong", "twice");
    check("barista-2", "41", "wrong", "Add up the ticks");
    check("barista-2", "forty", "unreadable", "a number of ticks");
    check("barista-2", "inf", "unreadable", "");

    check("barista-4", "B,D", "correct", "");
    check("barista-4", "d b", "correct", "");
    check("barista-4", "bd", "correct", "");
    check("barista-4", "B", "wrong", "Something is missing");
    check("barista-4", "A,B,D", "wrong", "A does not hold");
    // What is wrongly in comes before what is wrongly out.
    check("barista-4", "B,C", "wrong", "C does not hold");
    check("barista-4", "B,C", "wrong", "And something is missing.");
    check("barista-4", "B,E", "unreadable", "every letter from A to D");

    check("barista-3", "no", "correct", "E0373");
    check("barista-3", "NO", "correct", "");
    check("barista-3", "e0373", "correct", "");
    check("barista-3", "1", "wrong", "`join` does wait");
    check("barista-3", "2", "wrong", "");
}

#[test]
fn an_unknown_id_lists_its_neighbours() {
    let message = check("barsta-1", "B").unwrap_err().to_string();
    assert!(message.contains("\"barsta-1\""), "{message}");
    assert!(message.contains("barista-1, "), "{message}");
}

/// The right answer, and every wrong one that is foreseen.
fn answers(question: &Question) -> (String, Vec<String>) {
    let letters = |places: &[usize]| -> String {
        places.iter().map(|place| variant::letter(*place)).collect()
    };
    let text = |given: &Given| match given {
        Given::Options(places) => letters(places),
        Given::Number(number) => number.to_string(),
        Given::Text(text) => text.clone(),
    };
    let key = question.key.as_ref().unwrap();
    let mut wrong: Vec<String> = key.mistakes.iter().map(|m| text(&m.answer)).collect();
    let right = match &key.right {
        Right::Options(places) => {
            let all: Vec<usize> = (0..question.form.options().len()).collect();
            match &question.form {
                Form::Choice(_) => {
                    let others = all.iter().filter(|place| !places.contains(place));
                    wrong.extend(others.map(|place| letters(&[*place])));
                }
                Form::Choices(_) => {
                    assert_ne!(*places, all, "{}: all options hold", question.id);
                    // Each option wrongly in or out.
                    wrong.extend(all.iter().filter_map(|place| {
                        let mut other = places.clone();
                        match other.iter().position(|p| p == place) {
                            Some(at) => drop(other.remove(at)),
                            None => other.push(*place),
                        }
                        (!other.is_empty()).then(|| letters(&other))
                    }));
                }
                _ => {
                    assert_ne!(*places, all, "{}: it is in order already", question.id);
                    wrong.extend((1..places.len()).map(|at| {
                        let mut other = places.clone();
                        other.swap(at - 1, at);
                        letters(&other)
                    }));
                }
            }
            letters(places)
        }
        Right::Number { value, .. } => value.to_string(),
        Right::Between { low, high, .. } => {
            wrong.extend([
                (low - low.abs() - 1.0).to_string(),
                (high * 10.0 + 1.0).to_string(),
            ]);
            f64::midpoint(*low, *high).to_string()
        }
        Right::Text { text, .. } => text.clone(),
    };
    (right, wrong)
}

#[test]
fn every_question_can_be_answered_and_missed() {
    for question in bank().unwrap().questions() {
        let (right, wrong) = answers(question);
        assert!(question.judge(&right).is_correct(), "{}", question.id);
        for wrong in wrong {
            let outcome = question.judge(&wrong).outcome;
            let Outcome::Wrong { hint } = outcome else {
                panic!("{} {wrong}: {outcome:?}", question.id);
            };
            assert!(hint.len() > 20, "{} {wrong}: {hint:?}", question.id);
        }
    }
}

/// Each way of being wrong has a hint of its own, and none is the explanation.
#[test]
fn no_two_mistakes_share_a_hint() {
    for question in bank().unwrap().questions() {
        let key = question.key.as_ref().unwrap();
        let between = match &key.right {
            Right::Between { below, above, .. } => vec![below, above],
            _ => vec![],
        };
        let mut hints: Vec<&String> = (key.option_hints.iter().chain([&key.hint]))
            .chain(key.mistakes.iter().map(|mistake| &mistake.hint))
            .chain(between)
            .filter(|hint| !hint.is_empty())
            .collect();
        let all = hints.len();
        hints.sort();
        hints.dedup();
        assert_eq!(hints.len(), all, "{} repeats a hint", question.id);
        assert!(!hints.contains(&&key.explanation), "{}", question.id);
        assert!(key.explanation.len() > 40, "{}", question.id);
        let foreseen = match &question.form {
            Form::Number { .. } | Form::Prints => 2,
            _ => 0,
        };
        assert!(key.mistakes.len() >= foreseen, "{}", question.id);
    }
}

/// A title and a year, so that a reader can find it.
#[test]
fn every_reference_has_a_year() {
    for question in bank().unwrap().questions() {
        let reference = &question.key.as_ref().unwrap().reference;
        let year = reference
            .split(|c: char| !c.is_ascii_digit())
            .any(|digits| {
                digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
            });
        assert!(
            year && reference.contains(", "),
            "{}: {reference}",
            question.id
        );
    }
}

/// Whoever has the crate has its bank: no exam can be in it.
#[test]
fn no_built_in_question_keeps_its_verdict_back() {
    for question in bank().unwrap().questions() {
        assert_eq!(question.feedback, Feedback::Now, "{}", question.id);
        assert!(question.key.is_some(), "{}", question.id);
    }
}

/// What the bank claims about code, the compiler has to confirm.
#[test]
fn code_prints_what_the_bank_says() {
    let dir = std::env::temp_dir().join(format!("twoaxes-quiz-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let exam = [("exam.toml", include_str!("../../examples/exam/exam.toml"))];
    let exam = super::bank::Bank::from_files(&exam).unwrap();
    let practice = bank().unwrap();
    for question in practice.questions().iter().chain(exam.questions()) {
        let (Some(Right::Text { text, accept }), Some(code)) =
            (question.key.as_ref().map(|key| &key.right), &question.code)
        else {
            continue;
        };
        let (source, program) = (dir.join("code.rs"), dir.join("code"));
        std::fs::write(&source, code).unwrap();
        let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
        let compiled = Command::new(rustc)
            .args(["--edition=2024", "-Awarnings", "-o"])
            .args([&program, &source])
            .output()
            .unwrap();
        if compiled.status.success() {
            let output = Command::new(&program).output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            assert!(
                question.judge(&printed).is_correct(),
                "{}: {printed}",
                question.id
            );
        } else {
            assert_eq!(text, "no", "{}", question.id);
            let errors = String::from_utf8(compiled.stderr).unwrap();
            let code = accept.iter().find(|code| code.starts_with('E')).unwrap();
            assert!(errors.contains(code.as_str()), "{}: {errors}", question.id);
        }
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn cards_say_the_same_in_text_and_in_html() {
    let check = |id: &str, answer: &str, words: &str| {
        let bundle = super::check(id, answer).unwrap().mime_bundle();
        let (text, html) = (bundle.get("text/plain"), bundle.get("text/html"));
        assert!(text.unwrap().contains(words), "{text:?}");
        assert!(html.unwrap().contains(words), "{html:?}");
        assert!(html.unwrap().contains("role=\"status\""));
    };
    check("barista-1", "B", "Correct");
    check("barista-1", "A", "Not yet");
    check("barista-1", "?", "Not answered");
    check("barista-1", "X", "Not understood");
    insta::assert_snapshot!(question("barista-4").mime_bundle().get("text/plain").unwrap(), @r#"
    Question barista-4
    Which of these shrink the makespan of several filter coffees, each 3 ticks of grinding, 10 of dripping and 2 of serving?
      A. Shorter time slices for the grinding.
      B. Starting the next coffee while the first one drips.
      C. Changing orders more often, at a cost of 1 tick each time.
      D. A second barista.
    Answer with every letter from A to D that holds, with commas between them.
    "#);
    insta::assert_snapshot!(
        super::check("barista-2", "<b>")
            .unwrap()
            .mime_bundle()
            .get("text/html")
            .unwrap()
    );
}

/// A bank of one question in a file, for tests of the format.
fn file_of(content: &str) -> Result<Bank, BankError> {
    let content = format!("section = \"s\"\n\n[[question]]\n{content}");
    Bank::from_files(&[("s.toml", &content)])
}

const COMMON: &str = "id = \"s-1\"\nprompt = \"p\"\nexplanation = \"e\"\nreference = \"r\"\n";

#[test]
fn a_broken_bank_names_the_place() {
    let check = |content: &str, expected: &str| {
        let error = file_of(content).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    let of = |kind: &str, rest: &str| format!("{COMMON}kind = \"{kind}\"\n{rest}");
    let two = "options = { A = { text = \"a\" }, B = { text = \"b\", hint = \"h\" } }\n";
    check("id = ", "s.toml line 4");
    check(
        &format!(
            "id = \"{}\"\nkind = \"number\"\nprompt = \"a\"",
            "s".repeat(49)
        ),
        "at most 48",
    );
    check("id = \"s-1\"\nkind = \"riddle\"", "riddle");
    check(&of("choice", "colour = 1"), "colour");
    check(&of("choice", "answer = \"A\""), "two options or more");
    check(
        &of("choice", &format!("{two}answer = \"C\"")),
        "line 3, question \"s-1\": the answer \"C\"",
    );
    check(
        &of("choice", &format!("{two}answer = \"A,B\"")),
        "one letter",
    );
    check(&of("choice", two), "the answer is missing");
    check(
        &of("choice", &format!("{two}answer = \"B\"")),
        "option A can be got wrong and has no hint",
    );
    check(
        &of("choice", &format!("{two}answer = 1")),
        "a letter in quotes",
    );
    check(
        &of("choice", &format!("{two}answer = \"B\"\nunit = \"s\"")),
        "\"unit\" has no meaning",
    );
    check(
        &of(
            "choice",
            "answer = \"A\"\noptions = { A = { text = \"a\" }, C = { text = \"c\" } }",
        ),
        "should be B",
    );
    check(
        &of("order", &format!("{two}answer = \"B\"")),
        "each letter once",
    );
    check(&of("number", "answer = 4"), "needs a hint");
    check(
        &of("number", "answer = \"4\"\nhint = \"h\""),
        "without quotes",
    );
    check(
        &of("number", "answer = 4\nhint = \"h\"\ntolerance = -1.0"),
        "0 or more",
    );
    check(
        &of(
            "number",
            "answer = 4\nhint = \"h\"\ntolerance = 1.0\nmistakes = [{ answer = 5, hint = \"h\" }]",
        ),
        "within the tolerance",
    );
    check(
        &of("prints", "answer = \"4\"\nhint = \"h\""),
        "needs the code",
    );
    check(
        &of(
            "prints",
            "code = \"c\"\nanswer = \"no\"\nhint = \"h\"\nmistakes = [{ answer = \"NO\", hint = \"h\" }]",
        ),
        "is a right answer",
    );
    check(&of("predict", "low = 1"), "low and high");
    check(
        &of("predict", "low = 2\nhigh = 1"),
        "low is 2 and high is 1",
    );
    check(
        &of("predict", "low = 1\nhigh = 2\nbelow = \"b\""),
        "`above`",
    );
    check(
        &of(
            "predict",
            "low = 1\nhigh = 2\nbelow = \"b\"\nabove = \"a\"\nmistakes = [{ answer = 2, hint = \"h\" }]",
        ),
        "lies between",
    );
    check(
        &of("number", "answer = 4\nhint = \"h\"").replace("s-1", "S 1"),
        "lowercase letters",
    );
    check(
        &of("number", "answer = 4\nhint = \"h\"").replace("reference = \"r\"\n", ""),
        "needs a reference",
    );
    check(
        &of("number", "hint = \"h\"\nfeedback = \"later\""),
        "stands there without an answer",
    );
    let twice = format!(
        "{0}\n[[question]]\n{0}",
        of("number", "answer = 4\nhint = \"h\"")
    );
    check(&twice, "line 11, question \"s-1\": the id is taken");
    let exercise = "\n[[exercise]]\nid = \"s-2\"\ntitle = \"t\"\npoints = 0";
    check(
        &of("number", &format!("answer = 4\nhint = \"h\"{exercise}")),
        "at least 1 point",
    );
}

#[test]
fn orders_and_predictions_are_judged() {
    let options = "options = { A = { text = \"a\", hint = \"ha\" }, B = { text = \"b\", hint = \"hb\" }, C = { text = \"c\", hint = \"hc\" } }\n";
    let order = file_of(&format!(
        "{COMMON}kind = \"order\"\n{options}answer = \"C,A,B\"\nmistakes = [{{ answer = \"B,A,C\", hint = \"backwards\" }}]"
    ))
    .unwrap();
    let predict = file_of(&format!(
        "{COMMON}kind = \"predict\"\nlow = 1.5\nhigh = 2\nbelow = \"b\"\nabove = \"a\"\nmistakes = [{{ answer = 8, hint = \"tasks\" }}]"
    ))
    .unwrap();
    let check = |bank: &Bank, answer: &str, expected: &str| {
        let outcome = bank.questions()[0].judge(answer).outcome;
        assert!(
            format!("{outcome:?}").contains(expected),
            "{answer}: {outcome:?}"
        );
    };
    check(&order, "C, A, B", "Correct");
    check(&order, "cab", "Correct");
    check(&order, "C > A > B", "Correct");
    check(&order, "C,B,A", "Look at place 2. hb");
    check(&order, "B,A,C", "backwards");
    check(&order, "C,A", "the letters A to C in order");
    check(&order, "C,A,A", "Unreadable");
    check(&predict, "1.5", "Correct");
    check(&predict, "2", "Correct");
    check(&predict, "1", "\"b\"");
    check(&predict, "3", "\"a\"");
    check(&predict, "8", "tasks");
    check(&predict, "fast", "your prediction, a number");
}

#[test]
fn shuffled_options_keep_their_meaning() {
    for question in bank().unwrap().questions() {
        let (right, wrong) = answers(question);
        let shuffled = question.shuffled_for("Ada Lovelace", 7);
        assert_eq!(shuffled, question.shuffled_for("Ada Lovelace", 7));
        assert_eq!(shuffled.name(), question.id);
        if question.form.options().is_empty() {
            assert_eq!(shuffled, *question);
            continue;
        }
        let letters = shuffled.id.split_once(':').unwrap().1;
        // The letter under which the student reads the bank's letter.
        let seen = |answer: &str| -> String {
            let place = |c: char| letters.find(c).unwrap();
            answer.chars().map(|c| variant::letter(place(c))).collect()
        };
        assert!(check(&shuffled.id, &seen(&right)).unwrap().is_correct());
        for wrong in wrong {
            let verdict = check(&shuffled.id, &seen(&wrong)).unwrap();
            assert!(!verdict.is_correct(), "{} {wrong}", shuffled.id);
        }
        let texts = |question: &Question| {
            let mut texts = question.form.options().to_vec();
            texts.sort();
            texts
        };
        assert_eq!(texts(&shuffled), texts(question));
    }
    let orders: std::collections::BTreeSet<String> = (0..40)
        .map(|student| {
            question("barista-1")
                .0
                .unwrap()
                .shuffled_for(&student.to_string(), 1)
                .id
        })
        .collect();
    assert!(orders.len() > 10, "{orders:?}");
}

#[test]
fn an_order_of_options_that_is_none_is_refused() {
    for id in [
        "barista-1:ABC",
        "barista-1:ABCC",
        "barista-1:",
        "barista-1:ABCD:",
        "barista-2:A",
    ] {
        let error = check(id, "A").unwrap_err();
        assert!(
            matches!(error, QuizError::UnknownVariant { .. }),
            "{id}: {error}"
        );
    }
}

#[test]
fn an_exam_question_reaches_students_without_its_key() {
    let bank = file_of(&format!(
        "{COMMON}kind = \"choice\"\nfeedback = \"later\"\nanswer = \"B\"\noptions = {{ A = {{ text = \"one\", hint = \"secret\" }}, B = {{ text = \"two\" }} }}"
    ))
    .unwrap();
    let file = bank.students_file();
    for secret in ["answer", "secret", "explanation", "reference", "hint"] {
        assert!(!file.contains(secret), "{file}");
    }
    let students = Bank::from_files(&[("s", &file)]).unwrap();
    let [question] = students.questions() else {
        panic!("{file}");
    };
    assert_eq!(question.prompt, "p");
    assert_eq!(question.form.options(), ["one", "two"]);
    assert_eq!(question.judge("B").outcome, Outcome::Recorded);
    assert!(matches!(
        question.judge("?").outcome,
        Outcome::Unanswered { .. }
    ));
    assert!(matches!(
        question.judge("C").outcome,
        Outcome::Unreadable { .. }
    ));
}

#[test]
fn practice_questions_reach_students_whole() {
    for (name, content) in load::FILES {
        let bank = Bank::from_files(&[(name, content)]).unwrap();
        let file = bank.students_file();
        assert_eq!(Bank::from_files(&[(name, &file)]).unwrap(), bank);
    }
}

#[test]
fn progress_follows_the_answers() {
    // Ids of their own: the ledger belongs to the whole process.
    let question = |id: &str| {
        format!(
            "[[question]]\n{}kind = \"number\"\nanswer = 4\nhint = \"h\"\n",
            COMMON.replace("s-1", id)
        )
    };
    let content = format!(
        "section = \"far\"\n{}{}",
        question("far-1"),
        question("far-2")
    );
    assert_eq!(session::add("far", &content).unwrap(), ["far-1", "far-2"]);
    let text =
        |made: Result<MimeBundle, QuizError>| made.unwrap().get("text/plain").unwrap().to_owned();
    let shown = || text(Progress::of("far").map(|far| card::progress(&far)));

    assert_eq!(progress("far"), 0);
    assert!(shown().contains("its cell has not run") && shown().contains("Run All Cells"));
    assert!(text(answered("far-1", "5")).contains("0 of 2 right"));
    assert!(text(answered("far-1", "4")).contains("1 of 2 right"));
    assert!(text(answered("far-2", "?")).contains("1 of 2 right"));
    assert_eq!(progress("far"), 1);
    insta::assert_snapshot!(shown(), @"
    ◐ So far (far)
    ✔ Question far-1: right
    ○ Question far-2: not answered
    Questions: 1 of 2 right so far.
    ");
    answered("far-2", "4").unwrap();
    assert_eq!(progress("far"), 2);
    assert!(shown().starts_with("✔ All done"));

    assert!(session::add("far", &content.replace("far-2", "start-1")).is_err());
    let error = Progress::of("fra").unwrap_err().to_string();
    assert!(error.contains("far"), "{error}");
}

#[test]
fn a_prediction_is_judged_when_it_is_measured() {
    let content = format!(
        "section = \"seer\"\n[[question]]\n{}kind = \"predict\"\nlow = 1.5\nhigh = 2\nbelow = \"b\"\nabove = \"too high\"",
        COMMON.replace("s-1", "seer-1")
    );
    session::add("seer", &content).unwrap();
    let text =
        |made: Result<MimeBundle, QuizError>| made.unwrap().get("text/plain").unwrap().to_owned();
    let check = |said: String, words: &str| assert!(said.contains(words), "{said}");
    check(
        text(compared("seer-1", 1.9)),
        "The run says 1.9. Write your prediction",
    );
    check(
        text(answered("seer-1", "8")),
        "You predict 8.\nNow run the next cell",
    );
    check(text(answered("seer-1", "1.75")), "0 of 1 right");
    assert_eq!(progress("seer"), 0, "nothing is given away before the run");
    answered("seer-1", "8").unwrap();
    check(
        text(compared("seer-1", 1.9)),
        "You predicted 8. The run says 1.9.\ntoo high",
    );
    answered("seer-1", "1.75").unwrap();
    check(text(compared("seer-1", 1.9)), "Well predicted");
    assert_eq!(progress("seer"), 1);
    answered("seer-1", "1.75").unwrap();
    assert_eq!(
        progress("seer"),
        1,
        "the same answer once more takes nothing away"
    );
    answered("seer-1", "1.8").unwrap();
    assert_eq!(progress("seer"), 0, "another answer has to be measured");
    answered("seer-1", "1.75").unwrap();
    let unmeasured = text(compared("seer-1", f64::NAN));
    check(unmeasured.clone(), "The run has no number to compare");
    assert!(!unmeasured.contains("Well predicted"), "{unmeasured}");
    assert_eq!(progress("seer"), 0, "what was not measured is not judged");
    check(text(compared("seer-1", 1.0)), "outside of what is usual");
    let error = compared("barista-1", 1.0).unwrap_err().to_string();
    check(error, "asks for no prediction");
}

#[test]
fn answers_of_two_cells_are_told_apart() {
    use crate::ledger::{Clash, Mark, record};
    let run = |name: Option<&str>, answers: &[&str]| {
        notebook::begin_cell(0, name.map(str::to_owned), None);
        let mut made = None;
        for answer in answers {
            made = record("clash-1", Mark::Wrong, answer);
        }
        made
    };
    let before = |text: &str| text.to_owned();
    // In one test, since all tests share the cell that runs.
    assert_eq!(run(Some("a"), &["A"]), None);
    assert_eq!(
        run(Some("a"), &["B"]),
        None,
        "the same cell may change its mind"
    );
    assert_eq!(run(Some("b"), &["B"]), None, "the same answer does no harm");
    assert_eq!(
        run(Some("a"), &["C"]),
        Some(Clash::OtherCell {
            before: before("B")
        })
    );
    assert_eq!(run(None, &["D"]), None, "nobody knows which cell it is");
    assert_eq!(
        run(None, &["D", "A"]),
        Some(Clash::SameRun {
            before: before("D")
        })
    );
    // What measures is no second answer.
    run(Some("a"), &["5"]);
    notebook::begin_cell(0, Some("measures".to_owned()), None);
    ledger::judge("clash-1", Mark::Right);
    assert_eq!(
        run(Some("a"), &["6"]),
        None,
        "the same cell may still change its mind"
    );
    notebook::begin_cell(0, Some("copy".to_owned()), None);
    assert_eq!(
        record("clash-1", Mark::Untouched, "?"),
        Some(Clash::EmptyCopy {
            stands: before("6")
        })
    );
    assert_eq!(
        ledger::answer("clash-1").as_deref(),
        Some("6"),
        "no work is lost"
    );
    notebook::begin_cell(0, None, None);
    record("clash-1", Mark::Untouched, "?");
    assert_eq!(record("clash-1", Mark::Wrong, "A"), None);
}

#[test]
fn tolerances() {
    let check = |tolerance: Tolerance, given, right, expected| {
        assert_eq!(
            tolerance.allows(given, right),
            expected,
            "{given} for {right}"
        );
    };
    check(Tolerance::Absolute(0.0), 0.1 + 0.2, 0.3, true);
    check(Tolerance::Absolute(0.0), 40.001, 40.0, false);
    check(Tolerance::Absolute(0.5), 39.5, 40.0, true);
    check(Tolerance::Relative(0.01), 3.36, 3.333, true);
    check(Tolerance::Relative(0.01), 3.4, 3.333, false);
}

proptest! {
    #[test]
    fn any_answer_gets_a_verdict(answer in "\\PC{0,60}", id in 1..5_u8) {
        let verdict = check(&format!("barista-{id}"), &answer).unwrap();
        let html = verdict.mime_bundle().get("text/html").unwrap().to_owned();
        prop_assert_eq!(html.matches("<div").count(), 2);
        prop_assert_eq!(html.matches("<script").count(), 0);
    }

    #[test]
    fn any_bank_is_read_or_refused(content in "(\\[\\[question\\]\\]|id|kind|=|\"|\n|choice|answer|[ -~]){0,30}") {
        let _ = Bank::from_files(&[("x.toml", &content)]);
    }

    #[test]
    fn any_id_is_found_or_has_neighbours(id in "\\PC{0,80}") {
        if let Err(error) = check(&id, "A") {
            prop_assert!(error.to_string().contains("the nearest are"));
        }
    }
}

#[test]
fn an_exercise_that_nobody_can_have_touched_is_not_called_wrong() {
    use crate::ledger::{Mark, record};
    record("pitfalls-update", Mark::Points { got: 0, of: 5 }, "");
    let far = progress::Progress::of("pitfalls").unwrap();
    let card = card::progress(&far);
    let said = card.get("text/plain").unwrap();
    assert!(
        said.contains("○ Exercise pitfalls-update: repair a lost update: not repaired yet"),
        "{said}"
    );
}
