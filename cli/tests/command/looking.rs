//! Looking at a whole card: trees as pictures, maps, backups, comparing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::{NOTES, World};

/// A card with the notes on it.
fn with_notes() -> World {
    let world = World::agreed();
    fs::copy(world.file("card.img"), world.file("before.img")).unwrap();
    world
        .run("approval apply store.json --card card.img --package notes.pkg")
        .done();
    world
}

/// Every path in a tree.
fn paths(node: &Value, found: &mut Vec<String>) {
    found.push(node["path"].as_str().unwrap().to_owned());
    for child in node["children"].as_array().unwrap() {
        paths(child, found);
    }
}

/// Losing this hides files from whoever looks at a picture, or from whoever looks at a table.
#[test]
fn every_form_of_the_tree_shows_the_same_files() {
    let world = with_notes();
    let tree = world.json("card tree --card card.img");
    let mut all = Vec::new();
    paths(&tree["root"], &mut all);
    assert!(all.contains(&format!("{NOTES}/0101")), "{all:?}");
    let plain = world
        .run("card tree --card card.img --format json")
        .done()
        .document();
    assert_eq!(plain["result"], tree);
    let dot = world.run("card tree --card card.img --format dot").done().out;
    assert!(dot.starts_with("digraph card {") && dot.ends_with("}\n"), "{dot}");
    assert_eq!(dot.matches("[label=").count(), all.len());
    assert_eq!(dot.matches(" -> ").count(), all.len() - 1);
    world
        .run("card tree --card card.img --format svg --output tree.svg")
        .done();
    let svg = fs::read_to_string(world.file("tree.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    for path in &all {
        assert!(
            svg.contains(&format!("<title>{path}\n")),
            "{path} is not in the picture"
        );
    }
}

/// Losing this draws a map on which an application's bytes are nobody's.
#[test]
fn a_map_tells_whose_the_flash_is_and_a_card_in_a_reader_what_it_cannot_tell() {
    let world = with_notes();
    let part = |map: &Value, owner: &str| {
        let parts = map["flash"]["parts"].as_array().unwrap().clone();
        parts.into_iter().find(|part| part["owner"] == owner)
    };
    let before = world.json("card map --card before.img");
    let map = world.json("card map --card card.img");
    let owner = format!("application {NOTES}");
    assert_eq!(part(&before, &owner), None);
    let notes = part(&map, &owner).unwrap();
    assert!(notes["content"].as_u64().unwrap() > 3_000, "{notes}");
    assert_eq!(map["cannot_know"], Value::Array(vec![]));
    for strange in ["the card: other", "being loaded"] {
        assert_eq!(part(&map, strange), None, "{map}");
    }
    let sum: u64 = ["superseded", "page_headers", "erased"]
        .iter()
        .map(|name| map["flash"][name].as_u64().unwrap())
        .sum();
    let parts = map["flash"]["parts"].as_array().unwrap();
    let live: u64 = parts.iter().map(|part| part["flash"].as_u64().unwrap()).sum();
    assert_eq!(sum + live, map["flash"]["bytes"].as_u64().unwrap());
    let text = world.run("card map --card card.img").done().out;
    assert!(
        text.contains(&owner) && text.contains("Pages, one letter for 256 bytes"),
        "{text}"
    );
    let svg = world.run("card map --card card.img --format svg").done().out;
    assert!(svg.starts_with("<svg ") && svg.contains(&owner), "{svg}");
}

/// Losing this makes a backup that leaves something out in silence.
#[test]
fn a_backup_has_what_can_be_read_and_says_what_cannot() {
    let world = with_notes();
    world
        .run("card backup --card card.img")
        .failed(2, &["no file is named"]);
    let ran = world.run("card backup --card card.img --output card.json").done();
    assert!(
        ran.out.contains("3F00/5F01") && ran.out.contains("6982") && ran.out.contains("read: pin 01"),
        "{ran:?}"
    );
    let kept: Value = serde_json::from_slice(&fs::read(world.file("card.json")).unwrap()).unwrap();
    assert_eq!(
        (&kept["kind"], &kept["schema"]),
        (&"card backup".into(), &1.into())
    );
    assert_eq!(kept["unread"]["3F00/5F01"]["why"], "read: pin 01");
    assert!(kept["files"]["3F00/5F01"].get("content").is_none());
    let opened = world.json("card backup --card card.img --pin user")["backup"].clone();
    let user = opened["files"]["3F00/5F01"]["content"].as_str().unwrap();
    assert!(user.ends_with("416461"), "Ada is not in {user}");
    assert_eq!(opened["receipts"].as_object().unwrap().len(), 2);
    assert_eq!(opened["applications"][NOTES]["provider"], "DENOTIZ");
    // What a PIN opens is all that differs: that it was verified is no property of the card.
    assert_eq!(opened["pins"], kept["pins"]);
    let read = world.json(&format!("card read {NOTES}/0101 --card card.img"));
    let content = opened["files"][format!("{NOTES}/0101")]["content"]
        .as_str()
        .unwrap();
    assert_eq!(read["content"].as_str().unwrap().to_lowercase(), content);
    assert_eq!(
        world.file("card.json").metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
}

/// Losing this costs somebody an approval or a card by a name that was mistaken.
#[test]
fn a_backup_replaces_nothing_but_a_backup() {
    let world = with_notes();
    let line = "card backup --card card.img --output";
    world.run(&format!("{line} card.json")).done();
    world.run(&format!("{line} card.json")).done();
    for name in ["store.json", "before.img"] {
        let before = fs::read(world.file(name)).unwrap();
        let words = ["is there already", "Choose another name"];
        world.run(&format!("{line} {name}")).failed(2, &words);
        assert_eq!(fs::read(world.file(name)).unwrap(), before);
    }
}

/// Losing this calls two cards the same that are not, or cannot tell a script so.
#[test]
fn comparing_finds_every_difference_and_tells_by_exit_code() {
    let world = with_notes();
    world.run("card backup --card card.img --output card.json").done();
    let same = world.run("card compare --card card.img --with card.json").done();
    assert!(same.out.contains("are the same"), "{same:?}");
    let differ = world.run("card compare --card card.img --with before.img");
    assert_eq!(differ.code, 1, "{differ:?}");
    assert!(
        differ.out.contains("3F00/2F00 content") && differ.out.contains(NOTES),
        "{differ:?}"
    );
    world
        .run("card write F04E4F544553/0102 --card card.img --pin user --text call")
        .done();
    let hidden = world.run("card compare --card card.img --with card.json --only files,pins");
    assert_eq!(
        hidden.code, 0,
        "without the PIN nobody sees the change: {hidden:?}"
    );
    let seen = world.run("card compare --card card.img --with card.json --pin user --only files --json");
    assert_eq!(seen.code, 1, "{seen:?}");
    let result = seen.document()["result"].clone();
    assert_eq!(
        (&result["same"], &result["compared"]),
        (&false.into(), &serde_json::json!(["files"]))
    );
    let found = result["differences"].as_array().unwrap();
    assert!(
        found
            .iter()
            .any(|each| each["name"] == format!("{NOTES}/0102 content") && each["first"] != Value::Null),
        "{found:?}"
    );
    world
        .run("card compare --card card.img --with notes.pkg")
        .failed(2, &["notes.pkg is no backup"]);
    fs::write(world.file("later.json"), r#"{"kind":"card backup","schema":2}"#).unwrap();
    world
        .run("card compare --card card.img --with later.json")
        .failed(2, &["schema 2"]);
    world
        .run("card compare --card card.img --with none.json")
        .failed(2, &["none.json"]);
    world
        .run("card compare --card card.img --with card.json --only colours")
        .failed_usage(&["colours"]);
}
