//! The timeline as one page for a browser. It needs no network, and stores nothing.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::density::{Density, Row};

/// The page without its data.
const PAGE: &str = include_str!("page.html");
/// Where the data goes.
const PLACE: &str = "/*DATA*/";

/// The page.
pub(super) fn page(density: &Density, now: Timestamp) -> String {
    let collisions = density.collisions.iter().map(|collision| {
        json!({ "at": collision.at.as_second(), "count": collision.count, "workflows": collision.workflows })
    });
    let data = json!({
        "from": density.period.from.as_second(),
        "to": density.period.to.as_second(),
        "now": now.as_second(),
        "rows": density.rows.iter().map(row).collect::<Vec<_>>(),
        "collisions": collisions.collect::<Vec<_>>(),
        "moreCollisions": density.more_collisions,
    });
    // Within a script no text may look like its end: names and notes come from others.
    let data = data.to_string().replace('<', "\\u003c");
    PAGE.replacen(PLACE, &data, 1)
}

fn row(row: &Row) -> Value {
    let schedule = &row.schedule;
    let past: Vec<Value> =
        schedule.past.iter().map(|(at, state)| json!({ "at": at.as_second(), "state": state })).collect();
    json!({
        "key": row.key,
        "words": row.words,
        "workflow": schedule.workflow,
        "zone": schedule.timing.time_zone_name,
        "paused": schedule.is_paused,
        "jitter": schedule.timing.jitter.map(|jitter| jitter.as_secs()),
        "cut": row.is_cut,
        "runs": seconds(&row.runs),
        "skipped": seconds(&row.skipped),
        "past": past,
    })
}

fn seconds(runs: &[Timestamp]) -> Vec<i64> {
    runs.iter().map(|run| run.as_second()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::density::density;
    use super::super::density::tests::{day, schedule};
    use super::*;

    #[test]
    fn the_page_needs_no_network_and_a_name_cannot_end_its_script() {
        let page = page(&density(vec![schedule("</script><img src=x>", "@daily")], day()), day().from);
        assert!(page.contains("\\u003c/script>\\u003cimg"), "{page}");
        for outside in ["http://", "https://", "src=\"", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("default-src 'none'"));
    }
}
