//! LIST: order, pages, filters, lag, partial entries, and wrong answers.

use http::StatusCode;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::PageChain;

use crate::api::{Api, SCHEDULES, assert_status, creation, every, span};

fn with(count: usize) -> Api {
    let mut api = Api::new();
    for number in 0..count {
        api.create(&format!("s{number}"), every("PT1H"));
    }
    api
}

fn list(api: &mut Api, query: &str) -> Value {
    let answer = api.get(&format!("{SCHEDULES}{query}"));
    assert_status(&answer, StatusCode::OK);
    answer.body
}

fn ids(page: &Value) -> Vec<&str> {
    page["schedules"].as_array().unwrap().iter().map(|entry| entry["schedule_id"].as_str().unwrap()).collect()
}

/// All pages of a size, as ids.
fn pages(api: &mut Api, size: usize) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut query = format!("?page_size={size}");
    loop {
        let page = list(api, &query);
        pages.push(ids(&page).into_iter().map(str::to_owned).collect());
        let Some(token) = page["next_page_token"].as_str() else { return pages };
        query = format!("?page_size={size}&next_page_token={token}");
    }
}

#[test]
fn newest_comes_first() {
    assert_eq!(ids(&list(&mut with(3), "")), ["s2", "s1", "s0"]);
}

#[test]
fn an_entry_is_the_whole_schedule() {
    let mut api = with(1);
    assert_eq!(list(&mut api, "")["schedules"][0], api.show("s0"));
}

#[test]
fn pages_follow_each_other_until_one_is_not_full() {
    assert_eq!(pages(&mut with(5), 2), [vec!["s4", "s3"], vec!["s2", "s1"], vec!["s0"]]);
}

#[test]
fn a_full_last_page_carries_a_token_to_an_empty_one() {
    assert_eq!(pages(&mut with(4), 2), [vec!["s3", "s2"], vec!["s1", "s0"], vec![]]);
}

#[test]
fn without_a_page_size_all_come_at_once() {
    let page = list(&mut with(1200), "");
    assert_eq!((ids(&page).len(), &page["next_page_token"]), (1200, &Value::Null));
}

#[test]
fn a_page_stays_where_it_was_while_others_are_created_and_deleted() {
    let mut api = with(5);
    let first = list(&mut api, "?page_size=2");
    api.create("new", every("PT1H"));
    api.delete("s3");
    let token = first["next_page_token"].as_str().unwrap();
    assert_eq!(ids(&list(&mut api, &format!("?page_size=2&next_page_token={token}"))), ["s2", "s1"]);
}

#[test]
fn the_server_may_give_smaller_pages_than_asked_for() {
    let mut api = with(5);
    api.set(|settings| settings.page_limit = Some(3));
    assert_eq!(pages(&mut api, 1000), [vec!["s4", "s3", "s2"], vec!["s1", "s0"]]);
}

#[test]
fn a_token_that_is_stale_or_no_token_is_an_error() {
    let mut api = with(2);
    api.set(|settings| settings.token_lifetime = Some(span("PT1M")));
    let token = list(&mut api, "?page_size=1")["next_page_token"].as_str().unwrap().to_owned();
    assert_eq!(ids(&list(&mut api, &format!("?next_page_token={token}"))), ["s0"]);
    api.wait("PT61S");
    for token in [token.as_str(), "x", "ü"] {
        let answer = api.get(&format!("{SCHEDULES}?next_page_token={}", token.replace('ü', "%C3%BC")));
        assert_eq!(answer.body, json!({ "detail": "Invalid next_page_token", "code": "WF_1200" }));
    }
}

#[test]
fn filters_choose_by_workflow_state_and_user() {
    let mut api = Api::new();
    for (id, workflow) in [("a", "report"), ("b", "report-weekly"), ("c", "other")] {
        let mut body = creation(id, &json!({ "input": null }));
        body["workflow_identifier"] = workflow.into();
        assert_eq!(api.post(SCHEDULES, &body).status, 201);
    }
    api.act("b", "pause", &Value::Null);
    for (query, expected) in [
        ("?workflow_name=report", vec!["a"]),
        ("?search=report", vec!["b", "a"]),
        ("?status=paused", vec!["b"]),
        ("?status=active", vec!["c", "a"]),
        ("?user_id=current", vec!["c", "b", "a"]),
        ("?user_id=somebody", vec![]),
        ("?status=active&search=rep&unknown=1", vec!["a"]),
    ] {
        assert_eq!(ids(&list(&mut api, query)), expected, "{query}");
    }
}

