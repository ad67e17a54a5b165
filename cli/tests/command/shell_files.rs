//! The shell where it changes which files an application has.

use std::fs;

use crate::support::World;

/// Everything that a holder may change.
const WORKSHOP: &str = r#"
format = 1
aid = "F04E4F544557"
version = 1
label = "Workshop"
quota = 4096

[[folder]]
path = "7001"
access = { create-ef = "always", create-df = "pin 81", delete-child = "pin 81" }
on-replace = "keep"

[[folder]]
path = "7002"
on-replace = "keep"

[[file]]
path = "0101"
size = 16
access = { read = "always", update = "always", deactivate = "always", activate = "pin 81", terminate = "pin 81" }
on-replace = "keep"

[[file]]
path = "0102"
size = 60
access = { read = "always", update = "pin 81", write = "pin 81" }
on-replace = "keep"
records = { structure = "linear-variable", length = 20, number = 4, content = [{ text = "bread" }, { text = "butter" }] }

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
on-replace = "keep"
"#;

/// A card with the workshop, and `script` in a file; `enter` is what a script does first.
pub(crate) fn world(script: &str) -> World {
    let world = World::registered();
    fs::write(world.file("workshop.toml"), WORKSHOP).unwrap();
    for line in [
        "package build workshop.toml -o workshop.pkg",
        "provider add-package workshop.pkg --provider notiz",
        "approval request --card card.img --package workshop.pkg --provider-name DENOTIZ -o workshop.json",
        "approval sign workshop.json --party alpenbank",
        "approval sign workshop.json --party notiz",
        "approval apply workshop.json --card card.img --package workshop.pkg",
    ] {
        world.run(line).done();
    }
    fs::write(world.file("transport"), "0000\n").unwrap();
    fs::write(world.file("pin"), "4321\n").unwrap();
    fs::write(world.file("contract"), "what is signed").unwrap();
    play(
        &world,
        "cd Workshop\nchange-pin 81 --pin-file transport --new-pin-file pin",
    );
    fs::write(world.file("script.sym"), script).unwrap();
    world
}

pub(crate) const SCRIPT: &str = "card shell script.sym --card card.img";

/// Runs another script on the same card, which goes through.
fn play(world: &World, script: &str) -> String {
    fs::write(world.file("script.sym"), script).unwrap();
    world.run(SCRIPT).done().out
}

/// Runs another script, which ends with this exit code and these words.
pub(crate) fn fails(world: &World, script: &str, code: i32, words: &[&str]) {
    fs::write(world.file("script.sym"), script).unwrap();
    let ran = world.run(SCRIPT);
    assert_eq!(ran.code, code, "{script}: {ran:?}");
    assert!(ran.err.contains("what to do:"), "{script}: {ran:?}");
    for word in words {
        assert!(ran.err.contains(word), "{script}: {word:?} is not in {}", ran.err);
    }
}

pub(crate) fn has(out: &str, words: &[&str]) {
    for word in words {
        assert!(out.contains(word), "{word:?} is not in {out}");
    }
}

