//! The pages for students and for the instructor: what stands in them, and that
//! nothing of a student's becomes a part of them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod gradebook_sample;

use std::fs;

use gradebook_sample::{Book, graded, item, problem};
use twoaxes_grader::gradebook::Mark;
use twoaxes_grader::report::{self, Written, file_stem};
use twoaxes_grader::results::{Graded, Verdict};

const HOSTILE: &str = "<script>alert('x')</script>";

fn hostile() -> Graded {
    let mut result = graded(HOSTILE, "bar");
    result.items[0] = item("quiz", 0.0, Verdict::Wrong, HOSTILE);
    result.items[1] = item(
        "code",
        0.0,
        Verdict::NotCompiled,
        "</code><img src=x onerror=y>",
    );
    result.items[1].words = "`<script>` is *<b>not</b>* here".to_owned();
    result.submitted = Some("\"><script>".to_owned());
    result.remarks = vec![HOSTILE.to_owned()];
    result
}

fn pages(b: &Book) -> Written {
    report::write_pages(b.folder.path(), &b.book.read().unwrap()).unwrap()
}

fn feedback(b: &Book, student: &str) -> String {
    let folder = b.folder.path().join(report::FEEDBACK);
    fs::read_to_string(folder.join(file_stem(student) + ".html")).unwrap()
}

fn overview(b: &Book) -> String {
    fs::read_to_string(b.folder.path().join(report::OVERVIEW)).unwrap()
}

/// No tag and no attribute of a student's, and nothing from elsewhere.
fn is_harmless(page: &str) {
    for tag in ["<script", "<img", "<b>", "<iframe", "<link", "onerror=y>"] {
        let found = page.to_lowercase().matches(tag).count();
        assert_eq!(found, 0, "{tag} in {page}");
    }
    assert!(page.contains("default-src 'none'"));
    // The only address is the name of SVG's language, which nobody fetches.
    let addresses = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(!addresses.contains("http:") && !addresses.contains("https:"));
}

#[test]
fn whatever_a_student_writes_stays_text() {
    let mut b = Book::new();
    b.book.record(&hostile(), "r").unwrap();
    let mark = Mark {
        points: None,
        comment: "Write <b> as &lt;b&gt;.".to_owned(),
    };
    b.book.mark(HOSTILE, "bar", "code", &mark).unwrap();
    b.book
        .record(&problem(HOSTILE, "final", HOSTILE), "r")
        .unwrap();
    pages(&b);

    let (page, overview) = (feedback(&b, HOSTILE), overview(&b));
    is_harmless(&page);
    is_harmless(&overview);
    let escaped = "&lt;script&gt;alert('x')&lt;/script&gt;";
    assert!(
        page.contains(&format!("<title>Feedback for {escaped}</title>")),
        "{page}"
    );
    assert!(
        page.contains(&format!("<pre class=\"text\"><code>{escaped}</code></pre>")),
        "{page}"
    );
    assert!(page.contains("<code>&lt;script&gt;</code> is <em>&lt;b&gt;not&lt;/b&gt;</em> here"));
    assert!(page.contains("Write &lt;b&gt; as &amp;lt;b&amp;gt;."));
    assert!(overview.contains(&format!(
        "<a href=\"feedback/%253Cscript%253Ealert%2528%2527x%2527%2529%253C%252Fscript%253E.html\">{escaped}</a>"
    )), "{overview}");
}

#[test]
fn a_page_says_everything_but_the_evidence() {
    let mut b = Book::new();
    let mut result = graded("ada", "bar");
    result.items[0] = item("quiz", 0.0, Verdict::Wrong, "A");
    result.share = 0.8;
    result.late = 3600;
    result.remarks = vec!["INSTRUCTOR only".to_owned()];
    b.book.record(&result, "r").unwrap();
    let mark = Mark {
        points: Some(0.0),
        comment: "Copied from `bob`.".to_owned(),
    };
    b.book.mark("ada", "bar", "code", &mark).unwrap();
    pages(&b);

    let page = feedback(&b, "ada");
    for expected in [
        "<h1>Feedback for ada</h1>",
        "In all <strong>0 of 10 points</strong>",
        "1 answer waits for your instructor, and so far counts nothing.",
        "Handed in 1 hour late: 80% of the points count.",
        "2026-08-06 10:00 UTC",
        "<h3>The quiz</h3>",
        "✗ </span>not right",
        "<strong>A.</strong> one",
        "<p>Words on quiz.</p>",
        "<p>What is <code>quiz</code>?</p>",
        "<li><strong>C.</strong> three</li></ul></details>",
        "✎ </span>marked by your instructor",
        "<p>Copied from <code>bob</code>.</p>",
        "… </span>waits for your instructor",
        "– of 5 points",
        "Nobody has handed this in yet, so it does not count.",
    ] {
        assert!(page.contains(expected), "{expected:?} is missing in {page}");
    }
    assert!(
        !page.contains("SECRET") && !page.contains("INSTRUCTOR"),
        "{page}"
    );
    assert!(!overview(&b).contains("SECRET"));

    b.book.record(&graded("bob", "final"), "r").unwrap();
    pages(&b);
    let page = feedback(&b, "ada");
    assert!(page.contains("In all <strong>0 of 20 points</strong>"));
    assert!(page.contains("Not handed in: 0 of 10 points."));
}

