//! A trace as a table (RFC 4180), for spreadsheets and data frames.
//!
//! | record | id | name | kind | task | worker | start | end | cpu |
//! |---|---|---|---|---|---|---|---|---|
//! | `trace` | | title | `simulated`, `measured` | | | | | |
//! | `unit` | | unit of all times | | | | | | |
//! | `baseline` | | | | | | | time, if there is one | |
//! | `condition` | number | name, see [`Conditions`] | | | | | | |
//! | `note` | | sentence | | | | | | |
//! | `task` | number | name | | | | arrival | | |
//! | `worker` | number | name | | | | | | |
//! | `span` | | name of the task | `run`, `wait`, `switch`, `blocked` | number | number, or nothing | start | end | number, if known |
//!
//! Tasks and workers are numbered from 0 in the order of the file. The name in
//! a span is for the reader's eyes, and is not read back.

use super::build::TraceBuilder;
use super::conditions::Conditions;
use super::error::cut;
use super::import::{ImportError, Place, Problem, condition_of, kind_of, kind_word, origin_of};
use super::model::{Origin, Span, TaskId, Trace, WorkerId};

const COLUMNS: usize = 9;
const HEADER: [&str; COLUMNS] = [
    "record", "id", "name", "kind", "task", "worker", "start", "end", "cpu",
];

impl Trace {
    /// The trace as CSV (RFC 4180, UTF-8), with a header: a row for each task,
    /// worker and span, told apart by the first column. Times are in the
    /// trace's unit. [`Trace::from_csv`] gives the very same trace back.
    ///
    /// ```
    /// use twoaxes::prelude::*;
    ///
    /// let csv = barista::time_slice(&[2], 2).to_csv();
    /// assert!(csv.ends_with("task,0,A,,,,0,,\r\nworker,0,barista,,,,,,\r\nspan,,A,run,0,0,0,2,\r\n"));
    /// ```
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        row(&mut csv, HEADER);
        let origin = self.origin.to_string();
        let head = |record, name, kind| [record, "", name, kind, "", "", "", "", ""];
        row(&mut csv, head("trace", &self.title, &origin));
        row(&mut csv, head("unit", &self.unit, ""));
        if let Some(time) = self.baseline {
            let time = time.to_string();
            row(&mut csv, ["baseline", "", "", "", "", "", "", &time, ""]);
        }
        for (name, number) in self.conditions().into_iter().flat_map(Conditions::numbers) {
            let number = number.to_string();
            row(
                &mut csv,
                ["condition", &number, name, "", "", "", "", "", ""],
            );
        }
        for note in &self.notes {
            row(&mut csv, head("note", note, ""));
        }
        for (index, task) in self.tasks.iter().enumerate() {
            let (id, arrival) = (index.to_string(), task.arrival.to_string());
            row(
                &mut csv,
                ["task", &id, &task.name, "", "", "", &arrival, "", ""],
            );
        }
        for (index, worker) in self.workers.iter().enumerate() {
            let id = index.to_string();
            row(
                &mut csv,
                ["worker", &id, &worker.name, "", "", "", "", "", ""],
            );
        }
        for span in &self.spans {
            let name = self.tasks.get(span.task.0).map_or("", |task| &task.name);
            let number = |number: Option<usize>| number.map_or(String::new(), |n| n.to_string());
            let worker = number(span.worker.map(|worker| worker.0));
            let cpu = number(span.cpu.map(usize::from));
            let (task, start, end) = (span.task.0, span.start, span.end);
            let (task, start, end) = (task.to_string(), start.to_string(), end.to_string());
            let kind = kind_word(span.kind);
            row(
                &mut csv,
                ["span", "", name, kind, &task, &worker, &start, &end, &cpu],
            );
        }
        csv
    }

    /// Reads what [`Trace::to_csv`] writes. Lines may end in a line feed
    /// alone; empty lines and a byte order mark are passed over, as
    /// spreadsheets leave them.
    ///
    /// # Errors
    ///
    /// [`ImportError`] with the line and the field, or the rule of traces
    /// that the spans break.
    pub fn from_csv(text: &str) -> Result<Self, ImportError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut records = Records {
            rest: text.chars().peekable(),
            line: 1,
        };
        let mut table = Table {
            run: TraceBuilder::new(Origin::Simulated, String::new(), "ticks".to_owned()),
            tasks: 0,
            workers: 0,
        };
        match records.next_record()? {
            Some((_, header)) if header == HEADER => {}
            _ => {
                return Err(ImportError::at(
                    Place::Line(1),
                    "the header",
                    Problem::Header {
                        found: cut(text.lines().next().unwrap_or("")),
                        wanted: "record,id,name,kind,task,worker,start,end,cpu",
                    },
                ));
            }
        }
        while let Some((line, fields)) = records.next_record()? {
            let found = fields.len();
            let Ok(fields) = <[String; COLUMNS]>::try_from(fields) else {
                let problem = Problem::Fields {
                    found,
                    wanted: HEADER.len(),
                };
                return Err(ImportError::at(Place::Line(line), "the record", problem));
            };
            let at = |(field, problem)| ImportError::at(Place::Line(line), field, problem);
            table.add(&fields).map_err(at)?;
        }
        Ok(table.run.build()?)
    }
}

