//! Names of values.

/// The name of a value: namespace, kind, id and part, ordered in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

impl Key {
    /// The lowest key.
    pub const MIN: Self = Self::new(0, 0, 0, 0);

    /// The key of the given fields.
    #[must_use]
    pub const fn new(namespace: u16, kind: u8, id: u16, part: u16) -> Self {
        let [n1, n0] = namespace.to_be_bytes();
        let [i1, i0] = id.to_be_bytes();
        let [p1, p0] = part.to_be_bytes();
        Self(u64::from_be_bytes([0, n1, n0, kind, i1, i0, p1, p0]))
    }

    /// The namespace: what belongs together, such as a DF.
    #[must_use]
    pub const fn namespace(self) -> u16 {
        let [_, n1, n0, ..] = self.0.to_be_bytes();
        u16::from_be_bytes([n1, n0])
    }

    /// What the value is.
    #[must_use]
    pub const fn kind(self) -> u8 {
        let [_, _, _, kind, ..] = self.0.to_be_bytes();
        kind
    }

    /// Which of its kind the value is.
    #[must_use]
    pub const fn id(self) -> u16 {
        let [.., i1, i0, _, _] = self.0.to_be_bytes();
        u16::from_be_bytes([i1, i0])
    }

    /// Which part of a larger object the value is.
    #[must_use]
    pub const fn part(self) -> u16 {
        let [.., p1, p0] = self.0.to_be_bytes();
        u16::from_be_bytes([p1, p0])
    }

    /// The next key in order, for walking; `None` after the last.
    #[must_use]
    pub const fn successor(self) -> Option<Self> {
        match self.0 {
            0x00FF_FFFF_FFFF_FFFF => None,
            value => Some(Self(value + 1)),
        }
    }

    /// As in a record header: seven bytes that compare like the key.
    pub(super) const fn to_bytes(self) -> [u8; 7] {
        let [_, bytes @ ..] = self.0.to_be_bytes();
        bytes
    }

    /// From a record header's seven key bytes and the one after them, which is not part of it.
    pub(super) const fn from_header(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes) >> 8)
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn fields_come_back_and_order_is_theirs() {
        let key = Key::new(0x3F00, 0x20, 0x2F02, 7);
        assert_eq!(
            (key.namespace(), key.kind(), key.id(), key.part()),
            (0x3F00, 0x20, 0x2F02, 7)
        );
        assert!(key < Key::new(0x3F00, 0x20, 0x2F02, 8));
        assert!(key < Key::new(0x3F00, 0x21, 0, 0));
        assert!(Key::new(0x3EFF, 0xFF, 0xFFFF, 0xFFFF) < key);
        let [n1, n0, kind, i1, i0, p1, p0] = key.to_bytes();
        assert_eq!(Key::from_header([n1, n0, kind, i1, i0, p1, p0, 0xAA]), key);
    }

    #[test]
    fn the_last_key_has_no_successor() {
        assert_eq!(Key::new(0xFFFF, 0xFF, 0xFFFF, 0xFFFF).successor(), None);
        assert_eq!(Key::new(1, 2, 3, 0xFFFF).successor(), Some(Key::new(1, 2, 4, 0)));
    }
}
