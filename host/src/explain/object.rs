//! Data objects and what they say.

use apdu_spec::access::{AccessRules, Subject};
use apdu_spec::aid::Aid;
use apdu_spec::certificate::{KeyOrigin, Policy, Role};
use apdu_spec::data::{self, RequestState};
use apdu_spec::date::Date;
use apdu_spec::file::{LifeCycle, RuleReference};
use apdu_spec::object::{
    Algorithm, Consent, FLAG_KEY_MADE_BY_ISSUER, FLAG_MAC, FLAG_RESCUE, Mode, Operation, ReceiptOperation,
};
use apdu_spec::reason::Reason;

use super::ber::{self, Object};
use super::names::{Context, Kind, name};
use super::{Item, hexadecimal};

/// How deep objects are looked into; whatever lies deeper is shown in hexadecimal.
const DEPTH_MAX: usize = 12;

/// What `bytes` say: data objects with what is inside, or text, or hexadecimal.
#[must_use]
pub fn object(bytes: &[u8]) -> Vec<Item> {
    items(bytes, Context::Top)
}

/// What the value of the card's data object `tag` says (GET DATA).
#[must_use]
pub fn data_object(tag: u16, value: &[u8]) -> Vec<Item> {
    let inside = |outer: u32, name: &str, context| {
        let objects = ber::objects(value).filter(|all| all.iter().all(|object| object.tag == outer))?;
        let explain = |object: &Object<'_>| Item::new(name, "").with(items_within(object.value, context, 1));
        Some(objects.iter().map(explain).collect())
    };
    let known = match tag {
        data::CARD_STATUS => inside(0xA0, "card status", Context::Status),
        data::OPEN_REQUESTS => inside(0xA1, "open request", Context::Request),
        data::LAST_REASON => match value {
            [0x80, 0x01, code] => Some(vec![Item::new("reason", reason(*code))]),
            _ => None,
        },
        data::CHILDREN => ber::objects(value)
            .filter(|all| all.iter().all(|object| object.tag == 0x83))
            .map(|all| {
                all.iter()
                    .map(|object| Item::new("file", hexadecimal(object.value)))
                    .collect()
            }),
        _ => None,
    };
    known.unwrap_or_else(|| object(value))
}

pub(super) fn items(bytes: &[u8], context: Context) -> Vec<Item> {
    items_within(bytes, context, 0)
}

fn items_within(bytes: &[u8], context: Context, depth: usize) -> Vec<Item> {
    if bytes.is_empty() {
        return Vec::new();
    }
    match ber::objects(bytes).filter(|_| depth < DEPTH_MAX) {
        Some(objects) if plausible(&objects, context) => {
            let beside = Beside {
                extension: extension(&objects),
                subject: subject(&objects),
            };
            objects
                .iter()
                .map(|object| item(object, context, beside, depth))
                .collect()
        }
        _ => vec![Item::new("", plain(bytes))],
    }
}