fn row(csv: &mut String, fields: [&str; COLUMNS]) {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            csv.push(',');
        }
        if field.contains([',', '"', '\r', '\n', '\u{feff}']) {
            csv.push('"');
            csv.push_str(&field.replace('"', "\"\""));
            csv.push('"');
        } else {
            csv.push_str(field);
        }
    }
    csv.push_str("\r\n");
}

/// The trace as far as it is read.
struct Table {
    run: TraceBuilder,
    tasks: usize,
    workers: usize,
}

impl Table {
    fn add(&mut self, fields: &[String; COLUMNS]) -> Result<(), (&'static str, Problem)> {
        let [record, id, name, kind, task, worker, start, end, cpu] = fields;
        match record.as_str() {
            "trace" => {
                let origin = origin_of(kind).map_err(|problem| ("kind", problem))?;
                self.run.heading(origin, name.clone());
            }
            "unit" => _ = self.run.unit(name.clone()),
            "baseline" => _ = self.run.baseline(number("end", end)?),
            "condition" => {
                let number = number("id", id)?;
                let read = condition_of(self.run.conditions_read(), name, number);
                read.map_err(|problem| ("name", problem))?;
            }
            "note" => _ = self.run.note(name.clone()),
            "task" => {
                next("id", id, &mut self.tasks)?;
                self.run
                    .task_arriving(name.clone(), number("start", start)?);
            }
            "worker" => {
                next("id", id, &mut self.workers)?;
                self.run.worker(name.clone());
            }
            "span" => {
                let worker = match worker.as_str() {
                    "" => None,
                    worker => Some(WorkerId(index("worker", worker)?)),
                };
                self.run.span(Span {
                    task: TaskId(index("task", task)?),
                    worker,
                    start: number("start", start)?,
                    end: number("end", end)?,
                    kind: kind_of(kind).map_err(|problem| ("kind", problem))?,
                    cpu: cpu_number(cpu)?,
                });
            }
            _ => {
                return Err((
                    "record",
                    Problem::Word {
                        found: cut(record),
                        allowed: "trace, unit, baseline, condition, note, task, worker, span",
                    },
                ));
            }
        }
        Ok(())
    }
}

fn number(field: &'static str, text: &str) -> Result<u64, (&'static str, Problem)> {
    match text {
        "" => Err((field, Problem::Missing)),
        _ => text
            .parse()
            .map_err(|_| (field, Problem::Number(format!("{:?}", cut(text))))),
    }
}

fn cpu_number(text: &str) -> Result<Option<u16>, (&'static str, Problem)> {
    match text {
        "" => Ok(None),
        _ => text
            .parse()
            .map(Some)
            .map_err(|_| ("cpu", Problem::Cpu(format!("{:?}", cut(text))))),
    }
}

fn index(field: &'static str, text: &str) -> Result<usize, (&'static str, Problem)> {
    let number = number(field, text)?;
    usize::try_from(number).map_err(|_| (field, Problem::Number(number.to_string())))
}

fn next(field: &'static str, text: &str, count: &mut usize) -> Result<(), (&'static str, Problem)> {
    let (found, wanted) = (number(field, text)?, *count);
    if found != wanted as u64 {
        return Err((field, Problem::Count { found, wanted }));
    }
    *count += 1;
    Ok(())
}

/// Splits a text into records and fields.
struct Records<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl Records<'_> {
    /// The next record that is not an empty line, and the line it begins in.
    fn next_record(&mut self) -> Result<Option<(usize, Vec<String>)>, ImportError> {
        loop {
            if self.rest.peek().is_none() {
                return Ok(None);
            }
            let line = self.line;
            let mut fields = Vec::new();
            while {
                fields.push(self.field()?);
                self.rest.next_if_eq(&',').is_some()
            } {}
            self.rest.next_if_eq(&'\r');
            if self.rest.next_if_eq(&'\n').is_some() {
                self.line += 1;
            }
            if fields != [""] {
                return Ok(Some((line, fields)));
            }
        }
    }

    fn field(&mut self) -> Result<String, ImportError> {
        let mut field = String::new();
        if self.rest.next_if_eq(&'"').is_none() {
            while let Some(char) = self.rest.next_if(|char| !matches!(char, ',' | '\r' | '\n')) {
                field.push(char);
            }
            return Ok(field);
        }
        let opened = self.line;
        loop {
            match self.rest.next() {
                None => {
                    let place = Place::Line(opened);
                    return Err(ImportError::at(place, "a field", Problem::OpenQuote));
                }
                Some('"') if self.rest.next_if_eq(&'"').is_none() => break,
                Some(char) => {
                    self.line += usize::from(char == '\n');
                    field.push(char);
                }
            }
        }
        match self.rest.peek() {
            None | Some(',' | '\r' | '\n') => Ok(field),
            Some(_) => {
                let place = Place::Line(self.line);
                Err(ImportError::at(place, "a field", Problem::AfterQuote))
            }
        }
    }
}
