//! Where a file is, as it is typed in the shell: from the current folder, from the top, or by an application's name or label.

use apdu_spec::aid::Aid;
use apdu_spec::file::{EF_ATR_INFO, EF_DIR, EF_GDO};
use host::card::{FilePath, Listed};

use crate::failure::{Failure, Result};

/// Files of the card that have names of their own.
pub(super) const NAMED: [(&str, u16); 3] = [("EF.DIR", EF_DIR), ("EF.ATR", EF_ATR_INFO), ("EF.GDO", EF_GDO)];

/// The file that `text` means in the folder `current`.
///
/// # Errors
/// When it is no path, or no application has such a label.
pub(super) fn find(text: &str, current: &FilePath, applications: &[Listed]) -> Result<FilePath> {
    let mut place = current.clone();
    for (position, part) in text.split('/').enumerate() {
        place = match part {
            "" if position == 0 && !text.is_empty() => FilePath::master_file(),
            "" | "." => place,
            ".." => parent(&place),
            part if part.eq_ignore_ascii_case("3F00") => FilePath::master_file(),
            part => step(part, &place, applications).ok_or_else(|| unknown(text, part, applications))?,
        };
        if place.ids().len() > FilePath::IDS_MAX {
            return Err(unknown(text, part, applications));
        }
    }
    Ok(place)
}

fn step(part: &str, place: &FilePath, applications: &[Listed]) -> Option<FilePath> {
    if let Some(id) = id(part) {
        return Some(place.child(id));
    }
    if let Some((_, id)) = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(part)) {
        return Some(FilePath::master_file().child(*id));
    }
    let mut labelled = applications
        .iter()
        .filter(|application| application.label.eq_ignore_ascii_case(part));
    match (labelled.next(), labelled.next()) {
        (Some(application), None) => Some(FilePath::application(application.aid)),
        // Two of the same label are told apart by their AIDs.
        _ => part.parse::<Aid>().ok().map(FilePath::application),
    }
}

/// A file id of four hexadecimal digits.
fn id(text: &str) -> Option<u16> {
    let digits = text.len() == 4 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    u16::from_str_radix(text, 16).ok().filter(|_| digits)
}

/// The folder around; that of an application and of the top is the top.
pub(super) fn parent(place: &FilePath) -> FilePath {
    let start = place
        .aid()
        .map_or_else(FilePath::master_file, |aid| FilePath::application(*aid));
    match place.ids() {
        [] => FilePath::master_file(),
        [outer @ .., _] => outer.iter().fold(start, |path, id| path.child(*id)),
    }
}

/// As people like it: `/`, `/5F01`, `/Notes/0102`; with the AID where no application has the label alone.
pub(super) fn show(place: &FilePath, applications: &[Listed]) -> String {
    let mut text = String::from("/");
    if let Some(aid) = place.aid() {
        text.push_str(&name(aid, applications));
    }
    for id in place.ids() {
        if !text.ends_with('/') {
            text.push('/');
        }
        text.push_str(&format!("{id:04X}"));
    }
    text
}

/// The label of an application if it can be typed for it, else its AID.
pub(super) fn name(aid: &Aid, applications: &[Listed]) -> String {
    let label = applications.iter().find(|application| application.aid == *aid);
    let own = |label: &str| {
        let same = |other: &&Listed| other.label.eq_ignore_ascii_case(label);
        let typed = label.parse::<Aid>().is_err() && id(label).is_none() && !label.contains('/');
        typed && label.chars().all(|c| !c.is_control()) && applications.iter().filter(same).count() == 1
    };
    match label {
        Some(listed) if own(&listed.label) => listed.label.clone(),
        _ => aid.to_string(),
    }
}

fn unknown(text: &str, part: &str, applications: &[Listed]) -> Failure {
    let mut names: Vec<String> = applications
        .iter()
        .map(|application| name(&application.aid, applications))
        .collect();
    names.sort();
    let known = match names.is_empty() {
        true => String::new(),
        false => format!(" Applications of this card: {}.", names.join(", ")),
    };
    Failure::usage(
        format!("find {text}"),
        format!(
            "{part:?} is neither a file id of four hexadecimal digits, nor an application's AID or label"
        ),
        format!("Type \"ls\" to see what is here.{known}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applications() -> Vec<Listed> {
        [
            "F04E4F544553 Notes",
            "F04E4F54454C Letter",
            "F000000001 Twin",
            "F000000002 twin",
        ]
        .iter()
        .map(|text| {
            let (aid, label) = text.split_once(' ').unwrap();
            Listed {
                aid: aid.parse().unwrap(),
                label: label.into(),
                deactivated: false,
            }
        })
        .collect()
    }

    #[test]
    fn what_is_typed_is_found_and_shown() {
        let all = applications();
        let here = FilePath::application("F04E4F544553".parse().unwrap());
        for (typed, shown) in [
            ("", "/Notes"),
            (".", "/Notes"),
            ("0102", "/Notes/0102"),
            ("./0102/", "/Notes/0102"),
            ("..", "/"),
            ("../..", "/"),
            ("0102/..", "/Notes"),
            ("/", "/"),
            ("3f00/5F01", "/5F01"),
            ("/5f01", "/5F01"),
            ("/5F01/5F02/..", "/5F01"),
            ("/letter/0101", "/Letter/0101"),
            ("letter", "/Letter"),
            ("F04E4F544553/0101", "/Notes/0101"),
            ("F000000001", "/F000000001"),
            ("F0000000FF", "/F0000000FF"),
            ("ef.dir", "/2F00"),
        ] {
            assert_eq!(show(&find(typed, &here, &all).unwrap(), &all), shown, "{typed}");
        }
        for wrong in [
            "012",
            "twin",
            "nothing",
            "0102/nothing",
            "a/b",
            "/1/2",
            "0001/0002/0003/0004/0005/0006/0007/0008/0009",
        ] {
            let failure = find(wrong, &here, &all).unwrap_err();
            assert!(failure.remedy.contains("Letter, Notes"), "{failure:?}");
        }
    }
}
