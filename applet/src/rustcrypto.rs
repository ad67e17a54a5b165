//! The back end made of RustCrypto's crates: p256, sha2, aes and cmac.

use aes::Aes128;
use aes::cipher::BlockCipherEncrypt;
use cmac::{Cmac, KeyInit, Mac};
use p256::NistP256;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{AffinePoint, NonZeroScalar, ProjectivePoint, PublicKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::crypto::{Crypto, CryptoError, Hash, PrivateKey};

/// RustCrypto behind [`Crypto`].
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCrypto;

impl Hash for Sha256 {
    fn update(&mut self, data: &[u8]) {
        Digest::update(self, data);
    }

    fn finish(self) -> [u8; 32] {
        self.finalize().into()
    }
}

fn scalar(key: &PrivateKey) -> Result<NonZeroScalar, CryptoError> {
    NonZeroScalar::try_from(key.0.as_slice()).map_err(|_| CryptoError)
}

/// The point, if it is on the curve. Points here are never compressed, so nothing is linked that could take a square root.
fn on_curve(point: &[u8; 65]) -> Result<ProjectivePoint, CryptoError> {
    let (&[form], coordinates) = point.split_first_chunk::<1>().ok_or(CryptoError)?;
    let (x, y) = coordinates.split_first_chunk::<32>().ok_or(CryptoError)?;
    let y = <&[u8; 32]>::try_from(y).map_err(|_| CryptoError)?;
    let point = AffinePoint::from_coordinates(x.into(), y.into()).into_option();
    match point {
        Some(point) if form == 0x04 => Ok(ProjectivePoint::from(point)),
        _ => Err(CryptoError),
    }
}

impl Crypto for RustCrypto {
    type Hash = Sha256;

    fn sha256(&self) -> Sha256 {
        Sha256::new()
    }

    fn p256_public(&self, key: &PrivateKey) -> Result<[u8; 65], CryptoError> {
        let point = PublicKey::from_secret_scalar(&scalar(key)?).to_sec1_point(false);
        <[u8; 65]>::try_from(point.as_bytes()).map_err(|_| CryptoError)
    }

    fn p256_sign(&self, key: &PrivateKey, digest: &[u8; 32]) -> Result<[u8; 64], CryptoError> {
        let scalar = scalar(key)?;
        // The hazmat entry takes the scalar as it is; SigningKey would compute its public point first, at the price
        // of another multiplication. RFC 6979 takes the nonce from key and digest.
        let (signature, _) = ecdsa::hazmat::sign_prehashed_rfc6979::<NistP256, Sha256>(&scalar, digest, &[]);
        Ok(signature.to_bytes().into())
    }

    fn p256_verify(
        &self,
        point: &[u8; 65],
        digest: &[u8; 32],
        signature: &[u8; 64],
    ) -> Result<(), CryptoError> {
        let signature = p256::ecdsa::Signature::from_slice(signature).map_err(|_| CryptoError)?;
        ecdsa::hazmat::verify_prehashed::<NistP256>(&on_curve(point)?, digest, &signature)
            .map_err(|_| CryptoError)
    }

    fn p256_agree(&self, key: &PrivateKey, point: &[u8; 65]) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        let shared = on_curve(point)? * *scalar(key)?;
        Ok(Zeroizing::new(shared.to_affine().x().into()))
    }

    fn aes_cmac_verify(&self, key: &[u8; 16], message: &[u8], mac: &[u8; 16]) -> bool {
        let mut state = <Cmac<Aes128> as KeyInit>::new(key.into());
        state.update(message);
        state.verify(mac.into()).is_ok()
    }

    fn aes_ctr(&self, key: &[u8; 16], counter: &[u8; 16], data: &mut [u8]) {
        // The crate ctr would bring a second AES that enciphers several blocks at once: 4.9 KB of the card image.
        let cipher = Aes128::new(key.into());
        for (block, counter) in data.chunks_mut(16).zip(u128::from_be_bytes(*counter)..) {
            let mut pad = counter.to_be_bytes().into();
            cipher.encrypt_block(&mut pad);
            block.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
        }
    }
}
