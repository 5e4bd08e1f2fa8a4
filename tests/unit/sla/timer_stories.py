"""Timers the tests begin with, and what is due of them."""

from datetime import timedelta

from sla_builders import ADVISOR, office, utc

from shared.calendar.durations import Duration
from shared.sla.deadlines import pending
from shared.sla.engine.timer import start
from shared.sla.types import Chain, Identity, Snapshot, Step, Timer

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
FRIDAY = utc("2026-11-20 10:00")
CLIMB = (Step(HOUR, ("manager_of_manager",)), Step(HOUR, ("group_mailbox",)))


def identity(target: str = "first_response", **more: object) -> Identity:
    given = {"timer_id": "t1", "dealer_id": "d", "rule": "T-03", "subject": "case", "subject_id": "case-1"}
    return Identity(**(given | {"target": target} | more))


def policy(minutes: int = 60, calendar=None, **more: object) -> Snapshot:
    chain = Chain(("owner", "manager"), CLIMB)
    return Snapshot(Duration(time=minutes * MINUTE), calendar or office(), **({"chain": chain} | more))


def begun(at=FRIDAY, now=None, target="first_response", snapshot=None, **more: object) -> Timer:
    return start(identity(target), snapshot or policy(), at=at, now=now or at, owner=ADVISOR, **more).timer


def due(timer: Timer) -> dict[str, str]:
    return {row.threshold: row.fire_at.strftime("%a %H:%M:%S") for row in pending(timer)}


def actions(moved) -> list[str]:
    return [event.action for event in moved.events]
