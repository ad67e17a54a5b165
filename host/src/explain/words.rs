//! Status words in words, ours and the standard's. ISO/IEC 7816-4:2020, 5.6.

use apdu_spec::status::Status;

/// As [`status_words`], of the reply to the command with this name: RESET RETRY COUNTER counts tries of a code, not of a PIN.
#[must_use]
pub fn status_words_after(command: &str, status: Status) -> String {
    let words = status_words(status);
    match command.starts_with("RESET RETRY COUNTER") {
        true => words.replace("wrong PIN", "wrong unblocking code"),
        false => words,
    }
}

/// What a status word means, for people, whichever card answers it.
#[must_use]
pub fn status_words(status: Status) -> String {
    match status.tries() {
        Some(0) => return "wrong PIN, no tries left".to_owned(),
        Some(1) => return "wrong PIN, 1 try left".to_owned(),
        Some(tries) => return format!("wrong PIN, {tries} tries left"),
        None => {}
    }
    if let Some(waiting) = status.waiting() {
        return format!("{waiting} bytes wait for GET RESPONSE");
    }
    if let Some(length) = status.corrected_length() {
        return format!("wrong Le: repeat with {length}");
    }
    match status.meaning() {
        Some(meaning) => meaning.to_owned(),
        None => standard(status.0).to_owned(),
    }
}

const fn standard(word: u16) -> &'static str {
    match word {
        0x6200 => "done, with a warning",
        0x6281 => "part of the data may be corrupted",
        0x6282 => "fewer bytes than Le: the file or record ends, or nothing was found",
        0x6283 => "selected, and deactivated",
        0x6284 => "control information is not formatted as it should be",
        0x6285 => "selected, and terminated",
        0x6286 => "no input from a sensor",
        0x6287 => "a referenced record is deactivated",
        0x6202..=0x6280 => "the card has something to ask",
        0x6300 => "done, with a warning: something has changed",
        0x6381 => "the file is full after this write",
        0x6400 => "failed, nothing was changed",
        0x6401 => "the card needs an answer at once",
        0x6500 => "failed, something was changed",
        0x6581 => "memory failure",
        0x6600..=0x66FF => "a matter of security",
        0x6800 => "a function of the class byte is not supported",
        0x6881 => "this logical channel is not supported",
        0x6882 => "secure messaging is not supported",
        0x6883 => "the last command of the chain is expected",
        0x6884 => "chaining is not supported",
        0x6900 => "the command is not allowed",
        0x6981 => "the command does not fit the kind of file",
        0x6982 => "access rule not satisfied",
        0x6983 => "blocked, no tries left",
        0x6984 => "reference data cannot be used",
        0x6985 => "not in this state",
        0x6986 => "not allowed: no EF is selected",
        0x6987 => "secure messaging objects are missing",
        0x6988 => "secure messaging objects are wrong",
        0x6A00 => "P1 or P2 wrong",
        0x6A80 => "malformed data field",
        0x6A81 => "function not supported",
        0x6A82 => "no such file or application",
        0x6A83 => "no such record",
        0x6A84 => "not enough memory",
        0x6A85 => "Nc does not fit the objects",
        0x6A86 => "P1 or P2 wrong",
        0x6A87 => "Nc does not fit P1 and P2",
        0x6A88 => "no such data or reference",
        0x6A89 => "the file exists",
        0x6A8A => "the name exists",
        0x6B00 => "P1 or P2 wrong: offset outside the file",
        0x6D00 => "unknown INS",
        0x6E00 => "unknown CLA",
        0x6F00 => "no precise diagnosis",
        0x9100..=0x91FF => "done; a proactive command waits, or a proprietary word",
        _ => "a status word this program does not know",
    }
}
