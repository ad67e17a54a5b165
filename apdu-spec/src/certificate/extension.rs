//! Certificate extensions: what each role's certificate says beyond name, key, rights and dates.
//!
//! BSI TR-03110-3, C.3: `65 { 73 { 06 identifier, 80 critical, A1 content } ... }`. Ours are always critical.

mod request;

pub use request::RequestExtension;

use super::key::{Point, read_point, write_point};
use super::{Mnemonic, Policy, Role};
use crate::aid::Aid;
use crate::fields::{Digest, coded};
use crate::tlv::{Reader, Result, Tag, Writer};

const EXTENSIONS: Tag = Tag(0x65);
const TEMPLATE: Tag = Tag(0x73);
const IDENTIFIER: Tag = Tag(0x06);
const CRITICAL: Tag = Tag(0x80);
const CONTENT: Tag = Tag(0xA1);
/// Element of a list.
const ITEM: Tag = Tag(0x81);
/// The party that is gone.
const PREDECESSOR: Tag = Tag(0x80);

/// U.2, the arc of the extensions, as content bytes of an object identifier.
const ARC: [u8; 20] = *b"\x69\x84\xA1\xF4\xD2\x94\xDC\xDA\xBD\xC7\x9C\xC0\x9C\xC5\x92\xDE\x8B\x9D\x32\x02";
const ISSUER: u8 = 0x01;
const PROVIDER: u8 = 0x02;
const CARD: u8 = 0x03;
const REQUEST: u8 = 0x04;
const SUCCESSOR: u8 = 0x05;

const YES: u8 = 0xFF;
const NO: u8 = 0x00;

/// The extension of ours that a certificate carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension<'a> {
    /// None of ours.
    None,
    /// Of an IRC.
    Issuer(IssuerExtension<'a>),
    /// Of a DPR.
    Provider(ProviderExtension<'a>),
    /// Of an RC.
    Card(CardExtension<'a>),
    /// Of an IRC or DPR whose holder winds up another's affairs.
    Successor(SuccessorExtension<'a>),
}

impl<'a> Extension<'a> {
    /// Whether a certificate of this role must carry this extension and no other of ours.
    #[must_use]
    pub const fn suits(&self, role: Role) -> bool {
        match self {
            Self::None => matches!(
                role,
                Role::IssuerRegistrar | Role::DataRegistrar | Role::DataCertifier
            ),
            Self::Issuer(_) => matches!(role, Role::Issuer),
            Self::Provider(_) => matches!(role, Role::Provider),
            Self::Card(_) => matches!(role, Role::Card),
            Self::Successor(extension) => match role {
                Role::Issuer => !extension.roots.is_empty(),
                Role::Provider => extension.roots.is_empty(),
                _ => false,
            },
        }
    }

    /// Reads the extensions, if there are any; tells whether one is critical and not ours.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<(Self, bool)> {
        let (mut found, mut unknown_critical) = (Self::None, false);
        if reader.is_empty() {
            return Ok((found, unknown_critical));
        }
        let mut list = reader.nested(EXTENSIONS)?;
        loop {
            let again = list.invalid(TEMPLATE);
            let (number, critical, content) = read_template(&mut list)?;
            let known = match number {
                Some(ISSUER) => Self::Issuer(IssuerExtension::read(content)?),
                Some(PROVIDER) => Self::Provider(ProviderExtension::read(content)?),
                Some(CARD) => Self::Card(CardExtension::read(content)?),
                Some(SUCCESSOR) => Self::Successor(SuccessorExtension::read(content)?),
                _ => {
                    unknown_critical |= critical;
                    Self::None
                }
            };
            if known != Self::None {
                if found != Self::None || !critical {
                    return Err(again);
                }
                found = known;
            }
            if list.is_empty() {
                return Ok((found, unknown_critical));
            }
        }
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Issuer(extension) => write_template(writer, ISSUER, |w| w.raw(extension.0)),
            Self::Provider(extension) => write_template(writer, PROVIDER, |w| w.raw(extension.0)),
            Self::Card(extension) => write_template(writer, CARD, |w| extension.write(w)),
            Self::Successor(extension) => write_template(writer, SUCCESSOR, |w| extension.write(w)),
        }
    }
}

/// Number under our arc, whether critical, and a reader of the content.
fn read_template<'a>(list: &mut Reader<'a>) -> Result<(Option<u8>, bool, Reader<'a>)> {
    let mut fields = list.nested(TEMPLATE)?;
    let number = fields.convert(IDENTIFIER, |value| match value.split_last() {
        Some((&number, arc)) if arc == ARC => Some(Some(number)),
        Some(_) => Some(None),
        None => None,
    })?;
    let critical = fields.code(CRITICAL, |code| match code {
        YES => Some(true),
        NO => Some(false),
        _ => None,
    })?;
    let content = fields.nested(CONTENT)?;
    fields.finish()?;
    Ok((number, critical, content))
}

