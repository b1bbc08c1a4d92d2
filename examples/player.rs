//! A page to step through a program, without a notebook:
//! `cargo run --release --example player > page.html`.
//!
//! It has the lost update and a deadlock.

use twoaxes::model::{Program, ProgramError};

fn main() -> Result<(), ProgramError> {
    let lost_update = Program::increments(&[1, 1]);
    let deadlock = Program::builder()
        .lock("L")
        .lock("M")
        .thread("A", |t| t.lock("L").lock("M").unlock("M").unlock("L"))
        .thread("B", |t| t.lock("M").lock("L").unlock("L").unlock("M"))
        .build()?;
    println!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Step through</title><body>"
    );
    for program in [lost_update, deadlock] {
        println!("{}", program.player().html());
    }
    println!("</body></html>");
    Ok(())
}
