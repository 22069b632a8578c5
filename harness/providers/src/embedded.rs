//! The profiles and rate-limit dialects that come with the program.

use crate::profile::{Profile, ProfileError};
use crate::rate::dialect::{Dialect, parse_dialects};
use crate::upstream::{Upstream, parse_upstreams};

mod files {
    include!(concat!(env!("OUT_DIR"), "/profiles.rs"));
}

const UPSTREAMS: &str = include_str!("../../../mappings/upstreams.toml");
const DIALECTS: &str = include_str!("../../../mappings/rate-limits.toml");

/// The names of all profiles, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    files::FILES.iter().map(|(name, _)| *name)
}

/// A profile's text.
pub fn profile_text(name: &str) -> Option<&'static str> {
    files::FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// A profile; `None` where there is none of that name.
pub fn profile(name: &str) -> Option<Result<Profile, ProfileError>> {
    profile_text(name).map(Profile::parse)
}

/// The dialects.
pub fn dialects() -> Vec<Dialect> {
    parse_dialects(DIALECTS).expect("a test reads the embedded dialects")
}

/// What is known of upstreams' tokens.
pub fn upstreams() -> Vec<Upstream> {
    parse_upstreams(UPSTREAMS).expect("a test reads the embedded upstreams")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_profile_is_whole_and_names_known_dialects() {
        let known: Vec<String> = dialects().into_iter().map(|dialect| dialect.name).collect();
        let mut count = 0;
        for name in names() {
            let profile = profile(name).expect("it is embedded");
            let profile = profile.unwrap_or_else(|error| panic!("{name}: {error}"));
            let unknown: Vec<&String> =
                profile.rate_limits.dialects.iter().filter(|dialect| !known.contains(dialect)).collect();
            assert_eq!(unknown, Vec::<&String>::new(), "{name}");
            count += 1;
        }
        assert_eq!(count, 7);
    }
}
