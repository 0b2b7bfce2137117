//! Reads an API key.

use secrecy::SecretString;

/// Reads an API key from the bytes of a Secret. White space around it is ignored: a file that is put into a
/// Secret ends with a line break. The rest must be visible ASCII: other characters are in no key, and no HTTP
/// header takes all of them.
///
/// # Errors
/// What is wrong with it, without a part of it.
pub fn api_key(bytes: &[u8]) -> Result<SecretString, &'static str> {
    let key = bytes.trim_ascii();
    if key.is_empty() {
        return Err("is empty");
    }
    if key.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return Err("has several lines: an API key is one line");
    }
    if key.iter().any(u8::is_ascii_whitespace) {
        return Err("has a space within: an API key has none");
    }
    if !key.iter().all(u8::is_ascii_graphic) {
        return Err("has a character that is not visible ASCII: an API key has none");
    }
    // The check above proves that it is ASCII, and thus UTF-8.
    String::from_utf8(key.to_vec()).map(SecretString::from).map_err(|_| "is not text")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn white_space_around_a_key_is_ignored() {
        for bytes in ["secret", "secret\n", "secret\r\n", " secret\n\n"] {
            assert_eq!(api_key(bytes.as_bytes()).unwrap().expose_secret(), "secret");
        }
    }

    #[test]
    fn what_no_key_holds_is_refused_without_showing_it() {
        for (bytes, fault) in [
            (&b"\n"[..], "is empty"),
            (b"", "is empty"),
            (b"secret\nanother", "several lines"),
            (b"secret\ranother", "several lines"),
            (b"Bearer secret", "a space"),
            (b"secret\0", "not visible ASCII"),
            (b"secret\x7f", "not visible ASCII"),
            ("\u{feff}secret".as_bytes(), "not visible ASCII"),
            ("secrét".as_bytes(), "not visible ASCII"),
            (b"\xff\xfes\0", "not visible ASCII"),
        ] {
            let refusal = api_key(bytes).unwrap_err();
            assert!(refusal.contains(fault) && !refusal.contains("secr"), "{bytes:?}: {refusal}");
        }
    }
}
