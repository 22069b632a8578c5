//! The file of a pair's id, and the name that a file stands for.
//!
//! Letters, digits, `.`, `_` and `-` stand for themselves, a leading dot excepted; each other byte is `%` and two
//! upper-case hexadecimal digits. On a disk that takes `A` for `a`, ids that differ only so collide, and the second is refused.

use std::fmt::Write;
use std::path::PathBuf;

use crate::fnv::fnv1a;

/// File systems take 255 bytes; this leaves room for the ending and for the name while it is being written.
const ENCODED_BYTES_MAX: usize = 200;

/// Where the pair `<operation>/<name>` lies below the root. Expects both to have passed [`crate::id::check_id`].
pub fn file_of_id(operation: &str, name: &str) -> PathBuf {
    PathBuf::from(encoded(operation)).join(format!("{}.json", encoded(name)))
}

/// The operation or name that was encoded; `None` where it was too long to be kept whole, or was never encoded here.
pub fn name_of_file(encoded_name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = encoded_name.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let code = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(code, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
        }
    }
    let name = String::from_utf8(bytes).ok()?;
    (encoded(&name) == encoded_name).then_some(name)
}

fn encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || (byte == b'.' && at > 0) {
            encoded.push(char::from(byte));
        } else {
            // A `String` never fails to be written to.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    if encoded.len() > ENCODED_BYTES_MAX {
        // `~` never stands in an encoded name, so a cut one cannot be taken for a whole one.
        encoded.truncate(ENCODED_BYTES_MAX - 17);
        // The ids of pairs whose names collide are compared when they are read.
        let _ = write!(encoded, "~{:016x}", fnv1a(name.as_bytes()));
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{ENCODED_BYTES_MAX, encoded, name_of_file};
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

    fn check(name: &str, expected: &str) {
        assert_eq!(encoded(name), expected);
        assert_eq!(name_of_file(expected).as_deref(), Some(name), "it reads back");
    }

    #[test]
    fn a_name_becomes_a_safe_file_name_and_reads_back() {
        check("acme-0001", "acme-0001");
        check("a.b_c-D9", "a.b_c-D9");
        check(".hidden", "%2Ehidden");
        check("..", "%2E.");
        check("gid://shop/1", "gid%3A%2F%2Fshop%2F1");
        check("50% é", "50%25%20%C3%A9");
        check("a~b", "a%7Eb");
    }

    #[test]
    fn a_long_name_is_cut_and_told_apart() {
        let longest = "x".repeat(ENCODED_BYTES_MAX);
        check(&longest, &longest);
        let one = encoded(&format!("{longest}1"));
        let other = encoded(&format!("{longest}2"));
        assert_eq!((one.len(), other.len()), (ENCODED_BYTES_MAX, ENCODED_BYTES_MAX));
        assert_ne!(one, other);
        assert_eq!(name_of_file(&one), None);
    }

    #[test]
    fn what_was_never_encoded_here_stands_for_no_name() {
        for file in ["a b", "%zz", "%2", "%61", "%ff", "%FF", "%+1", "a/b"] {
            assert_eq!(name_of_file(file), None, "{file}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_name_fits_and_reads_back(name in any::<String>()) {
            let file = encoded(&name);
            prop_assert!(file.len() <= ENCODED_BYTES_MAX);
            if !file.contains('~') {
                prop_assert_eq!(name_of_file(&file), Some(name));
            }
        }
    }
}
