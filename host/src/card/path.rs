//! Where a file is, as a person writes it: `2F00`, `3F00/4F01`, `A000000F5E01/4F01/4F02`.

use std::fmt;
use std::str::FromStr;

use apdu_spec::aid::Aid;
use apdu_spec::file::MASTER_FILE;
use apdu_spec::limits::DF_DEPTH;

/// A file below the MF or below an application. Without ids it is the MF or the application itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FilePath {
    application: Option<Aid>,
    ids: Vec<u16>,
}

impl FilePath {
    /// The most ids in a path: a DF at the deepest level and an EF in it.
    pub const IDS_MAX: usize = DF_DEPTH + 1;

    /// The MF.
    #[must_use]
    pub const fn master_file() -> Self {
        Self {
            application: None,
            ids: Vec::new(),
        }
    }

    /// An application's DF.
    #[must_use]
    pub const fn application(aid: Aid) -> Self {
        Self {
            application: Some(aid),
            ids: Vec::new(),
        }
    }

    /// The file with this id in this DF.
    #[must_use]
    pub fn child(&self, id: u16) -> Self {
        let mut child = self.clone();
        child.ids.push(id);
        child
    }

    /// The folder around a file and the file's id there; `None` for the MF and for an application's own DF.
    #[must_use]
    pub fn split(&self) -> Option<(Self, u16)> {
        let (&id, around) = self.ids.split_last()?;
        let parent = Self {
            application: self.application,
            ids: around.to_vec(),
        };
        Some((parent, id))
    }

    /// Whether it lies in the folder `other`, at any depth.
    #[must_use]
    pub fn is_below(&self, other: &Self) -> bool {
        self.application == other.application
            && self.ids.len() > other.ids.len()
            && self.ids.starts_with(&other.ids)
    }

    /// The application that the path starts at; `None` for the MF.
    #[must_use]
    pub const fn aid(&self) -> Option<&Aid> {
        self.application.as_ref()
    }

    /// The ids from there, outermost first.
    #[must_use]
    pub fn ids(&self) -> &[u16] {
        &self.ids
    }

    /// The ids as SELECT takes them, two bytes each.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.ids.iter().flat_map(|id| id.to_be_bytes()).collect()
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.application {
            Some(aid) => write!(f, "{aid}")?,
            None => write!(f, "{MASTER_FILE:04X}")?,
        }
        self.ids.iter().try_for_each(|id| write!(f, "/{id:04X}"))
    }
}

/// The text is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPath;

impl fmt::Display for InvalidPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a file: write file ids of four hexadecimal digits, separated by /, after 3F00 or an application's AID",
        )
    }
}

impl std::error::Error for InvalidPath {}

impl FromStr for FilePath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let mut parts = text.split('/').peekable();
        let first = *parts.peek().ok_or(InvalidPath)?;
        let application = first.parse::<Aid>().ok();
        if application.is_some() || first.eq_ignore_ascii_case("3F00") {
            parts.next();
        }
        let ids: Vec<u16> = parts.map(id).collect::<Result<_, _>>()?;
        if ids.len() > Self::IDS_MAX {
            return Err(InvalidPath);
        }
        Ok(Self { application, ids })
    }
}

fn id(text: &str) -> Result<u16, InvalidPath> {
    let digits = text.len() == 4 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    match u16::from_str_radix(text, 16) {
        Ok(id) if digits && id != MASTER_FILE => Ok(id),
        _ => Err(InvalidPath),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_typed() {
        for (typed, shown) in [
            ("2f00", "3F00/2F00"),
            ("3F00", "3F00"),
            ("3f00/4F01/4F02", "3F00/4F01/4F02"),
            ("a000000f5e01", "A000000F5E01"),
            ("A000000F5E01/4F01", "A000000F5E01/4F01"),
        ] {
            let path: FilePath = typed.parse().unwrap();
            assert_eq!(path.to_string(), shown);
            assert_eq!(shown.parse(), Ok(path));
        }
        for text in [
            "",
            "/",
            "2F0",
            "2F000",
            "+2F0",
            "2F00/",
            "2F00/3F00",
            "A0000000",
            "2F00/A000000F5E01",
            "1/2/3",
            "0001/0002/0003/0004/0005/0006/0007/0008",
        ] {
            assert_eq!(text.parse::<FilePath>(), Err(InvalidPath), "{text}");
        }
    }
}
