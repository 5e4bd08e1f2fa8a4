"""`from` and `to` of a query: instants, or dates in each dealer's own zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, Text, cast, func, literal
from sqlalchemy.types import Date, DateTime

from journey_api.http.instants import parse_time
from journey_api.http.problems import Problem
from shared.faults import Fault

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WORDS: Final = "A time of RFC 3339 with its offset, or a date as YYYY-MM-DD"
_FARTHEST: Final = timedelta(hours=16)
"""No zone is, or was, farther from UTC."""
Bound = datetime | date


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time: `since` is in it; of `until` a day is, an instant is not. None: open on that side."""

    since: Bound | None = None
    until: Bound | None = None

    def clauses(self, column: ColumnElement[Any], zone: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The conditions on a column of instants; `zone` is the expression of the dealer's zone."""
        found = []
        if self.since is not None:
            found.append(column >= _beginning(self.since, zone))
        if self.until is not None:
            whole_day = not isinstance(self.until, datetime)
            found.append(column < _beginning(self.until + timedelta(days=1) if whole_day else self.until, zone))
        return found


def _beginning(bound: Bound, zone: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(bound, datetime):
        return literal(bound, DateTime(timezone=True))
    return func.timezone(cast(zone, Text), cast(literal(bound, Date()), DateTime()))


def read_period(
    since: Annotated[str | None, Query(alias="from", max_length=64, description="Instant or date, included.")] = None,
    until: Annotated[
        str | None, Query(alias="to", max_length=64, description="Instant (not included) or date (included).")
    ] = None,
) -> Period:
    """The period a request asks for; 422 at `?from` or `?to` for what is neither an instant nor a date, and at both
    where the first is after the second.
    """
    bounds = {"?from": since, "?to": until}
    read = {pointer: _read(text) for pointer, text in bounds.items() if text is not None}
    wrong = [Fault(pointer, "not_an_instant", _WORDS) for pointer, bound in read.items() if bound is None]
    if wrong:
        raise Problem(422, _WORDS, errors=wrong)
    period = Period(read.get("?from"), read.get("?to"))
    refuse_reversed(period.since, period.until, "from", "to")
    return period


def refuse_reversed(since: Bound | None, until: Bound | None, first: str, last: str) -> None:
    """Raise 422 at both parameters, by name, where the first is after the last, whatever the zone of a date."""
    if since is None or until is None or not _is_after(since, until):
        return
    faults = [
        Fault(f"?{first}", "ends_before_begin", f"After `{last}`"),
        Fault(f"?{last}", "ends_before_begin", f"Before `{first}`"),
    ]
    raise Problem(422, f"`{first}` is after `{last}`: nothing is between them.", errors=faults)


def _is_after(since: Bound, until: Bound) -> bool:
    if isinstance(since, datetime) == isinstance(until, datetime):
        return since > until
    if isinstance(since, datetime):
        return since > _midnight(until) + timedelta(days=1) + _FARTHEST
    return _midnight(since) - _FARTHEST > until


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


PeriodDep = Annotated[Period, Depends(read_period)]


def _read(text: str) -> Bound | None:
    if not _DAY.fullmatch(text):
        return parse_time(text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min < day < date.max else None
