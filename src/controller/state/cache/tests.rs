//! Who means which id through which connection, and who holds it.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;
use crate::api::{
    self, AllowedFrom, AllowedNamespaces, Claim, ClaimVia, ConnectionRef, Identity, Management, Memory,
    WorkflowConnectionSpec, WorkflowConnectionStatus, WorkflowScheduleSpec, WorkflowScheduleStatus,
};

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

/// `NS/NAME`, created at this second, with our finalizer.
fn schedule(at: &str, second: i64) -> WorkflowSchedule {
    let Key { namespace, name } = key(at);
    let mut schedule = WorkflowSchedule::new(&name, WorkflowScheduleSpec::default());
    schedule.metadata.namespace = Some(namespace);
    schedule.metadata.uid = Some(format!("{at}-{second}"));
    schedule.metadata.resource_version = Some("1".into());
    schedule.metadata.creation_timestamp = Some(Time(Timestamp::from_second(second).unwrap()));
    schedule.metadata.finalizers = Some(vec![api::FINALIZER.into()]);
    schedule
}

fn named(at: &str, second: i64, id: &str) -> WorkflowSchedule {
    let mut schedule = schedule(at, second);
    schedule.spec.schedule_id = Some(id.into());
    schedule
}

fn with_status(mut schedule: WorkflowSchedule, change: impl FnOnce(&mut WorkflowScheduleStatus)) -> WorkflowSchedule {
    change(schedule.status.get_or_insert_default());
    schedule
}

fn pinned(schedule: WorkflowSchedule, id: &str) -> WorkflowSchedule {
    with_status(schedule, |status| status.schedule_id = Some(id.into()))
}

fn connection(at: &str) -> WorkflowConnection {
    let Key { namespace, name } = key(at);
    let spec = WorkflowConnectionSpec { schedule_id_prefix: "acme".into(), ..Default::default() };
    let mut connection = WorkflowConnection::new(&name, spec);
    connection.metadata.namespace = Some(namespace);
    connection.metadata.uid = Some(at.to_owned());
    connection.metadata.resource_version = Some("1".into());
    connection
}

/// All of them live on `shop/default`.
fn cache(schedules: impl IntoIterator<Item = WorkflowSchedule>) -> Cache {
    let mut cache = Cache::new(Some(key("shop/default")));
    let mut connection = connection("shop/default");
    connection.spec.allowed_namespaces = Some(AllowedNamespaces { from: Some(AllowedFrom::All), names: Vec::new() });
    cache.watched_connection(Arc::new(connection));
    for schedule in schedules {
        cache.watched_schedule(Arc::new(schedule));
    }
    cache
}

fn newer(mut schedule: WorkflowSchedule) -> WorkflowSchedule {
    schedule.metadata.resource_version = Some("2".into());
    schedule
}

fn claiming(schedule: WorkflowSchedule, id: &str) -> WorkflowSchedule {
    with_status(schedule, |status| {
        let claim = Some(Claim { schedule_id: id.into(), via: ClaimVia::Explicit });
        status.memory = Some(Memory { claim, ..Memory::default() });
    })
}

#[test]
fn a_resource_alone_is_in_conflict_with_nobody() {
    assert_eq!(cache([named("shop/a", 1, "nightly")]).conflict(&key("shop/a")), None);
}

#[test]
fn the_younger_of_two_that_name_an_id_is_in_conflict_with_the_older() {
    let cache = cache([named("shop/young", 2, "nightly"), named("shop/old", 1, "nightly")]);
    assert_eq!(cache.conflict(&key("shop/young")).as_deref(), Some("shop/old"));
    assert_eq!(cache.conflict(&key("shop/old")), None);
}

#[test]
fn the_one_that_owns_the_schedule_goes_before_the_older() {
    let young = pinned(named("shop/young", 2, "nightly"), "nightly");
    let conflict = |young| cache([young, named("shop/old", 1, "nightly")]).conflict(&key("shop/old"));
    assert_eq!(conflict(claiming(young.clone(), "nightly")).as_deref(), Some("shop/young"));
    assert_eq!(conflict(young), None, "what is recorded and not claimed counts for nothing");
}

#[test]
fn a_pin_without_a_finalizer_counts_for_nothing() {
    let mut young = claiming(pinned(named("shop/young", 2, "nightly"), "nightly"), "nightly");
    young.metadata.finalizers = None;
    assert_eq!(cache([young, named("shop/old", 1, "nightly")]).conflict(&key("shop/old")), None);
}

