//! No core file: what the program knows, PINs and keys among it, must not be left on a disk by whatever ends it.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Forbids core files to this process and to all that it starts.
///
/// # Errors
/// When the system does not let it.
pub fn forbid() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    // The limit is of no account where a program takes the core: most desktops have one.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing either half leaves secrets on a disk, on machines of one kind or of the other.
    #[test]
    fn neither_a_file_nor_a_program_gets_a_core() {
        forbid().unwrap();
        let limit = rustix::process::getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        #[cfg(target_os = "linux")]
        assert_eq!(
            rustix::process::dumpable_behavior().unwrap(),
            rustix::process::DumpableBehavior::NotDumpable
        );
    }
}
