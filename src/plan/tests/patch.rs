//! Patch: what differs is put right, and what is equal sees no call.

use super::*;
use crate::api::{InputSource, KeyRef, RememberedPause};
use crate::plan::{Learned, Read};
use serde_json::{Value, json};

fn keeps(scene: Scene, keeps: Option<bool>) -> Scene {
    scene.connection(|facts| facts.patch_keeps_pause = keeps)
}

fn edited() -> Scene {
    Scene::settled().edited(|spec| spec.time_zone_name = Some("Europe/Paris".into()))
}

fn partial(observed: &mut Observed) {
    observed.policy = None;
    observed.input = None;
    observed.remaining = None;
}

#[test]
fn an_equal_schedule_sees_no_call_and_no_get() {
    assert_eq!(ready(&Scene::settled()), Reason::InSync);
    assert_eq!(ready(&Scene::settled().listed(|_| {})), Reason::InSync);
    assert_eq!(ready(&Scene::settled().listed(partial)), Reason::InSync);
}

#[test]
fn an_equal_schedule_changes_no_status() {
    let first = Scene::settled().settles_as();
    let again = Scene::settled().status(|status| *status = first.clone()).listed(|_| {});
    assert_eq!(again.settles_as(), first);
}

#[test]
fn utc_and_no_zone_are_the_same_and_so_are_one_and_one_point_zero() {
    let zone = Scene::settled().declaring(|spec| spec.time_zone_name = Some("UTC".into()));
    assert_eq!(ready(&zone), Reason::InSync);
    let number = Scene::settled().declaring(|spec| spec.input = Some(json!({"n": 1.0})));
    assert_eq!(ready(&number.present(|observed| observed.input = Some(json!({"n": 1})))), Reason::InSync);
}

#[test]
fn what_a_list_shows_is_looked_at_before_it_is_put_right() {
    assert_eq!(Scene::settled().listed(drifted).action(), Action::Observe);
}

#[test]
fn a_list_of_exactly_ten_in_a_partial_entry_is_compared_as_a_prefix() {
    let twelve = Scene::settled().declaring(|spec| {
        spec.intervals =
            (1..=12).map(|hours| crate::api::Interval { every: format!("{hours}h"), offset: None }).collect();
    });
    let intervals = twelve.ask(|s| s.desired.clone()).unwrap().content.timing.intervals;
    let holding = |count: usize| {
        let intervals = intervals[..count].to_vec();
        twelve.clone().listed(|observed| {
            partial(observed);
            observed.timing.as_mut().unwrap().intervals = intervals;
        })
    };
    assert_eq!(ready(&holding(10)), Reason::InSync);
    assert_eq!(holding(9).action(), Action::Observe);
}

#[test]
fn a_patch_carries_every_timing_field_and_the_policy_whole() {
    let (definition, _) = patched(&edited());
    let body = serde_json::to_value(&definition).unwrap();
    let mut fields: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    let timing = ["calendars", "cron_expressions", "end_at", "input", "intervals", "jitter"];
    assert_eq!(fields, [&timing[..], &["policy", "skip", "start_at", "time_zone_name"]].concat());
    let policy = json!({"catchup_window_seconds": 31_536_000, "overlap": 1, "pause_on_failure": false});
    assert_eq!(body["policy"], policy);
}

#[test]
fn an_edit_is_told_as_an_update_and_drift_as_a_correction_with_a_warning() {
    assert_eq!(told(&edited().plan()), [(false, "Updated")]);
    assert_eq!(told(&Scene::settled().present(drifted).plan()), [(true, "Corrected")]);
}

#[test]
fn a_map_of_the_input_that_became_null_is_told() {
    let events = |before: Value, after: Value| {
        let scene = Scene::settled().edited(|spec| spec.input = Some(after));
        told(&scene.present(|observed| observed.input = Some(before)).plan())
    };
    let warned = [(false, "Updated"), (true, "InputEmptied")];
    assert_eq!(events(json!({ "region": "eu" }), Value::Null), warned);
    assert_eq!(events(json!({ "a": { "b": { "c": 1 } } }), json!({ "a": { "b": null } })), warned);
    for (before, after) in [
        (json!({ "a": { "b": 1 } }), json!({ "a": {} })),
        (json!({ "a": { "b": 1 } }), json!({ "c": null })),
        (json!({ "a": 1 }), json!({ "a": null })),
        (json!({ "a": {} }), json!({ "a": null })),
        (json!([1]), Value::Null),
    ] {
        assert_eq!(events(before, after), warned[..1]);
    }
}