#[test]
fn a_copy_whose_status_came_with_it_claims_its_own_id_and_not_the_recorded_one() {
    let copy = pinned(schedule("copy/report", 1), "acme.shop.report");
    let cache = cache([copy, pinned(schedule("shop/report", 2), "acme.shop.report")]);
    assert_eq!(cache.schedule(&key("copy/report")).unwrap().id.as_ref().unwrap().as_str(), "acme.copy.report");
    assert_eq!(cache.conflict(&key("shop/report")), None);
}

#[test]
fn one_that_may_not_hold_the_id_keeps_it_from_nobody() {
    let cache = cache([named("elsewhere/old", 1, "nightly"), named("shop/young", 2, "nightly")]);
    assert_eq!(cache.conflict(&key("shop/young")), None);
    assert_eq!(cache.conflict(&key("elsewhere/old")).as_deref(), Some("shop/young"));
}

#[test]
fn one_that_only_observes_claims_nothing() {
    let mut observing = named("shop/old", 1, "nightly");
    observing.spec.management = Some(Management::Observe);
    assert_eq!(cache([observing, named("shop/young", 2, "nightly")]).conflict(&key("shop/young")), None);
}

#[test]
fn what_is_pinned_or_claimed_is_the_id_whatever_the_spec_names_now() {
    let claimed = claiming(named("shop/a", 1, "now"), "before");
    let id = |schedule: WorkflowSchedule| cache([schedule]).schedule(&key("shop/a")).unwrap().id.clone().unwrap();
    assert_eq!(id(claimed.clone()).as_str(), "before");
    assert_eq!(id(pinned(claimed.clone(), "acme.shop.a")).as_str(), "acme.shop.a", "which is derived");
    assert_eq!(id(pinned(claimed, "first")).as_str(), "before", "what is recorded may be another's");
    assert_eq!(id(named("shop/a", 1, "now")).as_str(), "now");
    assert_eq!(id(schedule("shop/a", 1)).as_str(), "acme.shop.a");
}

#[test]
fn the_claim_of_a_resource_that_is_gone_or_names_another_id_is_free() {
    let mut cache = cache([named("shop/old", 1, "nightly"), named("shop/young", 2, "nightly")]);
    cache.watched_schedule(Arc::new(newer(named("shop/old", 1, "other"))));
    assert_eq!(cache.conflict(&key("shop/young")), None);
    cache.watched_schedule(Arc::new(named("shop/third", 3, "nightly")));
    assert!(cache.conflict(&key("shop/third")).is_some());
    cache.remove_schedule(&key("shop/young"));
    assert_eq!(cache.conflict(&key("shop/third")), None);
}

#[test]
fn a_connection_is_the_named_one_else_default_in_the_namespace_else_the_operators() {
    let mut cache = Cache::new(Some(key("platform/shared")));
    let connection_ref = |cache: &Cache, schedule: &WorkflowSchedule| cache.resolve(schedule).unwrap().to_string();
    assert_eq!(connection_ref(&cache, &schedule("shop/a", 1)), "platform/shared");
    cache.watched_connection(Arc::new(connection("shop/default")));
    assert_eq!(connection_ref(&cache, &schedule("shop/a", 1)), "shop/default");
    let mut named = schedule("shop/a", 1);
    named.spec.connection_ref = Some(ConnectionRef { name: "eu".into(), namespace: None });
    assert_eq!(connection_ref(&cache, &named), "shop/eu");
    named.spec.connection_ref = Some(ConnectionRef { name: "eu".into(), namespace: Some("platform".into()) });
    assert_eq!(connection_ref(&cache, &named), "platform/eu");
    assert_eq!(connection_ref(&Cache::new(None), &schedule("shop/a", 1)), "shop/default", "which there is none of");
}

#[test]
fn a_deletion_goes_to_where_the_schedule_lives() {
    let mut moved = with_status(schedule("shop/a", 1), |status| status.connection = Some("shop/eu".into()));
    assert_eq!(Cache::new(None).resolve(&moved), Some(key("shop/default")));
    moved.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
    assert_eq!(Cache::new(None).resolve(&moved), Some(key("shop/eu")));
}

