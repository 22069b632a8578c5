//! One side's provider: which profile describes it, where it is, what it is asked with, and how much of its limits we take.

use std::collections::BTreeMap;
use std::path::Path;

use super::evaluation::{Evaluation, EvaluationKeys};
use super::path::FilePath;
use super::request::{template, templates};
use super::table::{Problems, Table, Text};
use super::template::{SecretTemplate, Template};

/// A provider answers in seconds; nobody waits for an hour.
const TIMEOUT_S_MAX: f64 = 600.0;

/// One side's provider.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The data that describes it.
    pub profile: Text,
    /// Where its paths begin; where it is not said, the profile says it.
    pub base_url: Option<Template>,
    /// What it is asked with.
    pub credentials: BTreeMap<String, SecretTemplate>,
    /// Seconds until an answer must be complete.
    pub timeout_s: Option<f64>,
    /// The proxy that it is asked through.
    pub proxy: Option<SecretTemplate>,
    /// Certificates that are trusted beside the system's.
    pub ca: Option<FilePath>,
    /// Which share of the provider's own limits we take.
    pub share: Option<f64>,
    /// How its mappings are evaluated.
    pub evaluation: Evaluation,
}

pub(super) fn read_provider(
    mut table: Table<'_, '_>,
    evaluation: &EvaluationKeys,
    folder: &Path,
    problems: &mut Problems,
) -> Option<Provider> {
    let profile = table.required_text("profile", problems).and_then(|text| profile_name(text, problems));
    let base_url = table.text("base_url", problems).and_then(|text| template(&text, problems));
    let credentials = templates(table.table("credentials", problems), problems);
    let timeout_s = table.number("timeout_s", 0.1, TIMEOUT_S_MAX, problems);
    let proxy = table.text("proxy", problems).and_then(|text| template(&text, problems));
    let ca = table.text("ca", problems).and_then(|text| FilePath::read(text, folder, problems));
    let share = table.number("share", 0.01, 1.0, problems);
    table.finish(problems);
    let secret = |(name, value)| (name, SecretTemplate::new(value));
    let evaluation = evaluation.resolve(problems);
    let credentials = credentials.into_iter().map(secret).collect();
    let proxy = proxy.map(SecretTemplate::new);
    Some(Provider { profile: profile?, base_url, credentials, timeout_s, proxy, ca, share, evaluation })
}

/// A profile is a file's name, so that it must not lead elsewhere.
fn profile_name(text: Text, problems: &mut Problems) -> Option<Text> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    if text.value.is_empty() || !text.value.bytes().all(plain) {
        let message = format!("`{}` is not the name of a profile", text.value);
        problems.error(message, text.span, "expected a-z, 0-9, `_` and `-`", "");
        return None;
    }
    Some(text)
}
