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
    check("barista-1", "A,B", "unreadable", "\"A,B\" cannot be read");
    check("barista-1", "2", "unreadable", "");

    check("barista-2", "40", "correct", "");
    check("barista-2", "40.0 ticks", "correct", "");
    check("barista-2", "80/2", "correct", "");
    check("barista-2", "20", "wrong", "How many hands");
    check("barista-2", "80", "wrong", "twice");
    check("barista-2", "41", "wrong", "Add up the ticks");
    check("barista-2", "forty", "unreadable", "a number of ticks");
    check("barista-2", "inf", "unreadable", "");

    check("barista-3", "B,D", "correct", "");
    check("barista-3", "d b", "correct", "");
    check("barista-3", "bd", "correct", "");
    check("barista-3", "B", "wrong", "Something is missing");
    check("barista-3", "A,B,D", "wrong", "A does not hold");
    check("barista-3", "B,E", "unreadable", "every letter from A to D");

    check("barista-4", "no", "correct", "E0373");
    check("barista-4", "NO", "correct", "");
    check("barista-4", "e0373", "correct", "");
    check("barista-4", "1", "wrong", "`join` does wait");
    check("barista-4", "2", "wrong", "");
}

#[test]
fn an_unknown_id_lists_its_neighbours() {
    let message = check("barsta-1", "B").unwrap_err().to_string();
    assert!(message.contains("\"barsta-1\""), "{message}");
    assert!(message.contains("barista-1, "), "{message}");
}

#[test]
fn every_question_can_be_answered_and_missed() {
    for question in bank().unwrap().questions() {
        let (right, wrong): (String, Vec<String>) = match &question.kind {
            Kind::Choice { options, answer } => {
                let wrong = options.iter().filter(|o| o.letter != *answer);
                (
                    answer.to_string(),
                    wrong.map(|o| o.letter.to_string()).collect(),
                )
            }
            Kind::Choices { options, answer } => {
                let all: String = options.iter().map(|o| o.letter).collect();
                let other = options
                    .iter()
                    .find(|o| !answer.contains(&o.letter))
                    .unwrap();
                assert_ne!(all, answer.iter().collect::<String>());
                (answer.iter().collect(), vec![all, other.letter.to_string()])
            }
            Kind::Number {
                answer, mistakes, ..
            } => {
                let wrong = mistakes.iter().map(|mistake| mistake.answer.to_string());
                (answer.to_string(), wrong.collect())
            }
            Kind::Prints {
                answer, mistakes, ..
            } => {
                let wrong = mistakes.iter().map(|mistake| mistake.answer.clone());
                (answer.clone(), wrong.collect())
            }
        };
        assert!(question.judge(&right).is_correct(), "{}", question.id);
        for wrong in wrong {
            let outcome = question.judge(&wrong).outcome;
            let Outcome::Wrong { hint } = outcome else {
                panic!("{} {wrong}: {outcome:?}", question.id);
            };
            assert!(hint.len() > 20, "{} {wrong}: {hint:?}", question.id);
        }
        assert!(question.explanation.len() > 40, "{}", question.id);
    }
}

/// What the bank claims about code, the compiler has to confirm.
#[test]
fn code_prints_what_the_bank_says() {
    let dir = std::env::temp_dir().join(format!("twoaxes-quiz-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    for question in bank().unwrap().questions() {
        let (Kind::Prints { answer, accept, .. }, Some(code)) = (&question.kind, &question.code)
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
            assert_eq!(answer, "no", "{}", question.id);
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
    insta::assert_snapshot!(question("barista-3").mime_bundle().get("text/plain").unwrap(), @r#"
    Question barista-3
    Which of these shrink the makespan of several filter coffees, each 3 ticks of grinding, 10 of dripping and 2 of serving?
      A. Shorter time slices for the grinding.
      B. Starting the next coffee while the first one drips.
      C. Changing orders more often, at a cost of 1 tick each time.
      D. A second barista.
    Answer with every letter from A to D that holds, for example "A,B".
    "#);
    insta::assert_snapshot!(
        super::check("barista-2", "<b>")
            .unwrap()
            .mime_bundle()
            .get("text/html")
            .unwrap()
    );
}

#[test]
fn a_broken_bank_names_the_place() {
    let check = |content: &str, expected: &str| {
        let content = format!("section = \"s\"\n\n[[question]]\n{content}");
        let error = Bank::from_files(&[("s.toml", &content)]).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    let choice = "id = \"s-1\"\nkind = \"choice\"\nprompt = \"p\"\nexplanation = \"e\"\n";
    let number = "id = \"s-1\"\nkind = \"number\"\nprompt = \"p\"\nexplanation = \"e\"\n";
    let prints = "id = \"s-1\"\nkind = \"prints\"\nprompt = \"p\"\nexplanation = \"e\"\n";
    let options = "options = { A = { text = \"a\" }, B = { text = \"b\", hint = \"h\" } }\n";
    check("id = ", "s.toml line 4");
    check("id = \"s-1\"\nkind = \"riddle\"", "riddle");
    check(&format!("{choice}colour = 1"), "colour");
    check(&format!("{choice}answer = \"A\""), "two options or more");
    check(
        &format!("{choice}{options}answer = \"C\""),
        "line 3, question \"s-1\": the answer \"C\"",
    );
    check(&format!("{choice}{options}answer = \"A,B\""), "one letter");
    check(
        &format!("{choice}{options}answer = \"B\""),
        "option A is wrong and has no hint",
    );
    check(
        &format!("{choice}{options}answer = 1"),
        "a letter in quotes",
    );
    check(
        &format!("{choice}{options}answer = \"A\"\nunit = \"s\""),
        "\"unit\" has no meaning",
    );
    check(
        &format!(
            "{choice}answer = \"A\"\noptions = {{ A = {{ text = \"a\" }}, C = {{ text = \"c\" }} }}"
        ),
        "should be B",
    );
    check(&format!("{number}answer = 4"), "needs a hint");
    check(
        &format!("{number}answer = \"4\"\nhint = \"h\""),
        "without quotes",
    );
    check(
        &format!("{number}answer = 4\nhint = \"h\"\ntolerance = -1.0"),
        "0 or more",
    );
    check(
        &format!(
            "{number}answer = 4\nhint = \"h\"\ntolerance = 1.0\nmistakes = [{{ answer = 5, hint = \"h\" }}]"
        ),
        "within the tolerance",
    );
    check(
        &format!("{prints}answer = \"4\"\nhint = \"h\""),
        "needs the code",
    );
    check(
        &format!("{}answer = 4\nhint = \"h\"", number.replace("s-1", "S 1")),
        "lowercase letters",
    );
    let twice =
        format!("{number}answer = 4\nhint = \"h\"\n[[question]]\n{number}answer = 4\nhint = \"h\"");
    check(&twice, "line 10, question \"s-1\": the id is taken");
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
        prop_assert_eq!(html.matches("<div").count(), 1);
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