#[test]
fn an_input_that_differs_is_not_shown() {
    let kept = Scene::settled().present(drifted).after(|journal| journal.note(&patch(), false));
    let drift = kept.settles_as().drift;
    assert_eq!((drift[0].field.as_str(), drift[0].observed.as_str()), ("input", "differs"));
}

#[test]
fn a_pause_is_stored_before_a_patch_that_may_lift_it() {
    for known in [None, Some(false)] {
        let scene = keeps(edited().present(by_somebody("mine")), known);
        assert_eq!(scene.remembers().pause_before_patch, Some(RememberedPause { note: Some("mine".into()) }));
    }
    assert!(!patched(&keeps(edited().present(by_somebody("mine")), Some(true))).1);
}

#[test]
fn until_it_is_known_whether_a_patch_keeps_a_pause_it_goes_through_the_parked_start() {
    let (definition, parked) = patched(&stored(&keeps(edited().present(by_somebody("mine")), None)));
    assert!(parked && is_parked(&definition));
}

#[test]
fn what_became_of_the_pause_is_learnt_from_the_next_look() {
    let looked = |paused: bool| {
        let scene = keeps(edited(), None).after(|journal| journal.note(&patch(), true));
        scene.present(|observed| observed.paused = paused).plan().learned
    };
    assert_eq!(looked(true), Some(Learned::PatchKeepsPause(true)));
    assert_eq!(looked(false), Some(Learned::PatchKeepsPause(false)));
    assert_eq!(edited().plan().learned, None);
}

#[test]
fn a_persons_pause_that_a_patch_has_lifted_comes_back() {
    let scene = stored(&keeps(edited().present(by_somebody("mine")), Some(false)));
    assert!(!patched(&scene).1);
    let lifted = scene.done().present(|observed| {
        observed.timing.as_mut().unwrap().time_zone_name = Some("Europe/Paris".into());
    });
    assert_eq!(paused(&lifted), "mine");
}

#[test]
fn what_the_remote_does_not_keep_is_drift_and_not_written_again_in_this_pass() {
    let scene = edited().after(|journal| journal.note(&patch(), false));
    assert_eq!(waits(&scene), (Reason::Drifted, Requeue::Backoff));
    let status = scene.settles_as();
    assert_eq!(status.drift[0].field, "timeZoneName");
    assert_eq!(status.observed_generation, Some(2), "it was written: what remains is drift");
}

#[test]
fn what_the_remote_holds_and_our_engine_refuses_is_put_right() {
    let scene = Scene::settled().present(|observed| observed.timing = Err("strange".into()));
    assert_eq!(patched(&scene).0, content().definition(None));
}

/// As a workspace stores inputs that it encodes itself.
fn encoded(observed: &mut Observed) {
    observed.input = Some(json!({"b64payload": "c2VjcmV0", "encoding_options": ["encrypted"], "empty": false}));
}

fn sourced(version: &str) -> Scene {
    let key = KeyRef { name: "settings".into(), key: "region".into(), optional: None };
    let source = InputSource { config_map_key_ref: Some(key), into: Some("region".into()), ..InputSource::default() };
    let mut scene = Scene::settled();
    scene.resource.spec.input_from = vec![source.clone()];
    scene.sources = vec![(source, Read::Found { value: b"eu".to_vec(), version: version.into() })];
    scene
}

#[test]
fn an_encoded_input_is_equal_as_long_as_it_was_made_from_the_same() {
    let known = sourced("1").present(encoded).plan().memory.input_fingerprint;
    assert!(known.is_some());
    let remembered = |scene: Scene| scene.remembering(|memory| memory.input_fingerprint.clone_from(&known));
    assert_eq!(ready(&remembered(sourced("1")).present(encoded)), Reason::InSync);
    let edited = remembered(sourced("2")).present(encoded);
    assert_eq!(edited.action().name(), "patch");
    let written = edited.done().present(encoded);
    assert_eq!(ready(&written), Reason::InSync, "what was written is remembered by the patch itself");
}

#[test]
fn an_input_that_is_declared_encoded_is_compared_as_it_stands() {
    let declared = Scene::settled().present(encoded).declaring(|spec| {
        spec.input = Some(json!({"b64payload": "other", "encoding_options": ["encrypted"], "empty": false}));
    });
    assert_eq!(declared.action().name(), "patch");
}
