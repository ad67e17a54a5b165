//! Status words: SPEC.md section 2.
//!
//! ISO/IEC 7816-4:2020, 5.6. A status word is a value, not an enumeration: one that this crate does not know
//! survives and can be shown. What does not belong here: the reason behind a status (`reason`).

use core::fmt;

/// The two bytes SW1 and SW2 that end every reply.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u16);

/// One row of SPEC.md section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRow {
    /// The status word; for a row with a parameter, with that parameter zero.
    pub pattern: u16,
    /// The bits that tell this row from others; the rest is the parameter.
    pub mask: u16,
    /// The constant of [`Status`] with this word.
    pub constant: &'static str,
    /// Name in CamelCase.
    pub name: &'static str,
    /// What the card means by it.
    pub meaning: &'static str,
}

macro_rules! statuses {
    ($($pattern:literal / $mask:literal $constant:ident $name:ident $meaning:literal;)*) => {
        impl Status {
            $(#[doc = concat!(stringify!($pattern), ": ", $meaning, ".")]
            pub const $constant: Self = Self($pattern);)*
        }

        /// SPEC.md section 2, row by row.
        pub const TABLE: &[StatusRow] = &[$(StatusRow {
            pattern: $pattern,
            mask: $mask,
            constant: stringify!($constant),
            name: stringify!($name),
            meaning: $meaning,
        }),*];
    };
}

// Where the mask leaves bits free, the constant has them zero; see the functions of the same name for the others.
statuses! {
    0x9000 / 0xFFFF SUCCESS Success "done";
    0x6100 / 0xFF00 MORE_DATA MoreData "xx bytes (00: 256 or more) wait for GET RESPONSE";
    0x6282 / 0xFFFF END_OF_FILE EndOfFile "fewer bytes than Le: the file or record ends; or nothing was found";
    0x6283 / 0xFFFF DEACTIVATED Deactivated "selected, and deactivated";
    0x6285 / 0xFFFF TERMINATED Terminated "selected, and terminated";
    0x63C0 / 0xFFF0 TRIES_LEFT TriesLeft "wrong PIN, x tries left";
    0x6581 / 0xFFFF MEMORY_FAILURE MemoryFailure "the flash is damaged or failed; nothing was changed";
    0x6700 / 0xFFFF WRONG_LENGTH WrongLength "Lc or Le does not fit the command";
    0x6881 / 0xFFFF CHANNEL_NOT_SUPPORTED ChannelNotSupported "logical channel above 3, or not open";
    0x6882 / 0xFFFF SECURE_MESSAGING_NOT_SUPPORTED SecureMessagingNotSupported "no secure messaging in this version";
    0x6883 / 0xFFFF LAST_COMMAND_EXPECTED LastCommandExpected "another command inside a chain";
    0x6884 / 0xFFFF CHAINING_NOT_SUPPORTED ChainingNotSupported "this command cannot be chained";
    0x6981 / 0xFFFF INCOMPATIBLE_FILE IncompatibleFile "a DF where an EF is needed, bytes where records are, or the reverse";
    0x6982 / 0xFFFF SECURITY_STATUS_NOT_SATISFIED SecurityStatusNotSatisfied "access rule or consent missing";
    0x6983 / 0xFFFF AUTHENTICATION_BLOCKED AuthenticationBlocked "no tries left";
    0x6984 / 0xFFFF REFERENCE_DATA_NOT_USABLE ReferenceDataNotUsable "transport PIN: change it first";
    0x6985 / 0xFFFF CONDITIONS_NOT_SATISFIED ConditionsNotSatisfied "not in this state; GET DATA 010F says why";
    0x6986 / 0xFFFF COMMAND_NOT_ALLOWED CommandNotAllowed "no EF selected";
    0x6988 / 0xFFFF INCORRECT_OBJECT IncorrectObject "a signature, certificate or digest is wrong; GET DATA 010F says why";
    0x6A80 / 0xFFFF INCORRECT_DATA IncorrectData "malformed data field";
    0x6A81 / 0xFFFF FUNCTION_NOT_SUPPORTED FunctionNotSupported "known command, unknown function; no channel left";
    0x6A82 / 0xFFFF FILE_NOT_FOUND FileNotFound "no such file or application";
    0x6A83 / 0xFFFF RECORD_NOT_FOUND RecordNotFound "no such record";
    0x6A84 / 0xFFFF NOT_ENOUGH_MEMORY NotEnoughMemory "no room on the card";
    0x6A86 / 0xFFFF INCORRECT_PARAMETERS IncorrectParameters "P1 or P2 wrong";
    0x6A88 / 0xFFFF REFERENCED_DATA_NOT_FOUND ReferencedDataNotFound "no such data object, PIN, key or request";
    0x6A89 / 0xFFFF FILE_EXISTS FileExists "file id taken";
    0x6A8A / 0xFFFF NAME_EXISTS NameExists "AID taken";
    0x6B00 / 0xFFFF WRONG_OFFSET WrongOffset "offset outside the file";
    0x6C00 / 0xFF00 WRONG_EXPECTED_LENGTH WrongExpectedLength "repeat with Le = xx";
    0x6D00 / 0xFFFF INSTRUCTION_NOT_SUPPORTED InstructionNotSupported "unknown INS";
    0x6E00 / 0xFFFF CLASS_NOT_SUPPORTED ClassNotSupported "unknown CLA";
    0x6F00 / 0xFFFF UNSPECIFIED Unspecified "internal inconsistency; never seen in a test";
}

