//! What the linker is asked for, so that a process of `symbolon sim serve` takes little memory (docs/performance.md):
//!
//! - relocations in packed form, where the C library that will load the program knows it: half a megabyte less;
//! - the functions that serving a card runs in one place, in release builds: two megabytes less, since the kernel maps a program in
//!   windows of 64 KiB. `layout/x86_64-linux.txt` names them; `make layout` writes it anew. A name that is in the program no more is
//!   passed over, so an old list costs memory and nothing else.

use std::env;
use std::path::Path;
use std::process::Command;

const LAYOUT: &str = "layout/x86_64-linux.txt";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={LAYOUT}");
    let known = variable("CARGO_CFG_TARGET_OS") == "linux"
        && variable("CARGO_CFG_TARGET_ENV") == "gnu"
        && variable("CARGO_CFG_TARGET_ARCH") == "x86_64"
        && variable("HOST") == variable("TARGET");
    if !known {
        return;
    }
    // For another machine nobody here knows the library. A release of glibc before 2.36 (August 2022) refuses to load such a program.
    if glibc() >= Some((2, 36)) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    let list = Path::new(&variable("CARGO_MANIFEST_DIR")).join(LAYOUT);
    let flags = [
        format!("-Wl,--symbol-ordering-file={}", list.display()),
        "-Wl,--no-warn-symbol-ordering".to_owned(),
    ];
    if variable("PROFILE") == "release" && links_with(&flags) {
        for flag in flags {
            println!("cargo:rustc-link-arg-bins={flag}");
        }
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Whether the linker that this build uses takes these flags. LLVM's does, which the compiler brings; one that somebody chose
/// instead may not.
fn links_with(flags: &[String]) -> bool {
    let folder = variable("OUT_DIR");
    let source = Path::new(&folder).join("probe.rs");
    if std::fs::write(&source, "fn main() {}\n").is_err() {
        return false;
    }
    let mut compiler = Command::new(variable("RUSTC"));
    compiler
        .arg(&source)
        .args(["--crate-name", "probe", "--out-dir", &folder]);
    compiler.args(
        variable("CARGO_ENCODED_RUSTFLAGS")
            .split('\u{1f}')
            .filter(|flag| !flag.is_empty()),
    );
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        compiler.arg(format!("-Clinker={linker}"));
    }
    for flag in flags {
        compiler.arg(format!("-Clink-arg={flag}"));
    }
    compiler.output().is_ok_and(|made| made.status.success())
}

/// Release of this machine's C library; "glibc 2.36".
fn glibc() -> Option<(u32, u32)> {
    let answer = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
