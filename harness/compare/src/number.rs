//! Numbers as text: two are equal when they are the same decimal, whatever their size or spelling.

/// A JSON number as sign, significant digits and power of ten; equal numbers have equal decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// Without leading and trailing zeros; empty for zero.
    digits: Vec<u8>,
    /// The value is `0.digits × 10^exponent`.
    exponent: i128,
}

impl Decimal {
    /// Reads a JSON number; `None` where the text is none, or its exponent has more than 30 digits.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, power) = match rest.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, parse_power(power)?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let grammar = !whole.is_empty()
            && (whole == "0" || !whole.starts_with('0'))
            && (fraction.is_empty() != mantissa.contains('.'))
            && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if !grammar {
            return None;
        }
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let leading = all.iter().take_while(|&&digit| digit == b'0').count();
        let trailing = all.iter().rev().take_while(|&&digit| digit == b'0').count();
        if leading == all.len() {
            return Some(Decimal { negative: false, digits: Vec::new(), exponent: 0 });
        }
        let digits = all[leading..all.len() - trailing].to_vec();
        let exponent = power + whole.len() as i128 - leading as i128;
        Some(Decimal { negative, digits, exponent })
    }
}

fn parse_power(text: &str) -> Option<i128> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 30 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

/// How two JSON numbers relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same decimal.
    SameDecimal,
    /// Not the same decimal, but doubles at most [`DUST_ULPS`] apart.
    SameDouble,
    /// Another number.
    Other,
}

/// Doubles this many steps apart count as one number with rounding dust: a sum or product of prices
/// in IEEE arithmetic is off by a step or two, a changed amount by billions.
pub const DUST_ULPS: u64 = 4;

/// Compares the texts of two JSON numbers.
pub fn relate(legacy: &str, new: &str) -> Relation {
    let is_same = match (without_zeros(legacy), without_zeros(new)) {
        (Some(legacy), Some(new)) => legacy == new,
        _ => Decimal::parse(legacy).is_some_and(|legacy| Decimal::parse(new) == Some(legacy)),
    };
    if is_same {
        return Relation::SameDecimal;
    }
    let (Ok(legacy), Ok(new)) = (legacy.parse::<f64>(), new.parse::<f64>()) else { return Relation::Other };
    if legacy.is_finite() && new.is_finite() && ulps(legacy).abs_diff(ulps(new)) <= DUST_ULPS {
        return Relation::SameDouble;
    }
    Relation::Other
}

/// A number without a power of ten as it is written shortest: no decimal has two such texts.
fn without_zeros(number: &str) -> Option<&str> {
    let plain = match number.as_bytes() {
        bytes if bytes.iter().any(|byte| matches!(byte, b'e' | b'E')) => return None,
        bytes if bytes.contains(&b'.') => number.trim_end_matches('0').trim_end_matches('.'),
        _ => number,
    };
    Some(if plain == "-0" { "0" } else { plain })
}

/// Numbers the doubles in their order, so that neighbours differ by one.
fn ulps(double: f64) -> i64 {
    let bits = double.to_bits() as i64;
    if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_does_not_care_how_it_is_written() {
        for (legacy, new, expected) in [
            ("1", "1.0", Relation::SameDecimal),
            ("100", "1e2", Relation::SameDecimal),
            ("-0", "0", Relation::SameDecimal),
            ("-0.00", "0", Relation::SameDecimal),
            ("-0", "0e7", Relation::SameDecimal),
            ("10", "1", Relation::Other),
            ("10.0", "10", Relation::SameDecimal),
            ("2.50", "2.5", Relation::SameDecimal),
            ("-2.5", "2.5", Relation::Other),
            ("0.00120", "1.2E-3", Relation::SameDecimal),
            ("1e400", "10e399", Relation::SameDecimal),
            ("1e400", "1e401", Relation::Other),
            ("9007199254740993", "9007199254740992", Relation::SameDouble),
            ("7859.999999999999", "7860", Relation::SameDouble),
            ("31427.999999999996", "31428", Relation::SameDouble),
            ("18446744073709551615", "-1", Relation::Other),
            ("1", "2", Relation::Other),
            ("1", "-1", Relation::Other),
            ("7860.01", "7860", Relation::Other),
        ] {
            assert_eq!(relate(legacy, new), expected, "{legacy} and {new}");
        }
    }

    #[test]
    fn what_is_no_json_number_is_no_decimal() {
        for text in
            ["", "-", "01", "1.", ".5", "+1", "1e", "0x1", "1 ", "NaN", "1e9999999999999999999999999999999"]
        {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }
}
