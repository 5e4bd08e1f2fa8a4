"""Cases told in minutes: what happened of them, as the facts that moments are judged from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.calendar.durations import parse_target
from shared.quality.case_facts import CaseFacts, ContactFact, EventFact, OwnerChange
from shared.quality.moments import judge
from shared.quality.types import Moment, Seen
from shared.sla.facts import Owner
from shared.sla.types import Metric, Snapshot, Timer

BEGUN = datetime(2026, 11, 20, 10, tzinfo=UTC)
ADVISOR = Owner("service_advisor", "SA-1")
SELLER = Owner("salesperson", "SP-1")
CASE = CaseFacts(dealer_id="lisboa-01", customer_id="C-1", case_id="case-1", owner=ADVISOR)


def at(minutes: float) -> datetime:
    """So many minutes after the case began."""
    return BEGUN + timedelta(minutes=minutes)


def event(event_id: str, minutes: float, **given: Any) -> EventFact:
    """An event that the service advisor saw."""
    return EventFact(event_id=event_id, at=at(minutes), **{"role": "service_advisor", "staff_id": "SA-1", **given})


def asked(event_id: str = "asked", minutes: float = 0, **given: Any) -> EventFact:
    """The customer writes."""
    return event(event_id, minutes, channel="message", **given)


def said(contact_id: str, minutes: float, **given: Any) -> ContactFact:
    """A person answers by message, unless said otherwise."""
    plain = {"direction": "outbound", "channel": "message", "kind": "answer", "staff_id": "SA-1"}
    return ContactFact(contact_id=contact_id, at=at(minutes), **{**plain, **given})


def wrote(contact_id: str, minutes: float) -> ContactFact:
    """The customer writes, as recorded by another system."""
    return said(contact_id, minutes, direction="inbound", kind=None, staff_id=None)


def clock(
    started: str | None, *, since: float = 0, minutes: float = 60, target: Metric = "first_response", **given: Any
) -> Timer:
    """A clock that runs at all hours, begun by a fact; `late`, `stopped_by` and `stopped` say what became of it."""
    late, stopped = given.pop("late", False), given.pop("stopped", None)
    timer = Timer(
        timer_id=given.pop("timer_id", f"timer-{since}-{target}"),
        dealer_id=CASE.dealer_id,
        customer_id=CASE.customer_id,
        case_id=CASE.case_id,
        task_id=None,
        rule=given.pop("rule", "T-03"),
        target=target,
        subject="case",
        subject_id="case-1",
        cycle=1,
        started_at=at(since),
        due_at=at(since + minutes),
        original_due_at=at(since + minutes),
        policy=Snapshot(parse_target("PT1H"), None),
        started_fact=started,
        stopped_fact=given.pop("stopped_by", None),
        stopped_at=None if stopped is None else at(stopped),
        state="running" if stopped is None else "completed",
    )
    return replace(timer, breached_at=timer.due_at if late else None, **given)


def owned(minutes: float, before: Owner, after: Owner) -> OwnerChange:
    """The case gets another owner."""
    return OwnerChange(f"owner-{minutes}", at(minutes), before, after)


def judged(seen: dict[str, Seen] | None = None, **facts: Any) -> dict[str, Moment]:
    """The moments of a case of these facts, by id."""
    return {one.moment_id: one for one in judge(replace(CASE, **facts), seen or {})}


def flags(moment_id: str, **facts: Any) -> tuple[str, ...]:
    """The flags of one moment."""
    return judged(**facts)[moment_id].flags
