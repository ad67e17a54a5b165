//! Plays every script of a folder and lists the places that the compiler counts: `1` or `0` for reached or not, and the
//! address in this program. `fuzz/coverage-of-applet` turns addresses into lines.
//!
//! It reads the counters that `cargo fuzz build` has the compiler put in, and needs no tool of LLVM for that.

use std::path::Path;
use std::{env, fs, io};

// For what the counters call.
use libfuzzer_sys as _;

// What the linker calls the ends of the compiler's tables: one byte counts, two words tell the place and what it is.
unsafe extern "C" {
    #[link_name = "__start___sancov_cntrs"]
    static COUNTERS: u8;
    #[link_name = "__stop___sancov_cntrs"]
    static COUNTERS_END: u8;
    #[link_name = "__start___sancov_pcs"]
    static PLACES: [usize; 2];
}

/// Where this program begins in memory.
fn base() -> io::Result<usize> {
    let maps = fs::read_to_string("/proc/self/maps")?;
    let first = maps.split('-').next().unwrap_or_default();
    usize::from_str_radix(first, 16).map_err(io::Error::other)
}

/// The counters, which wrap around, and the place of each.
fn tables() -> (&'static [u8], &'static [[usize; 2]]) {
    // SAFETY: both tables are the linker's, of one entry for each counter. Nothing counts while somebody looks.
    unsafe {
        let start = &raw const COUNTERS;
        let length = (&raw const COUNTERS_END).offset_from_unsigned(start);
        let counters = std::slice::from_raw_parts(start, length);
        (counters, std::slice::from_raw_parts(&raw const PLACES, length))
    }
}

fn main() -> io::Result<()> {
    let folder = env::args()
        .nth(1)
        .ok_or_else(|| io::Error::other("coverage FOLDER"))?;
    let mut reached = vec![false; tables().0.len()];
    let mut played = 0;
    for entry in fs::read_dir(Path::new(&folder))? {
        symbolon_fuzz::play::play(&fs::read(entry?.path())?);
        for (reached, counter) in reached.iter_mut().zip(tables().0) {
            *reached |= *counter > 0;
        }
        played += 1;
    }
    eprintln!("{played} scripts");
    let base = base()?;
    let mut out = String::new();
    for (reached, [place, _]) in reached.iter().zip(tables().1) {
        out.push_str(&format!(
            "{} {:x}\n",
            u8::from(*reached),
            place.wrapping_sub(base)
        ));
    }
    print!("{out}");
    Ok(())
}
