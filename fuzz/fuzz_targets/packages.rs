//! Packages, as TOML and as what is loaded.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use parties::package::Package;

fuzz_target!(|input: &[u8]| {
    if let Ok(package) = Package::parse("input", input) {
        assert_eq!(package.bytes(), input);
        let _ = package.describe().expect("what was read is described");
    }
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(package) = Package::build(text, Path::new("/nowhere"), "input") {
        let again = Package::parse("built", package.bytes()).expect("what was built is read");
        assert_eq!(again.bytes(), package.bytes());
        let _ = again.describe().expect("what was built is described");
    }
});
