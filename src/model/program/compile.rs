//! From what was written to what runs: names, labels, expressions.

use super::build::{Line, MAX_OBJECTS, MAX_STATEMENTS, MAX_THREADS, ProgramBuilder, Written};
use super::code::{Channel, Code, Operation, Statement, Thread};
use super::error::ProgramError;
use super::expression::Expression;
use super::live;

pub(super) fn compile(written: &ProgramBuilder) -> Result<Code, ProgramError> {
    check_names(written)?;
    let mut code = Code {
        shared: written.shared.clone(),
        locks: written.locks.clone(),
        conditions: written.conditions.clone(),
        channels: Vec::new(),
        threads: Vec::new(),
        ensure: None,
        observed: Vec::new(),
        notes: written.notes.clone(),
        positions: 0,
    };
    for (name, room) in &written.channels {
        if *room == Some(0) {
            return Err(ProgramError::NoRoom(name.clone()));
        }
        let (name, room) = (name.clone(), *room);
        code.channels.push(Channel { name, room });
    }
    let mut base = code.shared.len();
    for (name, lines) in &written.threads {
        let thread = ThreadCompiler::new(&code, name, lines).thread(lines, base)?;
        base += thread.registers.len();
        code.threads.push(thread);
    }
    code.positions = base;
    at_the_end(written, &mut code)?;
    live::find_dead(&mut code);
    Ok(code)
}

