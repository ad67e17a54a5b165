//! Cards for tests: scripts of APDUs as data.

/// Bytes written in hexadecimal; anything else in the text is ignored.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .map(|digit| digit.try_into().unwrap())
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A card that expects these commands in this order and gives these answers. A command too many fails the test; one too
/// few fails it when the card is dropped.
pub(crate) fn script<S: AsRef<str>>(steps: Vec<(S, S)>) -> impl FnMut(&[u8]) -> Vec<u8> {
    let mut steps = Steps(
        steps
            .into_iter()
            .map(|(command, answer)| (unhex(command.as_ref()), unhex(answer.as_ref())))
            .collect(),
    );
    move |command| {
        let (expected, answer) = steps
            .0
            .pop_front()
            .unwrap_or_else(|| panic!("one too many: {}", hex(command)));
        assert_eq!(hex(command), hex(&expected));
        answer
    }
}

struct Steps(std::collections::VecDeque<(Vec<u8>, Vec<u8>)>);

impl Drop for Steps {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let left: Vec<String> = self.0.iter().map(|(command, _)| hex(command)).collect();
            assert!(left.is_empty(), "never sent: {left:?}");
        }
    }
}
