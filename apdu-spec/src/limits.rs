//! Sizes and counts every card and every host agree on: SPEC.md section 7.
//!
//! What belongs here: numbers that appear in SPEC.md. What does not: the RAM or flash of one board.

/// Longest command data field, after chaining, in bytes.
pub const COMMAND_DATA_MAX: usize = 2048;
/// Longest reply data field, over all GET RESPONSE, in bytes.
pub const REPLY_DATA_MAX: usize = 2048;
/// Longest certificate (7F21), in bytes.
pub const CERTIFICATE_MAX: usize = 512;
/// Longest certificate request (7F21), in bytes.
pub const REQUEST_MAX: usize = 640;
/// Longest evidence, one or two signed objects together, in bytes.
pub const AUTHORIZATION_MAX: usize = 1024;
/// Longest manifest (EB), in bytes.
pub const MANIFEST_MAX: usize = 1900;
/// Longest data (83) of a block (ED), in bytes.
pub const BLOCK_DATA_MAX: usize = 1900;
/// Content a block other than block 0 carries at most, in bytes: whole chunks.
pub const BLOCK_CONTENT: usize = 1792;
/// Longest package, manifest and content together, in bytes.
pub const PACKAGE_MAX: usize = 65_536;
/// Unit in which a file's content is kept, in bytes.
pub const CHUNK: usize = 256;
/// Longest record of an EF, in bytes.
pub const RECORD_MAX: usize = 255;
/// Most records of an EF.
pub const RECORDS: usize = 254;
/// Chunks a block carries at most.
pub const BLOCK_CHUNKS: usize = 64;
/// Pairs of access mode and condition in one access rule.
pub const RULES_PER_FILE: usize = 8;
/// Longest access rule (value of AB), in bytes.
pub const RULE_MAX: usize = 64;
/// Conditions nested in one another in an access rule.
pub const RULE_DEPTH: usize = 3;
/// Storing requests open at a time.
pub const OPEN_REQUESTS: usize = 4;
/// Levels of DFs below the MF.
pub const DF_DEPTH: usize = 6;
/// Logical channels, the basic one included.
pub const CHANNELS: usize = 4;
/// Shortest PIN, in bytes.
pub const PIN_MIN: usize = 4;
/// Longest PIN, in bytes.
pub const PIN_MAX: usize = 16;
/// Storing requests of one provider open at a time.
pub const PROVIDER_REQUESTS: usize = 2;
/// Version floors a provider has.
pub const PROVIDER_FLOORS: usize = 16;
/// Version floors of all providers together.
pub const FLOORS: usize = 256;
/// Certificates on a revocation list.
pub const REVOKED: usize = 48;
/// Shortest unblocking code, in bytes.
pub const UNBLOCKING_CODE_MIN: usize = 8;
/// Longest unblocking code, in bytes.
pub const UNBLOCKING_CODE_MAX: usize = 12;
/// Receipts a card keeps, and receipts that may wait to be collected.
pub const RECEIPTS_KEPT: usize = 16;
/// Files in a manifest.
pub const MANIFEST_FILES: usize = 64;
/// Access rules in a manifest.
pub const MANIFEST_RULES: usize = 32;
/// PINs in a manifest.
pub const MANIFEST_PINS: usize = 8;
/// Keys in a manifest.
pub const MANIFEST_KEYS: usize = 8;
/// Shortest challenge of INTERNAL AUTHENTICATE, in bytes.
pub const CHALLENGE_MIN: usize = 8;
/// Longest challenge of INTERNAL AUTHENTICATE, in bytes.
pub const CHALLENGE_MAX: usize = 64;
