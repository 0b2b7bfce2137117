//! Go's `time.ParseDuration` with days, for `@every`: the engine reads it so, and its refusals are
//! quoted.

use jiff::SignedDuration;

/// Nanoseconds a unit.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration; `1d` is 24 hours.
///
/// # Errors
/// Go's words.
pub(super) fn parse(text: &str) -> Result<SignedDuration, String> {
    let text = days_to_hours(text);
    let nanos = nanos(&text).map_err(|error| match error {
        GoError::Invalid => format!("time: invalid duration {}", quote(&text)),
        GoError::MissingUnit => format!("time: missing unit in duration {}", quote(&text)),
        GoError::UnknownUnit(unit) => format!("time: unknown unit {} in duration {}", quote(&unit), quote(&text)),
    })?;
    Ok(SignedDuration::from_nanos(nanos))
}

enum GoError {
    Invalid,
    MissingUnit,
    UnknownUnit(String),
}

/// Go's `strconv.Quote`, as far as the texts of a cron expression need it.
pub(super) fn quote(text: &str) -> String {
    format!("{text:?}")
}

/// The engine turns every `N d` into hours with six decimals before Go reads it.
fn days_to_hours(text: &str) -> String {
    use std::fmt::Write as _;

    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '.') {
        let (before, number) = rest.split_at(start);
        let end = number_length(number);
        let (digits, after) = number.split_at(end.max(1));
        out.push_str(before);
        if let (1.., Some(after), Ok(days)) = (end, after.strip_prefix('d'), digits.parse::<f64>()) {
            let _ = write!(out, "{:.6}h", 24.0 * days);
            rest = after;
        } else {
            out.push_str(digits);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The length of `\d+(\.\d*)?|\.\d+` at the start of `text`; 0 if there is none.
fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let Some(fraction) = text.get(whole..).and_then(|rest| rest.strip_prefix('.')) else { return whole };
    let decimals = digits(fraction);
    if whole == 0 && decimals == 0 { 0 } else { whole + 1 + decimals }
}

fn nanos(text: &str) -> Result<i64, GoError> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(GoError::Invalid);
    }
    let mut sum: u64 = 0;
    while !rest.is_empty() {
        let length = number_length(rest);
        if length == 0 {
            return Err(GoError::Invalid);
        }
        let (number, after) = rest.split_at(length);
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        if name.is_empty() {
            return Err(GoError::MissingUnit);
        }
        let Some((_, unit)) = UNITS.iter().find(|(known, _)| *known == name) else {
            return Err(GoError::UnknownUnit(name.to_owned()));
        };
        sum = sum.checked_add(product(number, *unit).ok_or(GoError::Invalid)?).ok_or(GoError::Invalid)?;
        if sum > 1 << 63 {
            return Err(GoError::Invalid);
        }
        rest = after;
    }
    if negative {
        return Ok(0_i64.checked_sub_unsigned(sum).unwrap_or(i64::MIN));
    }
    i64::try_from(sum).map_err(|_| GoError::Invalid)
}

fn product(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let value = whole.checked_mul(unit).filter(|value| *value <= 1 << 63)?;
    if fraction.is_empty() {
        return Some(value);
    }
    // Go keeps what fits into 63 bits and drops the digits after that.
    let digits = fraction.get(..fraction.len().min(18))?;
    let scale = 10_f64.powi(i32::try_from(digits.len()).ok()?);
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "Go computes it in float64 and truncates"
    )]
    let part = (digits.parse::<u64>().ok()? as f64 * (unit as f64 / scale)) as u64;
    value.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_twenty_four_hours() {
        assert_eq!(parse("1d12h"), Ok(SignedDuration::from_hours(36)));
        assert_eq!(parse("0.5d"), Ok(SignedDuration::from_hours(12)));
    }

    #[test]
    fn refusals_are_in_gos_words() {
        assert_eq!(parse(""), Err("time: invalid duration \"\"".into()));
        assert_eq!(parse("5"), Err("time: missing unit in duration \"5\"".into()));
        assert_eq!(parse("5x"), Err("time: unknown unit \"x\" in duration \"5x\"".into()));
        assert_eq!(parse("x"), Err("time: invalid duration \"x\"".into()));
    }
}
