//! Which resource comes next.

use super::*;

const NOW: Duration = Duration::from_secs(100);

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn push(queue: &mut WorkQueue, text: &str, priority: Priority) {
    queue.push(&key(text), &None, priority, 0, NOW);
}

fn pop(queue: &mut WorkQueue) -> Option<String> {
    queue.pop(NOW, |_, _| true).map(|work| work.key.to_string())
}

#[test]
fn the_most_urgent_comes_first() {
    let mut queue = WorkQueue::default();
    for (name, priority) in [
        ("a/b", Priority::Background),
        ("a/i", Priority::Interactive),
        ("a/t", Priority::Trigger),
        ("a/u", Priority::Urgent),
    ] {
        push(&mut queue, name, priority);
    }
    let order: Vec<_> = std::iter::from_fn(|| pop(&mut queue)).collect();
    assert_eq!(order, ["a/u", "a/t", "a/i", "a/b"]);
}

#[test]
fn namespaces_take_turns() {
    let mut queue = WorkQueue::default();
    for name in ["flood/1", "flood/2", "flood/3", "small/1"] {
        push(&mut queue, name, Priority::Background);
    }
    let order: Vec<_> = std::iter::from_fn(|| pop(&mut queue)).collect();
    assert_eq!(order, ["flood/1", "small/1", "flood/2", "flood/3"]);
}

#[test]
fn a_flood_leaves_room_for_a_pause() {
    let mut queue = WorkQueue::default();
    for number in 0..2 * SLOTS {
        push(&mut queue, &format!("a/{number}"), Priority::Background);
    }
    assert_eq!(std::iter::from_fn(|| pop(&mut queue)).count(), SLOTS);
    push(&mut queue, "a/pause", Priority::Urgent);
    assert_eq!(pop(&mut queue).as_deref(), Some("a/pause"));
}

#[test]
fn a_resource_is_in_one_attempt_at_a_time_and_comes_again_if_asked() {
    let mut queue = WorkQueue::default();
    push(&mut queue, "a/1", Priority::Background);
    assert!(pop(&mut queue).is_some());
    push(&mut queue, "a/1", Priority::Urgent);
    assert_eq!(pop(&mut queue), None);
    queue.done(&key("a/1"));
    assert_eq!(queue.pop(NOW, |_, _| true).map(|work| work.urgency.priority), Some(Priority::Urgent));
}

#[test]
fn more_urgent_work_overtakes_its_own_place() {
    let mut queue = WorkQueue::default();
    push(&mut queue, "a/1", Priority::Background);
    push(&mut queue, "a/1", Priority::Urgent);
    assert_eq!(queue.pop(NOW, |_, _| true).map(|work| work.urgency.priority), Some(Priority::Urgent));
    queue.done(&key("a/1"));
    assert_eq!(pop(&mut queue), None);
}

#[test]
fn later_work_comes_when_it_is_due_and_sooner_if_something_happens() {
    let mut queue = WorkQueue::default();
    queue.push_later(&key("a/1"), &None, Priority::Background, Duration::from_secs(101));
    assert_eq!(pop(&mut queue), None);
    assert_eq!(queue.next_due(), Some(Duration::from_secs(101)));
    assert!(queue.pop(Duration::from_secs(101), |_, _| true).is_some());
    queue.done(&key("a/1"));
    queue.push_later(&key("a/1"), &None, Priority::Background, Duration::from_secs(999));
    push(&mut queue, "a/1", Priority::Interactive);
    assert_eq!(pop(&mut queue).as_deref(), Some("a/1"));
    assert_eq!(queue.next_due(), None);
}

#[test]
fn a_retry_is_as_urgent_as_what_it_retries() {
    let mut queue = WorkQueue::default();
    push(&mut queue, "a/flood", Priority::Background);
    queue.push_later(&key("a/pause"), &None, Priority::Urgent, NOW);
    assert_eq!(pop(&mut queue).as_deref(), Some("a/pause"));
}

#[test]
fn a_connection_without_a_token_holds_up_no_other() {
    let mut queue = WorkQueue::default();
    let (dry, free) = (Some(key("c/dry")), Some(key("c/free")));
    queue.push(&key("a/1"), &dry, Priority::Background, 0, NOW);
    queue.push(&key("a/2"), &free, Priority::Background, 0, NOW);
    let work = queue.pop(NOW, |connection_ref, _| *connection_ref != dry);
    assert_eq!(work.map(|work| work.key), Some(key("a/2")));
}

#[test]
fn a_lower_rank_comes_first_whatever_its_namespace() {
    let mut queue = WorkQueue::default();
    for (name, rank) in [("a/late", 9), ("b/soon", 1), ("b/last", 10)] {
        queue.push(&key(name), &None, Priority::Urgent, rank, NOW);
    }
    let order: Vec<_> = std::iter::from_fn(|| pop(&mut queue)).collect();
    assert_eq!(order, ["b/soon", "a/late", "b/last"]);
}

#[test]
fn a_connection_without_work_takes_no_room() {
    let mut queue = WorkQueue::default();
    for number in 0..3 {
        let connection_ref = Some(key(&format!("{number}/default")));
        queue.push(&key(&format!("{number}/done")), &connection_ref, Priority::Background, 0, NOW);
        queue.push(&key(&format!("{number}/gone")), &connection_ref, Priority::Background, 0, NOW);
        queue.remove(&key(&format!("{number}/gone")));
    }
    while let Some(work) = queue.pop(NOW, |_, _| true) {
        queue.done(&work.key);
    }
    assert!(queue.connections.is_empty());
}

#[test]
fn a_lower_rank_comes_first() {
    let mut queue = WorkQueue::default();
    queue.push(&key("a/late"), &None, Priority::Urgent, 9, NOW);
    queue.push(&key("a/soon"), &None, Priority::Urgent, 1, NOW);
    assert_eq!(pop(&mut queue).as_deref(), Some("a/soon"));
}

#[test]
fn a_wait_counts_from_the_first_request_also_in_a_higher_priority_or_after_a_delay() {
    let mut queue = WorkQueue::default();
    let seconds = Duration::from_secs;
    push(&mut queue, "a/1", Priority::Background);
    queue.push(&key("a/1"), &None, Priority::Urgent, 0, NOW + seconds(5));
    queue.push_later(&key("a/2"), &None, Priority::Background, NOW + seconds(3));
    let waited = |queue: &mut WorkQueue| queue.pop(NOW + seconds(7), |_, _| true).map(|work| work.waited);
    assert_eq!(waited(&mut queue), Some(seconds(7)));
    assert_eq!(waited(&mut queue), Some(seconds(4)));
}
