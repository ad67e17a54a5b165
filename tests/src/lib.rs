//! What the end-to-end tests, the benchmarks and the mutation runner share.

pub mod bench;
pub mod held;
pub mod mutants;
pub mod pcsc;
pub mod program;
