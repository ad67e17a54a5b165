//! Access rules from anybody: a user would lose secrets to a rule that two readers understand in two ways.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use proptest::prelude::*;
use symbolon_apdu_spec::access::{AccessMode, AccessRules, Condition, Subject, parse};
use symbolon_apdu_spec::limits::{RULE_MAX, RULES_PER_FILE};
use symbolon_apdu_spec::tlv::{ErrorKind, Reader, Tag};

/// A rule as a computer scientist would write it down, to judge the card's way by.
#[derive(Clone, Debug)]
enum Tree {
    Always,
    Never,
    Is(Condition),
    Any(Vec<Tree>),
    All(Vec<Tree>),
    Not(Box<Tree>),
}

impl Tree {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut wrap = |tag: u8, inner: &[&Tree]| {
            let mut value = Vec::new();
            inner.iter().for_each(|each| each.encode(&mut value));
            // A value this long is refused for its length whatever the length says.
            out.extend([tag, u8::try_from(value.len()).unwrap_or(0x7F)]);
            out.extend(value);
        };
        match self {
            Self::Any(inner) => wrap(0xA0, &inner.iter().collect::<Vec<_>>()),
            Self::All(inner) => wrap(0xAF, &inner.iter().collect::<Vec<_>>()),
            Self::Not(inner) => wrap(0xA7, &[inner]),
            Self::Always => out.extend([0x90, 0]),
            Self::Never => out.extend([0x97, 0]),
            Self::Is(Condition::Pin(pin)) => out.extend([0xA4, 6, 0x83, 1, *pin, 0x95, 1, 0x08]),
            Self::Is(Condition::Key(key)) => out.extend([0xA4, 6, 0x83, 1, *key, 0x95, 1, 0x80]),
            Self::Is(Condition::Role(role)) => out.extend([0xA4, 7, 0x95, 1, 0x80, 0x5F, 0x4C, 1, *role]),
            Self::Is(Condition::SecureMessaging) => out.extend([0xB4, 3, 0x95, 1, 0x30]),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Any(inner) | Self::All(inner) => 1 + inner.iter().map(Self::depth).max().unwrap_or(0),
            Self::Not(inner) => 1 + inner.depth(),
            _ => 0,
        }
    }

    fn authenticates(&self) -> bool {
        match self {
            Self::Any(inner) | Self::All(inner) => inner.iter().any(Self::authenticates),
            Self::Not(inner) => inner.authenticates(),
            Self::Is(condition) => *condition != Condition::SecureMessaging,
            _ => false,
        }
    }

    fn is_allowed(&self) -> bool {
        match self {
            Self::Any(inner) | Self::All(inner) => inner.len() >= 2 && inner.iter().all(Self::is_allowed),
            Self::Not(inner) => inner.is_allowed() && !inner.authenticates(),
            Self::Is(Condition::Pin(pin)) => matches!(pin, 0x01..=0x7F | 0x81..=0x8F),
            Self::Is(Condition::Key(key)) => matches!(key, 0x81..=0x8F),
            Self::Is(Condition::Role(role)) => matches!(role, 1..=6),
            _ => true,
        }
    }

    fn holds(&self, established: &dyn Fn(Condition) -> bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Is(condition) => established(*condition),
            Self::Any(inner) => inner.iter().any(|each| each.holds(established)),
            Self::All(inner) => inner.iter().all(|each| each.holds(established)),
            Self::Not(inner) => !inner.holds(established),
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        2 => Just(Tree::Always),
        2 => Just(Tree::Never),
        4 => prop_oneof![Just(0x01), Just(0x02), Just(0x81), any::<u8>()].prop_map(|r| Tree::Is(Condition::Pin(r))),
        2 => prop_oneof![3 => 0x80_u8..0x91, 1 => any::<u8>()].prop_map(|r| Tree::Is(Condition::Key(r))),
        3 => (0_u8..8).prop_map(|role| Tree::Is(Condition::Role(role))),
        2 => Just(Tree::Is(Condition::SecureMessaging)),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            3 => proptest::collection::vec(inner.clone(), 1..4).prop_map(Tree::Any),
            3 => proptest::collection::vec(inner.clone(), 1..4).prop_map(Tree::All),
            1 => inner.prop_map(|inner| Tree::Not(Box::new(inner))),
        ]
    })
}

