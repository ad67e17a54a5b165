//! The shell where it reads and changes what is in files: records and bytes.

use std::fs;

use crate::shell_files::{SCRIPT, fails, has, world};

/// Losing this shows or changes another record than the one named.
#[test]
fn records_are_listed_read_sought_appended_and_erased() {
    let world = world(
        "cd Workshop
         records 0102
         read 0102 --record 2
         expect 9000 --text butter
         read 0101 --offset 4 --length 3
         expect 9000 000000
         search 0102 r
         expect 9000 0102
         search 0102 --hex 7474
         expect 9000 02
         search 0102 nothing
         expect 9000 \"\"
         append 0102 jam
         expect 6982
         verify 81 --pin-file pin
         append 0102 jam
         write 0102 honey --record 1
         read 0102 --record 3
         expect 9000 6A616D
         erase 0102 --record 2
         cat 0102
         read 0102 --record 4
         expect 6A83",
    );
    let out = world.run(SCRIPT).done().out;
    has(
        &out,
        &[
            "kind:  linear variable",
            "room:  4 records of 20 bytes",
            "Records of /Workshop/0102 that have it: 1, 2.",
            "No record of /Workshop/0102 has it.",
            "3 bytes are in a new record of /Workshop/0102, read back and the same.",
            "5 bytes are in record 1 of /Workshop/0102, read back and the same.",
            "Record 2 of /Workshop/0102 is empty, as was read back.",
            "honey",
        ],
    );
    for (script, code, words) in [
        ("records Workshop/0101", 2, &["it has none", "\"cat\""][..]),
        ("read Workshop/0101 --offset 17", 2, &["16 bytes"]),
        (
            "read Workshop/0101 --offset 9 --length 8",
            2,
            &["16 bytes", "byte 17"],
        ),
        ("read Workshop/0101 --record 1", 2, &["without records"]),
        ("read Workshop/0102 --record 255", 2, &["1 to 254"]),
        ("erase Workshop/0102 --record 1", 1, &["6982", "verify 81"]),
        ("append Workshop/0101 x", 2, &["without records"]),
        ("append Workshop/0102", 2, &["TEXT", "help append"]),
        (
            "append Workshop/0102 'longer than twenty bytes'",
            2,
            &["24 bytes do not fit into 20"],
        ),
    ] {
        fails(&world, script, code, words);
    }
}

/// Losing this finds what is not there, or erases more than was named.
#[test]
fn bytes_are_sought_and_erased() {
    let world = world(
        "cd Workshop
         write 0101 'one two one'
         search 0101 one
         expect 9000 00000008
         search 0101 --hex 00
         expect 9000 000B000C*
         search 0101 three
         expect 9000 \"\"
         erase 0101 --offset 4 --length 3
         read 0101
         expect 9000 6F6E652000000020 6F6E650000000000
         erase 0101 --offset 9
         read 0101
         expect 9000 6F6E652000000020 6F00000000000000
         erase 0101
         cat 0101",
    );
    let script = fs::read_to_string(world.file("script.sym")).unwrap();
    // Digits in one word: they are apart above to be counted.
    fs::write(world.file("script.sym"), script.replace("20 6F", "206F")).unwrap();
    let out = world.run(SCRIPT).done().out;
    has(
        &out,
        &[
            "It stands in /Workshop/0101 from these bytes on: 0, 8.",
            "It is not in /Workshop/0101.",
            "/Workshop/0101 from byte 4 on, 3 bytes is empty, as was read back.",
            "/Workshop/0101 from byte 9 on is empty, as was read back.",
            "/Workshop/0101 is empty, as was read back.",
            "/Workshop/0101 is empty: 16 zeros.",
        ],
    );
    for (script, code, words) in [
        ("erase Workshop/0102", 2, &["file of records", "--record"][..]),
        ("erase Workshop/0101 --offset 16", 2, &["16 bytes"]),
        ("erase Workshop/0101 --offset 9 --length 8", 2, &["16 bytes"]),
        ("erase Workshop/0101 --offset 9 --length 0", 2, &["16 bytes"]),
        ("search Workshop/0101 \"\"", 2, &["is empty", "--hex"]),
        ("search Workshop one", 2, &["folder"]),
        ("erase EF.GDO", 1, &["6982"]),
    ] {
        fails(&world, script, code, words);
    }
}
