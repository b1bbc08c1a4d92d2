//! The binary `twoaxes-grader`.

use std::process::ExitCode;

fn main() -> ExitCode {
    twoaxes_grader::cli::main()
}