fn write_template(
    writer: &mut Writer<'_>,
    number: u8,
    content: impl FnOnce(&mut Writer<'_>) -> Result<()>,
) -> Result<()> {
    writer.nested(EXTENSIONS, |w| {
        w.nested(TEMPLATE, |w| {
            w.parts(IDENTIFIER, &[&ARC, &[number]])?;
            w.byte(CRITICAL, YES)?;
            w.nested(CONTENT, content)
        })
    })
}

/// Reads 81 objects to the end: at least one, at most `most`, each accepted by `valid`; gives them as they are.
fn read_list<'a>(mut content: Reader<'a>, most: usize, valid: impl Fn(&[u8]) -> bool) -> Result<&'a [u8]> {
    let list = content.remaining();
    let whole = content.invalid(CONTENT);
    let mut count = 0;
    while !content.is_empty() {
        content.convert(ITEM, |value| valid(value).then_some(()))?;
        count += 1;
    }
    if count == 0 || count > most {
        Err(whole)
    } else {
        Ok(list)
    }
}

fn items(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut reader = Reader::new(list);
    core::iter::from_fn(move || reader.value(ITEM).ok())
}

/// The data registrars that an issuer may bind to its cards, at most four.
///
/// SPEC.md section 3, extension 1: `81 root digest` each. Made by [`Self::encode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuerExtension<'a>(&'a [u8]);

impl<'a> IssuerExtension<'a> {
    /// Most data registrars.
    pub const MAX: usize = 4;

    fn read(content: Reader<'a>) -> Result<Self> {
        read_list(content, Self::MAX, |value| value.len() == size_of::<Digest>()).map(Self)
    }

    /// Writes the list of digests of data registrars' roots (7F21) into `buffer`, 34 bytes each.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) unless there are one to four; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn encode(roots: &[Digest], buffer: &'a mut [u8]) -> Result<Self> {
        let mut writer = Writer::new(buffer);
        writer.demand(CONTENT, (1..=Self::MAX).contains(&roots.len()))?;
        roots.iter().try_for_each(|root| writer.object(ITEM, root))?;
        Ok(Self(writer.finish()))
    }

    /// Digests of the data registrars' roots.
    pub fn data_registrar_roots(&self) -> impl Iterator<Item = &'a Digest> + use<'a> {
        items(self.0).filter_map(|item| item.try_into().ok())
    }

    /// Whether its issuer may bind the data registrar with this root.
    #[must_use]
    pub fn allows(&self, root: &Digest) -> bool {
        self.data_registrar_roots().any(|own| own == root)
    }
}

/// The AID prefixes that a provider may use, at most eight.
///
/// SPEC.md section 3, extension 2: `81 prefix` each. Made by [`Self::encode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderExtension<'a>(&'a [u8]);

impl<'a> ProviderExtension<'a> {
    /// Most prefixes.
    pub const MAX: usize = 8;

    fn read(content: Reader<'a>) -> Result<Self> {
        read_list(content, Self::MAX, |value| Aid::new(value).is_some()).map(Self)
    }

    /// Writes the list of prefixes into `buffer`, 18 bytes each at most.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) unless there are one to eight; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn encode(prefixes: &[Aid], buffer: &'a mut [u8]) -> Result<Self> {
        let mut writer = Writer::new(buffer);
        writer.demand(CONTENT, (1..=Self::MAX).contains(&prefixes.len()))?;
        prefixes
            .iter()
            .try_for_each(|prefix| writer.object(ITEM, prefix.as_bytes()))?;
        Ok(Self(writer.finish()))
    }

    /// The prefixes.
    pub fn prefixes(&self) -> impl Iterator<Item = Aid> + use<'a> {
        items(self.0).filter_map(Aid::new)
    }

    /// Whether its provider may use this identifier: it starts with one of the prefixes.
    #[must_use]
    pub fn allows(&self, aid: &Aid) -> bool {
        self.prefixes().any(|prefix| prefix.is_prefix_of(aid))
    }
}

