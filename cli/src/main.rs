//! The `symbolon` command: everything is in the library beside this file.

use std::process::ExitCode;

fn main() -> ExitCode {
    symbolon::run(std::env::args_os())
}