#[test]
fn options_of_a_shuffled_question_are_named_as_they_are_listed() {
    let mut b = Book::new();
    let mut result = graded("ada", "bar");
    result.items[0].said = "C".to_owned();
    b.book.record(&result, "r").unwrap();
    pages(&b);
    let expected = "<p>You wrote <strong>C</strong>, which is <strong>B</strong> under “What was \
                    asked”: your notebook has the options in an order of its own.</p>\
                    <p><strong>B.</strong> two</p>";
    let page = feedback(&b, "ada");
    assert!(page.contains(expected), "{page}");
    b.book.record(&graded("ada", "bar"), "r").unwrap();
    pages(&b);
    assert!(!feedback(&b, "ada").contains("You wrote"));
}

#[test]
fn words_keep_their_lines_and_their_columns() {
    let mut b = Book::new();
    let mut result = graded("ada", "bar");
    let diagnostic =
        "error[E0308]: mismatched types\n --> cell \"x\":2:5\n  |\n2 |     1.0\n  |     ^^^";
    result.items[1].words = format!("It does not compile.\n\n```\n{diagnostic}\n```");
    result.items[2].words = "✘ two is doubled (1 point)\n  Expected `4`, got `2`.".to_owned();
    b.book.record(&result, "r").unwrap();
    pages(&b);
    let page = feedback(&b, "ada");
    let shown = diagnostic.replace('"', "&quot;").replace('>', "&gt;");
    for expected in [
        format!("<p>It does not compile.</p><pre><code>{shown}</code></pre>"),
        "<p>✘ two is doubled (1 point)\n  Expected <code>4</code>, got <code>2</code>.</p>"
            .to_owned(),
    ] {
        assert!(
            page.contains(&expected),
            "{expected:?} is missing in {page}"
        );
    }
    // What the text alone does not show.
    assert!(page.contains("p { margin: 0.5rem 0; white-space: pre-wrap; }"));
    assert!(page.contains("white-space: pre; overflow-wrap: normal;"));
}

#[test]
fn the_overview_says_who_needs_attention_and_what_was_hard() {
    let mut b = Book::new();
    for (number, answer) in ["A", "A", "C", "B", "", "A"].iter().enumerate() {
        let mut result = graded(&format!("s{number}"), "bar");
        let (earned, verdict) = match *answer {
            "B" => (1.0, Verdict::Right),
            "" => (0.0, Verdict::Unanswered),
            _ => (0.0, Verdict::Wrong),
        };
        result.items[0] = item("quiz", earned, verdict, answer);
        if number == 5 {
            result.late = 3600;
        }
        b.book.record(&result, "r").unwrap();
    }
    b.book
        .record(&problem("broken", "bar", "It ends in the middle."), "r")
        .unwrap();
    pages(&b);
    let page = overview(&b);
    let order = [
        "<strong>7 students</strong>, who handed in <strong>7 notebooks</strong>. <strong>1</strong> could not be graded. <strong>6</strong> answers wait for a person.",
        "It ends in the middle.",
        "<h2>Waiting for a person</h2>",
        "<desc id=\"scores-1-desc\">7 submissions. 0 to 10%: 1, 20 to 30%: 5, 30 to 40%: 1.</desc>",
        "submissions (number)",
        "points earned (% of the possible ones)",
        "Mean 19%, median 20%.",
        "<p>Nobody has handed in yet, so that it does not count: final.</p>",
        "<td class=\"number\">17</td><td class=\"number\">5</td><td class=\"number\">6</td>",
        "<td class=\"number\">50</td>",
        "<td class=\"number\">3</td><td><strong>A.</strong> one</td>",
        "<td class=\"number\">1</td><td><strong>C.</strong> three</td>",
        "Points of 10 in all notebooks that somebody has handed in, after lateness.",
        "<th class=\"number\" scope=\"col\">bar</th><th class=\"number\" scope=\"col\">handed in</th>",
        "<a href=\"feedback/broken.html\">broken</a></td><td class=\"number\">0</td><td class=\"number\">0</td>",
        "<td class=\"number\">2<br><span class=\"faint\">1 hour late</span></td>",
    ];
    let mut rest = page.as_str();
    for expected in order {
        let Some((_, after)) = rest.split_once(expected) else {
            panic!("{expected:?} is missing, or too early, in {page}");
        };
        rest = after;
    }
}

#[test]
fn only_pages_that_changed_are_written() {
    let mut b = Book::new();
    for name in ["ada", "bob"] {
        b.book.record(&graded(name, "bar"), "r").unwrap();
    }
    let written = |pages, changed| Written { pages, changed };
    assert_eq!(pages(&b), written(3, 3));
    assert_eq!(pages(&b), written(3, 0));
    b.book.record(&problem("bob", "bar", "No."), "r").unwrap();
    assert_eq!(pages(&b), written(3, 2));
    // A page that somebody deleted or edited comes back.
    let folder = b.folder.path().join(report::FEEDBACK);
    fs::write(folder.join("ada.html"), "me").unwrap();
    fs::remove_file(folder.join("bob.html")).unwrap();
    assert_eq!(pages(&b), written(3, 2));
    let names = fs::read_dir(folder).unwrap().count();
    assert_eq!(names, 2);
}

#[test]
fn an_empty_gradebook_has_an_overview() {
    let b = Book::new();
    assert_eq!(pages(&b).pages, 1);
    assert!(overview(&b).contains("0 students"));
}
