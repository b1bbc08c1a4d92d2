//! An evaluator whose cells are commands: `echo hello`, `fail`, `wait`, ...

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use serde_json::json;
use twoaxes_kernel::engine::{
    CommAction, CommEvent, Completion, Completions, Delivery, Evaluator, Execution, Failure,
    Inspection, Job, MimeBundle, Notice, Outcome, Output, StreamName,
};
use twoaxes_kernel::session::Notify;

/// What the evaluator was told.
#[derive(Debug, PartialEq, Eq)]
pub enum Call {
    Executed(String),
    Interrupt,
    Input(Result<String, String>),
    Shutdown,
    /// A cell has updated its display for the last time.
    Updated,
}

pub struct Fake {
    jobs: Option<Sender<Job>>,
    wake: Sender<Wake>,
    report: Sender<Call>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

enum Wake {
    Interrupt,
    Input(Result<String, String>),
    End,
}

struct Worker {
    notify: Notify,
    wake: Receiver<Wake>,
    report: Sender<Call>,
}

impl Fake {
    pub fn start(notify: Notify, report: Sender<Call>) -> Fake {
        let (jobs, receive_jobs) = unbounded::<Job>();
        let (wake, receive_wake) = unbounded();
        let worker = Worker {
            notify,
            wake: receive_wake,
            report: report.clone(),
        };
        let thread = std::thread::spawn(move || {
            (worker.notify)(Notice::Ready);
            for job in receive_jobs {
                if !worker.work(job) {
                    return;
                }
            }
        });
        Fake {
            jobs: Some(jobs),
            wake,
            report,
            thread: Arc::new(Mutex::new(Some(thread))),
        }
    }
}

impl Evaluator for Fake {
    fn submit(&self, job: Job) {
        let _ = self.jobs.as_ref().unwrap().send(job);
    }

    fn interrupt(&self) {
        let _ = self.report.send(Call::Interrupt);
        let _ = self.wake.send(Wake::Interrupt);
    }

    fn complete_meanwhile(&self, _: &str, cursor: usize) -> Completions {
        Completions {
            start: 0,
            end: cursor,
            candidates: vec![Completion {
                text: "by name".to_owned(),
                kind: "text".to_owned(),
                signature: None,
            }],
        }
    }

    fn inspect_meanwhile(&self, code: &str, _: usize) -> Option<Inspection> {
        Some(Inspection {
            plain: code.to_owned(),
            html: code.to_owned(),
            markdown: code.to_owned(),
        })
    }

    fn input_reply(&self, reply: Result<String, String>) {
        let _ = self.report.send(Call::Input(reply.clone()));
        let _ = self.wake.send(Wake::Input(reply));
    }

    fn shutdown(&mut self) {
        self.jobs = None;
        let _ = self.wake.send(Wake::End);
        if let Some(thread) = self.thread.lock().unwrap().take() {
            thread.join().unwrap();
        }
        let _ = self.report.send(Call::Shutdown);
    }
}

impl Worker {
    /// False when the evaluator "crashed".
    fn work(&self, job: Job) -> bool {
        match job {
            Job::Execute(execution) => return self.execute(execution),
            Job::Complete {
                ticket,
                code,
                cursor,
            } => (self.notify)(Notice::Completed {
                ticket,
                completions: Completions {
                    start: code[..cursor].rfind('.').map_or(0, |dot| dot + 1),
                    end: cursor,
                    candidates: vec![Completion {
                        text: "len".to_owned(),
                        kind: "function".to_owned(),
                        signature: Some("fn len(&self) -> usize".to_owned()),
                    }],
                },
            }),
            Job::Inspect {
                ticket,
                code,
                cursor,
            } => (self.notify)(Notice::Inspected {
                ticket,
                inspection: code[cursor..].starts_with("len").then(|| Inspection {
                    plain: "len".to_owned(),
                    html: "<code>len</code>".to_owned(),
                    markdown: "`len`".to_owned(),
                }),
            }),
            // Nobody waits for a comm.
            Job::Deliver(Delivery { ticket, event, .. }) => {
                (self.notify)(Notice::Comm(CommEvent {
                    action: CommAction::Close,
                    ..event
                }));
                let outcome = Outcome::Ok;
                (self.notify)(Notice::Delivered { ticket, outcome });
            }
        }
        true
    }

