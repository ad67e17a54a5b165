//! Approval files: JSON that people mail around.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parties::approval::Approval;

fuzz_target!(|input: &[u8]| {
    let Ok(approval) = Approval::from_json("input", input) else {
        return;
    };
    let written = approval.to_json().expect("what was read is written");
    let again = Approval::from_json("written", written.as_bytes()).expect("what was written is read");
    assert_eq!(again, approval);
    assert_eq!(again.to_json().expect("written"), written);
    let _ = approval.status();
});
