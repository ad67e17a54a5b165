//! What a status word means, for people who have a card and know nothing of its commands.
//!
//! What does not belong here: what each status word means to who builds a card (SPEC.md section 2), and what to do about
//! it (`remedy`).

use apdu_spec::status::Status;

/// What a status word means, for people.
#[must_use]
pub fn status_words(status: Status) -> String {
    match status.tries() {
        Some(0) => "wrong PIN, no tries left".into(),
        Some(1) => "wrong PIN, 1 try left".into(),
        Some(tries) => format!("wrong PIN, {tries} tries left"),
        None => of_commands(status)
            // Where the card has a reason, this program has asked for it already.
            .or_else(|| {
                status
                    .meaning()
                    .map(|meaning| meaning.trim_end_matches("; GET DATA 010F says why"))
            })
            .unwrap_or("a status word this program does not know")
            .to_owned(),
    }
}

/// Those whose meaning names parts of a command, which nobody sees who does not write commands.
const fn of_commands(status: Status) -> Option<&'static str> {
    Some(match status {
        Status::WRONG_LENGTH => "the command has a length that the card does not take",
        Status::INCOMPATIBLE_FILE => "the file is of another kind: a folder, or one of bytes or of records",
        Status::COMMAND_NOT_ALLOWED => "no file is selected",
        Status::INCORRECT_DATA => "the card cannot read the data that came with the command",
        Status::FUNCTION_NOT_SUPPORTED => {
            "the card knows the command, and not what it is to do; or no channel is left"
        }
        Status::INCORRECT_PARAMETERS => "the command has parameters (P1, P2) that the card does not take",
        Status::INSTRUCTION_NOT_SUPPORTED => "the card does not know this command",
        Status::CLASS_NOT_SUPPORTED => "the card does not know this class of commands",
        Status::UNSPECIFIED => "the card found something inconsistent in itself",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this shows the holder of a foreign card letters that only who writes commands has heard of.
    #[test]
    fn no_status_word_is_told_in_the_letters_of_a_command() {
        for status in (0x6000..=0x6FFF).map(Status) {
            let words = status_words(status);
            let letters = ["INS", "CLA", "Lc", "EF ", "DF ", "GET DATA", "test"];
            assert!(
                letters.iter().all(|letters| !words.contains(letters)),
                "{status}: {words}"
            );
        }
        assert_eq!(status_words(Status(0x63C1)), "wrong PIN, 1 try left");
    }
}
