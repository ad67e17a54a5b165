//! Packages from TOML: the same bytes from the same text, and errors that say where.

use std::fs;
use std::path::Path;

use apdu_spec::limits::BLOCK_CONTENT;
use apdu_spec::package::{Block, OnReplace, Package as View};
use parties::crypto::sha256;
use parties::package::Package;
use proptest::prelude::*;

const GOOD: &str = r#"format = 1
aid = "F04E4F544553"
version = 7
label = "Notes"
quota = 5000

[[folder]]
path = "0200"
on-replace = "keep"

[[file]]
path = "0101"
short-id = 1
size = 64
access = { read = "always", update = "pin 81 or role issuer" }
on-replace = "reset"
content = { text = "hello" }

[[file]]
path = "0200/0101"
access = { read = "always", update = "pin 81 or role issuer" }
on-replace = "keep"
content = { hex = "00 01 02" }

[[pin]]
reference = "81"
minimum = 4
tries = 3
transport = { text = "0000" }
access = { change = "pin 81" }
on-replace = "keep"

[[key]]
reference = "82"
type = "P-256"
usage = "sign"
access = { read = "always", generate = "pin 81", use = "pin 81" }
on-replace = "reset"
"#;

fn build(text: &str) -> parties::Result<Package> {
    Package::build(text, Path::new("/nonexistent"), "p.toml")
}

#[test]
fn everything_written_is_in_the_package() {
    let package = build(GOOD).unwrap();
    assert_eq!(build(GOOD).unwrap().bytes(), package.bytes());
    let view = View::parse(package.bytes()).unwrap();
    assert_eq!(view.content, b"hello\x00\x01\x02");
    let files: Vec<_> = view.manifest.files().collect();
    assert_eq!(files.len(), 3);
    assert_eq!(
        (files[2].parent, files[2].id, files[2].replace),
        (1, 0x0101, OnReplace::Keep)
    );
    assert_eq!(
        (files[1].size, files[1].initial, files[1].short_id),
        (64, 5, Some(1))
    );
    assert_eq!(files[1].rule, files[2].rule, "the same rule is written once");
    let pin = view.manifest.pins().next().unwrap();
    assert_eq!(
        (pin.reference, pin.minimum, pin.tries, pin.transport),
        (0x81, 4, 3, &b"0000"[..])
    );
    let shown = package.describe().unwrap();
    assert_eq!(shown.files[2].path, "0200/0101");
    assert_eq!(shown.files[0].access, "never");
    assert_eq!(
        shown.files[1].access,
        "read: always; update: pin 81 or role issuer"
    );
    assert_eq!(
        shown.keys[0].access,
        "read: always; generate: pin 81; use: pin 81"
    );
    let json = serde_json::to_string(&shown).unwrap();
    assert!(!json.contains("0000\""), "the transport value is shown");
    assert!(!format!("{package:?}").contains("48, 48, 48, 48"));
}

