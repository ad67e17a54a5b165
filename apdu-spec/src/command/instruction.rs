//! Instruction bytes: the table of SPEC.md section 1.

/// One row of SPEC.md section 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandRow {
    /// The instruction.
    pub instruction: Instruction,
    /// Name in the standard.
    pub name: &'static str,
    /// P1 and P2.
    pub parameters: &'static str,
    /// Command data field.
    pub data: &'static str,
    /// Reply data field.
    pub reply: &'static str,
    /// Where the standard has it.
    pub standard: &'static str,
    /// Whether the command may come as a chain of commands.
    pub chained: bool,
}

macro_rules! instructions {
    ($($byte:literal $variant:ident $name:literal, $parameters:literal, $data:literal, $reply:literal,
       $standard:literal, $chained:literal;)*) => {
        /// The instructions a card knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Instruction {
            $(#[doc = concat!(stringify!($byte), ", ", $name, ": ", $standard, ".")]
            $variant,)*
        }

        impl Instruction {
            /// The instruction with this byte.
            #[must_use]
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// INS.
            #[must_use]
            pub const fn to_byte(self) -> u8 {
                match self {
                    $(Self::$variant => $byte,)*
                }
            }

            /// Name in the standard.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Whether the command may come as a chain of commands (6884 otherwise).
            #[must_use]
            pub const fn may_be_chained(self) -> bool {
                match self {
                    $(Self::$variant => $chained,)*
                }
            }
        }

        /// SPEC.md section 1, row by row.
        pub const TABLE: &[CommandRow] = &[$(CommandRow {
            instruction: Instruction::$variant,
            name: $name,
            parameters: $parameters,
            data: $data,
            reply: $reply,
            standard: $standard,
            chained: $chained,
        }),*];
    };
}

