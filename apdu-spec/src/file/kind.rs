//! What a file is: a DF, an EF of bytes or an EF of records.

/// What a file is. ISO/IEC 7816-4:2020, 7.4.5 (file descriptor byte).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// 01, a transparent EF.
    Transparent,
    /// 02, 04 or 06, an EF of records.
    Records(RecordFormat),
    /// 38, a DF.
    Dedicated,
}

impl FileKind {
    /// The kind with this file descriptor byte; for an EF of records with the length and number of its records.
    #[must_use]
    pub const fn new(descriptor: u8, records: Option<(u8, u8)>) -> Option<Self> {
        match (descriptor, records) {
            (0x01, None) => Some(Self::Transparent),
            (0x38, None) => Some(Self::Dedicated),
            (_, Some((length, number))) => match Structure::from_descriptor(descriptor) {
                Some(structure) if length > 0 && number > 0 && number < 0xFF => {
                    Some(Self::Records(RecordFormat {
                        structure,
                        length,
                        number,
                    }))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The file descriptor byte.
    #[must_use]
    pub const fn descriptor(self) -> u8 {
        match self {
            Self::Transparent => 0x01,
            Self::Records(format) => format.structure.descriptor(),
            Self::Dedicated => 0x38,
        }
    }

    /// Whether it is an EF.
    #[must_use]
    pub const fn is_ef(self) -> bool {
        !matches!(self, Self::Dedicated)
    }

    /// Length and number of its records, if it has any.
    #[must_use]
    pub const fn records(self) -> Option<RecordFormat> {
        match self {
            Self::Records(format) => Some(format),
            Self::Transparent | Self::Dedicated => None,
        }
    }

    /// Whether an EF of this kind can have content of `size` bytes.
    #[must_use]
    pub fn fits(self, size: u16) -> bool {
        match self {
            Self::Transparent => true,
            Self::Records(format) => format.fits(size),
            Self::Dedicated => false,
        }
    }
}

/// How the records of an EF follow one another. ISO/IEC 7816-4:2020, 7.3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Structure {
    /// All of one length, in the order in which they were appended.
    LinearFixed,
    /// Each as long as it is, in the order in which they were appended.
    LinearVariable,
    /// All of one length, the newest is record 1; when it is full the next takes the place of the oldest.
    Cyclic,
}

impl Structure {
    /// The structure with this file descriptor byte; those of SIMPLE-TLV records are not among them.
    #[must_use]
    pub const fn from_descriptor(descriptor: u8) -> Option<Self> {
        match descriptor {
            0x02 => Some(Self::LinearFixed),
            0x04 => Some(Self::LinearVariable),
            0x06 => Some(Self::Cyclic),
            _ => None,
        }
    }

    /// The file descriptor byte.
    #[must_use]
    pub const fn descriptor(self) -> u8 {
        match self {
            Self::LinearFixed => 0x02,
            Self::LinearVariable => 0x04,
            Self::Cyclic => 0x06,
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinearFixed => "linear fixed",
            Self::LinearVariable => "linear variable",
            Self::Cyclic => "cyclic",
        }
    }
}

/// The records of an EF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordFormat {
    /// How they follow one another.
    pub structure: Structure,
    /// Bytes of each, or of the longest there can be: 1 to 255.
    pub length: u8,
    /// How many there can be: 1 to 254.
    pub number: u8,
}

impl RecordFormat {
    /// Bytes of all records there can be.
    #[must_use]
    pub fn most(self) -> u16 {
        u16::from(self.length) * u16::from(self.number)
    }

    /// Whether the records are all of one length.
    #[must_use]
    pub const fn is_fixed(self) -> bool {
        !matches!(self.structure, Structure::LinearVariable)
    }

    /// Whether an EF with such records can have content of `size` bytes.
    #[must_use]
    pub fn fits(self, size: u16) -> bool {
        match self.structure {
            Structure::LinearFixed | Structure::Cyclic => size == self.most(),
            Structure::LinearVariable => (u16::from(self.length)..=self.most()).contains(&size),
        }
    }
}
