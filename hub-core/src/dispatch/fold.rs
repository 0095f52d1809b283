//! Names compared as .NET's `OrdinalIgnoreCase` compares them (D-5).

use std::hash::{BuildHasher, Hasher};

/// Whether two names are the same but for case.
pub(super) fn eq(a: &str, b: &str) -> bool {
    // Most callers spell a name as it is declared.
    if a == b {
        return true;
    }
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.chars().map(fold).eq(b.chars().map(fold))
}

/// A hash that is the same for names that are the same but for case.
pub(super) fn hash(state: &impl BuildHasher, name: &str) -> u64 {
    let mut hasher = state.build_hasher();
    if name.is_ascii() {
        name.as_bytes().chunks(8).for_each(|part| hash_ascii(&mut hasher, part));
    } else {
        name.chars().for_each(|char| hash_folded(&mut hasher, fold(char)));
    }
    hasher.finish()
}

/// At most eight bytes.
fn hash_ascii(hasher: &mut impl Hasher, part: &[u8]) {
    let mut word = [0; 8];
    word.iter_mut().zip(part).for_each(|(upper, byte)| *upper = byte.to_ascii_uppercase());
    hasher.write_u64(u64::from_le_bytes(word));
}

fn hash_folded(hasher: &mut impl Hasher, char: char) {
    match u8::try_from(char) {
        Ok(byte) if byte.is_ascii() => hasher.write_u8(byte),
        _ => hasher.write_u32(char.into()),
    }
}

/// The simple upper case of a character: one character for one (`ß` has none), and never an ASCII letter for another
/// character (`ı` is not `I`).
fn fold(char: char) -> char {
    let mut upper = char.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) if char.is_ascii() || !upper.is_ascii() => upper,
        _ => char,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_count_beyond_ascii_either() {
        let state = hashbrown::DefaultHashBuilder::default();
        for (a, b) in [("Echo", "eCHO"), ("äpfel", "ÄPFEL"), ("ЁЖ", "ёж"), ("x", "X")] {
            assert!(eq(a, b), "{a} {b}");
            assert_eq!(hash(&state, a), hash(&state, b), "{a} {b}");
        }
    }

    #[test]
    fn other_characters_are_other_names() {
        for (a, b) in [("ß", "SS"), ("ı", "I"), ("ſ", "S"), ("Echo", "Echo "), ("a", "ä")] {
            assert!(!eq(a, b), "{a} {b}");
        }
    }
}
