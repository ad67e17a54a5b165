//! Signed objects that can be read and that nobody may believe.

use serde_json::Value;

use super::objects::{described, is_authentic, read};
use super::story::{By, Made, Story};
use super::tree::{Node, edited};

/// Objects that can be read, and whose signature or MAC is over something else.
pub fn forged(story: &Story) -> Vec<Value> {
    let find = |name: &str| story.made.iter().find(|made| made.name == name).unwrap();
    let forge = |name: &str, kind: &'static str, of: &Made, by: By, change: &dyn Fn(&mut Node)| {
        let made = Made {
            name: name.to_owned(),
            kind,
            by,
            encoded: edited(&of.encoded, change),
        };
        described(&made)
    };
    let (sa, again) = (find("SA, mode 2 store"), find("SDCI', mode 7 replace"));
    let (sar, mac) = (find("SAR, mode 2 store"), find("SAR, mode 2 replace by MACs"));
    let receipt = find("receipt 1, mode 2 store");
    vec![
        forge("SA that says it is SDCI'", "SDCI'", sa, sa.by, &|object| {
            object.at(&[0xE4]).rename(0xE6)
        }),
        forge("SDCI' that says it is SA", "SA", again, again.by, &|object| {
            object.at(&[0xE6]).rename(0xE4)
        }),
        forge("SAR of another mode", "SAR", sar, sar.by, &|object| {
            object.at(&[0xE3, 0xA0, 0x81]).set(&[3])
        }),
        forge("SAR over another request", "SAR", sar, sar.by, &|object| {
            object.at(&[0xE3, 0xA0, 0x84]).set(&[7; 32])
        }),
        forge("SAR for another card", "SAR", sar, sar.by, &|object| {
            object.at(&[0xE3, 0x86]).set(&[7; 32])
        }),
        forge("SAR by the provider's key", "SAR", sar, By::Key(4), &|_| ()),
        forge("MAC over another request", "SAR", mac, mac.by, &|object| {
            object.at(&[0xE3, 0xA0, 0x84]).set(&[7; 32])
        }),
        forge(
            "MAC by the provider's key",
            "SAR",
            mac,
            find("SA, mode 2 replace by MACs").by,
            &|_| (),
        ),
        forge(
            "receipt with the MAC flag added",
            "receipt",
            receipt,
            receipt.by,
            &|object| object.at(&[0xE7, 0x8F]).set(&[4]),
        ),
    ]
}

/// Whatever tag an object gets, it is refused or no longer signed: a party's word for one thing is never its word for another.
#[test]
fn no_object_passes_for_another() {
    let story = super::exchange::exchange();
    let kinds = [
        ("SR", 0xE2),
        ("SAR", 0xE3),
        ("SA", 0xE4),
        ("SDCI", 0xE5),
        ("SDCI'", 0xE6),
        ("receipt", 0xE7),
        ("refusal", 0xE8),
        ("receipt head", 0xE9),
        ("shared key", 0xEA),
        ("authentication", 0xEC),
        ("revocation list", 0xEE),
        ("release", 0xEF),
    ];
    for made in &story.made {
        for (kind, tag) in kinds.into_iter().filter(|(kind, _)| *kind != made.kind) {
            assert!(read(kind, &made.encoded).is_err(), "{} as {kind}", made.name);
            let encoded = edited(&made.encoded, |object| object.children()[0].rename(tag));
            if read(kind, &encoded).is_ok() {
                let renamed = Made {
                    name: made.name.clone(),
                    kind,
                    by: made.by,
                    encoded,
                };
                let entry = described(&renamed);
                assert!(!is_authentic(&entry), "{} as {kind}", made.name);
            }
        }
    }
}
