//! The bundle for Gradescope: what is in it, and that its scripts always leave
//! a result.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod desk;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use desk::{Desk, code, notebook};
use serde_json::{Value, json};
use zip::ZipArchive;

/// `/autograder` on Gradescope's machine, with a bundle unpacked as its
/// `source`, and this grader where `setup.sh` would have built one.
struct Machine {
    desk: Desk,
}

impl Machine {
    fn new() -> Self {
        let desk = Desk::with(json!([code("a1", "answer(\"q-1\", \"B\");")]));
        let machine = Self { desk };
        let project = machine.path("checkout");
        for name in [
            "Cargo.toml",
            "Cargo.lock",
            "install.sh",
            "grader/Cargo.toml",
        ] {
            let path = project.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, name).unwrap();
        }
        let script = fs::Permissions::from_mode(0o755);
        fs::set_permissions(project.join("install.sh"), script).unwrap();
        let formatted = desk::run(&["format", machine.desk.source().to_str().unwrap()]);
        assert!(formatted.status.success(), "{}", desk::stderr(&formatted));
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.desk.folder.path().join(name)
    }

    fn bundle(&self, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twoaxes-grader"));
        command.arg("bundle").arg(self.desk.source());
        command.arg("--out").arg(self.path("autograder.zip"));
        command.arg("--project").arg(self.path("checkout"));
        command.args(more).output().unwrap()
    }

    fn unpack(&self) {
        let bundled = self.bundle(&[]);
        assert!(bundled.status.success(), "{}", desk::stderr(&bundled));
        let file = fs::File::open(self.path("autograder.zip")).unwrap();
        let source = self.path("autograder/source");
        ZipArchive::new(file).unwrap().extract(&source).unwrap();
        let programs = source.join("project/.venv/bin");
        fs::create_dir_all(&programs).unwrap();
        let grader = env!("CARGO_BIN_EXE_twoaxes-grader");
        symlink(grader, programs.join("twoaxes-grader")).unwrap();
        fs::create_dir_all(self.path("autograder/submission")).unwrap();
    }

    /// Runs the autograder on what lies in `submission`.
    fn grade(&self) -> Value {
        let script = self.path("autograder/source/run_autograder");
        let run = Command::new(&script)
            .env("AUTOGRADER", self.path("autograder"))
            // Nothing that has to run is handed in here.
            .env("TWOAXES_KERNEL", "/bin/true")
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", desk::stderr(&run));
        let results = fs::read(self.path("autograder/results/results.json"));
        serde_json::from_slice(&results.unwrap()).unwrap()
    }

    fn hand_in(&self, name: &str, content: &str) {
        fs::write(self.path("autograder/submission").join(name), content).unwrap();
    }
}

#[test]
fn the_archive_has_scripts_course_and_sources_and_no_path_of_this_machine() {
    let machine = Machine::new();
    let bundled = machine.bundle(&[]);
    assert!(
        desk::stdout(&bundled).starts_with("10 files in"),
        "{}",
        desk::stderr(&bundled)
    );
    let bytes = fs::read(machine.path("autograder.zip")).unwrap();
    let mut archive =
        ZipArchive::new(fs::File::open(machine.path("autograder.zip")).unwrap()).unwrap();
    let names: Vec<(String, u32)> = (0..archive.len())
        .map(|index| {
            let file = archive.by_index(index).unwrap();
            (
                file.name().unwrap().into_owned(),
                file.unix_mode().unwrap() & 0o777,
            )
        })
        .collect();
    let names: Vec<(&str, u32)> = names
        .iter()
        .map(|(name, mode)| (name.as_str(), *mode))
        .collect();
    assert_eq!(
        names,
        [
            ("setup.sh", 0o755),
            ("run_autograder", 0o755),
            ("notebook", 0o644),
            ("ungraded.json", 0o644),
            ("course/a.ipynb", 0o644),
            ("course/q.toml", 0o644),
            ("project/Cargo.lock", 0o644),
            ("project/Cargo.toml", 0o644),
            ("project/grader/Cargo.toml", 0o644),
            ("project/install.sh", 0o755),
        ]
    );
    for name in ["setup.sh", "run_autograder"] {
        let text = std::io::read_to_string(archive.by_name(name).unwrap()).unwrap();
        assert!(!text.contains(env!("CARGO_MANIFEST_DIR")));
        let path = machine.path(name);
        fs::write(&path, text).unwrap();
        let checked = Command::new("bash").arg("-n").arg(path).output().unwrap();
        assert!(checked.status.success(), "{}", desk::stderr(&checked));
    }
    machine.bundle(&[]);
    assert!(fs::read(machine.path("autograder.zip")).unwrap() == bytes);
}

