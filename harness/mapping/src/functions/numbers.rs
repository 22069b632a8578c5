//! Built-ins on numbers whose answers depend on how JavaScript prints or computes a double.

use std::sync::OnceLock;

use jlens_core::{Bindings, Error, Expression, HostCall, Options};
use serde_json::Value;

use super::js::{double, number};
use super::{Answer, Arguments, Function, Takes, argument};
use crate::referral::{self, refer};

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "power", takes: Takes::Signature("<n-n:n>"), call: power },
    Function { name: "formatBase", takes: Takes::Signature("<n-n?:s>"), call: format_base },
    Function { name: "formatNumber", takes: Takes::Signature("<n-so?:s>"), call: format_number },
];

/// Integers up to here are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The last digit of a power differs from one mathematics library to the next; where the answer is exact, it
/// does not.
fn power(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let (Some(base), Some(exponent)) = (number(argument(arguments, 0)), number(argument(arguments, 1)))
    else {
        return if argument(arguments, 0).is_none() { Ok(None) } else { built_in("power", arguments) };
    };
    let power = base.powf(exponent);
    if !power.is_finite() {
        return built_in("power", arguments);
    }
    let whole = |value: f64| value.fract() == 0.0 && value.abs() <= EXACT;
    // JavaScript was asked about hundreds of thousands of each of these.
    let agreed = match exponent {
        0.0 | 1.0 | 2.0 => Some(power),
        0.5 => Some(base.sqrt()),
        -1.0 => Some(1.0 / base),
        -2.0 | -3.0 if base == 10.0 => Some(power),
        _ if base == 1.0 || base == 0.0 || (base == 2.0 && whole(exponent)) => Some(power),
        _ if whole(base) && whole(exponent) && exponent > 0.0 && whole(power) => Some(power),
        _ => None,
    };
    if let Some(power) = agreed {
        return Ok(Some(double(power)));
    }
    Err(refer("the last digit of $power differs between libraries"))
}

/// JavaScript divides a large integer as a double and fills up with zeros.
fn format_base(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let (Some(value), radix) = (number(argument(arguments, 0)), number(argument(arguments, 1))) else {
        return built_in("formatBase", arguments);
    };
    let radix = radix.unwrap_or(10.0).round();
    if value.abs() <= EXACT || !(2.0..=36.0).contains(&radix) || radix == 10.0 {
        return built_in("formatBase", arguments);
    }
    let mut digits = Vec::new();
    let mut rest = value.abs();
    while rest >= EXACT {
        rest /= radix;
        digits.push('0');
    }
    while rest >= 1.0 {
        let digit = rest % radix;
        digits.push(char::from_digit(digit as u32, 36).unwrap_or('0'));
        rest = (rest - digit) / radix;
    }
    let sign = if value < 0.0 { "-" } else { "" };
    Ok(Some(Value::from(format!("{sign}{}", digits.iter().rev().collect::<String>()))))
}

/// From 1e21 on JavaScript prints an exponent, which the picture is then laid over.
fn format_number(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let picture = argument(arguments, 1).and_then(Value::as_str).unwrap_or("");
    let may_multiply = argument(arguments, 2).is_some() || picture.contains(['%', '\u{2030}']);
    let limit = if may_multiply { 1e18 } else { 1e21 };
    if number(argument(arguments, 0)).is_some_and(|value| value.abs() >= limit) {
        return Err(refer("$formatNumber of a number of more than 21 digits"));
    }
    built_in("formatNumber", arguments)
}

/// The engine's own function, at the clock of the evaluation that runs.
pub(super) fn built_in(name: &'static str, arguments: Arguments<'_>) -> Answer {
    static CALLS: OnceLock<Vec<(&str, Expression)>> = OnceLock::new();
    let calls = CALLS.get_or_init(|| {
        let compile = |name, call| (name, Expression::compile(call).expect("a call of a built-in compiles"));
        vec![
            compile("power", "$power($a,$b)"),
            compile("formatBase", "$formatBase($a,$b)"),
            compile("formatNumber", "$formatNumber($a,$b,$c)"),
            compile("toMillis", "$toMillis($a,$b)"),
            compile("fromMillis", "$fromMillis($a,$b,$c)"),
        ]
    });
    // A number that is not finite arrives as null, which the signatures let nobody else pass.
    if arguments.iter().any(|argument| matches!(argument, Some(Value::Null))) {
        return Err(refer(format!("${name} of a number that is not finite")));
    }
    let call = calls.iter().find(|(known, _)| *known == name).map(|(_, call)| call);
    let call = call.expect("every delegated built-in is in the list above");
    let mut bindings = Bindings::new();
    for (variable, argument) in ["a", "b", "c"].into_iter().zip(arguments) {
        if let Some(argument) = argument {
            bindings = bindings.var(variable, argument.clone());
        }
    }
    let options = Options::new().now(referral::now_ms()).seed(0);
    call.evaluate_with(None, &bindings, &options).map_err(|error| without_place(&error))
}

/// The place is in our call, not in the mapping.
fn without_place(error: &Error) -> Error {
    let mut mine = Error::new(error.code());
    if let Ok(Value::Object(details)) = serde_json::to_value(error) {
        for (key, value) in details {
            if !matches!(key.as_str(), "code" | "position" | "span" | "token") {
                mine = mine.with(&key, value);
            }
        }
    }
    mine
}