#[test]
fn pages_are_of_what_the_filters_leave() {
    let mut api = with(6);
    for id in ["s1", "s3", "s5"] {
        api.act(id, "pause", &Value::Null);
    }
    let page = list(&mut api, "?status=paused&page_size=2");
    assert_eq!(ids(&page), ["s5", "s3"]);
    let token = page["next_page_token"].as_str().unwrap();
    assert_eq!(ids(&list(&mut api, &format!("?status=paused&page_size=2&next_page_token={token}"))), ["s1"]);
}

#[test]
fn with_a_lag_changes_reach_list_late_and_get_at_once() {
    let mut api = Api::new();
    api.set(|settings| settings.list_lag = span("PT5S"));
    api.create("a", every("PT1H"));
    assert_eq!(ids(&list(&mut api, "")), [""; 0]);
    assert_eq!(api.show("a")["schedule_id"], "a");
    api.wait("PT5S");
    assert_eq!(ids(&list(&mut api, "")), ["a"]);

    api.act("a", "pause", &Value::Null);
    api.patch("a", &every("PT2H"));
    api.wait("PT4.9S");
    let old = list(&mut api, "");
    assert_eq!(
        (&old["schedules"][0]["paused"], &old["schedules"][0]["intervals"][0]["every"]),
        (&json!(false), &json!("PT1H"))
    );
    api.wait("PT0.1S");
    assert_eq!(list(&mut api, "")["schedules"][0], api.show("a"));

    api.delete("a");
    api.wait("PT4.9S");
    assert_eq!(ids(&list(&mut api, "")), ["a"]);
    api.wait("PT0.1S");
    assert_eq!(ids(&list(&mut api, "")), [""; 0]);
}

#[test]
fn with_a_lag_runs_reach_list_late_too() {
    let mut api = Api::new();
    api.set(|settings| settings.list_lag = span("PT5S"));
    api.create("a", every("PT10S"));
    let recent = |api: &mut Api| list(api, "")["schedules"][0]["recent_executions"].as_array().unwrap().len();
    api.wait("PT14.9S");
    assert_eq!(recent(&mut api), 0);
    api.wait("PT0.1S");
    assert_eq!(recent(&mut api), 1);
}

#[test]
fn with_a_lag_one_that_was_recreated_is_listed_as_it_was() {
    let mut api = Api::new();
    api.set(|settings| settings.list_lag = span("PT5S"));
    api.create("a", every("PT1H"));
    api.wait("PT10S");
    api.delete("a");
    api.create("a", every("PT2H"));
    assert_eq!(list(&mut api, "")["schedules"][0]["intervals"][0]["every"], "PT1H");
    api.wait("PT5S");
    let page = list(&mut api, "");
    assert_eq!((ids(&page), &page["schedules"][0]["intervals"][0]["every"]), (vec!["a"], &json!("PT2H")));
}

#[test]
fn a_partial_entry_has_neither_policy_input_nor_count_and_cuts_long_lists() {
    let mut api = Api::new();
    let calendars: Vec<Value> = (0..12).map(|hour| json!({ "hour": [{ "start": hour }] })).collect();
    let intervals: Vec<Value> = (1..13).map(|hours| json!({ "every": format!("PT{hours}H") })).collect();
    api.create("a", json!({ "calendars": calendars, "intervals": intervals, "skip": calendars, "max_executions": 9 }));
    api.set(|settings| settings.partial_list = true);
    let page = list(&mut api, "");
    let entry = page["schedules"][0].as_object().unwrap();
    for absent in ["policy", "input", "remaining_executions"] {
        assert!(!entry.contains_key(absent), "{absent}");
    }
    let lengths: Vec<usize> = ["calendars", "intervals", "skip", "future_executions"]
        .map(|name| entry[name].as_array().unwrap().len())
        .into();
    assert_eq!(lengths, [10, 10, 10, 5]);
    assert_eq!(entry["workflow_name"], "report");
}

#[test]
fn a_stuck_list_shows_what_was_there_when_it_got_stuck() {
    let mut api = with(2);
    let before = list(&mut api, "");
    api.set(|settings| settings.list_stuck = true);
    api.delete("s0");
    api.act("s1", "pause", &Value::Null);
    api.create("new", every("PT1H"));
    api.wait("P1D");
    assert_eq!(list(&mut api, ""), before);
    assert_eq!(api.get(&format!("{SCHEDULES}/s0")).status, 404);
    assert_eq!(api.show("s1")["paused"], true);
    api.set(|settings| settings.list_stuck = false);
    let after = list(&mut api, "");
    assert_eq!((ids(&after), &after["schedules"][1]), (vec!["new", "s1"], &api.show("s1")));
}

