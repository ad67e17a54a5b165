//! BER-TLV of anybody's making. ISO/IEC 7816-4:2020, 6.3; ITU-T X.690, 8.1.
//!
//! More is taken than our own objects may be: long tags, lengths that are not minimal, bytes 00 and FF between objects. Only
//! definite lengths.

/// One data object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Object<'a> {
    /// The tag's bytes as a number: 4F, 7F21, 5FC102.
    pub(super) tag: u32,
    /// Whether the value is data objects.
    pub(super) constructed: bool,
    pub(super) value: &'a [u8],
}

/// The data objects in `bytes`; `None` if it is anything else, or nothing.
pub(super) fn objects(bytes: &[u8]) -> Option<Vec<Object<'_>>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    loop {
        // Padding between objects, and whatever of a file was never written.
        while let [0x00 | 0xFF, more @ ..] = rest {
            rest = more;
        }
        if rest.is_empty() {
            return Some(found).filter(|found| !found.is_empty());
        }
        let (object, more) = first(rest)?;
        found.push(object);
        rest = more;
    }
}

fn first(bytes: &[u8]) -> Option<(Object<'_>, &[u8])> {
    let (&leading, mut rest) = bytes.split_first()?;
    let mut tag = u32::from(leading);
    if leading & 0x1F == 0x1F {
        // At most four bytes of tag.
        for position in 0.. {
            let (&next, more) = rest.split_first()?;
            rest = more;
            tag = tag << 8 | u32::from(next);
            if next & 0x80 == 0 {
                break;
            }
            if position == 2 {
                return None;
            }
        }
    }
    let (&length, more) = rest.split_first()?;
    let (length, rest) = match length {
        0x00..=0x7F => (usize::from(length), more),
        0x81..=0x84 => {
            let (digits, more) = more.split_at_checked(usize::from(length & 0x0F))?;
            let number = digits
                .iter()
                .fold(0_u32, |all, digit| all << 8 | u32::from(*digit));
            (usize::try_from(number).ok()?, more)
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    let constructed = leading & 0x20 != 0;
    Some((
        Object {
            tag,
            constructed,
            value,
        },
        rest,
    ))
}

/// An object identifier's content as people write it.
pub(super) fn object_identifier(content: &[u8]) -> Option<String> {
    let mut arcs: Vec<String> = Vec::new();
    let mut digits: Vec<u8> = Vec::new();
    let (&last, _) = content.split_last()?;
    if last & 0x80 != 0 || content.len() > 64 {
        return None;
    }
    for &byte in content {
        digits.push(byte & 0x7F);
        if byte & 0x80 != 0 {
            continue;
        }
        // Arcs below 2.25 are as large as a UUID; what does not fit is no identifier that we can write.
        let number = digits.iter().try_fold(0_u128, |all, digit| {
            Some(all.checked_mul(128)? | u128::from(*digit))
        })?;
        if arcs.is_empty() {
            let root = (number / 40).min(2);
            arcs.push(root.to_string());
            arcs.push((number - root * 40).to_string());
        } else {
            arcs.push(number.to_string());
        }
        digits.clear();
    }
    Some(arcs.join("."))
}