#[test]
fn errors_name_file_line_column_and_cause() {
    for (from, to, error) in [
        (
            "format = 1",
            "format = 2",
            "p.toml:1:10: format 1 is the only one known",
        ),
        ("version = 7", "version = -7", "p.toml:3:11: "),
        ("version = 7", "", "p.toml:1:1: the field \"version\" is missing"),
        (
            "label = ",
            "lable = ",
            "p.toml:4:1: no field is called \"lable\" here; there are: ",
        ),
        ("\"Notes\"", "\"\"", "p.toml:4:9: a label is 1 to 32 bytes"),
        ("F04E4F544553", "F04E", "p.toml:2:7: an AID is 5 to 16 bytes"),
        ("F04E4F544553", "F053594D424F4C4F4E", "reserved"),
        (
            "quota = 5000",
            "quota = 66",
            "p.toml:5:9: the files alone need a quota of 67",
        ),
        (
            "path = \"0200/0101\"",
            "path = \"0201/0101\"",
            "p.toml:20:8: there is no folder 0201 before it",
        ),
        (
            "path = \"0200/0101\"",
            "path = \"0101\"",
            "p.toml:20:8: the path 0101 is used twice",
        ),
        (
            "path = \"0200/0101\"",
            "path = \"101\"",
            "p.toml:20:8: a path is file ids of four hexadecimal digits",
        ),
        (
            "path = \"0200/0101\"",
            "path = \"+101\"",
            "p.toml:20:8: a path is file ids of four hexadecimal digits",
        ),
        (
            "path = \"0101\"\nshort",
            "path = \"3F00\"\nshort",
            "p.toml:12:8: not allowed in a manifest",
        ),
        (
            "short-id = 1",
            "short-id = 31",
            "p.toml:13:12: a short id is 1 to 30",
        ),
        (
            "size = 64",
            "size = 4",
            "p.toml:17:11: 5 bytes do not fit a size of 4",
        ),
        ("size = 64", "size = 70000", "p.toml:14:8: "),
        (
            "update = \"pin 81 or role issuer\" }\non-replace = \"reset\"",
            "update = \"pin 91\" }\non-replace = \"reset\"",
            "p.toml:15:38: condition \"pin 91\": ",
        ),
        (
            "access = { read = \"always\", update",
            "access = { print = \"always\", update",
            "p.toml:15:12: access mode \"print\" is none of: read, update",
        ),
        (
            "on-replace = \"reset\"\ncontent",
            "on-replace = \"burn\"\ncontent",
            "p.toml:16:14: \"burn\" is none of: keep, reset, remove",
        ),
        (
            "{ hex = \"00 01 02\" }",
            "{ hex = \"00 01 0\" }",
            "p.toml:23:11: Odd number of digits",
        ),
        ("{ hex = \"00 01 02\" }", "{ hex = \"zz\" }", "p.toml:23:11: "),
        (
            "{ hex = \"00 01 02\" }",
            "{ file = \"../secret\" }",
            "p.toml:23:11: content files lie beside or below",
        ),
        (
            "{ hex = \"00 01 02\" }",
            "{ file = \"/etc/passwd\" }",
            "p.toml:23:11: content files lie beside or below",
        ),
        (
            "{ hex = \"00 01 02\" }",
            "{ file = \"gone.txt\" }",
            "p.toml:23:11: cannot open /nonexistent/gone.txt",
        ),
        ("{ hex = \"00 01 02\" }", "{ what = \"gone.txt\" }", "p.toml:23:"),
        (
            "reference = \"81\"",
            "reference = \"01\"",
            "p.toml:26:13: a reference is",
        ),
        (
            "minimum = 4",
            "minimum = 3",
            "p.toml:27:11: a PIN's minimum length is 4 to 16",
        ),
        ("tries = 3", "tries = 16", "p.toml:28:9: tries are 1 to 15"),
        (
            "{ text = \"0000\" }",
            "{ text = \"000\" }",
            "p.toml:29:13: a transport value has",
        ),
        (
            "{ change = ",
            "{ read = ",
            "p.toml:30:12: access mode \"read\" is none of: change",
        ),
        (
            "usage = \"sign\"",
            "usage = \"encrypt\"",
            "p.toml:36:9: \"encrypt\" is none of: sign, ",
        ),
        (
            "reference = \"82\"",
            "reference = \"8F0\"",
            "p.toml:34:13: a reference is",
        ),
        ("[[pin]]", "[[pin", "p.toml:25:"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let found = build(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(
            found.starts_with("p.toml") && found.contains(error),
            "{found:?} is not {error:?}"
        );
    }
    let twice = format!("{GOOD}\n{}", &GOOD[GOOD.find("[[key]]").unwrap()..]);
    let found = build(&twice).unwrap_err().to_string();
    assert!(
        found.contains("p.toml:41:13: not allowed in a manifest"),
        "{found}"
    );
}

#[test]
fn too_much_of_anything_is_refused() {
    let file = |index: usize, size: usize| {
        format!(
            "[[file]]\npath = \"{:04X}\"\nsize = {size}\naccess = {{}}\non-replace = \"keep\"\n",
            0x0100 + index
        )
    };
    let head = "format = 1\naid = \"F04E4F544553\"\nversion = 7\nlabel = \"Notes\"\n";
    let files = |count: usize| {
        format!(
            "{head}{}",
            (0..count).map(|index| file(index, 1)).collect::<String>()
        )
    };
    assert!(build(&files(64)).is_ok());
    assert!(build(&files(65)).is_err());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("big"), vec![7; 65_000]).unwrap();
    let with_file = |size: usize| {
        fs::write(folder.path().join("big"), vec![7; size]).unwrap();
        let text = format!("{head}{}content = {{ file = \"big\" }}\n", file(0, 65_535));
        Package::build(&text, folder.path(), "p.toml")
    };
    assert!(with_file(65_000).is_ok());
    assert!(
        with_file(65_535).is_err(),
        "manifest and content are more than a package may be"
    );
    assert!(with_file(70_000).is_err());
}

#[test]
fn each_block_announces_the_next() {
    let text = GOOD
        .replace("size = 64", "size = 9000")
        .replace("quota = 5000", "quota = 9999")
        .replace(
            "{ text = \"hello\" }",
            &format!("{{ text = \"{}\" }}", "x".repeat(5000)),
        );
    let package = build(&text).unwrap();
    assert_eq!(sha256(&package.blocks()[0]), package.digests().first_block);
    assert_eq!(package.digests().package, sha256(package.bytes()));
    let mut content = Vec::new();
    for (index, encoded) in package.blocks().iter().enumerate() {
        let block = Block::parse(encoded).unwrap();
        assert_eq!(usize::from(block.index), index);
        let next = package.blocks().get(index + 1).map(|next| sha256(next));
        assert_eq!(block.next.copied(), next);
        assert!(index == 0 || block.data.len() <= BLOCK_CONTENT);
        content.extend_from_slice(block.data);
    }
    assert_eq!(content, package.bytes());
    assert_eq!(package.blocks().len(), 1 + 3);
}

#[test]
fn damaged_packages_are_refused_with_the_byte() {
    let good = build(GOOD).unwrap();
    for length in 0..good.bytes().len() {
        let error = Package::parse("p.pkg", &good.bytes()[..length])
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("p.pkg, byte "), "{error}");
    }
    let error = Package::parse("p.pkg", &[good.bytes(), &[0]].concat())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(&format!("p.pkg, byte {}: ", good.bytes().len())),
        "{error}"
    );
}

