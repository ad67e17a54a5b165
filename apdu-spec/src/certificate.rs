//! Card-verifiable certificates: SPEC.md section 3.
//!
//! ISO/IEC 7816-8 and BSI TR-03110-3, appendix C, over P-256.

mod reference;
mod role;

pub use reference::{InvalidReference, Mnemonic, Reference};
pub use role::{Policy, Rights, Role};
