//! A trace as Chrome trace JSON, which Perfetto (ui.perfetto.dev) and
//! chrome://tracing open.
//!
//! Process 1 has a thread for each worker, with complete events (`X`) for what
//! occupies it; process 2 has a thread for each task that waits, with
//! asynchronous events (`b`, `e`). `ts` and `dur` are in microseconds, as the
//! format wants it: of the units `ns`, `us`, `ms` and `s` they are converted,
//! of any other unit 1 is shown as 1 ms. The exact whole numbers are in `args`,
//! and what no event says (title, tasks, workers) in `otherData`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use serde_json::{Map, Value, json};

use super::build::TraceBuilder;
use super::error::cut;
use super::import::{ImportError, Place, Problem, condition_of, kind_of, kind_word, origin_of};
use super::model::{Span, SpanKind, TaskId, Trace, WorkerId};

/// What `otherData.format` says in our own files.
const FORMAT: &str = "twoaxes 1";

impl Trace {
    /// The trace as Chrome trace JSON, one event a line, to be opened in
    /// Perfetto. Ticks are shown as milliseconds.
    /// [`Trace::from_chrome_trace`] gives the very same trace back.
    #[must_use]
    pub fn to_chrome_trace(&self) -> String {
        let mut events =
            vec![json!({"ph": "M", "pid": 1, "name": "process_name", "args": {"name": "workers"}})];
        for (index, worker) in self.workers.iter().enumerate() {
            events.push(
                json!({"ph": "M", "pid": 1, "tid": index + 1, "name": "thread_name",
                "args": {"name": worker.name}}),
            );
        }
        if self.spans.iter().any(|span| span.kind == SpanKind::Wait) {
            events.push(
                json!({"ph": "M", "pid": 2, "name": "process_name", "args": {"name": "waits"}}),
            );
        }
        let mut text = String::from("{\"traceEvents\":[\n");
        for event in &events {
            text.push_str(&format!("{event},\n"));
        }
        for (index, span) in self.spans.iter().enumerate() {
            for event in self.events_of(index, span) {
                text.push_str(&format!("{event},\n"));
            }
        }
        text.truncate(text.trim_end_matches(",\n").len());
        let tasks: Vec<Value> = self
            .tasks
            .iter()
            .map(|task| json!({"name": task.name, "arrival": task.arrival}))
            .collect();
        let workers: Vec<&str> = self.workers.iter().map(|w| w.name.as_str()).collect();
        let conditions: Option<Map<String, Value>> = self.conditions().map(|all| {
            all.numbers()
                .map(|(k, v)| (k.to_owned(), v.into()))
                .collect()
        });
        let other = json!({"format": FORMAT, "title": self.title, "unit": self.unit,
            "origin": self.origin.to_string(), "baseline": self.baseline, "conditions": conditions,
            "notes": self.notes,
            "tasks": tasks, "workers": workers});
        text.push_str(&format!(
            "\n],\n\"displayTimeUnit\":\"ms\",\n\"otherData\":{other}}}\n"
        ));
        text
    }

    /// Reads Chrome trace JSON.
    ///
    /// What [`Trace::to_chrome_trace`] wrote comes back as it was. Of other
    /// files the complete events (`X`) are read, as a measured trace in `ns`:
    /// each thread is a worker, each name a task that arrives with its first
    /// event. Where a name is on several threads at once, the others are tasks
    /// of their own, numbered from 2. As times in such files are rounded, an
    /// event that reaches less than a microsecond into the next one of its
    /// thread ends where that begins. Everything else in them is passed over,
    /// and a note says so.
    ///
    /// # Errors
    ///
    /// [`ImportError`] with the event and the field, or the rule of traces
    /// that the events break: nested events are two things at once.
    pub fn from_chrome_trace(text: &str) -> Result<Self, ImportError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document: Value =
            serde_json::from_str(text).map_err(|error| ImportError::Json(error.to_string()))?;
        let events = match &document {
            Value::Array(events) => events,
            _ => document["traceEvents"]
                .as_array()
                .ok_or_else(|| ImportError::at(Place::Text, "traceEvents", Problem::Missing))?,
        };
        match document.get("otherData") {
            Some(Value::Object(other)) if other.get("format") == Some(&json!(FORMAT)) => {
                ours(other, events)
            }
            _ => foreign(events),
        }
    }

    fn events_of(&self, index: usize, span: &Span) -> Vec<Value> {
        let name = self.tasks.get(span.task.0).map_or("", |task| &task.name);
        let kind = kind_word(span.kind);
        let scale = microseconds(&self.unit);
        let (start, end) = (to_f64(span.start) * scale, to_f64(span.end) * scale);
        let args = json!({"task": span.task.0, "worker": span.worker.map(|worker| worker.0),
            "kind": kind, "start": span.start, "end": span.end, "cpu": span.cpu});
        match span.worker {
            Some(worker) => vec![json!({"ph": "X", "name": name, "cat": kind, "pid": 1,
                "tid": worker.0 + 1, "ts": start, "dur": to_f64(span.length()) * scale,
                "args": args})],
            None => {
                let tid = span.task.0 + 1;
                vec![
                    json!({"ph": "b", "name": name, "cat": kind, "id": index, "pid": 2,
                        "tid": tid, "ts": start, "args": args}),
                    json!({"ph": "e", "name": name, "cat": kind, "id": index, "pid": 2,
                        "tid": tid, "ts": end}),
                ]
            }
        }
    }
}

