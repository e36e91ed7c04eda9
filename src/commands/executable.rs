//! Which executable is running: its SHA-256, to be compared with the checksums of a release.
//!
//! It tells builds apart and proves nothing: an executable that lies can lie about this as well. So it is written down, and
//! no verification depends on it.

use crate::model::run::Executable;
use crate::model::sha256::Sha256;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::OnceLock;

/// No release is a third as large. A build for debugging is larger, and would cost each run a second.
const MOST: u64 = 80 << 20;

/// The running executable, read once.
pub(super) fn own() -> &'static Executable {
    static OWN: OnceLock<Executable> = OnceLock::new();
    OWN.get_or_init(|| opened().map_or_else(|why| Executable::refused(&why), |file| digest(file, MOST)))
}

/// Linux keeps the very file that runs under this name, though another one may have its path by now.
fn opened() -> io::Result<File> {
    let kernel = PathBuf::from("/proc/self/exe");
    let path = if cfg!(target_os = "linux") { kernel } else { std::env::current_exe()? };
    let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?))
}

fn digest(file: File, most: u64) -> Executable {
    match file.metadata() {
        Ok(about) if !about.is_file() => return Executable::odd(),
        Ok(about) if about.len() > most => return Executable::large(about.len()),
        Ok(_) => {}
        Err(error) => return Executable::refused(&error),
    }
    let (mut file, mut hasher, mut buffer) = (file.take(most), Sha256::new(), vec![0; 128 << 10]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Executable::Sha256(hasher.hex()),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(again) if again.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Executable::refused(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    #[test]
    fn what_is_read_is_the_program_that_runs() {
        let path = std::env::current_exe().unwrap();
        let there = path.metadata().unwrap();
        let opened = opened().unwrap().metadata().unwrap();
        assert_eq!((opened.dev(), opened.ino()), (there.dev(), there.ino()));
    }

    #[test]
    fn a_digest_or_a_reason() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x");
        std::fs::write(&path, "abc").unwrap();
        let open = || File::open(&path).unwrap();
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(open(), 3), Executable::Sha256(known.to_owned()));
        let unknown = |file, most| match digest(file, most) {
            Executable::Unknown(why) => {
                assert!(Executable::Unknown(why.clone()).is_one(), "{why}");
                why
            }
            Executable::Sha256(digest) => panic!("{digest}"),
        };
        assert!(unknown(open(), 2).contains("3 bytes"));
        assert!(unknown(File::open(place.path()).unwrap(), 9).contains("plain file"));
        for error in [io::Error::from_raw_os_error(13), io::Error::other("VERIFIED")] {
            let Executable::Unknown(why) = Executable::refused(&error) else { panic!("a digest") };
            assert!(Executable::Unknown(why.clone()).is_one() && !why.contains("VERIFIED"), "{why}");
        }
        for words in
            ["", "VERIFIED by somebody", "the executable was not read: it has VERIFIED bytes, more than any release"]
        {
            assert!(!Executable::Unknown(words.to_owned()).is_one(), "{words}");
        }
        assert!(!Executable::Sha256("AB".repeat(32)).is_one());
    }
}
