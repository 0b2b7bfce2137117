//! The page of `timeline --html` in a real browser: headless Chromium, from `PATH` or from the variable `CHROMIUM`.
//! Without one the test says so and ends.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

const MANIFESTS: &str = r#"
apiVersion: workflows.mistral.ai/v1alpha1
kind: WorkflowSchedule
metadata: { name: report, namespace: shop }
spec:
  workflowIdentifier: report
  timeZoneName: Europe/Paris
  cronExpressions: ["30 2 * * *"]
---
apiVersion: workflows.mistral.ai/v1alpha1
kind: WorkflowSchedule
metadata: { name: sync, namespace: shop }
spec:
  workflowIdentifier: sync
  intervals: [{ every: 4h }]
"#;

/// Uses the page as a person with a keyboard would, and writes what is then seen into the title.
const USE: &str = r##"
<script>
{
const seen = {};
const rows = () => [...document.querySelectorAll("#rows .row span")].map(row => row.textContent);
const press = key => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const range = () => document.getElementById("range").textContent;
const paints = element => element.getContext("2d").getImageData(0, 0, element.width, element.height).data.some(byte => byte);
seen.rows = rows();
seen.zones = [...document.querySelectorAll("#zone option")].map(option => option.value);
seen.painted = [...document.querySelectorAll("#rows canvas")].map(paints);
seen.cells = [...document.querySelectorAll("#heat td")].filter(cell => cell.textContent).length;
seen.utc = range();
press("+"); seen.zoomed = range();
press("0"); seen.all = range();
document.querySelector("#rows .row").focus(); press("ArrowDown");
seen.focused = document.activeElement.textContent;
const zone = document.getElementById("zone"); zone.value = "Europe/Paris"; zone.dispatchEvent(new Event("change"));
seen.paris = range();
seen.parisHours = [...document.querySelectorAll("#heat td")].filter(cell => cell.textContent).map(cell => cell.title);
const filter = document.getElementById("filter"); filter.value = "SYNC"; filter.dispatchEvent(new Event("input"));
seen.filtered = rows();
document.title = JSON.stringify(seen);
}
</script>
"##;

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&paths)
        .flat_map(|folder| ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name)));
    named.or_else(|| found.find(|path| path.is_file()))
}

fn page(folder: &Path) -> PathBuf {
    let (manifests, page) = (folder.join("all.yaml"), folder.join("page.html"));
    std::fs::write(&manifests, MANIFESTS).unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_workflow-schedule-operator"))
        .args(["timeline", "--from", "2026-03-28T00:00:00Z", "--for", "2d", "--html"])
        .args([&page, &manifests])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    page
}

#[test]
fn the_page_shows_schedules_and_is_used_by_keyboard_filter_and_zone() {
    let Some(chromium) = chromium() else {
        println!("NOT RUN: there is no Chromium; set CHROMIUM to its path");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path());
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, text.replace("</body>", &format!("{USE}</body>"))).unwrap();
    let shown = Command::new(chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1400,900",
            "--timeout=20000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .env("TZ", "UTC")
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let document = String::from_utf8(shown.stdout).unwrap();
    let title = document.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).unwrap().0;
    let seen: Value = serde_json::from_str(&title.replace("&amp;", "&")).unwrap_or_else(|_| panic!("{document}"));
    let two = serde_json::json!(["shop/report", "shop/sync"]);
    assert_eq!((&seen["rows"], &seen["painted"]), (&two, &serde_json::json!([true, true])), "{seen}");
    assert_eq!(seen["zones"], serde_json::json!(["UTC", "Europe/Paris"]));
    // 02:30 in Paris, which March 29 does not have, and each fourth hour of two days.
    assert_eq!(seen["cells"], 13, "{seen}");
    assert_eq!(seen["utc"], "Sat 2026-03-28 00:00:00 GMT+0 to Mon 2026-03-30 00:00:00 GMT+0, 2 schedules");
    assert_eq!(seen["zoomed"], "Sat 2026-03-28 12:00:00 GMT+0 to Sun 2026-03-29 12:00:00 GMT+0, 2 schedules");
    assert_eq!(seen["all"], seen["utc"]);
    assert_eq!(seen["focused"], "shop/sync");
    assert_eq!(seen["paris"], "Sat 2026-03-28 01:00:00 GMT+1 to Mon 2026-03-30 02:00:00 GMT+2, 2 schedules");
    let hours = seen["parisHours"].as_array().unwrap();
    assert!(hours.contains(&serde_json::json!("Sat 2026-03-28 2:00, 1 run")), "{hours:?}");
    assert_eq!(seen["filtered"], serde_json::json!(["shop/sync"]));
}