/// Almost any bytes are data objects by accident: at the top, the first must have a name, or all be ISO's constructed ones.
fn plausible(objects: &[Object<'_>], context: Context) -> bool {
    let first = objects.first();
    context != Context::Top || first.is_some_and(|object| named(object, context).is_some())
}

fn named(object: &Object<'_>, context: Context) -> Option<(&'static str, Kind)> {
    match (context, object.tag, object.value) {
        // EF.ATR/INFO ends with an object of ours.
        (Context::Top, 0xE0, [0x81, 0x02, ..]) => Some(("symbolon card", Kind::Inside(Context::Platform))),
        (_, tag, _) => name(context, tag),
    }
}

/// What the objects beside one say of it.
#[derive(Clone, Copy)]
struct Beside {
    extension: Option<Context>,
    subject: Subject,
}

fn item(object: &Object<'_>, context: Context, beside: Beside, depth: usize) -> Item {
    let Some((label, kind)) = named(object, context) else {
        let label = format!("{:02X}", object.tag);
        let inner = ber::objects(object.value).filter(|_| object.constructed && depth < DEPTH_MAX);
        return match inner {
            Some(_) => Item::new(label, "").with(items_within(object.value, Context::Foreign, depth + 1)),
            None => Item::new(label, plain(object.value)),
        };
    };
    match kind {
        Kind::Inside(inner) => {
            let inner = beside.extension.filter(|_| object.tag == 0xA1).unwrap_or(inner);
            Item::new(label, "").with(items_within(object.value, inner, depth + 1))
        }
        Kind::Rules => match AccessRules::new(object.value) {
            Ok(rules) => Item::new(label, rules.named(beside.subject).to_string()),
            Err(_) => Item::new(label, "").with(items_within(object.value, Context::Foreign, depth + 1)),
        },
        _ => Item::new(
            label,
            value(kind, object.value).unwrap_or_else(|| hexadecimal(object.value)),
        ),
    }
}

/// What rules protect: the file descriptor beside them says (ISO/IEC 7816-4:2020, 7.4.5), because the modes of a folder have the bits
/// of a file's and other names.
fn subject(objects: &[Object<'_>]) -> Subject {
    let descriptor = objects.iter().find(|object| object.tag == 0x82);
    match descriptor.and_then(|object| object.value.first()) {
        Some(first) if first & 0x3F == 0x38 => Subject::Directory,
        _ => Subject::File,
    }
}

/// Which extension of ours the siblings are the content of: the last byte of the identifier says.
fn extension(objects: &[Object<'_>]) -> Option<Context> {
    let identifier = objects.first().filter(|object| object.tag == 0x06)?;
    let ours = ber::object_identifier(identifier.value)?.starts_with("2.25.");
    match (ours, identifier.value.last()) {
        (true, Some(0x01)) => Some(Context::Issuers),
        (true, Some(0x02)) => Some(Context::Prefixes),
        (true, Some(0x03)) => Some(Context::Card),
        (true, Some(0x05)) => Some(Context::Successor),
        _ => None,
    }
}

fn value(kind: Kind, bytes: &[u8]) -> Option<String> {
    let byte = || <[u8; 1]>::try_from(bytes).ok().map(|[byte]| byte);
    Some(match kind {
        Kind::Number => number(bytes)?.to_string(),
        Kind::Text => std::str::from_utf8(bytes).ok()?.to_owned(),
        Kind::Aid => Aid::new(bytes)?.to_string(),
        Kind::Date => Date::from_digits(bytes.try_into().ok()?)?.to_string(),
        Kind::Identifier => ber::object_identifier(bytes)?,
        Kind::Version => {
            let [major, minor] = bytes.try_into().ok()?;
            format!("{major}.{minor}")
        }
        Kind::Descriptor => descriptor(bytes)?,
        Kind::FileId => hexadecimal(bytes),
        Kind::ShortId => format!("{:02X}", byte()? >> 3),
        Kind::LifeCycle => life_cycle(byte()?)?.to_owned(),
        Kind::RuleReference => {
            let RuleReference { file, record } = RuleReference::from_bytes(bytes)?;
            format!("those in record {record} of {file:04X}")
        }
        Kind::Role => Role::from_code(byte()?)?.name().to_owned(),
        Kind::RoleAndRights => {
            let [role, rights @ ..]: [u8; 5] = bytes.try_into().ok()?;
            let role = Role::from_code(role)?.name();
            format!("{role}, {}", modes(u32::from_be_bytes(rights)))
        }
        Kind::Modes => {
            let bits = u16::from_be_bytes(bytes.try_into().ok()?);
            let policy = Policy::from_bits(bits)?;
            let mac = if policy.allows_mac() { ", MACs" } else { "" };
            let waived = if policy.waives_consent() {
                ", consent waived"
            } else {
                ""
            };
            format!("{}{mac}{waived}", modes(u32::from(bits)))
        }
        Kind::Mode => {
            let mode = Mode::from_code(byte()?)?;
            format!("{} ({})", mode.code(), mode.name())
        }
        Kind::Operation => match ReceiptOperation::from_code(byte()?)? {
            ReceiptOperation::Registration => "registration".to_owned(),
            ReceiptOperation::Storing(operation) => Operation::name(operation).to_owned(),
        },
        Kind::Consent => Consent::from_code(byte()?)?.name().to_owned(),
        Kind::Algorithm => Algorithm::from_code(byte()?)?.name().to_owned(),
        Kind::Reason => reason(byte()?),
        Kind::Origin => KeyOrigin::from_code(byte()?)?.name().to_owned(),
        Kind::RequestState => RequestState::from_code(byte()?)?.name().to_owned(),
        Kind::YesNo => if byte()? == 0 { "no" } else { "yes" }.to_owned(),
        Kind::Flags => flags(
            byte()?,
            &[
                (FLAG_KEY_MADE_BY_ISSUER, "key made by the issuer"),
                (FLAG_RESCUE, "rescue"),
                (FLAG_MAC, "MAC"),
            ],
        ),
        Kind::TransportPins => flags(byte()?, &[(0x01, "user PIN"), (0x02, "consent PIN")]),
        Kind::Bytes | Kind::Rules | Kind::Inside(_) => return None,
    })
}

fn reason(code: u8) -> String {
    Reason::from_code(code).map_or_else(
        || format!("{code:02X}"),
        |reason| format!("{}: {reason}", reason.name()),
    )
}

fn flags(byte: u8, names: &[(u8, &str)]) -> String {
    let set: Vec<&str> = names
        .iter()
        .filter(|(bit, _)| byte & bit != 0)
        .map(|(_, name)| *name)
        .collect();
    if set.is_empty() {
        "none".to_owned()
    } else {
        set.join(", ")
    }
}

/// Bit m-1 is mode m.
fn modes(bits: u32) -> String {
    let set = (0..7_u32).filter(|bit| bits >> bit & 1 == 1);
    let list: Vec<String> = set.map(|bit| (bit + 1).to_string()).collect();
    match list.as_slice() {
        [] => "no mode".to_owned(),
        [one] => format!("mode {one}"),
        more => format!("modes {}", more.join(" ")),
    }
}

fn number(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)))
}

