"""The chain of a breach while its clock is told anew: who was told, and who has taken it up, stays so."""

import pytest
from case_story import Case, heard, later
from sla_builders import ADVISOR, FRIDAY, contact, event, message, task, utc

EARLIER = -2
"""Minutes: a message told of late that moves the start back."""


def breached() -> Case:
    """A message of Friday at ten, not answered by eleven."""
    case = heard(message(FRIDAY))
    case.tick(later(61))
    return case


def steps_told(fired: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(at, what.removeprefix("T-03 ")) for at, what in fired if what.startswith("T-03")]


def test_who_has_taken_it_up_keeps_the_time_to_act():
    case = breached()
    assert case.run("T-03", later(65)) == ["acknowledged"]
    case.hear(message(later(EARLIER)), now=later(75))
    assert case.timer("T-03").acknowledged_at == later(65)
    assert steps_told(case.tick(later(300)))[:1] == [("Fri 12:05:00", "rearm:1")]


def test_a_chain_that_began_at_the_attachment_keeps_its_rungs():
    case = Case().hear(message(FRIDAY), now=later(300))
    case.hear(message(later(EARLIER)), now=later(301))
    assert steps_told(case.tick(later(420))) == [("Fri 16:00:00", "step:1.1"), ("Fri 17:00:00", "step:1.2")]


def test_a_chain_armed_again_keeps_its_rungs():
    case = breached()
    case.run("T-03", later(65))
    case.tick(later(126))
    case.hear(message(later(EARLIER)), now=later(130))
    assert steps_told(case.tick(later(420))) == [("Fri 14:05:00", "step:2.1"), ("Fri 15:05:00", "step:2.2")]


def test_the_first_rung_counts_from_the_breach_as_it_turns_out():
    case = breached().hear(message(later(-10)), now=later(62))
    assert steps_told(case.tick(later(115))) == [("Fri 11:50:00", "step:1.1")]


def unhappy_and_waiting() -> Case:
    """A solution is due on Monday at six; from Tuesday at nine the only deliver waits."""
    case = heard(event(FRIDAY, sentiment="negative"))
    case.tick(utc("2026-11-23 18:00:01"))
    return case.hear(task(utc("2026-11-24 09:30"), "waiting", waiting_delivers=1))


def test_who_has_taken_up_a_paused_clock_keeps_that_too():
    case = unhappy_and_waiting()
    case.run("T-33", utc("2026-11-24 09:40"))
    case.hear(event(later(-5), sentiment="negative"), now=utc("2026-11-24 09:50"))
    timer = case.timer("T-33")
    assert (timer.state, timer.acknowledged_at) == ("paused", utc("2026-11-24 09:40"))
    case.hear(task(utc("2026-11-24 11:00"), "resumed"))
    assert case.tick(utc("2026-11-24 12:00")) == [("Tue 12:00:00", "T-33 rearm:1")]


WAITS = task(utc("2026-11-24 09:30"), "waiting", waiting_delivers=1)


@pytest.mark.parametrize("after", [(), (task(utc("2026-11-24 10:00"), "resumed"),)])
def test_a_breach_before_a_wait_that_was_heard_of_late_is_told_as_it_is_found(after):
    case = heard(WAITS, *after, event(utc("2026-11-24 11:00"), owner=ADVISOR))
    case.hear(event(FRIDAY, sentiment="negative"), now=utc("2026-11-24 11:30"))
    told = [one for one in case.last.events if one.action == "breached"]
    assert [(one.on_attach, one.at_stop, one.at) for one in told] == [(True, False, utc("2026-11-24 11:30"))]
    assert case.timer("T-33").breached_at == utc("2026-11-23 18:00")


def called(minutes: float, **how: object):
    return contact(later(minutes), "update", "telephone", **({"outcome": "spoke"} | how))


def taken_up() -> Case:
    """The breach was taken up at five past eleven; at a quarter past the car was seen in the workshop."""
    case = breached()
    case.run("T-03", later(65))
    return case.hear(event(later(75), channel="store"))


def test_a_call_made_before_the_last_news_is_progress_all_the_same():
    case = taken_up().hear(called(70), now=later(80))
    assert steps_told(case.tick(later(600))) == []


@pytest.mark.parametrize("call", [called(64), called(70, outcome="no_answer")])
def test_a_call_before_the_acknowledgement_or_in_vain_is_none(call):
    case = taken_up().hear(call, now=later(80))
    assert ("Fri 12:05:00", "rearm:1") in steps_told(case.tick(later(600)))


def test_progress_of_a_clock_that_was_corrected_leaves_nothing_due():
    """An older message had moved the start before the call was heard of."""
    case = taken_up().hear(message(later(EARLIER)), now=later(79)).hear(called(70), now=later(80))
    named = [(row.timer_id, row.threshold) for row in case.last.due]
    assert len(named) == len(set(named))
    assert steps_told(case.tick(later(600))) == []