fn rules() -> impl Strategy<Value = Vec<(u8, Tree)>> {
    proptest::collection::vec((prop_oneof![8 => 1_u8..0x80, 1 => any::<u8>()], tree()), 0..10)
}

fn encode(pairs: &[(u8, Tree)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (mode, tree) in pairs {
        out.extend([0x80, 1, *mode]);
        tree.encode(&mut out);
    }
    out
}

fn same_in_text(rules: AccessRules<'_>) {
    for subject in [Subject::File, Subject::Directory, Subject::Pin, Subject::Key] {
        let text = rules.named(subject).to_string();
        let mut out = [0; RULE_MAX];
        assert_eq!(parse(&text, &mut out), Ok(rules), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn accepted_exactly_when_allowed(pairs in rules()) {
        let value = encode(&pairs);
        let right = value.len() <= RULE_MAX
            && pairs.len() <= RULES_PER_FILE
            && pairs.iter().all(|(mode, tree)| matches!(mode, 1..=0x7F) && tree.depth() <= 3 && tree.is_allowed());
        prop_assert_eq!(AccessRules::new(&value).is_ok(), right);
        if let Ok(rules) = AccessRules::new(&value) {
            prop_assert_eq!(rules.as_bytes(), &value);
            prop_assert_eq!(rules.pairs().count(), pairs.len());
            same_in_text(rules);
        }
    }

    #[test]
    fn judged_as_logic_has_it(pairs in proptest::collection::vec((1_u8..0x80, tree()), 0..4), seed: u64) {
        let value = encode(&pairs);
        // Which conditions are established: some bits of an arbitrary number.
        let established = |condition| match condition {
            Condition::Pin(reference) => seed >> (reference & 0x1F) & 1 == 1,
            Condition::Key(reference) => seed >> (0x20 + (reference & 0x0F)) & 1 == 1,
            Condition::Role(role) => seed >> (40 + role) & 1 == 1,
            Condition::SecureMessaging => seed >> 63 == 1,
        };
        if let Ok(rules) = AccessRules::new(&value) {
            for shift in 0..8 {
                let bit = 1_u8 << shift;
                let first = pairs.iter().find(|(mode, _)| mode & bit != 0);
                let right = first.is_some_and(|(_, tree)| tree.holds(&established));
                prop_assert_eq!(rules.allows(AccessMode(bit), &mut |asked| established(asked)), right);
            }
        }
    }

    #[test]
    fn any_bytes(value in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(rules) = AccessRules::new(&value) {
            same_in_text(rules);
        }
    }

    #[test]
    fn damaged_rules(pairs in rules(), at: proptest::sample::Index, byte: u8, cut: bool) {
        let mut value = encode(&pairs);
        if !value.is_empty() {
            let at = at.index(value.len());
            if cut { value.truncate(at) } else { value[at] = byte }
        }
        match AccessRules::new(&value) {
            Ok(rules) => same_in_text(rules),
            Err(error) => prop_assert!(error.position <= value.len()),
        }
    }

    #[test]
    fn any_text(text in "(read|update|not|pin|role|always|or|and|issuer|81|[():;, -]|é|.){0,12}") {
        let mut out = [0; RULE_MAX];
        match parse(&text, &mut out) {
            Ok(rules) => same_in_text(rules),
            Err(error) => prop_assert!(error.position <= text.len(), "{}", error),
        }
    }
}

#[test]
fn eight_pairs_and_64_bytes_are_the_most() {
    let secure = [0x80, 1, 1, 0xB4, 3, 0x95, 1, 0x30];
    let pin = [0x80, 1, 1, 0xA4, 6, 0x83, 1, 1, 0x95, 1, 8];
    let always = [0x80, 1, 1, 0x90, 0];
    assert!(AccessRules::new(&secure.repeat(8)).is_ok());
    let longer = [pin.repeat(5), always.repeat(2)].concat();
    assert_eq!(
        (longer.len(), AccessRules::new(&longer).unwrap_err().position),
        (65, 64)
    );
    assert_eq!(AccessRules::new(&always.repeat(9)).unwrap_err().position, 40);
}

#[test]
fn errors_count_from_the_outermost_input() {
    let outer = [0xAB, 0x05, 0x80, 0x01, 0x01, 0x91, 0x00];
    let error = AccessRules::read(Reader::new(&outer).nested(Tag(0xAB)).unwrap()).unwrap_err();
    assert_eq!(
        (error.position, error.kind),
        (5, ErrorKind::InvalidValue { tag: Tag(0x91) })
    );
}
