//! Amounts in a currency's main unit and in its smallest.

use jlens_core::HostCall;
use serde_json::Value;

use super::js;
use super::{Answer, Arguments, Function, Takes, argument};
use crate::referral::refer;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "convertCurrencyFromSubunit", takes: Takes::Any(2), call: from_subunit },
    Function { name: "convertCurrencyToSubunit", takes: Takes::Any(2), call: to_subunit },
];

/// The currencies that Truto's library knows, by their decimal places. One that it does not know leaves the
/// amount as it is.
const BY_PLACES: [(u32, &str); 4] = [
    (
        0,
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XAG XAU XBA XBB XBC XBD XDR XOF XPD XPF XPT \
         XSU XTS XUA XXX",
    ),
    (
        2,
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF \
         CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ \
         GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD \
         MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD \
         RUB SAR SBD SCR SDG SEK SGD SHP SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD \
         USN UYU UZS VES WST XCD YER ZAR ZMW ZWL",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

fn places(code: Option<&Value>) -> Option<u32> {
    let code = code?.as_str().filter(|code| code.len() == 3)?;
    BY_PLACES
        .iter()
        .find(|(_, codes)| codes.split_whitespace().any(|known| known == code))
        .map(|(places, _)| *places)
}

fn amount(value: &Value) -> jlens_core::Result<f64> {
    Ok(js::parse_float(&js::string(Some(value))?))
}

fn from_subunit(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let Some(value) = argument(arguments, 0) else { return Ok(None) };
    let (Some(places), false) = (places(argument(arguments, 1)), value.is_null()) else {
        return Ok(Some(value.clone()));
    };
    let amount = amount(value)? / f64::from(10_u32.pow(places));
    if amount.abs() >= 1e21 {
        return Err(refer("an amount of more than 21 digits"));
    }
    Ok(Some(Value::from(to_fixed(amount, places as usize))))
}

/// `Number.prototype.toFixed`: the exact decimal, a tie away from zero.
fn to_fixed(value: f64, places: usize) -> String {
    /// Past so many more digits a tie cannot be one any more for amounts that mean something.
    const MORE: usize = 30;
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let exact = format!("{:.*}", places + MORE, value.abs());
    let cut = exact.len() - MORE;
    let is_tie = exact[cut..].starts_with('5') && exact[cut + 1..].bytes().all(|digit| digit == b'0');
    let rounded = if is_tie {
        // A little more decides the tie; the text is of an exact decimal, so nothing else changes.
        let nudged = value.abs() + value.abs() * f64::EPSILON;
        format!("{:.*}", places, nudged)
    } else {
        format!("{:.*}", places, value.abs())
    };
    // JavaScript keeps the sign of what rounds to zero, but not that of zero.
    if value < 0.0 { format!("-{rounded}") } else { rounded }
}

fn to_subunit(arguments: Arguments<'_>, _: &HostCall<'_>) -> Answer {
    let Some(value) = argument(arguments, 0) else { return Ok(None) };
    let (Some(places), false) = (places(argument(arguments, 1)), value.is_null()) else {
        return Ok(Some(value.clone()));
    };
    js::finite((amount(value)? * f64::from(10_u32.pow(places))).floor())
}
