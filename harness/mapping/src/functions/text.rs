//! Truto's functions on texts: wrapping, likeness, parsing.

use jlens_core::{HostCall, Result};
use serde_json::Value;

use super::js;
use super::{Answer, Arguments, Function, Takes, argument};
use crate::order;
use crate::referral::refer;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "wrap", takes: Takes::Any(3), call: wrap },
    Function { name: "diceCoefficient", takes: Takes::Any(2), call: dice_coefficient },
    Function { name: "mostSimilar", takes: Takes::Any(2), call: most_similar },
    Function { name: "toNumber", takes: Takes::Any(1), call: to_number },
    Function { name: "jsonParse", takes: Takes::Any(1), call: json_parse },
    Function { name: "uuid", takes: Takes::Any(0), call: uuid },
];

fn wrap(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let (value, before) = (argument(arguments, 0), argument(arguments, 1));
    let after = argument(arguments, 2).filter(|after| js::truthy(Some(after))).or(before);
    let part = |value: Option<&Value>| value.cloned().unwrap_or(Value::Null);
    Ok(Some(Value::from(js::join(&[part(before), part(value), part(after)], "")?)))
}

/// What is compared: letters and digits, in lower case.
fn normal(value: Option<&Value>) -> Result<Vec<u8>> {
    match value {
        Some(Value::String(text)) => {
            Ok(text.to_lowercase().bytes().filter(u8::is_ascii_alphanumeric).collect())
        }
        _ => Err(js::type_error("a value that is compared is no text")),
    }
}

/// Sørensen and Dice: twice the pairs of letters in common, over all pairs. Not a number where there are none.
fn likeness(left: &[u8], right: &[u8]) -> f64 {
    let pairs = |text: &[u8]| -> Vec<Vec<u8>> {
        if text.len() == 1 { vec![text.to_vec()] } else { text.windows(2).map(<[u8]>::to_vec).collect() }
    };
    let (left, mut right) = (pairs(left), pairs(right));
    let all = left.len() + right.len();
    let mut common = 0;
    for pair in &left {
        if let Some(at) = right.iter().position(|other| other == pair) {
            right.swap_remove(at);
            common += 1;
        }
    }
    2.0 * f64::from(common) / all as f64
}

fn dice_coefficient(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let (left, right) = (argument(arguments, 0), argument(arguments, 1));
    if js::same(left, right)? {
        return Ok(Some(js::double(1.0)));
    }
    js::finite(likeness(&normal(left)?, &normal(right)?))
}

fn most_similar(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let value = argument(arguments, 0);
    let wanted = normal(value)?;
    let threshold = match argument(arguments, 2) {
        None => 0.8,
        Some(Value::Number(_)) => js::number(argument(arguments, 2)).unwrap_or(0.8),
        Some(_) => return Err(refer("a threshold that is no number")),
    };
    let candidates: Vec<Value> = match argument(arguments, 1) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(candidates)) => candidates.clone(),
        Some(Value::Object(map)) if !map.contains_key("length") => {
            order::object(map.clone()).into_iter().map(|(_, value)| value).collect()
        }
        Some(_) => return Err(refer("candidates that are no list")),
    };
    let mut best = (0.0, Value::from(""));
    for candidate in candidates {
        let likeness = likeness(&wanted, &normal(Some(&candidate))?);
        if likeness > best.0 {
            best = (likeness, candidate);
        }
    }
    Ok(if best.0 >= threshold { Some(best.1) } else { value.cloned() })
}

fn to_number(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    js::finite(match argument(arguments, 0) {
        None => f64::NAN,
        Some(Value::Null) => 0.0,
        Some(Value::Bool(value)) => f64::from(u8::from(*value)),
        number @ Some(Value::Number(_)) => js::number(number).unwrap_or(f64::NAN),
        Some(Value::String(text)) => js::number_of_text(text),
        Some(Value::Array(_) | Value::Object(_)) => return Err(refer("$toNumber of a list or an object")),
    })
}

fn json_parse(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let text = js::string(argument(arguments, 0))?;
    match serde_json::from_str::<Value>(&text) {
        Ok(value) => Ok(Some(order::value(value))),
        Err(error) => {
            let message = error.to_string();
            // What JavaScript reads and Rust does not.
            let ours = ["recursion", "surrogate", "out of range", "hex escape"]
                .iter()
                .any(|what| message.contains(what));
            if ours { Err(refer("a JSON text that only JavaScript reads")) } else { Ok(Some(Value::Null)) }
        }
    }
}

/// The same each time, as the oracle's is: a random answer could be compared with nothing.
fn uuid(_: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    Ok(Some(Value::from(UUID)))
}

/// What `$uuid()` answers, here and in the oracle.
pub(crate) const UUID: &str = "00000000-0000-4000-8000-000000000000";
