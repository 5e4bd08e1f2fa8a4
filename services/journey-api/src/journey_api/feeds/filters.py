"""Which records a subscriber of a feed gets."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from journey_api.http.query_parameters import Filters, given
from journey_api.reports.clock_filter import TimerFilter
from journey_api.tasks.filters import FILTERS, is_theirs

Match = Callable[[str, Mapping[str, Any]], bool]
"""Whether a feed row is wanted, by its record type and data."""

_TIMER_FIELDS = ("customer_id", "case_id", "task_id", "target", "rule", "state")
SLA_EVENTS = frozenset({"warning", "breached", "met", "escalated"})
"""What the feed of clocks tells; that one started or was cancelled is on the topic only."""


def sla_event(record_type: str) -> str:
    """`breached` of `handoff.sla.breached.v1`."""
    return record_type.split(".")[-2]


def match_tasks(wanted: Filters, person: str | None = None) -> Match:
    """Match a task as it is after the change, or as it was before it; with `person` only that person's.

    A person's are also the tasks of a case that the person follows.
    """
    fields = {FILTERS[name]: values for name, values in wanted.items()}

    def matches(_: str, data: Mapping[str, Any]) -> bool:
        task, change = data["task"], data["change"]
        followed = person in data.get("followers", ())

        def fits(task: Mapping[str, Any]) -> bool:
            return _has(task, fields) and (person is None or followed or is_theirs(task, person))

        if fits(task):
            return True
        if change["from_status"] is None:
            return False
        return fits({**task, **change["before"], "status": change["from_status"]})

    return matches


def match_timers(wanted: TimerFilter) -> Match:
    """Match a timer by its fields, those of its owner, its breached flag and its due time; the dealer is the feed's."""
    fields = given({name: getattr(wanted, name) for name in _TIMER_FIELDS})
    owned = given({"role": wanted.owner_role, "staff_id": wanted.owner})

    def matches(record_type: str, data: Mapping[str, Any]) -> bool:
        if sla_event(record_type) not in SLA_EVENTS or not _has(data, fields):
            return False
        if owned and not _has(data["owner"], owned):
            return False
        if wanted.breached is not None and (data["breached_at"] is not None) != wanted.breached:
            return False
        due_at, before, after = datetime.fromisoformat(data["due_at"]), wanted.due_before, wanted.due_after
        return (before is None or due_at < before) and (after is None or due_at >= after)

    return matches


def _has(record: Mapping[str, Any], fields: Filters) -> bool:
    return all(record.get(field) in values for field, values in fields.items())
