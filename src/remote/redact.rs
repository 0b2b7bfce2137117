//! Removes the API key from texts of the remote before they are shown.
//!
//! A gateway may repeat the key that it refuses, in any encoding: JSON escapes, percent-encoding, HTML
//! entities, base64 or hex, nested in each other, or only a part of the key.

use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD_NO_PAD};
use base64::{Engine as _, alphabet};
use percent_encoding::percent_decode_str;
use regex::{Captures, Regex};
use secrecy::{ExposeSecret, SecretString};

/// Replaces a key that appears in the text unchanged.
const REDACTED: &str = "[redacted]";
/// Replaces a whole text that contains the key in an encoded or partial form.
const WITHHELD: &str = "the answer repeats the API key and is not shown";
/// This many consecutive characters of the key count as a part of it, not as a coincidence.
const PART: usize = 12;
/// Shorter keys are not replaced: they would appear by coincidence in most texts.
const SHORTEST: usize = 4;
/// This many nested encodings are decoded.
const DEPTH: usize = 3;

/// Shorter sequences of base64 or hex characters are not decoded: an escape has at least three characters, and the
/// shortest key four.
const SHORTEST_RUN: usize = 16;
/// Accepts a sequence that ends in the middle of a byte.
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Removes one API key from texts.
#[derive(Clone, Debug)]
pub struct KeyRedaction {
    key: SecretString,
}

impl KeyRedaction {
    /// Removes this key.
    #[must_use]
    pub const fn new(key: SecretString) -> Self {
        Self { key }
    }

    /// The text without the key.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let key = self.key.expose_secret();
        if key.len() < SHORTEST {
            return text.to_owned();
        }
        let text = text.replace(key, REDACTED);
        if self.is_repeated_in(&text) { WITHHELD.to_owned() } else { text }
    }

    fn is_repeated_in(&self, text: &str) -> bool {
        let key = self.key.expose_secret();
        let parts = parts(&key.to_lowercase());
        let encoded: Vec<String> = base64_parts(key.as_bytes());
        let hex = hex(key.as_bytes());
        let mut spelled = text.to_owned();
        for _ in 0..=DEPTH {
            let lower = spelled.to_lowercase();
            let joined: String = spelled.chars().filter(|c| !c.is_whitespace()).collect();
            let standard = joined.replace('-', "+").replace('_', "/");
            if parts.iter().any(|part| lower.contains(part))
                || lower.contains(&hex)
                || encoded.iter().any(|part| standard.contains(part))
            {
                return true;
            }
            let inner = inner_texts(&standard);
            let decoded = decoded(&spelled);
            if decoded == spelled && inner.is_empty() {
                return false;
            }
            spelled = decoded + &inner;
        }
        false
    }
}

/// All sequences of [`PART`] characters of the key; the whole key if it is shorter.
fn parts(key: &str) -> Vec<String> {
    let characters: Vec<char> = key.chars().collect();
    let length = characters.len().min(PART);
    characters.windows(length.max(1)).map(|part| part.iter().collect()).collect()
}

fn hex(key: &[u8]) -> String {
    key.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The key as part of a base64 text: one form for each of the three alignments, without the characters that
/// depend on the neighbouring text.
fn base64_parts(key: &[u8]) -> Vec<String> {
    (0..3)
        .filter_map(|before| {
            let padded = [&[0; 2][..before.min(2)], key].concat();
            let text = STANDARD_NO_PAD.encode(&padded);
            // The first `before` bytes share characters 0 to `before` with the key.
            let begin = if before == 0 { 0 } else { before + 1 };
            let end = padded.len() / 3 * 4;
            text.get(begin..end).filter(|part| part.len() >= SHORTEST).map(str::to_owned)
        })
        .collect()
}

/// Escapes of one character by its number, with the radix of the number. The patterns are valid: a test uses
/// each.
static ESCAPES: LazyLock<Vec<(Regex, u32)>> = LazyLock::new(|| {
    let hexadecimal = r"\\u([0-9a-fA-F]{4})|\\u\{([0-9a-fA-F]{1,6})\}|\\x([0-9a-fA-F]{2})|&#[xX]([0-9a-fA-F]{1,6});";
    let patterns = [(hexadecimal, 16), (r"&#([0-9]{1,7});", 10)];
    patterns.into_iter().filter_map(|(pattern, radix)| Some((Regex::new(pattern).ok()?, radix))).collect()
});

/// What the sequences of base64 and of hex characters in a text may stand for, whatever text is before them. The key
/// itself is found without that, but not one that was escaped before it was encoded.
fn inner_texts(text: &str) -> String {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    let base64 = runs(text, is_base64).flat_map(|run| (0..4).filter_map(move |from| from_base64(run.get(from..)?)));
    let hex = runs(text, |c| c.is_ascii_hexdigit())
        .flat_map(|run| (0..2).filter_map(move |from| Some(from_hex(run.get(from..)?))));
    base64.chain(hex).fold(String::new(), |texts, bytes| {
        let printable = bytes.into_iter().map(|byte| if byte.is_ascii_graphic() { char::from(byte) } else { '\n' });
        texts + "\n" + &printable.collect::<String>()
    })
}

fn runs(text: &str, belongs: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |c| !belongs(c)).filter(|run| run.len() >= SHORTEST_RUN)
}