#[test]
fn a_stuck_list_still_has_pages_and_filters() {
    let mut api = with(5);
    api.set(|settings| settings.list_stuck = true);
    api.delete("s2");
    assert_eq!(pages(&mut api, 2), [vec!["s4", "s3"], vec!["s2", "s1"], vec!["s0"]]);
    assert_eq!(ids(&list(&mut api, "?status=paused")), [""; 0]);
}

#[test]
fn a_stuck_list_is_stuck_with_its_lag() {
    let mut api = Api::new();
    api.set(|settings| settings.list_lag = span("PT5S"));
    api.create("a", every("PT1H"));
    api.wait("PT5S");
    api.create("b", every("PT1H"));
    api.set(|settings| settings.list_stuck = true);
    api.wait("PT1M");
    assert_eq!(ids(&list(&mut api, "")), ["a"]);
}

#[test]
fn a_lost_entry_is_absent_until_a_get_finds_its_schedule() {
    let mut api = with(4);
    api.set(|settings| settings.list_lost = ["s1", "s2", "nothing"].map(str::to_owned).into());
    assert_eq!(ids(&list(&mut api, "")), ["s3", "s0"]);
    assert_eq!(api.get(&format!("{SCHEDULES}/nothing")).status, 404);
    api.show("s1");
    assert_eq!(pages(&mut api, 2), [vec!["s3", "s1"], vec!["s0"]]);
    assert_eq!(api.sandbox.settings().list_lost.len(), 2);
}

#[test]
fn empty_pages_with_a_token_may_come_first() {
    let mut api = with(3);
    api.set(|settings| settings.empty_pages = 2);
    assert_eq!(pages(&mut api, 2), [vec![], vec![], vec!["s2", "s1"], vec!["s0"]]);
}

#[test]
fn the_only_page_may_be_empty_though_there_are_schedules() {
    let mut api = with(3);
    api.set(|settings| settings.list_empty = true);
    assert_eq!(list(&mut api, "?page_size=2"), json!({ "schedules": [], "next_page_token": null }));
    assert_eq!(api.show("s0")["schedule_id"], "s0");
}

/// The first pages of a chain that never ends, as ids, and their tokens.
fn chain(api: &mut Api, length: usize) -> Vec<(Vec<String>, String)> {
    let mut query = "?page_size=2".to_owned();
    let next = |_| {
        let page = list(api, &query);
        let token = page["next_page_token"].as_str().expect("a token").to_owned();
        query = format!("?page_size=2&next_page_token={token}");
        (ids(&page).into_iter().map(str::to_owned).collect(), token)
    };
    (0..length).map(next).collect()
}

#[test]
fn the_chain_of_pages_may_never_end() {
    for (page_chain, expected) in [
        (PageChain::EmptyPages, vec![vec!["s2", "s1"], vec!["s0"], vec![], vec![], vec![]]),
        (PageChain::Circular, vec![vec!["s2", "s1"], vec!["s0"], vec!["s2", "s1"], vec!["s0"], vec!["s2", "s1"]]),
    ] {
        let mut api = with(3);
        api.set(|settings| settings.page_chain = page_chain);
        let (pages, tokens): (Vec<_>, Vec<_>) = chain(&mut api, 5).into_iter().unzip();
        assert_eq!(pages, expected);
        let different: std::collections::BTreeSet<_> = tokens.iter().collect();
        assert_eq!(different.len(), 5, "{tokens:?}");
    }
}

#[test]
fn the_chain_of_pages_may_have_the_same_token_for_ever() {
    let mut api = with(5);
    api.set(|settings| settings.page_chain = PageChain::SameToken);
    let (pages, tokens): (Vec<_>, Vec<_>) = chain(&mut api, 4).into_iter().unzip();
    assert_eq!(pages, [["s4", "s3"], ["s2", "s1"], ["s2", "s1"], ["s2", "s1"]]);
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
}

#[test]
fn a_page_takes_its_time_for_each_entry() {
    let mut api = with(30);
    api.set(|settings| settings.list_time_per_entry = span("PT0.012S"));
    let mut delay = |query: &str| api.raw(http::Method::GET, &format!("{SCHEDULES}{query}"), "").delay.as_millis();
    assert_eq!([delay(""), delay("?page_size=25"), delay("?page_size=1000")], [360, 300, 360]);
    assert_eq!(api.raw(http::Method::GET, &format!("{SCHEDULES}/s0"), "").delay.as_millis(), 0);
}