#[test]
fn a_connection_that_comes_or_goes_moves_the_schedules_that_mean_it() {
    let mut cache = Cache::new(Some(key("platform/shared")));
    cache.watched_schedule(Arc::new(schedule("shop/a", 1)));
    cache.watched_schedule(Arc::new(schedule("other/b", 1)));
    let (old, moved) = cache.watched_connection(Arc::new(connection("shop/default"))).unwrap();
    assert_eq!((old, moved), (None, vec![key("shop/a")]));
    assert_eq!(cache.remove_connection(&key("shop/default")), [key("shop/a")]);
    assert_eq!(cache.schedule(&key("shop/a")).unwrap().connection_ref, Some(key("platform/shared")));
}

#[test]
fn a_connection_that_is_made_anew_is_another_one() {
    let mut cache = cache([]);
    let mut again = connection("shop/default");
    again.metadata.resource_version = Some("2".into());
    assert!(cache.watched_connection(Arc::new(again.clone())).unwrap().0.is_some());
    again.metadata.uid = Some("another".into());
    assert!(cache.watched_connection(Arc::new(again)).unwrap().0.is_none());
}

fn at_version(mut schedule: WorkflowSchedule, version: &str) -> Arc<WorkflowSchedule> {
    schedule.metadata.resource_version = Some(version.into());
    Arc::new(schedule)
}

fn id_in(cache: &Cache) -> &str {
    cache.schedule(&key("shop/a")).unwrap().id.as_ref().unwrap().as_str()
}

#[test]
fn what_the_watch_shows_is_taken_whatever_its_version() {
    let mut cache = cache([]);
    cache.watched_schedule(at_version(named("shop/a", 1, "before"), "100"));
    assert!(matches!(cache.watched_schedule(at_version(named("shop/a", 1, "restored"), "60")), Change::Changed(_)));
    assert_eq!(id_in(&cache), "restored");
    assert!(matches!(cache.watched_schedule(at_version(named("shop/a", 1, "restored"), "60")), Change::Stale));
    let twice_used = at_version(named("shop/a", 1, "edited"), "60");
    assert!(matches!(cache.watched_schedule(twice_used), Change::Changed(_)), "two histories use one version");
}

#[test]
fn a_watch_that_lags_behind_an_answer_takes_nothing_back() {
    let mut cache = cache([]);
    let first = at_version(named("shop/a", 1, "first"), "8");
    cache.watched_schedule(first.clone());
    cache.answered_schedule(&first.metadata, at_version(named("shop/a", 1, "answered"), "10"));
    assert!(
        matches!(cache.watched_schedule(at_version(named("shop/a", 1, "between"), "9")), Change::Stale),
        "a number"
    );
    assert_eq!(id_in(&cache), "answered");
    assert_eq!(cache.schedule_answers.of(None), std::collections::BTreeSet::from([(key("shop/a"), "10".to_owned())]));
    cache.watched_schedule(at_version(named("shop/a", 1, "answered"), "10"));
    assert!(cache.schedule_answers.of(None).is_empty(), "it is shown");
    cache.watched_schedule(at_version(named("shop/a", 1, "edited"), "11"));
    assert_eq!(id_in(&cache), "edited");
}

#[test]
fn an_answer_that_comes_after_the_watch_changes_nothing() {
    let mut cache = cache([]);
    let first = at_version(named("shop/a", 1, "first"), "1");
    cache.watched_schedule(first.clone());
    cache.watched_schedule(at_version(named("shop/a", 1, "edited"), "3"));
    let late = cache.answered_schedule(&first.metadata, at_version(named("shop/a", 1, "answered"), "2"));
    assert!(matches!(late, Change::Stale));
    assert_eq!(id_in(&cache), "edited");
    assert!(cache.schedule_answers.of(None).is_empty());
}

#[test]
fn a_listing_is_younger_than_the_answers_before_it() {
    let mut cache = cache([]);
    let first = at_version(named("shop/a", 1, "first"), "1");
    cache.watched_schedule(first.clone());
    cache.answered_schedule(&first.metadata, at_version(named("shop/a", 1, "answered"), "100"));
    cache.schedule_answers.forget(Some("elsewhere"));
    assert!(matches!(cache.watched_schedule(at_version(named("shop/a", 1, "lag"), "60")), Change::Stale));
    cache.schedule_answers.forget(Some("shop"));
    cache.watched_schedule(at_version(named("shop/a", 1, "restored"), "60"));
    assert_eq!(id_in(&cache), "restored");
}

