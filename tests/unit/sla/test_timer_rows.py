"""A timer survives its row."""

from dataclasses import replace
from datetime import timedelta

from sla_builders import ADVISOR, FRIDAY, event, ids, message, policies, read_back, task

from shared.calendar.durations import Duration
from shared.sla.engine.case_timers import advance
from shared.sla.engine.due_actions import acknowledge, fire_overdue
from shared.sla.engine.timer import pause, resume, stop
from shared.sla.facts import Owner
from shared.sla.store.policy_documents import policy_id_of, policy_row, read_snapshot, snapshot_document
from shared.sla.store.timer_columns import to_row
from shared.sla.types import CaseTimers, WarningAt, in_full

CHAINS = {"resolution": [{"after": "PT15M", "to": "manager", "channel_class": "urgent", "repeat": 2}]}


def timers():
    """Timers of every kind and state."""
    dealer = policies(chains=CHAINS, sla={"T-27": {"calendar": "none"}})
    case_timers = CaseTimers()
    for fact in (
        event(FRIDAY, channel="message", sentiment="negative", occurrences=("early_ownership_problem_reported",)),
        task(FRIDAY, "offered", owner=Owner("product_specialist", "S-12")),
        message(FRIDAY),
    ):
        case_timers = advance(case_timers, fact, dealer, FRIDAY, ids()).case_timers
    later = FRIDAY + timedelta(days=5)
    for timer in case_timers.timers:
        yield timer
        yield pause(timer, FRIDAY + timedelta(minutes=5)).timer
        yield resume(pause(timer, FRIDAY + timedelta(minutes=5)).timer, later).timer
        yield stop(timer, later).timer
        yield fire_overdue(timer, later).timer
        yield replace(
            timer, policy=replace(timer.policy, calendar=None, warnings=(WarningAt(lead=timedelta(hours=1)),))
        )


def test_a_timer_survives_its_row():
    for timer in timers():
        assert read_back(timer) == timer


def test_a_timer_that_was_taken_note_of_survives_too():
    timer = next(iter(timers()))
    noted = acknowledge(replace(timer, breached_at=timer.due_at), FRIDAY + timedelta(days=5)).timer
    assert to_row(noted)["owner_staff_id"] == ADVISOR.staff_id
    assert read_back(noted).acknowledged_at == FRIDAY + timedelta(days=5)
    assert to_row(read_back(noted)) == to_row(noted)


def test_a_snapshot_names_what_the_timer_keeps():
    timer = next(iter(timers()))
    document = snapshot_document(timer.policy)
    assert document["duration"] == "PT10M"
    assert document["calendar"]["zone"] == "Europe/Lisbon"
    assert document["thresholds"] == [{"percent": 75}]
    assert document["chain"]["notice"] == ["owner"]
    assert read_snapshot(document) == timer.policy
    assert read_snapshot(document | {"duration": "PT1H"}).target == Duration(time=timedelta(hours=1))


def test_a_policy_is_named_by_its_content():
    timer = next(iter(timers()))
    row = policy_row(timer.policy)
    backwards = dict(reversed(row["document"].items()))
    assert policy_id_of(backwards) == row["policy_id"] == policy_row(replace(timer.policy))["policy_id"]
    others = {policy_row(one.policy)["policy_id"] for one in timers() if one.policy != timer.policy}
    assert row["policy_id"] not in others
    assert all(len(policy_id) == 32 for policy_id in others)


def test_a_changed_policy_has_a_row_of_its_own():
    """The row is kept with the policy once it was worked out."""
    timer = next(iter(timers()))
    reopened = replace(timer.policy, target=Duration(time=timedelta(minutes=3)), full=timer.policy.target)
    known = policy_row(reopened)
    whole = in_full(reopened)
    assert policy_row(whole)["policy_id"] == policy_id_of(snapshot_document(whole)) != known["policy_id"]
    assert policy_row(reopened) is known