fn check_names(written: &ProgramBuilder) -> Result<(), ProgramError> {
    let threads = written.threads.len();
    if threads == 0 {
        return Err(ProgramError::NoThreads);
    }
    if threads > MAX_THREADS {
        return Err(ProgramError::TooManyThreads(threads));
    }
    let objects: Vec<&String> = (written.shared.iter().map(|(name, _)| name))
        .chain(&written.locks)
        .chain(&written.conditions)
        .chain(written.channels.iter().map(|(name, _)| name))
        .collect();
    if objects.len() > MAX_OBJECTS {
        return Err(ProgramError::TooManyObjects(objects.len()));
    }
    if written
        .threads
        .iter()
        .map(|(_, lines)| lines.len())
        .sum::<usize>()
        > MAX_STATEMENTS
    {
        return Err(ProgramError::TooManyStatements);
    }
    let threads = written.threads.iter().map(|(name, _)| name);
    let names: Vec<&String> = objects.into_iter().chain(threads).collect();
    for (index, name) in names.iter().enumerate() {
        check_name(name)?;
        if names[..index].contains(name) {
            return Err(ProgramError::NameTwice((*name).clone()));
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), ProgramError> {
    let mut letters = name.chars();
    let first = letters
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_');
    if first && letters.all(|c| c.is_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(ProgramError::InvalidName(name.to_owned()))
}

/// The final condition and the observed registers. Both read a state's words.
fn at_the_end(written: &ProgramBuilder, code: &mut Code) -> Result<(), ProgramError> {
    let word = |name: &str| {
        let shared = code.shared.iter().position(|(other, _)| other == name);
        let register = || {
            let (thread, register) = name.split_once('.')?;
            let thread = code.threads.iter().find(|t| t.name == thread)?;
            let register = thread.registers.iter().position(|r| r == register)?;
            Some(thread.base + register)
        };
        let found = shared.or_else(register);
        found.ok_or_else(|| ProgramError::UnknownAtEnd(name.to_owned()))
    };
    let mut observed = Vec::new();
    for (thread, register) in &written.observed {
        let name = format!("{thread}.{register}");
        let at = word(&name)?;
        observed.push((name, at));
    }
    let ensure = match &written.ensure {
        None => None,
        Some(text) => Some((
            Expression::read(text, &mut |name| word(name))?,
            text.clone(),
        )),
    };
    (code.observed, code.ensure) = (observed, ensure);
    Ok(())
}

struct ThreadCompiler<'a> {
    code: &'a Code,
    name: &'a str,
    registers: Vec<String>,
    labels: Vec<(&'a str, usize)>,
}

impl<'a> ThreadCompiler<'a> {
    fn new(code: &'a Code, name: &'a str, lines: &'a [Line]) -> Self {
        let mut compiler = Self {
            code,
            name,
            registers: Vec::new(),
            labels: Vec::new(),
        };
        let mut number = 0;
        for line in lines {
            match &line.written {
                Written::Label(label) => compiler.labels.push((label, number)),
                written => {
                    number += 1;
                    if let Some(register) = written_register(written)
                        && !compiler.registers.contains(register)
                    {
                        compiler.registers.push(register.clone());
                    }
                }
            }
        }
        compiler
    }

    fn thread(self, lines: &[Line], base: usize) -> Result<Thread, ProgramError> {
        if self.registers.len() > live::MAX_REGISTERS {
            let name = self.name.to_owned();
            return Err(ProgramError::TooManyRegisters(name, self.registers.len()));
        }
        for register in &self.registers {
            check_name(register)?;
        }
        for (index, (label, _)) in self.labels.iter().enumerate() {
            if self.labels[..index].iter().any(|(other, _)| other == label) {
                return Err(ProgramError::NameTwice((*label).to_owned()));
            }
        }
        let mut statements = Vec::new();
        for line in lines {
            let text = text_of(&line.written);
            if let Some(operation) = self.operation(&line.written, &text)? {
                statements.push(Statement {
                    operation,
                    text,
                    indent: line.indent,
                });
            }
        }
        Ok(Thread {
            name: self.name.to_owned(),
            registers: self.registers,
            statements,
            dead: Vec::new(),
            base,
        })
    }

    fn operation(&self, written: &Written, text: &str) -> Result<Option<Operation>, ProgramError> {
        let expression = |value: &str| self.expression(value, text);
        let register = |name: &str| self.register(name, text);
        let shared = |name: &str| {
            let names = self.code.shared.iter().map(|(name, _)| name.as_str());
            self.find("shared variable", "shared", names, name, text)
        };
        let lock = |name: &str| {
            let names = self.code.locks.iter().map(String::as_str);
            self.find("lock", "lock", names, name, text)
        };
        let condition = |name: &str| {
            let names = self.code.conditions.iter().map(String::as_str);
            self.find("condition", "condition", names, name, text)
        };
        let channel = |name: &str| {
            let names = self.code.channels.iter().map(|c| c.name.as_str());
            self.find("channel", "unbounded_channel", names, name, text)
        };
        Ok(Some(match written {
            Written::Label(_) => return Ok(None),
            Written::Load(to, from) => Operation::Load {
                to: register(to)?,
                from: shared(from)?,
            },
            Written::Store(to, value) => Operation::Store {
                to: shared(to)?,
                value: expression(value)?,
            },
            Written::Set(to, value) => Operation::Set {
                to: register(to)?,
                value: expression(value)?,
            },
            Written::Jump { label, .. } => Operation::Jump {
                target: self.target(label)?,
            },
            Written::Branch {
                condition,
                when,
                label,
                ..
            } => Operation::Branch {
                condition: expression(condition)?,
                when: *when,
                target: self.target(label)?,
            },
            Written::Lock(name) => Operation::Lock(lock(name)?),
            Written::Unlock(name) => Operation::Unlock(lock(name)?),
            Written::Wait(name, held) => Operation::Wait {
                condition: condition(name)?,
                lock: lock(held)?,
            },
            Written::NotifyOne(name) => Operation::NotifyOne(condition(name)?),
            Written::NotifyAll(name) => Operation::NotifyAll(condition(name)?),
            Written::Send(to, value) => Operation::Send {
                channel: channel(to)?,
                value: expression(value)?,
            },
            Written::Receive(to, from) => Operation::Receive {
                to: register(to)?,
                channel: channel(from)?,
            },
            Written::FetchAdd(to, at, by) => Operation::FetchAdd {
                to: register(to)?,
                at: shared(at)?,
                by: expression(by)?,
            },
            Written::CompareExchange(to, at, expected, new) => Operation::CompareExchange {
                to: register(to)?,
                at: shared(at)?,
                expected: expression(expected)?,
                new: expression(new)?,
            },
            Written::Assert(condition) => Operation::Assert(expression(condition)?),
        }))
    }

    fn expression(&self, value: &str, statement: &str) -> Result<Expression, ProgramError> {
        Expression::read(value, &mut |name| self.register(name, statement))
    }

    fn register(&self, name: &str, statement: &str) -> Result<usize, ProgramError> {
        if let Some(found) = self.registers.iter().position(|other| other == name) {
            return Ok(found);
        }
        let is_shared = self.code.shared.iter().any(|(other, _)| other == name);
        let hint = if is_shared {
            format!("{name} is shared, so read it in a step of its own: .load(\"r\", {name:?})")
        } else {
            format!("write it first, as with .set({name:?}, 0)")
        };
        Err(self.unknown("register", name, statement, hint))
    }

    fn find<'n>(
        &self,
        kind: &'static str,
        method: &str,
        mut names: impl Iterator<Item = &'n str>,
        name: &str,
        statement: &str,
    ) -> Result<usize, ProgramError> {
        names.position(|other| other == name).ok_or_else(|| {
            let value = if method == "shared" { ", 0" } else { "" };
            let hint = format!("add it with .{method}({name:?}{value}) before .thread(..)");
            self.unknown(kind, name, statement, hint)
        })
    }

    fn unknown(
        &self,
        kind: &'static str,
        name: &str,
        statement: &str,
        hint: String,
    ) -> ProgramError {
        ProgramError::Unknown {
            thread: self.name.to_owned(),
            statement: statement.to_owned(),
            kind,
            name: name.to_owned(),
            hint,
        }
    }

    fn target(&self, label: &str) -> Result<usize, ProgramError> {
        let found = self.labels.iter().find(|(other, _)| *other == label);
        found
            .map(|(_, at)| *at)
            .ok_or_else(|| ProgramError::JumpNowhere {
                thread: self.name.to_owned(),
                label: label.to_owned(),
            })
    }
}

fn written_register(written: &Written) -> Option<&String> {
    match written {
        Written::Load(to, _)
        | Written::Set(to, _)
        | Written::Receive(to, _)
        | Written::FetchAdd(to, ..)
        | Written::CompareExchange(to, ..) => Some(to),
        _ => None,
    }
}

fn text_of(written: &Written) -> String {
    match written {
        Written::Load(to, from) => format!("{to} = load {from}"),
        Written::Store(to, value) => format!("store {to} = {value}"),
        Written::Set(to, value) => format!("{to} = {value}"),
        Written::Label(label) => format!("{label}:"),
        Written::Branch { text, .. } | Written::Jump { text, .. } => text.clone(),
        Written::Lock(lock) => format!("lock {lock}"),
        Written::Unlock(lock) => format!("unlock {lock}"),
        Written::Wait(condition, lock) => format!("wait {condition} with {lock}"),
        Written::NotifyOne(condition) => format!("notify one of {condition}"),
        Written::NotifyAll(condition) => format!("notify all of {condition}"),
        Written::Send(channel, value) => format!("send {value} to {channel}"),
        Written::Receive(to, channel) => format!("{to} = receive from {channel}"),
        Written::FetchAdd(to, at, by) => format!("{to} = fetch_add {at} by {by}"),
        Written::CompareExchange(to, at, expected, new) => {
            format!("{to} = compare_exchange {at} from {expected} to {new}")
        }
        Written::Assert(condition) => format!("assert {condition}"),
    }
}