#[test]
fn an_answer_inserts_nothing() {
    let mut cache = cache([]);
    let first = at_version(schedule("shop/a", 1), "1");
    cache.watched_schedule(first.clone());
    cache.remove_schedule(&key("shop/a"));
    let answer = at_version(schedule("shop/a", 1), "2");
    assert!(matches!(cache.answered_schedule(&first.metadata, answer.clone()), Change::Stale));
    assert!(cache.schedule(&key("shop/a")).is_none());
    cache.watched_schedule(at_version(schedule("shop/a", 2), "3"));
    cache.answered_schedule(&first.metadata, answer);
    let uid = cache.schedule(&key("shop/a")).unwrap().resource.metadata.uid.as_deref();
    assert_eq!(uid, Some("shop/a-2"), "made anew, it is another one");

    let known = cache.connection(&key("shop/default")).unwrap().clone();
    let mut written = (*known).clone();
    written.metadata.resource_version = Some("2".into());
    assert!(cache.answered_connection(&known.metadata, Arc::new(written.clone())).is_empty());
    assert_eq!(cache.connection(&key("shop/default")).unwrap().metadata.resource_version.as_deref(), Some("2"));
    cache.remove_connection(&key("shop/default"));
    assert!(cache.answered_connection(&known.metadata, Arc::new(written)).is_empty());
    assert!(cache.connection(&key("shop/default")).is_none());
}

#[test]
fn a_resource_that_is_made_anew_begins_anew() {
    let mut cache = cache([newer(schedule("shop/a", 1))]);
    cache.schedule_mut(&key("shop/a")).unwrap().failures = 7;
    assert!(matches!(cache.watched_schedule(Arc::new(schedule("shop/a", 2))), Change::New), "another uid");
    assert_eq!(cache.schedule(&key("shop/a")).unwrap().failures, 0);
}

#[test]
fn what_was_judged_is_judged_again_after_an_edit_or_another_status() {
    let compared = |change: fn(&mut WorkflowSchedule)| {
        let mut cache = cache([schedule("shop/a", 1)]);
        cache.schedule_mut(&key("shop/a")).unwrap().compared = Some(7);
        let mut changed = newer(schedule("shop/a", 1));
        change(&mut changed);
        cache.watched_schedule(Arc::new(changed));
        cache.schedule(&key("shop/a")).unwrap().compared
    };
    assert_eq!(compared(|_| {}), Some(7));
    assert_eq!(compared(|schedule| schedule.metadata.generation = Some(2)), None);
    assert_eq!(compared(|schedule| schedule.spec.paused = Some(true)), None, "a generation may be used twice");
    assert_eq!(compared(|schedule| schedule.status.get_or_insert_default().paused = Some(true)), None);
}

#[test]
fn a_connection_is_in_use_while_a_schedule_with_our_finalizer_lives_on_it() {
    let mut bare = schedule("shop/a", 1);
    bare.metadata.finalizers = None;
    assert!(!cache([bare]).is_used(&key("shop/default")));
    assert!(cache([schedule("shop/a", 1)]).is_used(&key("shop/default")));
    let elsewhere = with_status(schedule("shop/a", 1), |status| status.connection = Some("shop/eu".into()));
    assert!(cache([elsewhere]).is_used(&key("shop/eu")), "pinned there, though it names another now");
}

/// A connection whose first look has told its workspace.
fn leading_to(workspace: &str, at: &str, prefix: &str) -> WorkflowConnection {
    let mut connection = connection(at);
    connection.spec.schedule_id_prefix = prefix.into();
    let identity = Some(Identity { workspace: Some(workspace.into()), ..Identity::default() });
    let claimed_prefix = Some(prefix.into());
    connection.status = Some(WorkflowConnectionStatus { identity, claimed_prefix, ..Default::default() });
    connection
}

/// `shop` and `other` each have a connection of their own.
fn two_teams(others_workspace: &str, schedules: impl IntoIterator<Item = WorkflowSchedule>) -> Cache {
    let mut cache = Cache::new(None);
    cache.watched_connection(Arc::new(leading_to("one", "shop/default", "acme")));
    cache.watched_connection(Arc::new(leading_to(others_workspace, "other/default", "others")));
    for schedule in schedules {
        cache.watched_schedule(Arc::new(schedule));
    }
    cache
}

#[test]
fn an_id_is_claimed_in_a_workspace_whatever_connection_leads_there() {
    let both = || [named("shop/old", 1, "nightly"), named("other/young", 2, "nightly")];
    let cache = two_teams("one", both());
    assert_eq!(cache.conflict(&key("other/young")).as_deref(), Some("shop/old"));
    assert_eq!(cache.conflict(&key("shop/old")), None);
    let elsewhere = two_teams("two", both());
    assert_eq!(elsewhere.conflict(&key("other/young")), None);
}