    fn execute(&self, execution: Execution) -> bool {
        // What was meant for the cell before.
        while self.wake.try_recv().is_ok() {}
        let _ = self.report.send(Call::Executed(execution.code.clone()));
        let (command, rest) = execution
            .code
            .split_once(' ')
            .unwrap_or((&execution.code, ""));
        let mut outcome = Outcome::Ok;
        let mut pages = vec![];
        // A thread of an earlier cell prints while this one is compiled, and on.
        if command == "haunted" {
            self.print(StreamName::Stdout, &"boo\n".repeat(4096));
        }
        (self.notify)(Notice::Started);
        match command {
            "echo" => self.print(StreamName::Stdout, rest),
            "warn" => self.print(StreamName::Stderr, rest),
            "value" => self.show(Output::Result {
                data: plain(rest),
                metadata: MimeBundle::new(),
            }),
            "two" => {
                for text in ["1", "2"] {
                    self.show(Output::Result {
                        data: plain(text),
                        metadata: MimeBundle::new(),
                    });
                }
            }
            "display" => {
                let id = Some("d".to_owned());
                self.show(Output::Display {
                    data: plain("a"),
                    metadata: MimeBundle::new(),
                    display_id: id,
                });
                self.show(Output::UpdateDisplay {
                    data: plain("b"),
                    metadata: MimeBundle::new(),
                    display_id: "d".to_owned(),
                });
                self.show(Output::Clear { wait: true });
            }
            "page" => pages.push(plain("help")),
            "fail" => outcome = failed("Panic"),
            "wait" => match self.wake.recv().unwrap() {
                Wake::Interrupt => outcome = failed("Interrupted"),
                _ => outcome = failed("Ended"),
            },
            // Needs to be told twice.
            "stubborn" => {
                for _ in 0..2 {
                    let _ = self.wake.recv().unwrap();
                }
                outcome = failed("Interrupted");
            }
            "ask" => {
                (self.notify)(Notice::Input {
                    prompt: rest.to_owned(),
                    password: false,
                });
                match self.wake.recv().unwrap() {
                    Wake::Input(Ok(line)) => self.print(StreamName::Stdout, &line),
                    Wake::Input(Err(reason)) => self.print(StreamName::Stderr, &reason),
                    _ => outcome = failed("Interrupted"),
                }
            }
            // Chunks of 64 KiB without end: an interrupt stops it, as in real
            // life, between two writes.
            "flood" | "haunted" => {
                let chunk = "x".repeat(64 * 1024);
                for _ in 0..rest.parse::<usize>().unwrap() {
                    if !self.wake.is_empty() {
                        outcome = failed("Interrupted");
                        break;
                    }
                    self.print(StreamName::Stdout, &chunk);
                }
            }
            // One line of that many MiB, handed over whole.
            "line" => self.print(
                StreamName::Stdout,
                &"x".repeat(rest.parse::<usize>().unwrap() << 20),
            ),
            // A display of 64 KiB, and that many updates of it, with a line before the
            // last; then it says so.
            "updates" => {
                let last = rest.parse::<usize>().unwrap();
                for number in 0..=last {
                    if number == last {
                        self.print(StreamName::Stdout, "almost\n");
                    }
                    let data = plain(&format!("{number:>65000}"));
                    let (metadata, display_id) = (MimeBundle::new(), "d".to_owned());
                    self.show(match number {
                        0 => Output::Display {
                            data,
                            metadata,
                            display_id: Some(display_id),
                        },
                        _ => Output::UpdateDisplay {
                            data,
                            metadata,
                            display_id,
                        },
                    });
                }
                let _ = self.report.send(Call::Updated);
            }
            // Displays of a MiB each, and a value.
            "gallery" => {
                for _ in 0..rest.parse::<usize>().unwrap() {
                    self.show(Output::Display {
                        data: plain(&"x".repeat(1 << 20)),
                        metadata: MimeBundle::new(),
                        display_id: None,
                    });
                }
                self.show(Output::Result {
                    data: plain("3"),
                    metadata: MimeBundle::new(),
                });
            }
            // Two streams in turn, so that nothing can be joined.
            "zigzag" => {
                for _ in 0..rest.parse::<usize>().unwrap() {
                    self.print(StreamName::Stdout, "o");
                    self.print(StreamName::Stderr, "e");
                    if !self.wake.is_empty() {
                        outcome = failed("Interrupted");
                        break;
                    }
                }
            }
            // `wait:TEXT;hold;on;print:TEXT;...`: see `step`.
            "steps" => {
                for step in rest.split(';') {
                    match step {
                        "fail" => outcome = failed("Panic"),
                        step => self.step(step),
                    }
                }
            }
            "crash" => return false,
            _ => {}
        }
        let expressions = execution
            .expressions
            .iter()
            .map(|(name, code)| {
                let value = if code == "bad" {
                    Err(failure("CompileError"))
                } else {
                    Ok(plain(code))
                };
                (name.clone(), value)
            })
            .collect();
        (self.notify)(Notice::Executed {
            ticket: execution.ticket,
            outcome,
            expressions,
            pages,
        });
        if command == "leave" {
            (self.notify)(Notice::Progress(Some(rest.to_owned())));
        }
        true
    }

    /// One step of a cell that waits for something now and then.
    fn step(&self, step: &str) {
        let (name, text) = step.split_once(':').unwrap_or((step, ""));
        match name {
            // It waits, and says for what.
            "wait" => (self.notify)(Notice::Progress(Some(text.to_owned()))),
            // It goes on.
            "on" => (self.notify)(Notice::Progress(None)),
            // Until somebody interrupts.
            "hold" => drop(self.wake.recv_timeout(super::PATIENCE).unwrap()),
            // Longer than the session is patient, with nobody to end it.
            "pass" => drop(self.wake.recv_timeout(Duration::from_millis(500))),
            "print" => self.print(StreamName::Stdout, text),
            "ask" => (self.notify)(Notice::Input {
                prompt: text.to_owned(),
                password: false,
            }),
            "update" => self.show(Output::UpdateDisplay {
                data: plain(text),
                metadata: MimeBundle::new(),
                display_id: "another cell's".to_owned(),
            }),
            other => panic!("{other} is no step"),
        }
    }

    fn print(&self, name: StreamName, text: &str) {
        self.show(Output::Stream {
            name,
            text: text.to_owned(),
        });
    }

    fn show(&self, output: Output) {
        (self.notify)(Notice::Output(output));
    }
}

pub fn plain(text: &str) -> MimeBundle {
    MimeBundle::from_iter([("text/plain".to_owned(), json!(text))])
}

fn failure(name: &str) -> Failure {
    Failure {
        name: name.to_owned(),
        value: "it went wrong".to_owned(),
        traceback: vec!["line 1".to_owned(), "line 2".to_owned()],
    }
}

fn failed(name: &str) -> Outcome {
    Outcome::Failed(failure(name))
}
