//! Any bytes as a cron expression, a duration, a datetime and a spec: nothing panics, and what is taken
//! has runs, words and warnings.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use workflow_schedule_operator::timing::warnings::{dialect_hint, warnings};
use workflow_schedule_operator::timing::words::words;
use workflow_schedule_operator::timing::{WrittenSpec, datetime, duration};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(span) = duration::parse(text) {
        assert_eq!(duration::parse(&duration::to_iso(span)), Ok(span));
    }
    let _ = duration::parse_iso(text);
    if let Ok(at) = datetime::parse(text) {
        assert_eq!(datetime::parse(&datetime::to_wire(at)), Ok(at));
    }
    let _ = dialect_hint(text);
    meaning(&WrittenSpec { cron_expressions: vec![text.to_owned()], ..WrittenSpec::default() });
    if let Ok(written) = serde_json::from_str::<WrittenSpec>(text) {
        meaning(&written);
    }
});

fn meaning(written: &WrittenSpec) {
    let now = Timestamp::constant(1_795_521_600, 0);
    let Ok(spec) = written.canonical() else { return };
    assert_eq!(WrittenSpec::from(&spec).canonical().as_ref(), Ok(&spec));
    let mut last = now;
    for run in spec.runs_after(now, "schedule").take(3) {
        assert!(run.nominal > last && run.actual >= run.nominal);
        last = run.nominal;
    }
    assert!(!words(&spec).is_empty());
    let _ = warnings(written, &spec, now);
}