#[test]
fn who_means_an_id_is_asked_by_workspace_and_who_is_listed_by_connection() {
    let cache = two_teams("one", [named("shop/a", 1, "nightly"), named("other/b", 2, "nightly")]);
    let (shop, id) = (key("shop/default"), ScheduleId::new("nightly"));
    assert_eq!(cache.claimants(&shop, &id).collect::<Vec<_>>(), [&key("other/b"), &key("shop/a")]);
    assert_eq!(cache.claimants_through(&shop, &id).collect::<Vec<_>>(), [&key("shop/a")]);
}

#[test]
fn an_explicit_id_under_the_prefix_of_another_connection_to_the_workspace_is_kept_from_nobody() {
    let both = || [named("shop/old", 1, "others.other.report"), schedule("other/report", 2)];
    let cache = two_teams("one", both());
    assert_eq!(cache.conflict(&key("other/report")), None);
    assert_eq!(cache.conflict(&key("shop/old")).as_deref(), Some("other/report"));
    assert_eq!(cache.other_prefixes(&key("shop/default")), ["others"]);
    assert!(two_teams("two", both()).other_prefixes(&key("shop/default")).is_empty());
}

#[test]
fn a_connection_that_was_never_connected_takes_no_id_from_anybody() {
    let mut cache = two_teams("one", [named("other/old", 1, "nightly"), named("shop/young", 2, "nightly")]);
    let mut without_key = leading_to("one", "other/default", "others");
    without_key.metadata.resource_version = Some("2".into());
    without_key.status = None;
    cache.watched_connection(Arc::new(without_key));
    assert_eq!(cache.conflict(&key("shop/young")), None);
}

#[test]
fn those_that_share_an_id_are_looked_at_when_a_workspace_becomes_known_or_its_connection_goes() {
    let schedules = [
        named("shop/old", 1, "nightly"),
        named("other/young", 2, "nightly"),
        named("shop/under", 3, "others.other.x"),
        schedule("shop/alone", 4),
    ];
    let mut cache = two_teams("one", schedules);
    let affected = [key("other/young"), key("shop/old"), key("shop/under")];
    let mut unknown = leading_to("one", "other/default", "others");
    unknown.metadata.resource_version = Some("2".into());
    unknown.status = None;
    assert_eq!(cache.watched_connection(Arc::new(unknown.clone())).unwrap().1, affected);
    let mut known = leading_to("one", "other/default", "others");
    known.metadata.resource_version = Some("3".into());
    assert_eq!(cache.answered_connection(&unknown.metadata, Arc::new(known.clone())), affected);
    let mut polled = known.clone();
    polled.metadata.resource_version = Some("4".into());
    polled.status.as_mut().unwrap().last_poll_time = Some("2026-11-24T12:00:00Z".into());
    assert!(cache.answered_connection(&known.metadata, Arc::new(polled)).is_empty(), "its workspace is the same");
    let left = cache.remove_connection(&key("other/default"));
    assert!(affected.iter().all(|key| left.contains(key)));
}

#[test]
fn what_cannot_be_read_keeps_its_id_and_its_connection_and_is_not_there_otherwise() {
    let owner = claiming(pinned(named("shop/owner", 2, "nightly"), "nightly"), "nightly");
    let mut cache = cache([owner.clone(), named("shop/old", 1, "nightly")]);
    cache.unreadable_schedule(Arc::new(newer(owner.clone())));
    assert_eq!(cache.conflict(&key("shop/old")).as_deref(), Some("shop/owner"));
    assert!(cache.is_used(&key("shop/default")));
    assert!(cache.schedule(&key("shop/owner")).is_none());
    assert_eq!(cache.schedules_of(&key("shop/default")).count(), 1);
    assert!(cache.schedule_keys().any(|known| *known == key("shop/owner")), "a listing without it removes it");
    assert!(matches!(cache.answered_schedule(&owner.metadata, Arc::new(newer(owner.clone()))), Change::Stale));
    assert!(matches!(cache.watched_schedule(Arc::new(newer(newer(owner)))), Change::New), "it can be read again");
    assert!(cache.remove_schedule(&key("shop/owner")).is_some());
    assert_eq!(cache.conflict(&key("shop/old")), None);
}
