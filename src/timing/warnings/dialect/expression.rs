//! A cron expression as it was written.

/// A cron expression taken apart as crontab's heirs do, which know a `#` within a field.
pub(super) struct Written<'a> {
    /// `CRON_TZ=Europe/Paris`.
    pub(super) zone: Option<&'a str>,
    pub(super) fields: Vec<&'a str>,
    /// `# text`.
    pub(super) comment: Option<&'a str>,
}

impl<'a> Written<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let text = text.trim();
        let (zone, rest) = match text.split_once(' ') {
            Some((zone, rest)) if zone.starts_with("TZ=") || zone.starts_with("CRON_TZ=") => (Some(zone), rest),
            Some(_) | None => (None, text),
        };
        // AWS writes its expressions so.
        let inner = rest.trim().strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest);
        let begins_comment = |(at, _): &(usize, char)| {
            inner.get(..*at).is_none_or(|before| before.is_empty() || before.ends_with(char::is_whitespace))
        };
        let comment = inner.match_indices('#').map(|(at, _)| (at, '#')).find(begins_comment);
        let (fields, comment) = match comment {
            Some((at, _)) => (inner.get(..at).unwrap_or_default(), inner.get(at..).map(str::trim)),
            None => (inner, None),
        };
        Self { zone, fields: fields.split_whitespace().collect(), comment }
    }

    /// Other fields with the same zone and comment.
    pub(super) fn with_fields(&self, fields: &str) -> String {
        let parts = [self.zone, Some(fields), self.comment];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
