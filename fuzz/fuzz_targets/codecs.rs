//! Every reader of `apdu-spec`: what is read is written again byte for byte.

#![no_main]

use apdu_spec::access::AccessRules;
use apdu_spec::apdu::CommandApdu;
use apdu_spec::command::Command;
use apdu_spec::data::{self, CardInformation, CardStatus};
use apdu_spec::file::{FileControl, FileInformation};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    symbolon_fuzz::check_objects(input);
    if let Ok(apdu) = CommandApdu::parse(input)
        && let Ok(command) = Command::decode(&apdu)
    {
        check_command(&command);
    }
    if let Ok(rules) = AccessRules::new(input) {
        assert_eq!(rules.as_bytes(), input);
        assert!(rules.tighten(&rules), "rules that are looser than themselves");
        assert_eq!(rules.to_string().is_empty(), rules.is_empty());
    }
    if let Ok(control) = FileControl::read(input) {
        let mut out = [0; 4_096];
        let mut writer = apdu_spec::tlv::Writer::new(&mut out);
        control.write_to(&mut writer).expect("room for what was read");
        assert_eq!(writer.written(), input);
    }
    let _ = FileInformation::read(input);
    let _ = CardStatus::read(input);
    let _ = CardInformation::read(input);
    let _ = data::read_serial_number(input);
    if let Ok(list) = data::applications(input) {
        list.for_each(drop);
    }
    if let Ok(list) = data::directory(input) {
        list.for_each(drop);
    }
});

/// What is decoded is encoded to a command that decodes to the same.
fn check_command(command: &Command<'_>) {
    let mut buffer = [0; 4_096];
    // A complete object that is not one may be carried by a command, and cannot be encoded.
    let Ok(apdu) = command.encode(&mut buffer) else {
        return;
    };
    let mut bytes = [0; 4_200];
    let length = apdu.write(&mut bytes).expect("room for what was read");
    let again = CommandApdu::parse(&bytes[..length]).expect("an APDU");
    assert_eq!(Command::decode(&again), Ok(*command));
    assert!(!format!("{command:?}").is_empty());
}