instructions! {
    0xA4 Select "SELECT", "below", "file id, path, AID", "FCI, FCP, FMD or nothing",
        "7816-4, 11.2.2", false;
    0x70 ManageChannel "MANAGE CHANNEL", "00 open, 80 close; channel or 00", "-", "-, or channel number",
        "7816-4, 11.2.3", false;
    0xB0 ReadBinary "READ BINARY", "offset, or 80+SFI and offset", "-", "bytes",
        "7816-4, 11.3.3", false;
    0xD6 UpdateBinary "UPDATE BINARY", "offset, or 80+SFI and offset", "bytes", "-",
        "7816-4, 11.3.5", true;
    0xB1 ReadBinaryObjects "READ BINARY", "0000, SFI or file id", "54 offset", "53 bytes",
        "7816-4, 11.3.3", false;
    0xD0 WriteBinary "WRITE BINARY", "offset, or 80+SFI and offset", "bytes", "-",
        "7816-4, 11.3.4", false;
    0xD1 WriteBinaryObjects "WRITE BINARY", "0000, SFI or file id", "54 offset, 53 bytes", "-",
        "7816-4, 11.3.4", false;
    0xD7 UpdateBinaryObjects "UPDATE BINARY", "0000, SFI or file id", "54 offset, 53 bytes", "-",
        "7816-4, 11.3.5", true;
    0xA0 SearchBinary "SEARCH BINARY", "offset, or 80+SFI and offset", "bytes sought, or nothing", "offset, or nothing",
        "7816-4, 11.3.6", false;
    0xA1 SearchBinaryObjects "SEARCH BINARY", "0000, SFI or file id", "54 offset, [53 bytes sought]", "54 offset, or nothing",
        "7816-4, 11.3.6", false;
    0x0E EraseBinary "ERASE BINARY", "offset, or 80+SFI and offset", "first offset that stays, or nothing", "-",
        "7816-4, 11.3.7", false;
    0x0F EraseBinaryObjects "ERASE BINARY", "0000, SFI or file id", "54 offset, 54 first that stays; or less", "-",
        "7816-4, 11.3.7", false;
    0xB2 ReadRecord "READ RECORD", "record, mode", "-", "records",
        "7816-4, 11.4.3", false;
    0xB3 ReadRecordPart "READ RECORD", "record, mode", "54 offset", "53 bytes",
        "7816-4, 11.4.3", false;
    0xD2 WriteRecord "WRITE RECORD", "record, mode", "record", "-",
        "7816-4, 11.4.4", false;
    0xDC UpdateRecord "UPDATE RECORD", "record, mode", "record", "-",
        "7816-4, 11.4.5", true;
    0xDD UpdateRecordPart "UPDATE RECORD", "record, mode", "54 offset, 53 bytes", "-",
        "7816-4, 11.4.5", true;
    0xE2 AppendRecord "APPEND RECORD", "00, mode", "record", "-",
        "7816-4, 11.4.6", false;
    0xA2 SearchRecord "SEARCH RECORD", "record, mode", "bytes sought", "record numbers",
        "7816-4, 11.4.7", false;
    0x0C EraseRecord "ERASE RECORD", "record, mode", "-", "-",
        "7816-4, 11.4.8", false;
    0xE0 CreateFile "CREATE FILE", "0000", "62 FCP", "-",
        "7816-9", true;
    0xE4 DeleteFile "DELETE FILE", "below", "file id, path, or nothing", "-",
        "7816-9", false;
    0xE8 TerminateEf "TERMINATE EF", "below", "file id, path, or nothing", "-",
        "7816-9", false;
    0xE6 TerminateDf "TERMINATE DF", "below", "file id, path, or nothing", "-",
        "7816-9", false;
    0xFE TerminateCardUsage "TERMINATE CARD USAGE", "0000", "-", "-",
        "7816-9", false;
    0x04 DeactivateFile "DEACTIVATE FILE", "0400, or below", "AID; file id, path, or nothing", "-",
        "7816-9", false;
    0x44 ActivateFile "ACTIVATE FILE", "0400, or below", "AID; file id, path, or nothing", "-",
        "7816-9", false;
    0xCA GetData "GET DATA", "tag", "-", "value",
        "7816-4, 11.5.3", false;
    0xCB GetDataSelected "GET DATA", "tag", "selector", "value",
        "7816-4, 11.5.3", false;
    0xDA PutData "PUT DATA", "tag", "value", "-",
        "7816-4, 11.5.5", true;
    0x84 GetChallenge "GET CHALLENGE", "0000", "-", "Le random bytes, 1 to 256",
        "7816-4, 11.6.3", false;
    0x20 Verify "VERIFY", "00, reference", "PIN, or nothing", "-",
        "7816-4, 11.6.6", false;
    0x24 ChangeReferenceData "CHANGE REFERENCE DATA", "00, reference", "old PIN, then new PIN", "-",
        "7816-4, 11.6.7", false;
    0x2C ResetRetryCounter "RESET RETRY COUNTER", "00, reference", "unblocking code, then new PIN", "-",
        "7816-4, 11.6.10", false;
    0x82 ExternalAuthenticate "EXTERNAL AUTHENTICATE", "0000; or 00, key reference", "F0 authentication; or section 5.1", "-; MUTUAL: MAC",
        "7816-4, 11.6.4", false;
    0x88 InternalAuthenticate "INTERNAL AUTHENTICATE", "00, key reference or 00", "challenge, 8 to 64 bytes", "signature or MAC",
        "7816-4, 11.6.2", false;
    0x46 GenerateKeyPair "GENERATE ASYMMETRIC KEY PAIR", "80 make, 81 read; 00", "template {83 reference}", "7F49 {86 point}",
        "7816-8", false;
    0x47 GenerateKeyPairObjects "GENERATE ASYMMETRIC KEY PAIR", "80 make, 81 read; 00", "template {83 reference}", "7F49 {86 point}",
        "7816-8", false;
    0x22 ManageSecurityEnvironment "MANAGE SECURITY ENVIRONMENT", "side, template; or F301", "key; or nothing", "-",
        "7816-4, 11.5.11", false;
    0x2A SecurityOperation "PERFORM SECURITY OPERATION", "operation", "section 5.1; 7F4E, then 5F37", "section 5.1",
        "7816-8; TR-03110-3", true;
    0x40 ApplicationManagementRequest "APPLICATION MANAGEMENT REQUEST", "function, 00", "section 6", "section 6",
        "7816-13", true;
    0xEA LoadApplication "LOAD APPLICATION", "block index; +8000 on the last", "80 request number, then ED block", "-, or receipt",
        "7816-13", true;
    0xEC RemoveApplication "REMOVE APPLICATION", "0000", "80 request number", "receipt",
        "7816-13", false;
    0xC0 GetResponse "GET RESPONSE", "0000", "-", "rest of the last reply",
        "7816-4, 11.8.1", false;
}
