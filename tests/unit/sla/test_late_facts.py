"""A fact that comes late: what it corrects, and that the order of arrival does not matter."""

from dataclasses import replace

import pytest
from case_story import Case, heard, later
from hypothesis import given, settings
from hypothesis import strategies as st
from sla_builders import FRIDAY, closed, contact, event, inbound, message, reopened, task, utc

from shared.sla.engine.case_timers import LateFact, advance, is_late, rederive
from shared.sla.facts import Owner, order_key

PERSON = Owner("product_specialist", "S-12")


def test_a_late_message_breaches_once_as_it_is_attached():
    case = Case().hear(message(FRIDAY), now=later(65))
    assert [e.action for e in case.last.events if e.on_attach] == ["breached", "breached"]
    assert not [row for row in case.last.due if row.threshold.startswith("warning")]


def test_a_late_fact_needs_the_log():
    case = heard(message(FRIDAY), contact(later(30)))
    late = contact(later(5))
    assert is_late(case.case_timers, late)
    with pytest.raises(LateFact):
        advance(case.case_timers, late, case.policies, later(40), case.new_id)


def test_an_answer_that_was_given_in_time_but_heard_of_late_corrects_the_verdict():
    case = heard(message(FRIDAY), contact(later(90)))
    assert case.timer("T-03").breached_at == later(60)
    case.hear(contact(later(30)), now=later(100))
    timer = case.timer("T-03")
    assert (timer.state, timer.stopped_at, timer.breached_at) == ("completed", later(30), None)
    assert {event.action for event in case.last.events} == {"corrected"}
    assert timer.timer_id in {changed.timer_id for changed in case.last.changed}


def test_a_wait_heard_of_late_is_replayed():
    case = heard(event(FRIDAY, sentiment="negative"), message(utc("2026-11-23 11:00")))
    case.hear(
        task(later(30), "waiting", open_delivers=1, waiting_delivers=1),
        task(utc("2026-11-23 10:00"), "resumed", open_delivers=1),
        now=utc("2026-11-23 11:30"),
    )
    timer = case.timer("T-33")
    assert (timer.state, timer.due_at) == ("running", utc("2026-11-24 18:00"))
    assert case.last.due
    assert {row.revision for row in case.last.due if row.timer_id == timer.timer_id} == {timer.revision}


def test_an_earlier_message_heard_of_late_moves_the_start_back():
    case = heard(message(FRIDAY)).hear(message(later(-30)), now=later(1))
    timer = case.timer("T-03")
    assert (timer.started_at, timer.due_at) == (later(-30), later(30))
    assert timer.revision == 2


def test_a_wait_that_never_was_is_withdrawn():
    case = heard(message(FRIDAY), contact(later(20)), message(later(60)))
    assert case.timer("T-03", 2).state == "running"
    case.hear(closed(later(50)), now=later(70))
    assert case.timer("T-03", 2).started_at == later(60)
    case = heard(message(FRIDAY), contact(later(20)), inbound(later(60)))
    gone = rederive(case.case_timers, case.log[:2], case.policies, later(70), case.new_id)
    assert [t.state for t in gone.changed] == ["cancelled", "cancelled"]
    assert {event.action for event in gone.events} == {"corrected"}


def test_a_late_fact_reaches_the_clocks_of_tasks_too():
    case = heard(task(FRIDAY, "offered", owner=PERSON), message(later(30)))
    case.hear(task(later(5), "accepted", owner=PERSON), now=later(31))
    assert case.timer("T-46").state == "completed"
    assert case.timer("T-46").stopped_at == later(5)


def test_a_breach_that_was_told_is_not_told_again_when_the_story_is():
    case = Case().hear(message(FRIDAY), now=later(65))
    case.hear(event(later(-60), channel="telephone"), now=later(70))
    assert not [e for e in case.last.events if e.action == "breached"]
    assert case.timer("T-03").breached_at == later(60)


FACTS = st.sampled_from(
    ("message", "mail", "answer", "ack", "feedback", "proposal", "wait", "resume", "courtesy", "close", "reopen")
)


def fact_of(kind: str, minute: int, number: int):
    at, fact_id = later(minute), f"x{number:03}"
    made = {
        "message": lambda: message(at, fact_id),
        "mail": lambda: event(at, channel="email"),
        "answer": lambda: contact(at),
        "ack": lambda: contact(at, "acknowledgement"),
        "feedback": lambda: event(at, sentiment="negative"),
        "proposal": lambda: contact(at, "proposal"),
        "wait": lambda: task(at, "waiting", open_delivers=1, waiting_delivers=1),
        "resume": lambda: task(at, "resumed", open_delivers=1),
        "courtesy": lambda: inbound(at, kind="courtesy"),
        "close": lambda: closed(at),
        "reopen": lambda: reopened(at),
    }
    return replace(made[kind](), fact_id=fact_id)


def story(case: Case):
    return sorted(
        (t.key, t.target, t.state, t.started_at, t.due_at, t.consumed, t.stopped_at, t.breached_at)
        for t in case.case_timers.timers
        if t.state != "cancelled"
    )


@settings(max_examples=80)
@given(st.lists(st.tuples(FACTS, st.integers(0, 400)), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(drawn, random):
    facts = [fact_of(kind, minute, number) for number, (kind, minute) in enumerate(drawn)]
    shuffled = list(facts)
    random.shuffle(shuffled)
    end = message(later(500), "zzz")
    in_order = Case().hear(*sorted(facts, key=order_key), now=later(450)).hear(end)
    as_it_came = Case().hear(*shuffled, now=later(450)).hear(end)
    assert story(in_order) == story(as_it_came)


def test_history_moves_no_clock():
    case = heard(message(FRIDAY)).hear(event(later(-5), channel="message", live=False), now=later(1))
    assert case.last.events == ()
    assert case.timer("T-03").started_at == FRIDAY
