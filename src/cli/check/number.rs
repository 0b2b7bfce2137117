//! Numbers that are more exact in a text than they are afterwards.

/// Whether a decimal number is the same after it was a 64-bit float, which is what JSON's numbers become
/// if they are no 64-bit integers.
pub(super) fn is_exact(text: &str) -> bool {
    let Ok(float) = text.replace('_', "").parse::<f64>() else { return true };
    if !float.is_finite() {
        return false;
    }
    // Few digits are kept always; this many need a look.
    let (Some(written), Some(kept)) = (digits(text), digits(&format!("{float:e}"))) else { return true };
    written == kept
}

/// The significant digits of a decimal number, and the power of ten of the first.
fn digits(text: &str) -> Option<(String, i64)> {
    let text = text.trim_start_matches(['+', '-']).replace('_', "").to_ascii_lowercase();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = all.trim_start_matches('0');
    let zeros = i64::try_from(all.len() - significant.len()).ok()?;
    let kept = significant.trim_end_matches('0');
    if kept.is_empty() {
        return Some((String::new(), 0));
    }
    let power = exponent.parse::<i64>().ok()? + i64::try_from(whole.len()).ok()? - 1 - zeros;
    Some((kept.to_owned(), power))
}

/// The first number of a JSON text that is not kept as it is written.
pub(super) fn first_inexact(json: &str) -> Option<&str> {
    let mut rest = json;
    loop {
        let at = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit())?;
        rest = rest.get(at..)?;
        if rest.starts_with('"') {
            rest = after_string(rest)?;
            continue;
        }
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        if number.parse::<i64>().is_err() && number.parse::<u64>().is_err() && !is_exact(number) {
            return Some(number);
        }
        rest = after;
    }
}

/// What follows a string of JSON.
fn after_string(text: &str) -> Option<&str> {
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let is_end = *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        is_end
    })?;
    text.get(end.0 + 1..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_more_digits_than_a_float_is_not_exact() {
        for text in ["0", "-0.0", "1.5", "1e300", "1.0e22", "0.1", "1_000.5", "9007199254740993.0"] {
            let is_odd = text == "9007199254740993.0";
            assert_eq!(is_exact(text), !is_odd, "{text}");
        }
        for text in ["12345678901234567890123", "-0.12345678901234567890", "1e400"] {
            assert!(!is_exact(text), "{text}");
        }
    }

    #[test]
    fn numbers_are_found_beside_texts() {
        assert_eq!(first_inexact(r#"{"id": "12345678901234567890123", "n": 18446744073709551615}"#), None);
        assert_eq!(first_inexact(r#"{"a\"1": [1.5, -12345678901234567890123]}"#), Some("-12345678901234567890123"));
        assert_eq!(first_inexact("\"unfinished 12345678901234567890123"), None);
    }
}
