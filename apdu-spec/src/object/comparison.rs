//! The short code by which people compare a storing request on several screens.

use super::Digest;

/// What is hashed before the SR object (F0): SPEC.md section 4.
pub const COMPARISON_PREFIX: &[u8] = b"symbolon comparison code 1";

/// Crockford's base 32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The code, `XXXX-XXXX` in ASCII, of an SR for which `digest` is SHA-256([`COMPARISON_PREFIX`] `||` SR object).
///
/// Its eight digits are the first 40 bits of the digest.
#[must_use]
pub fn comparison_code(digest: &Digest) -> [u8; 9] {
    let [a, b, c, d, e, ..] = *digest;
    let mut bits = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
    let mut code = [b'-'; 9];
    for (position, character) in code.iter_mut().enumerate().rev() {
        if position == 4 {
            continue;
        }
        let [.., low] = bits.to_be_bytes();
        *character = ALPHABET.get(usize::from(low & 0x1F)).copied().unwrap_or(b'0');
        bits >>= 5;
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_bits_make_a_digit_from_the_left() {
        let mut digest = [0xFF; 32];
        digest[..5].copy_from_slice(&[0x00, 0x44, 0x32, 0x14, 0xC7]);
        assert_eq!(&comparison_code(&digest), b"0123-4567");
        assert_eq!(&comparison_code(&[0xFF; 32]), b"ZZZZ-ZZZZ");
    }
}
