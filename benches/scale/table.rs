//! What was measured, beside what it is held to.

/// Rows in the order in which they were measured.
#[derive(Default)]
pub struct Table(Vec<(String, String, &'static str)>);

impl Table {
    /// Notes a figure, and says it at once.
    pub fn row(&mut self, what: &str, measured: impl Into<String>, bound: &'static str) {
        let measured = measured.into();
        println!("{what}: {measured} (bound: {bound})");
        self.0.push((what.to_owned(), measured, bound));
    }

    /// Prints all as Markdown.
    pub fn print(&self) {
        println!("\n| what | measured | bound |\n|---|---|---|");
        for (what, measured, bound) in &self.0 {
            println!("| {what} | {measured} | {bound} |");
        }
    }
}

/// The median and the 99th percentile of durations, in milliseconds.
pub fn quantiles(mut millis: Vec<f64>) -> (f64, f64) {
    millis.sort_by(f64::total_cmp);
    let at = |share: usize| millis[(millis.len() * share / 100).min(millis.len() - 1)];
    (at(50), at(99))
}