/// ISO/IEC 7816-4:2020, 7.4.5.
fn descriptor(bytes: &[u8]) -> Option<String> {
    let (&first, rest) = bytes.split_first()?;
    let kind = match first & 0x3F {
        0x38 => "folder (DF)".to_owned(),
        0x39 | 0x3A => "file of data objects".to_owned(),
        bits => {
            let internal = if bits & 0x38 == 0x08 { "internal " } else { "" };
            let structure = match bits & 0x07 {
                0x01 => "transparent file",
                0x02 | 0x03 => "linear fixed file",
                0x04 | 0x05 => "linear variable file",
                0x06 | 0x07 => "cyclic file",
                _ => "file",
            };
            format!("{internal}{structure}")
        }
    };
    Some(match rest {
        [_, size @ ..] if !size.is_empty() => {
            let (size, count) = size.split_at(size.len().min(2));
            match (number(size), number(count).filter(|_| !count.is_empty())) {
                (Some(size), Some(count)) => format!("{kind}, {count} records of {size} bytes"),
                (Some(size), None) => format!("{kind}, records of {size} bytes"),
                _ => kind,
            }
        }
        _ => kind,
    })
}

/// ISO/IEC 7816-4:2020, 7.4.10.
fn life_cycle(byte: u8) -> Option<&'static str> {
    Some(match LifeCycle::from_byte(byte) {
        Some(LifeCycle::Initialisation) => "initialisation",
        Some(LifeCycle::Deactivated) => "deactivated",
        Some(LifeCycle::Operational) => "operational",
        Some(LifeCycle::Terminated) => "terminated",
        None => match byte {
            0x00 => "no information",
            0x01 => "creation",
            0x06 => "deactivated",
            0x07 => "operational",
            0x0D..=0x0F => "terminated",
            _ => return None,
        },
    })
}

/// Text if it is, else hexadecimal.
fn plain(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0x00 | 0xFF));
    let meant = end.and_then(|end| bytes.get(..=end)).unwrap_or_default();
    match std::str::from_utf8(meant) {
        Ok(text)
            if text.chars().count() >= 3
                && !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') =>
        {
            format!("{text:?}")
        }
        _ => hexadecimal(bytes),
    }
}
