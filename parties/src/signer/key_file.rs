//! The default keeper of a party's key: a file encrypted under a passphrase.
//!
//! RFC 5958 `EncryptedPrivateKeyInfo` in PEM; RFC 8018 PBES2 with scrypt (RFC 7914) and AES-256-CBC: what
//! `openssl pkey` reads and writes. docs/decisions/0004 tells why.

use std::fmt;
use std::path::{Path, PathBuf};

use super::encrypted::{read_encrypted, write_encrypted};
use super::{MemorySigner, Passphrase, Signer};
use crate::crypto::{Point, Signature};
use crate::error::{Error, Result};

pub use super::encrypted::{PASSPHRASE_MIN, WorkFactor};

/// A party's key, opened with its passphrase.
pub struct EncryptedKeyFile {
    path: PathBuf,
    signer: MemorySigner,
}

impl EncryptedKeyFile {
    /// Makes a new key and writes it to `path`, readable by its owner alone. An existing file is never overwritten.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::File`], [`Error::Cryptography`]; [`Error::Input`] for a short passphrase.
    pub fn create(path: &Path, passphrase: &Passphrase, work: WorkFactor) -> Result<Self> {
        let signer = MemorySigner::generate()?;
        write_encrypted(path, &signer.to_pkcs8()?, passphrase, work)?;
        Ok(Self {
            path: path.to_path_buf(),
            signer,
        })
    }

    /// Opens the key in `path`.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Input`] for a file that is no such key; [`Error::Passphrase`].
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Self> {
        let key = read_encrypted(path, passphrase)?;
        let signer = MemorySigner::from_pkcs8(key.as_bytes())
            .map_err(|_| Error::input(path.display().to_string(), "holds no P-256 key"))?;
        Ok(Self {
            path: path.to_path_buf(),
            signer,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Signer for EncryptedKeyFile {
    fn point(&self) -> &Point {
        self.signer.point()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature> {
        self.signer.sign(message)
    }
}

/// File and public half only.
impl fmt::Debug for EncryptedKeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptedKeyFile({}, {:?})", self.path.display(), self.signer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::verifies;
    use pkcs8::der::pem::{LineEnding, PemLabel};
    use pkcs8::pkcs5::{pbes2, scrypt};
    use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn passphrase() -> Passphrase {
        Passphrase::new("correct horse")
    }

    #[test]
    fn a_key_comes_back_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let made = EncryptedKeyFile::create(&path, &passphrase(), WorkFactor::MINIMAL).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let opened = EncryptedKeyFile::open(&path, &passphrase()).unwrap();
        assert_eq!(opened.point(), made.point());
        assert!(verifies(made.point(), b"m", &opened.sign(b"m").unwrap()));
        let error = EncryptedKeyFile::open(&path, &Passphrase::new("correct horsf")).unwrap_err();
        assert!(matches!(error, Error::Passphrase(_)), "{error}");
        let again = EncryptedKeyFile::create(&path, &passphrase(), WorkFactor::MINIMAL).unwrap_err();
        assert!(matches!(again, Error::Exists(_)), "{again}");
    }

    #[test]
    fn files_that_are_no_key_are_named_with_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let costly = pbes2::Parameters::generate_scrypt_aes256cbc(
            scrypt::Params::new(20, 8, 1).unwrap(),
            &[1; 16],
            [2; 16],
        )
        .unwrap();
        let costly = EncryptedPrivateKeyInfoRef {
            encryption_algorithm: costly.into(),
            encrypted_data: pkcs8::der::asn1::OctetStringRef::new(&[0; 32]).unwrap(),
        };
        let costly = SecretDocument::encode_msg(&costly).unwrap();
        let costly = costly
            .to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
            .unwrap();
        let plain = MemorySigner::generate().unwrap().to_pkcs8().unwrap();
        let plain = SecretDocument::try_from(plain.as_slice()).unwrap();
        let plain = plain.to_pem("PRIVATE KEY", LineEnding::LF).unwrap();
        for (content, cause) in [
            (&b"\xFF\xFE"[..], "byte 0: not text"),
            (b"", "key.pem: "),
            (
                b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "key.pem: ",
            ),
            (plain.as_bytes(), "not an encrypted private key"),
            (costly.as_bytes(), "more work than is allowed"),
        ] {
            fs::write(&path, content).unwrap();
            let error = EncryptedKeyFile::open(&path, &passphrase()).unwrap_err();
            assert!(matches!(error, Error::Input(_)), "{error}");
            assert!(error.to_string().contains(cause), "{error}");
        }
    }

    #[test]
    fn openssl_reads_our_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let key = EncryptedKeyFile::create(&path, &passphrase(), WorkFactor::STANDARD).unwrap();
        let output = std::process::Command::new("openssl")
            .args(["pkey", "-noout", "-text", "-passin", "pass:correct horse", "-in"])
            .arg(&path)
            .output()
            .expect("openssl is installed");
        let text = String::from_utf8(output.stdout)
            .unwrap()
            .replace([':', ' ', '\n'], "");
        assert!(
            text.contains(&hex::encode(key.point())),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[test]
    fn neither_key_nor_passphrase_is_printed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let key = EncryptedKeyFile::create(&path, &passphrase(), WorkFactor::MINIMAL).unwrap();
        let der = hex::encode(key.signer.to_pkcs8().unwrap());
        let scalar = der.split("0420").nth(1).unwrap().get(..64).unwrap();
        let printed = format!("{key:?} {:?}", passphrase());
        assert!(
            !printed.contains(scalar) && !printed.contains("horse"),
            "{printed}"
        );
    }
}