fn from_base64(run: &str) -> Option<Vec<u8>> {
    // One character alone has less than a byte.
    let end = if run.len() % 4 == 1 { run.len() - 1 } else { run.len() };
    BASE64.decode(run.get(..end)?).ok()
}

fn from_hex(run: &str) -> Vec<u8> {
    let digits: Vec<u8> = run.chars().filter_map(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Decodes one level of encoding.
fn decoded(text: &str) -> String {
    let text = percent_decode_str(text).decode_utf8_lossy().replace("\\\\", "\\");
    let text = ESCAPES.iter().fold(text, |text, (escape, radix)| unescape(&text, escape, *radix));
    [("\\/", "/"), ("&amp;", "&"), ("&sol;", "/"), ("&plus;", "+"), ("&equals;", "="), ("&period;", ".")]
        .into_iter()
        .fold(text, |text, (escape, plain)| text.replace(escape, plain))
}

fn unescape(text: &str, escape: &Regex, radix: u32) -> String {
    let plain = |found: &Captures<'_>| {
        let digits = found.iter().skip(1).flatten().next().map_or("", |digits| digits.as_str());
        let code = u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        code.map_or_else(|| found[0].to_owned(), String::from)
    };
    escape.replace_all(text, plain).into_owned()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "sk-Live/4f+9aZ.q=canary-77";

    fn shown(text: &str) -> String {
        KeyRedaction::new(KEY.into()).redact(text)
    }

    fn each(spell: impl Fn(char) -> String) -> String {
        KEY.chars().map(spell).collect()
    }

    #[test]
    fn an_unchanged_key_in_a_text_is_replaced() {
        assert_eq!(shown(&format!("bad key {KEY}, sorry")), "bad key [redacted], sorry");
    }

    #[test]
    fn a_text_with_the_key_in_another_encoding_is_not_shown() {
        let spellings = [
            KEY.to_uppercase(),
            KEY.replace('/', "\\/"),
            each(|c| format!("\\u{:04x}", u32::from(c))),
            each(|c| format!("\\u{:04X}", u32::from(c))),
            each(|c| format!("\\\\u{:04x}", u32::from(c))),
            each(|c| format!("%{:02X}", u32::from(c))),
            each(|c| format!("%25{:02x}", u32::from(c))),
            each(|c| format!("&#{};", u32::from(c))),
            each(|c| format!("&#x{:x};", u32::from(c))),
            each(|c| format!("{:02x}", u32::from(c))),
            percent_encoding::utf8_percent_encode(KEY, percent_encoding::NON_ALPHANUMERIC).to_string(),
            STANDARD.encode(KEY),
            STANDARD.encode(format!("Bearer {KEY}")),
            STANDARD.encode(format!("x:{KEY} and more")),
            URL_SAFE.encode(format!("{KEY}:")),
            KEY[..14].to_owned(),
            KEY[8..].to_owned(),
        ];
        for spelling in spellings {
            assert_eq!(shown(&format!("it was {spelling}.")), WITHHELD, "{spelling}");
        }
    }

    #[test]
    fn an_escape_ends_where_it_ends_even_if_hexadecimal_digits_follow() {
        let spelling = each(|c| if "/+=-".contains(c) { format!("\\u{:04x}", u32::from(c)) } else { c.into() });
        assert_eq!(shown(&format!("it was {spelling}.")), WITHHELD, "{spelling}");
    }

    #[test]
    fn three_nested_encodings_are_decoded() {
        let percent = each(|c| format!("%{:02x}", u32::from(c)));
        let again = |text: &str| text.replace('%', "%25");
        let thrice = again(&again(&percent));
        assert_eq!(shown(&format!("it was {thrice}.")), WITHHELD, "{thrice}");
    }

    #[test]
    fn a_key_that_was_escaped_before_it_was_encoded_is_not_shown() {
        let percent = each(|c| format!("%{:02x}", u32::from(c)));
        let escaped = each(|c| format!("\\u{:04x}", u32::from(c)));
        let json = format!("{{\"key\":\"{}\"}}", KEY.replace('/', "\\/"));
        for text in [&percent, &escaped, &json] {
            let twice = STANDARD.encode(STANDARD.encode(text));
            for spelling in [STANDARD.encode(text), URL_SAFE.encode(format!("x{text}")), hex(text.as_bytes()), twice] {
                assert_eq!(shown(&format!("it was {spelling}.")), WITHHELD, "{spelling}");
            }
        }
    }

    #[test]
    fn texts_without_the_key_are_shown_unchanged() {
        for text in ["Invalid schedule spec: Hour is not in range [0-23]", "100% sure \\u0041", "&amp; sk-Live"] {
            assert_eq!(shown(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_base64_around_the_key_shows_it(before in "[ -~]{0,8}", after in "[ -~]{0,8}") {
            prop_assert_eq!(shown(&STANDARD.encode(format!("{before}{KEY}{after}"))), WITHHELD);
        }

        #[test]
        fn the_key_is_never_shown(text in "\\PC{0,80}") {
            prop_assert!(!shown(&text).contains(KEY));
        }
    }
}