/// Whose affairs the holder of an IRC or DPR winds up, and nothing else: the other was declared gone.
///
/// SPEC.md section 3, extension 5: `80 country and mnemonic, [81 root digest, ...]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuccessorExtension<'a> {
    /// Name of the party that is gone, registered under the same root.
    pub predecessor: Mnemonic,
    roots: &'a [u8],
}

impl<'a> SuccessorExtension<'a> {
    /// Of a provider: may take part in deleting the applications of `predecessor`.
    #[must_use]
    pub const fn of_provider(predecessor: Mnemonic) -> Self {
        Self {
            predecessor,
            roots: &[],
        }
    }

    /// Of an issuer: may register the cards of `predecessor`, binding these data registrars, as [`IssuerExtension`] lists them.
    #[must_use]
    pub const fn of_issuer(predecessor: Mnemonic, roots: IssuerExtension<'a>) -> Self {
        Self {
            predecessor,
            roots: roots.0,
        }
    }

    /// Digests of the data registrars' roots that a succeeding issuer may bind; none for a provider.
    pub fn data_registrar_roots(&self) -> impl Iterator<Item = &'a Digest> + use<'a> {
        items(self.roots).filter_map(|item| item.try_into().ok())
    }

    fn read(mut content: Reader<'a>) -> Result<Self> {
        let predecessor = content.convert(PREDECESSOR, Mnemonic::new)?;
        let roots = if content.is_empty() {
            &[]
        } else {
            IssuerExtension::read(content)?.0
        };
        Ok(Self { predecessor, roots })
    }

    fn write(&self, w: &mut Writer<'_>) -> Result<()> {
        w.object(PREDECESSOR, self.predecessor.as_bytes())?;
        w.raw(self.roots)
    }
}

coded! {
    /// Where a card's registration key was made.
    KeyOrigin {
        /// On the card; nobody else ever had it.
        Card = 0x01, "card";
        /// By the issuer, who could have kept it.
        Issuer = 0x02, "issuer";
    }
}

/// What an issuer says of a card.
///
/// SPEC.md section 3, extension 3: `80 serial, 81 issuer registrar's root digest, 82 data registrar's root digest,
/// 83 content policy, 84 key origin, 85 platform version, 86 key-agreement point, 87 salted digest of the user
/// information`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardExtension<'a> {
    /// Number of this RC; a later one of the same card has a higher.
    pub serial: u32,
    /// SHA-256 of the issuer registrar's root (7F21).
    pub issuer_root: &'a Digest,
    /// SHA-256 of the data registrar's root (7F21).
    pub data_root: &'a Digest,
    /// Modes allowed on this card.
    pub policy: Policy,
    /// Where its registration key was made.
    pub key_origin: KeyOrigin,
    /// Version of the card's software.
    pub platform_version: u16,
    /// The card's key-agreement key.
    pub key_agreement: &'a Point,
    /// SHA-256 of salt `||` user information.
    pub user_information: &'a Digest,
}

impl<'a> CardExtension<'a> {
    fn read(mut fields: Reader<'a>) -> Result<Self> {
        let extension = Self {
            serial: fields.u32(Tag(0x80))?,
            issuer_root: fields.bytes(Tag(0x81))?,
            data_root: fields.bytes(Tag(0x82))?,
            policy: fields.field(Tag(0x83), |bits| Policy::from_bits(u16::from_be_bytes(bits)))?,
            key_origin: fields.code(Tag(0x84), KeyOrigin::from_code)?,
            platform_version: fields.u16(Tag(0x85))?,
            key_agreement: read_point(&mut fields, Tag(0x86))?,
            user_information: fields.bytes(Tag(0x87))?,
        };
        fields.finish()?;
        Ok(extension)
    }

    fn write(&self, w: &mut Writer<'_>) -> Result<()> {
        w.u32(Tag(0x80), self.serial)?;
        w.object(Tag(0x81), self.issuer_root)?;
        w.object(Tag(0x82), self.data_root)?;
        w.u16(Tag(0x83), self.policy.bits())?;
        w.byte(Tag(0x84), self.key_origin.code())?;
        w.u16(Tag(0x85), self.platform_version)?;
        write_point(w, Tag(0x86), self.key_agreement)?;
        w.object(Tag(0x87), self.user_information)
    }
}
