//! What a plain YAML scalar is to `kubectl` and Flux: they read YAML 1.1 by `sigs.k8s.io/yaml`, where
//! `yes` is true and `010` is 8, and then speak JSON.

use std::num::IntErrorKind;

use serde_json::{Number, Value};

/// Reads a plain scalar.
///
/// # Errors
/// It is a number that JSON does not have.
pub(super) fn plain(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Ok(true.into()),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Ok(false.into());
        }
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(format!("JSON, and so Kubernetes, has no {text}: write a number, or a string in quotes"));
    }
    let number = match unsigned.as_bytes().first() {
        Some(b'0'..=b'9') => integer(text).or_else(|| float(text)),
        Some(b'.') => float(text),
        _ => None,
    };
    Ok(number.map_or_else(|| Value::String(text.to_owned()), Value::Number))
}

/// Go's `strconv.ParseInt(text, 0, 64)` without underscores, else `ParseUint`.
fn integer(text: &str) -> Option<Number> {
    let text = text.replace('_', "");
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let signed = if is_negative { format!("-{digits}") } else { digits.to_owned() };
    match i64::from_str_radix(&signed, radix) {
        Ok(value) => Some(value.into()),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => {
            u64::from_str_radix(digits, radix).ok().map(Number::from)
        }
        Err(_) => None,
    }
}

/// A decimal number. One without a fraction is written to JSON, and so read again, as an integer.
fn float(text: &str) -> Option<Number> {
    let text = text.replace('_', "");
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let value: f64 = text.parse().ok().filter(|_| is_decimal)?;
    #[allow(clippy::cast_possible_truncation, reason = "an integer within 2^53")]
    let whole = (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64);
    whole.map(Number::from).or_else(|| Number::from_f64(value))
}

/// Above 2^53 a float is no exact integer any more.
const EXACT: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_are_what_kubectl_makes_of_them() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("yes", json!(true)),
            ("off", json!(false)),
            ("9", json!(9)),
            ("+9", json!(9)),
            ("-9", json!(-9)),
            ("010", json!(8)),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("1_000", json!(1000)),
            ("08", json!(8)),
            ("9.0", json!(9)),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("1e3", json!(1000)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("09:30", json!("09:30")),
            ("2026-01-01", json!("2026-01-01")),
            ("2026-01-01T00:00:00Z", json!("2026-01-01T00:00:00Z")),
            ("1h30m", json!("1h30m")),
            ("0 9 * * *", json!("0 9 * * *")),
            ("-", json!("-")),
            ("0x", json!("0x")),
            ("nan", json!("nan")),
        ] {
            assert_eq!(plain(text), Ok(value), "{text}");
        }
        assert!(plain(".nan").is_err() && plain("-.inf").is_err());
    }
}
