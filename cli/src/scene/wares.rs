//! Packages of a scene, made without files: sizes and contents to order.

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::date::Date;
use apdu_spec::file::FileKind;
use apdu_spec::limits;
use apdu_spec::object::{Operation, PackageDigests, ProviderId, Sdi};
use apdu_spec::package::{FileEntry, ManifestBuilder, OnReplace, PinEntry};

use parties::package::Package;

use super::{Result, SceneError};

/// Everybody may read, nobody may write: `80 01, always`.
const READ_ALWAYS: &[u8] = &[0x80, 0x01, 0x01, 0x90, 0x00];
/// Read and update after the user PIN.
const USER_PIN: &[u8] = &[0x80, 0x01, 0x03, 0xA4, 0x06, 0x83, 0x01, 0x01, 0x95, 0x01, 0x08];
/// Read and update after the application's PIN 81.
const LOCAL_PIN: &[u8] = &[0x80, 0x01, 0x03, 0xA4, 0x06, 0x83, 0x01, 0x81, 0x95, 0x01, 0x08];
/// Everybody reads and updates.
const ALWAYS: &[u8] = &[0x80, 0x01, 0x03, 0x90, 0x00];
/// Change with the old value alone.
const CHANGE: &[u8] = &[0x80, 0x01, 0x02, 0x90, 0x00];

/// File ids in the packages of a scene.
pub mod files {
    /// A short text that everybody may read.
    pub const TITLE: u16 = 0x0001;
    /// The holder's notes, after the user PIN; kept on replace.
    pub const NOTES: u16 = 0x0002;
    /// The bulk of the content, reset on replace.
    pub const BULK: u16 = 0x0003;
    /// A file behind the application's own PIN; kept on replace.
    pub const VAULT: u16 = 0x0004;
}

/// A package, ready to be loaded.
#[derive(Debug)]
pub struct Ware(Package);

impl Ware {
    /// The package.
    #[must_use]
    pub const fn package(&self) -> &Package {
        &self.0
    }

    /// The blocks as LOAD APPLICATION takes them.
    #[must_use]
    pub fn blocks(&self) -> &[Vec<u8>] {
        self.0.blocks()
    }

    /// The digests that SDI carries.
    #[must_use]
    pub fn digests(&self) -> PackageDigests {
        *self.0.digests()
    }

    /// The storing data for this package.
    #[must_use]
    pub fn sdi(&self, operation: Operation, provider: ProviderId, expiry: Date) -> Sdi {
        let mut sdi = self.0.storing_data(operation, provider, expiry);
        if operation == Operation::LowerFloor {
            sdi.package = None;
        }
        sdi
    }
}

/// A note-taking application with `bulk` bytes of content: a public title, notes behind the user PIN, the bulk, and a
/// file behind a PIN of the application's own.
///
/// # Errors
/// [`SceneError::Coding`] if `bulk` is too large.
pub fn notes(aid: Aid, version: u32, bulk: u16) -> Result<Ware> {
    let four_digits = Variation {
        minimum: 4,
        ..Variation::SIX_DIGITS
    };
    varied(aid, version, bulk, &four_digits)
}

/// As [`notes`], with rules that may be looser than they should.
///
/// # Errors
/// As [`notes`].
pub fn varied(aid: Aid, version: u32, bulk: u16, variation: &Variation) -> Result<Ware> {
    let bytes = package_bytes(aid, version, bulk, variation)?;
    Ok(Ware(Package::parse("package of the scene", &bytes)?))
}

/// The package of [`varied`] as it lies on disk.
///
/// # Errors
/// As [`notes`].
pub fn package_bytes(aid: Aid, version: u32, bulk: u16, variation: &Variation) -> Result<Vec<u8>> {
    let title = format!("Notes, version {version}");
    let bulk_content: Vec<u8> = (0..bulk).map(|index| pattern(index, version)).collect();
    let rules = [READ_ALWAYS, USER_PIN, LOCAL_PIN, CHANGE, ALWAYS]
        .map(|bytes| AccessRules::new(bytes).unwrap_or(AccessRules::NONE));
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).map_err(|_| SceneError::Coding("too long".into()));
    let file = |position, id, rule, replace, size, initial| FileEntry {
        position,
        kind: FileKind::Transparent,
        id,
        parent: 0,
        short_id: u8::try_from(id).ok(),
        rule,
        replace,
        size,
        initial,
        lengths: &[],
        sealed: false,
    };
    let title_length = length(title.as_bytes())?;
    let entries = [
        file(1, files::TITLE, 0, OnReplace::Reset, 64, title_length),
        file(
            2,
            files::NOTES,
            if variation.open_notes { 4 } else { 1 },
            OnReplace::Keep,
            512,
            0,
        ),
        file(3, files::BULK, 0, OnReplace::Reset, bulk.max(1), bulk),
        file(4, files::VAULT, 2, OnReplace::Keep, 128, 0),
    ];
    let digits = usize::from(variation.minimum);
    let transport = b"0000000000".get(..digits).unwrap_or_default();
    let pins = [PinEntry {
        reference: 0x81,
        minimum: variation.minimum,
        tries: variation.tries,
        rule: 3,
        replace: variation.pin,
        transport,
    }];
    let builder = ManifestBuilder {
        aid,
        version,
        label: "Notes",
        quota: 64 + 512 + u32::from(bulk.max(1)) + 128,
        rules: &rules,
        files: &entries,
        pins: &pins,
        keys: &[],
        seal: None,
    };
    let mut buffer = [0; limits::MANIFEST_MAX];
    let manifest = builder.write(&mut buffer)?;
    let mut bytes = buffer.get(..manifest).unwrap_or_default().to_vec();
    bytes.extend_from_slice(title.as_bytes());
    bytes.extend_from_slice(&bulk_content);
    Ok(bytes)
}

/// Content that differs from place to place and from version to version.
fn pattern(index: u16, version: u32) -> u8 {
    let [.., low] = (u32::from(index).wrapping_mul(31) ^ version.wrapping_mul(0x5D)).to_be_bytes();
    low
}

impl From<Package> for Ware {
    fn from(package: Package) -> Self {
        Self(package)
    }
}

/// What may differ in a package of [`varied`].
#[derive(Clone, Copy, Debug)]
pub struct Variation {
    /// Everybody reads and updates the holder's notes.
    pub open_notes: bool,
    /// What becomes of the application's PIN on replace.
    pub pin: OnReplace,
    /// Tries of that PIN.
    pub tries: u8,
    /// Its shortest value.
    pub minimum: u8,
}

impl Variation {
    /// As in [`notes`], but that the PIN has six digits.
    pub const SIX_DIGITS: Self = Self {
        open_notes: false,
        pin: OnReplace::Keep,
        tries: 3,
        minimum: 6,
    };
}
