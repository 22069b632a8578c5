//! The sample migration's recordings, made from one set of upstream records through two independent code paths.
//!
//! `upstream` holds what HubSpot, Salesforce, QuickBooks, Jira and NetSuite would answer. `legacy` turns that into an
//! Apideck-shaped answer, `new` into a Truto-shaped one. Neither calls the other, and neither knows the JSONata in
//! `mappings/`: so when a mapped new answer equals legacy's, that means something.

mod account;
mod legacy;
mod new;
mod pair;
mod plan;
mod seed;
mod upstream;

pub use account::{ACCOUNTS, Account};

/// A recording's path below the folder of recordings, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// `<operation>/<name>.json`.
    pub path: String,
    /// The pair, pretty-printed.
    pub text: String,
}

/// Every recording of the sample; the same on each call and each machine.
pub fn generate() -> Vec<Recorded> {
    let mut clock = pair::Clock::start();
    let write =
        |pair: &pair::Pair| Recorded { path: format!("{}.json", pair.id()), text: pair.text(&mut clock) };
    plan::pairs().iter().map(write).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Recorded, generate};

    /// A checkout stays quick, and a change to the generator stays readable.
    const BYTES_MAX: usize = 1_500_000;

    #[test]
    fn the_same_recordings_are_made_each_time() {
        assert_eq!(generate(), generate());
    }

    #[test]
    fn no_two_recordings_share_a_path() {
        let recordings = generate();
        let paths: BTreeSet<&str> = recordings.iter().map(|recorded| recorded.path.as_str()).collect();
        assert_eq!(paths.len(), recordings.len());
    }

    #[test]
    fn all_recordings_together_stay_small() {
        let bytes: usize = generate().iter().map(|Recorded { text, .. }| text.len()).sum();
        assert!(bytes <= BYTES_MAX, "{bytes} bytes");
    }

    #[test]
    fn each_quirk_that_a_mapping_can_trip_over_occurs() {
        let recordings = generate();
        for (quirk, pairs) in [
            ("\"9007199254740993\"", 4),
            ("\"unit_price\": 1.10,", 9),
            ("\"unit_price\": \"1.10\"", 4),
            ("+0100\"", 9),
            ("\"status\": 429,", 2),
            ("\"kind\": \"collection\"", 8),
            ("\"data\": []", 10),
        ] {
            let count = recordings.iter().filter(|recorded| recorded.text.contains(quirk)).count();
            assert_eq!(count, pairs, "{quirk}");
        }
    }
}
