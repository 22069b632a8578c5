//! Numbers and lists as sentences say them.

/// Nobody reads a longer list of names in a sentence.
const NAMED_MAX: usize = 5;

/// `1 pair`, `1,200 pairs`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// `1234567` as `1,234,567`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share of 1 in percent, to three digits that matter: `0.0998 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent {
        _ if percent <= 0.0 => 0,
        _ if percent < 0.001 => return "below 0.001 %".to_owned(),
        _ => (2 - percent.log10().floor() as i32).clamp(0, 6) as usize,
    };
    let text = format!("{percent:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

/// The first few names, and how many are left out.
pub fn named<T: AsRef<str>>(names: &[T]) -> String {
    let mut text = names.iter().take(NAMED_MAX).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    if names.len() > NAMED_MAX {
        text.push_str(&format!(" and {} more", grouped((names.len() - NAMED_MAX) as u64)));
    }
    text
}

/// A span of seconds in the largest unit that it is a whole number of.
pub fn span(seconds: u64) -> String {
    let (size, one, many) = [(86_400, "day", "days"), (3_600, "hour", "hours"), (60, "minute", "minutes")]
        .into_iter()
        .find(|(size, ..)| seconds >= *size && seconds.is_multiple_of(*size))
        .unwrap_or((1, "second", "seconds"));
    counted(seconds / size, one, many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_to_three_digits() {
        let told = [0.0, 1.0, 0.5, 0.001, 0.000_998, 0.123_456, 0.000_000_1].map(percent);
        assert_eq!(told, ["0 %", "100 %", "50 %", "0.1 %", "0.0998 %", "12.3 %", "below 0.001 %"]);
    }

    #[test]
    fn long_lists_are_cut_and_say_so() {
        assert_eq!(named(&["a", "b"]), "a, b");
        assert_eq!(named(&["a", "b", "c", "d", "e", "f", "g"]), "a, b, c, d, e and 2 more");
    }

    #[test]
    fn spans_are_told_in_their_largest_unit() {
        let told = [90, 3_600, 14 * 86_400, 86_400].map(span);
        assert_eq!(told, ["90 seconds", "1 hour", "14 days", "1 day"]);
    }
}