impl Status {
    /// 63Cx: wrong PIN, `tries` tries left (at most 15 can be told).
    #[must_use]
    pub const fn tries_left(tries: u8) -> Self {
        let tries = if tries > 0x0F { 0x0F } else { tries };
        Self(u16::from_be_bytes([0x63, 0xC0 | tries]))
    }

    /// 61xx: `count` bytes wait for GET RESPONSE; 256 and more are told as 00.
    #[must_use]
    pub fn more_data(count: usize) -> Self {
        Self(u16::from_be_bytes([
            0x61,
            u8::try_from(count).unwrap_or_default(),
        ]))
    }

    /// 6Cxx: repeat the command with Le = `length`, 1 to 256 (told as 00).
    #[must_use]
    pub fn wrong_expected_length(length: usize) -> Self {
        Self(u16::from_be_bytes([
            0x6C,
            u8::try_from(length).unwrap_or_default(),
        ]))
    }

    /// The tries left that a 63Cx tells.
    #[must_use]
    pub const fn tries(self) -> Option<u8> {
        let [sw1, sw2] = self.0.to_be_bytes();
        if sw1 == 0x63 && sw2 & 0xF0 == 0xC0 {
            Some(sw2 & 0x0F)
        } else {
            None
        }
    }

    /// The Ne (1 to 256) with which a 61xx asks for GET RESPONSE.
    #[must_use]
    pub fn waiting(self) -> Option<usize> {
        self.second_if(0x61)
    }

    /// The Ne (1 to 256) with which a 6Cxx asks for the command again.
    #[must_use]
    pub fn corrected_length(self) -> Option<usize> {
        self.second_if(0x6C)
    }

    fn second_if(self, first: u8) -> Option<usize> {
        let [sw1, sw2] = self.0.to_be_bytes();
        let length = if sw2 == 0 { 0x100 } else { usize::from(sw2) };
        (sw1 == first).then_some(length)
    }

    /// Whether the command was done and its reply is complete: 9000.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 == Self::SUCCESS.0
    }

    /// The row of [`TABLE`] this word belongs to.
    #[must_use]
    pub fn row(self) -> Option<&'static StatusRow> {
        TABLE.iter().find(|row| self.0 & row.mask == row.pattern)
    }

    /// What the card means by it, for words of [`TABLE`].
    #[must_use]
    pub fn meaning(self) -> Option<&'static str> {
        self.row().map(|row| row.meaning)
    }
}

/// The word and its name in words: `6A82 file not found`, `63C2 tries left (2)`, `6F42 unknown`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X} ", self.0)?;
        let Some(row) = self.row() else {
            return f.write_str("unknown");
        };
        for (index, character) in row.name.char_indices() {
            if index > 0 && character.is_ascii_uppercase() {
                f.write_str(" ")?;
            }
            write!(f, "{}", character.to_ascii_lowercase())?;
        }
        match self.0 & !row.mask {
            _ if row.mask == 0xFFFF => Ok(()),
            parameter => write!(f, " ({parameter})"),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({self})")
    }
}

impl core::error::Error for Status {}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn people_read_the_name_and_the_parameter() {
        assert_eq!(Status::FILE_NOT_FOUND.to_string(), "6A82 file not found");
        assert_eq!(Status::tries_left(2).to_string(), "63C2 tries left (2)");
        assert_eq!(Status(0x6F42).to_string(), "6F42 unknown");
    }

    #[test]
    fn parameters_come_back() {
        assert_eq!(Status::tries_left(20).tries(), Some(15));
        assert_eq!(Status::tries_left(0).tries(), Some(0));
        assert_eq!(Status(0x6300).tries(), None);
        assert_eq!(Status::more_data(5).waiting(), Some(5));
        assert_eq!(Status::more_data(256), Status::MORE_DATA);
        assert_eq!(Status::more_data(1000).waiting(), Some(256));
        assert_eq!(Status::wrong_expected_length(256).corrected_length(), Some(256));
        assert_eq!(Status::SUCCESS.waiting(), None);
    }

    #[test]
    fn no_word_belongs_to_two_rows() {
        for row in TABLE {
            assert_eq!(Status(row.pattern).row(), Some(row), "{row:?}");
            assert_eq!(Status(row.pattern | !row.mask).row(), Some(row), "{row:?}");
        }
    }
}
