//! The formats in which metrics are served: `OpenMetrics`, and the older text format of Prometheus.

use std::{fmt, io};

/// A text format of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
    OpenMetrics,
    /// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
    Text,
}

impl Format {
    /// The format that a client prefers by its header `Accept`. Text is what everybody can read.
    #[must_use]
    pub fn accepted(accept: &str) -> Self {
        let mut best = (Self::Text, 0.0);
        for (range, quality) in preferences(accept) {
            let format = match range {
                "application/openmetrics-text" => Self::OpenMetrics,
                "text/plain" | "text/*" | "*/*" => Self::Text,
                _ => continue,
            };
            // Both can say all that there is; OpenMetrics is stricter.
            let is_better = quality > best.1 || (quality >= best.1 && format == Self::OpenMetrics);
            if quality > 0.0 && is_better {
                best = (format, quality);
            }
        }
        best.0
    }

    /// Its content type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// What a client accepts by a header such as `Accept`, each with its quality from 0, which is never, to 1.
pub(in crate::telemetry) fn preferences(header: &str) -> impl Iterator<Item = (&str, f64)> {
    header.split(',').map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse).unwrap_or(0.0);
        (name, quality)
    })
}

/// Takes the text of `OpenMetrics` and writes it in a format, line by line: it is long where there are many schedules.
///
/// The older text format names counters and infos with their suffix, and has no end and no `UNIT`.
pub(super) struct LineWriter<W> {
    format: Format,
    out: W,
    /// The last line, which may be incomplete.
    line: String,
    /// Of the last family.
    help: String,
}

impl<W: io::Write> LineWriter<W> {
    pub(super) const fn new(format: Format, out: W) -> Self {
        Self { format, out, line: String::new(), help: String::new() }
    }

    fn write_line(&mut self) -> io::Result<()> {
        let line = &self.line;
        if self.format == Format::OpenMetrics {
            return self.out.write_all(line.as_bytes());
        }
        if let Some(described) = line.strip_prefix("# HELP ") {
            described.trim_end().clone_into(&mut self.help);
            return Ok(());
        }
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.trim_end().split_once(' ')) {
            let (suffix, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                other => ("", other),
            };
            let help = self.help.strip_prefix(name).unwrap_or_default();
            return write!(self.out, "# HELP {name}{suffix}{help}\n# TYPE {name}{suffix} {kind}\n");
        }
        if line.starts_with('#') { Ok(()) } else { self.out.write_all(line.as_bytes()) }
    }
}

impl<W: io::Write> fmt::Write for LineWriter<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for piece in text.split_inclusive('\n') {
            self.line.push_str(piece);
            if piece.ends_with('\n') {
                self.write_line().map_err(|_| fmt::Error)?;
                self.line.clear();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_client_chooses_the_format() {
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        for (accept, format) in [
            ("", Format::Text),
            ("*/*", Format::Text),
            ("text/html", Format::Text),
            ("text/plain;version=0.0.4", Format::Text),
            (prometheus, Format::OpenMetrics),
            ("application/openmetrics-text", Format::OpenMetrics),
            ("application/openmetrics-text;q=0", Format::Text),
            ("application/openmetrics-text;q=0.2, text/plain;q=0.8", Format::Text),
            ("text/plain, application/openmetrics-text", Format::OpenMetrics),
        ] {
            assert_eq!(Format::accepted(accept), format, "{accept}");
        }
    }

    #[test]
    fn the_text_format_has_suffixes_in_its_types_and_no_end() {
        let open_metrics = "# HELP a_panics How often.\n# TYPE a_panics counter\na_panics_total 3\n# HELP b Which.\n# TYPE b info\nb_info{version=\"1\"} 1\n# HELP c_seconds Long.\n# TYPE c_seconds histogram\n# UNIT c_seconds seconds\nc_seconds_sum 1.0\n# EOF\n";
        let text = "# HELP a_panics_total How often.\n# TYPE a_panics_total counter\na_panics_total 3\n# HELP b_info Which.\n# TYPE b_info gauge\nb_info{version=\"1\"} 1\n# HELP c_seconds Long.\n# TYPE c_seconds histogram\nc_seconds_sum 1.0\n";
        let mut written = Vec::new();
        let mut writer = LineWriter::new(Format::Text, &mut written);
        for piece in open_metrics.split_inclusive(['_', ' ']) {
            writer.write_str(piece).unwrap();
        }
        assert_eq!(String::from_utf8(written).unwrap(), text);
    }
}
