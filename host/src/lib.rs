//! stub
pub mod private_pcscd;