#[test]
fn the_packages_we_ship_build_and_follow_each_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packages");
    let [first, second] =
        ["notes.toml", "notes-2.toml"].map(|name| Package::build_file(&folder.join(name)).unwrap());
    assert_eq!((first.aid(), first.version()), (second.aid(), 1));
    assert_eq!(second.version(), 2);
    assert!(
        (3000..6000).contains(&first.digests().size),
        "{:?}",
        first.digests()
    );
    let kept = |package: &Package| {
        let shown = package.describe().unwrap();
        shown
            .files
            .into_iter()
            .filter(|file| file.on_replace == "keep")
            .map(|file| file.path)
            .collect::<Vec<_>>()
    };
    assert_eq!(kept(&first), ["0102"]);
    assert_eq!(kept(&second), ["0102", "0104"]);
}

proptest! {
    #[test]
    fn no_text_makes_the_builder_panic(at in 0..GOOD.len(), with in "[a-z0-9\"=\\[\\]{}. \n]{0,8}", cut in 0..20_usize) {
        let end = (at + cut).min(GOOD.len());
        let text = format!("{}{with}{}", &GOOD[..at], &GOOD[end..]);
        if let Ok(package) = build(&text) {
            prop_assert_eq!(Package::parse("p", package.bytes()).unwrap(), package);
        }
    }

    #[test]
    fn a_changed_package_is_another_or_none(at in 0..400_usize, bit in 0..8_u8) {
        let good = build(GOOD).unwrap();
        let mut bytes = good.bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(other) = Package::parse("p", &bytes) {
            prop_assert_ne!(other.digests().package, good.digests().package);
            prop_assert_eq!(other.bytes(), &bytes[..]);
        }
    }
}