/// Losing this leaves whoever wants a file of his own with APDUs by hand.
#[test]
fn files_are_created_and_deleted_where_the_rules_allow_it() {
    let world = world(
        "cd Workshop/7001
         create 0011 --size 32 --short-id 5 --access 'read: always; update, delete: pin 81'
         stat 0011
         create 0012 --kind cyclic --length 8 --number 3 --access 'read, update, write: always; delete: always'
         append 0012 one
         append 0012 two
         read 0012 --record 1
         expect 9000 74776F0000000000
         create 0013 --kind linear-variable --length 40 --number 5 --size 90 --access 'read: always'
         create 2F06 --kind linear-variable --length 64 --number 2 --access 'read, write, delete: always'
         append 2F06 --rules 'read: always; delete: pin 81'
         create 0014 --size 4 --access-from 2F06:1
         create 0015 --size 4 --access-from 2F06:2
         expect 6A83
         create 7003 --kind folder
         expect 6982",
    );
    let made = world.run(SCRIPT).done().out;
    has(
        &made,
        &[
            "/Workshop/7001/0011 is made: read: always; update, delete: pin 81.",
            "size:        32 bytes",
            "short id:    05",
            "may update:  PIN 81 (closed now)",
            "/Workshop/7001/0012 is made: read, update, write: always; delete: always.",
            "/Workshop/7001/0014 is made: read: always; delete: pin 81.",
        ],
    );
    let out = play(
        &world,
        "cd Workshop/7001
         delete 0012
         expect 6982
         verify 81 --pin-file pin
         delete 2F06
         delete 0012
         create 7003 --kind folder --access 'create-ef: always; delete: always'
         cd 7003
         create 0001 --size 4 --access 'delete: always'
         cd ..
         ls
         delete 7003 --recursive
         delete 0014
         delete 0011
         ls
         delete 0011
         expect 6A82",
    );
    has(
        &out,
        &[
            "/Workshop/7001/0012 is deleted.",
            "/Workshop/7001/7003 is made: create-ef: always; delete: always.",
            "7003  folder",
            "0013  file of records",
            "/Workshop/7001/7003 is deleted.",
        ],
    );
    assert!(!out.ends_with("7003"), "{out}");
    for (script, code, words) in [
        // What the rules do not allow, with the rule and what opens it.
        (
            "create Workshop/7001/7004 --kind folder",
            1,
            &["6982", "verify 81"][..],
        ),
        (
            "create Workshop/7002/0001 --size 1",
            1,
            &["6982", "no rule of /Workshop/7002"],
        ),
        (
            "create Workshop/0001 --size 1",
            1,
            &["6982", "no rule of /Workshop allows it"],
        ),
        ("create /0001 --size 1", 1, &["6985", "in an application"]),
        ("create Workshop/7001/0013 --size 1", 1, &["6A89"]),
        ("create Workshop/7001/0014 --size 5000", 1, &["6A84"]),
        ("delete Workshop/0101", 1, &["6982", "no rule of /Workshop/0101"]),
        // What is not understood, with what to write.
        ("create Workshop/7001/0014", 2, &["--size BYTES"]),
        (
            "create Workshop/7001/0014 --kind linear-fixed --length 8",
            2,
            &["--number NUMBER"],
        ),
        (
            "create Workshop/7001/0014 --kind cyclic --length 8 --number 2 --size 17",
            2,
            &["Leave --size away"],
        ),
        (
            "create Workshop/7001/0014 --size 9 --number 2",
            2,
            &["files of records"],
        ),
        (
            "create Workshop/7001/0014 --kind folder --size 9",
            2,
            &["neither size nor short id"],
        ),
        (
            "create Workshop/7001/0014 --size 9 --access 'read: everybody'",
            2,
            &["condition", "read: always"],
        ),
        (
            "create Workshop/7001/0014 --size 9 --access 'read: pin 99'",
            2,
            &[
                "\"read: pin 99\"",
                "the number of a PIN at character 11",
                "81 to 8F",
            ],
        ),
        (
            "create Workshop/7001/0014 --size 9 --access-from 2F06:1",
            1,
            &["6A82", "no file of access rules 2F06", "--kind linear-variable"],
        ),
        (
            "create Workshop/7001/0014 --size 9 --access-from 0013:1",
            1,
            &["6A83", "0013", "has no record 1", "\"records 0013\""],
        ),
        (
            "create Workshop/7001/2F06 --kind linear-fixed --length 9 --number 1 --access 'delete: always'
             create Workshop/7001/0014 --size 9 --access-from 2F06:9",
            1,
            &[
                "6981",
                "2F06 is no file of access rules",
                "--kind linear-variable",
            ],
        ),
        ("create Workshop --size 9", 2, &["file id"]),
        (
            "create Workshop/7001/0014 --size 9 --access-from 2F06",
            2,
            &["a record from 1 to 254", "help create"],
        ),
        (
            "append Workshop/0102 --rules 'read: all'",
            2,
            &["the access rules \"read: all\"", "--rules \"read: always"],
        ),
        ("delete Workshop", 2, &["symbolon approval request --delete"]),
        (
            "create Workshop/7001/0014 --size 9 --short-id 31",
            2,
            &["from 1 to 30", "help create"],
        ),
    ] {
        fails(&world, script, code, words);
    }
    let out = play(
        &world,
        "cd Workshop
         verify 81 --pin-file pin
         create 7001/7005 --kind folder --access 'create-ef, delete-child: always; delete: always'
         create 7001/7005/0001 --size 4",
    );
    has(&out, &["nobody may do anything with it"]);
    fails(
        &world,
        "cd Workshop\nverify 81 --pin-file pin\ndelete 7001/7005",
        2,
        &["not empty", "--recursive"],
    );
}

/// Losing this switches a whole application where one file was meant, or ends a file that nobody wanted to end.
#[test]
fn a_file_is_switched_off_and_on_and_ended_for_good() {
    let world = world(
        "cd Workshop
         deactivate 0101
         cat 0101
         expect 6985
         ls
         activate 0101
         expect 6982
         verify 81 --pin-file pin
         activate 0101
         cat 0101
         deactivate 0102
         expect 6982",
    );
    let out = world.run(SCRIPT).done().out;
    has(
        &out,
        &[
            "/Workshop/0101 is deactivated.",
            "(deactivated)",
            "/Workshop/0101 is active.",
        ],
    );
    fails(&world, "cd Workshop\nterminate 0101", 2, &["--for-good"]);
    fails(
        &world,
        "cd Workshop\nterminate 0101 --for-good",
        1,
        &["6982", "verify 81"],
    );
    fails(&world, "terminate Workshop --for-good", 2, &["deactivate"]);
    let out = play(
        &world,
        "cd Workshop
         verify 81 --pin-file pin
         terminate 0101 --for-good
         stat 0101
         activate 0101
         expect 6985
         tree /",
    );
    has(
        &out,
        &[
            "/Workshop/0101 is terminated: nobody can use it any more.",
            "life cycle:",
            "terminated",
            "(terminated)",
        ],
    );
    // The other commands show it too, and go on with what else there is.
    let tree = world.json("card tree --card card.img");
    assert!(tree.to_string().contains("\"terminated\":true"), "{tree}");
    world.run("card backup --card card.img -o backup.json").done();
}

/// Losing this sends people to delete an application when a list is full.
#[test]
fn what_is_full_is_told_and_what_is_not_done() {
    let full =
        "ls\ncd Workshop\nverify 81 --pin-file pin\nappend 0102 eggs\nappend 0102 milk\nappend 0102 salt";
    let world = world(full);
    let ran = world.run("card shell script.sym --card card.img");
    assert_eq!(ran.code, 1, "{ran:?}");
    for word in ["6A84", "What is full is the file", "quota"] {
        assert!(ran.err.contains(word), "{word}: {ran:?}");
    }
    for word in ["applications:  Workshop", "\nPIN 81 is right."] {
        assert!(ran.out.contains(word), "{word}: {ran:?}");
    }
    let dry = world
        .run("card shell script.sym --card card.img --dry-run")
        .done();
    for word in ["not done: verify", "not done: append"] {
        assert!(dry.out.contains(word), "{word}: {dry:?}");
    }
}