#[test]
fn a_submission_becomes_results() {
    let machine = Machine::new();
    machine.unpack();
    let course = fs::read_to_string(machine.path("autograder/source/course/a.ipynb")).unwrap();
    machine.hand_in("a.ipynb", &course);
    let results = machine.grade();
    assert_eq!(results["score"], 1.0, "{results}");
    assert_eq!(results["tests"][0]["status"], "passed");
    machine.hand_in("a.ipynb", &course.replace("\\\"B\\\"", "\\\"A\\\""));
    let results = machine.grade();
    assert_eq!(results["score"], 0.0, "{results}");
    assert_eq!(results["tests"][0]["status"], "failed");
}

#[test]
fn whatever_is_handed_in_there_is_a_result() {
    let machine = Machine::new();
    machine.unpack();
    let sentence = "Nothing of this submission could be graded. Hand in the notebook a.ipynb, under this very name.";
    let check = |expected: &str| {
        let results = machine.grade();
        assert_eq!(results["score"], 0.0);
        assert_eq!(results["visibility"], "visible");
        let output = results["output"].as_str().unwrap();
        assert!(output.contains(expected), "{output}");
    };
    check(sentence);
    machine.hand_in("other.ipynb", &notebook(json!([])));
    check(sentence);
    machine.hand_in("a.ipynb", "no notebook");
    let problem = machine.grade();
    assert!(
        problem["output"].as_str().unwrap().starts_with("a: "),
        "{problem}"
    );
    // Even without a grader.
    fs::remove_file(machine.path("autograder/source/project/.venv/bin/twoaxes-grader")).unwrap();
    check(sentence);
}

#[test]
fn one_notebook_can_be_chosen_and_must_be_there() {
    let machine = Machine::new();
    let bundled = machine.bundle(&["--notebook", "b"]);
    assert!(desk::stderr(&bundled).contains("has no notebook \"b\"; it has a"));
    assert!(!machine.path("autograder.zip").exists());
    assert!(machine.bundle(&["--notebook", "a"]).status.success());
    let file = fs::File::open(machine.path("autograder.zip")).unwrap();
    let mut archive = ZipArchive::new(file).unwrap();
    let chosen = std::io::read_to_string(archive.by_name("notebook").unwrap()).unwrap();
    assert_eq!(chosen, "a\n");
}

#[test]
fn a_course_outside_of_a_checkout_needs_one() {
    let machine = Machine::new();
    let source = machine.desk.source();
    let out = machine.path("x.zip");
    let bundle = |source: &Path, more: &[&str]| {
        let (source, out) = (source.to_str().unwrap(), out.to_str().unwrap());
        desk::run(&[&["bundle", source, "--out", out], more].concat())
    };
    let error = desk::stderr(&bundle(&source, &[]));
    assert!(
        error.contains("lies in no checkout of twoaxes; give one with --project"),
        "{error}"
    );
    let error = desk::stderr(&bundle(&source, &["--project", source.to_str().unwrap()]));
    assert!(
        error.contains("is no checkout of twoaxes; it should hold Cargo.toml"),
        "{error}"
    );
    let inside = machine.path("checkout/course");
    fs::rename(&source, &inside).unwrap();
    assert!(bundle(&inside, &[]).status.success());
}