fn microseconds(unit: &str) -> f64 {
    match unit {
        "ns" => 1e-3,
        "us" | "µs" => 1.0,
        "s" => 1e6,
        _ => 1e3,
    }
}

fn ours(other: &Map<String, Value>, events: &[Value]) -> Result<Trace, ImportError> {
    let place = Place::OtherData;
    let at = |field| move |problem| ImportError::at(place, field, problem);
    let origin = origin_of(text(other, place, "origin")?).map_err(at("origin"))?;
    let (title, unit) = (text(other, place, "title")?, text(other, place, "unit")?);
    let mut run = TraceBuilder::new(origin, title.to_owned(), unit.to_owned());
    if !other.get("baseline").is_none_or(Value::is_null) {
        run.baseline(number(other, place, "baseline")?);
    }
    if let Some(conditions) = other.get("conditions").and_then(Value::as_object) {
        for (name, value) in conditions {
            let number = value.as_u64();
            let number = number.ok_or_else(|| no_number(place, "conditions", value))?;
            let read = condition_of(run.conditions_read(), name, number);
            read.map_err(at("conditions"))?;
        }
    }
    for note in list(other, "notes")? {
        let note = note.as_str();
        run.note(note.ok_or(at("notes")(Problem::Text("something else".to_owned())))?);
    }
    for task in list(other, "tasks")? {
        let task = task.as_object().ok_or(at("tasks")(Problem::Missing))?;
        run.task_arriving(text(task, place, "name")?, number(task, place, "arrival")?);
    }
    for worker in list(other, "workers")? {
        let worker = worker.as_str();
        run.worker(worker.ok_or(at("workers")(Problem::Text("something else".to_owned())))?);
    }
    for (index, event) in events.iter().enumerate() {
        let place = Place::Event(index);
        if !matches!(event["ph"].as_str(), Some("X" | "b")) {
            continue;
        }
        let Some(args) = event["args"].as_object() else {
            return Err(ImportError::at(place, "args", Problem::Missing));
        };
        let worker = match args.get("worker") {
            None | Some(Value::Null) => None,
            Some(_) => Some(WorkerId(position(args, place, "worker")?)),
        };
        let kind = kind_of(text(args, place, "kind")?);
        run.span(Span {
            task: TaskId(position(args, place, "task")?),
            worker,
            start: number(args, place, "start")?,
            end: number(args, place, "end")?,
            kind: kind.map_err(|problem| ImportError::at(place, "kind", problem))?,
            cpu: cpu_number(args, place)?,
        });
    }
    Ok(run.build()?)
}

fn foreign(events: &[Value]) -> Result<Trace, ImportError> {
    let mut run = Trace::measured("Chrome trace", "ns");
    let names = thread_names(events);
    let mut tasks: HashMap<&str, Names> = HashMap::new();
    let mut workers = HashMap::new();
    let mut spans = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let (place, Some(event)) = (Place::Event(index), event.as_object()) else {
            continue;
        };
        if event.get("ph").and_then(Value::as_str) != Some("X") {
            continue;
        }
        let (start, end) = start_and_end(event, place)?;
        spans.push(Event {
            start,
            end,
            name: text(event, place, "name")?,
            thread: thread(event),
        });
    }
    let passed_over = events.len() - spans.len();
    // In order of time, so that a task arrives with its first event.
    spans.sort_unstable();
    part(&mut spans);
    for event in spans {
        let Event {
            start,
            end,
            name,
            thread,
        } = event;
        let next = workers.len() + 1;
        let worker = *workers.entry(thread.clone()).or_insert_with(|| {
            let name = names.get(&thread).cloned();
            run.worker(name.unwrap_or_else(|| format!("thread {next}")))
        });
        let names = tasks.entry(name).or_default();
        let task = names.free_at(start).unwrap_or_else(|| {
            names.tasks += 1;
            match names.tasks {
                1 => run.task_arriving(name, start),
                number => run.task_arriving(format!("{name} ({number})"), start),
            }
        });
        names.busy.push(Reverse((end, task)));
        run.run(task, worker, start, end);
    }
    if passed_over > 0 {
        run.note(format!(
            "{passed_over} events are not complete events (X), and are left out."
        ));
    }
    Ok(run.build()?)
}

/// A complete event of a foreign file, in nanoseconds.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Event<'a> {
    start: u64,
    end: u64,
    name: &'a str,
    thread: (String, String),
}

/// Below this, in nanoseconds, an overlap comes of rounding.
const ROUNDED: u64 = 1_000;

