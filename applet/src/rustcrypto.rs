//! The back end made of RustCrypto's crates: p256, sha2, hmac, aes and cmac.

use aes::cipher::BlockCipherEncrypt;
use aes::{Aes128, Aes256};
use cmac::{Cmac, KeyInit, Mac};
use hmac::Hmac;
use p256::NistP256;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{AffinePoint, NonZeroScalar, ProjectivePoint, PublicKey};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

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

#[inline(never)]
fn mac<M: Mac, const N: usize>(mut state: M, parts: &[&[u8]]) -> [u8; N]
where
    [u8; N]: From<hmac::digest::Output<M>>,
{
    parts.iter().for_each(|part| state.update(part));
    state.finalize().into_bytes().into()
}

/// AES with a key of either length.
enum Cipher {
    Aes128(Aes128),
    Aes256(Aes256),
}

/// AES-CCM (NIST SP 800-38C) with a nonce of 12 bytes and a tag of 16, without associated data. Made of the block cipher's forward
/// direction alone, which is on the card anyway.
struct Ccm<'n> {
    cipher: Cipher,
    nonce: &'n [u8; 12],
}

/// Flags of the first block: a tag of 16 bytes, a length of 3.
const CCM_FIRST: u8 = (16 - 2) / 2 * 8 + 2;
/// Flags of counter blocks: a counter of 3 bytes.
const CCM_COUNTER: u8 = 2;

impl<'n> Ccm<'n> {
    fn new(key: &[u8], nonce: &'n [u8; 12]) -> Result<Self, CryptoError> {
        let cipher = match (<&[u8; 16]>::try_from(key), <&[u8; 32]>::try_from(key)) {
            (Ok(key), _) => Cipher::Aes128(Aes128::new(key.into())),
            (_, Ok(key)) => Cipher::Aes256(Aes256::new(key.into())),
            _ => return Err(CryptoError),
        };
        Ok(Self { cipher, nonce })
    }

    /// Enciphers flags, nonce and a number of three bytes, combined with `with`.
    fn block(&self, flags: u8, number: u32, with: [u8; 16]) -> [u8; 16] {
        let [_, high, middle, low] = number.to_be_bytes();
        let fields = core::iter::once(&flags)
            .chain(self.nonce)
            .chain([&high, &middle, &low]);
        let mut block = with;
        block
            .iter_mut()
            .zip(fields)
            .for_each(|(byte, field)| *byte ^= field);
        self.encrypt(block)
    }

    fn encrypt(&self, block: [u8; 16]) -> [u8; 16] {
        let mut block = block.into();
        match &self.cipher {
            Cipher::Aes128(cipher) => cipher.encrypt_block(&mut block),
            Cipher::Aes256(cipher) => cipher.encrypt_block(&mut block),
        }
        block.into()
    }

    /// The tag of plain data.
    fn tag(&self, data: &[u8]) -> Result<[u8; 16], CryptoError> {
        let length = u32::try_from(data.len()).map_err(|_| CryptoError)?;
        if length >> 24 != 0 {
            return Err(CryptoError);
        }
        let mut state = self.block(CCM_FIRST, length, [0; 16]);
        for piece in data.chunks(16) {
            state.iter_mut().zip(piece).for_each(|(byte, new)| *byte ^= new);
            state = self.encrypt(state);
        }
        let pad = self.block(CCM_COUNTER, 0, [0; 16]);
        state.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
        Ok(state)
    }

    /// Enciphers or deciphers.
    fn apply(&self, data: &mut [u8]) {
        for (piece, number) in data.chunks_mut(16).zip(1_u32..) {
            let pad = self.block(CCM_COUNTER, number, [0; 16]);
            piece.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
        }
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

    fn aes_cmac(&self, key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], CryptoError> {
        if let Ok(key) = <&[u8; 16]>::try_from(key) {
            return Ok(mac(<Cmac<Aes128> as KeyInit>::new(key.into()), parts));
        }
        let key = <&[u8; 32]>::try_from(key).map_err(|_| CryptoError)?;
        Ok(mac(<Cmac<Aes256> as KeyInit>::new(key.into()), parts))
    }

    fn hmac_sha256(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        // A key shorter than a block is taken as it is.
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        mac(<Hmac<Sha256> as KeyInit>::new((&*block).into()), parts)
    }

    fn aes_ccm_seal(&self, key: &[u8], nonce: &[u8; 12], data: &mut [u8]) -> Result<[u8; 16], CryptoError> {
        let ccm = Ccm::new(key, nonce)?;
        let tag = ccm.tag(data)?;
        ccm.apply(data);
        Ok(tag)
    }

    fn aes_ccm_open(
        &self,
        key: &[u8],
        nonce: &[u8; 12],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), CryptoError> {
        let ccm = Ccm::new(key, nonce)?;
        ccm.apply(data);
        // Compared twice: one skipped instruction must not be enough.
        let right = |data: &[u8]| ccm.tag(data).is_ok_and(|right| right.ct_eq(tag).into());
        if right(data) && right(data) {
            return Ok(());
        }
        data.zeroize();
        Err(CryptoError)
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
