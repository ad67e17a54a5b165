//! The `symbolon` command as people and scripts meet it: a process, its output, its exit code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod again;
mod agreement;
mod authorities;
mod chain;
mod completion;
mod examples;
mod exit_codes;
mod help;
mod help_examples;
mod holder;
mod json;
mod keys;
mod looking;
mod lying_terminal;
mod mistakes;
mod modes;
mod newcomers;
mod pcsc;
mod prompts;
mod records;
mod sealed;
mod secrets;
mod serving;
mod sessions;
mod shell;
mod shell_content;
mod shell_files;
mod shell_keys;
mod support;
mod tour;