/// Ends events where the next of their thread begins, if they reach a little
/// into it and end before it does. The events are in order of start.
fn part(events: &mut [Event<'_>]) {
    let mut last: HashMap<(String, String), usize> = HashMap::new();
    for index in 0..events.len() {
        let (before, from_here) = events.split_at_mut(index);
        let Some(event) = from_here.first() else {
            continue;
        };
        let last = last.insert(event.thread.clone(), index);
        if let Some(last) = last.and_then(|index| before.get_mut(index))
            && last.start < event.start
            && last.end > event.start
            && last.end < event.end
            && last.end - event.start < ROUNDED
        {
            last.end = event.start;
        }
    }
}

/// The tasks of one name.
#[derive(Default)]
struct Names {
    tasks: usize,
    /// Until when each is busy, earliest first.
    busy: BinaryHeap<Reverse<(u64, TaskId)>>,
}

impl Names {
    fn free_at(&mut self, start: u64) -> Option<TaskId> {
        let &Reverse((end, task)) = self.busy.peek()?;
        (end <= start).then(|| self.busy.pop()).map(|_| task)
    }
}

/// `pid` and `tid`, which may be numbers or texts.
fn thread(event: &Map<String, Value>) -> (String, String) {
    let part = |field| event.get(field).map_or(String::new(), Value::to_string);
    (part("pid"), part("tid"))
}

fn thread_names(events: &[Value]) -> HashMap<(String, String), String> {
    let named = events.iter().filter_map(Value::as_object);
    let named = named.filter(|event| event.get("name") == Some(&json!("thread_name")));
    named
        .filter_map(|event| {
            Some((
                thread(event),
                event.get("args")?["name"].as_str()?.to_owned(),
            ))
        })
        .collect()
}

/// Start and end in whole nanoseconds. Both are rounded from the exact times:
/// with a rounded duration, an event could end after the next one starts.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn start_and_end(event: &Map<String, Value>, place: Place) -> Result<(u64, u64), ImportError> {
    let start = nanoseconds(event, place, "ts")?;
    let duration = nanoseconds(event, place, "dur")?;
    let whole = start.round();
    // The sum of both times would lose short durations late in a long run.
    // Conversions stop at 0 and u64::MAX.
    let length = (start - whole + duration).round() as u64;
    Ok((whole as u64, (whole as u64).saturating_add(length)))
}

/// A time in microseconds, with fractions, as nanoseconds, with fractions.
fn nanoseconds(
    event: &Map<String, Value>,
    place: Place,
    field: &'static str,
) -> Result<f64, ImportError> {
    let value = found(event, place, field)?;
    match value.as_f64() {
        // Not infinite: infinity less infinity is no time.
        Some(time) if time >= 0.0 => Ok((time * 1e3).min(f64::MAX)),
        _ => Err(no_number(place, field, value)),
    }
}

fn found<'a>(
    map: &'a Map<String, Value>,
    place: Place,
    field: &'static str,
) -> Result<&'a Value, ImportError> {
    let value = map.get(field);
    value.ok_or(ImportError::at(place, field, Problem::Missing))
}

fn text<'a>(
    map: &'a Map<String, Value>,
    place: Place,
    field: &'static str,
) -> Result<&'a str, ImportError> {
    let value = found(map, place, field)?;
    value.as_str().ok_or_else(|| {
        let problem = Problem::Text(cut(&value.to_string()));
        ImportError::at(place, field, problem)
    })
}

fn number(map: &Map<String, Value>, place: Place, field: &'static str) -> Result<u64, ImportError> {
    let value = found(map, place, field)?;
    value.as_u64().ok_or_else(|| no_number(place, field, value))
}

fn cpu_number(args: &Map<String, Value>, place: Place) -> Result<Option<u16>, ImportError> {
    let Some(value) = args.get("cpu").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let number = value.as_u64().and_then(|number| u16::try_from(number).ok());
    let wrong = || ImportError::at(place, "cpu", Problem::Cpu(cut(&value.to_string())));
    number.map(Some).ok_or_else(wrong)
}

fn position(
    map: &Map<String, Value>,
    place: Place,
    field: &'static str,
) -> Result<usize, ImportError> {
    let value = found(map, place, field)?;
    let position = value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok());
    position.ok_or_else(|| no_number(place, field, value))
}

fn no_number(place: Place, field: &'static str, value: &Value) -> ImportError {
    ImportError::at(place, field, Problem::Number(cut(&value.to_string())))
}

fn list<'a>(
    other: &'a Map<String, Value>,
    field: &'static str,
) -> Result<&'a [Value], ImportError> {
    let value = found(other, Place::OtherData, field)?.as_array();
    let missing = ImportError::at(Place::OtherData, field, Problem::Missing);
    value.map(Vec::as_slice).ok_or(missing)
}

/// Rounded beyond 2^53; the exact number stands beside it.
#[allow(clippy::cast_precision_loss)]
fn to_f64(value: u64) -> f64 {
    value as f64
}
