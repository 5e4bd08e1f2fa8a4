"""`from` and `to` of a query: instants, or dates in each dealer's own zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, Text, cast, func, literal
from sqlalchemy.types import Date, DateTime

from journey_api.http.instants import parse_time
from journey_api.http.problems import Problem
from shared.faults import Fault

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WORDS: Final = "A time of RFC 3339 with its offset, or a date as YYYY-MM-DD"
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
    """The period a request asks for; 422 at `?from` or `?to` for what is neither an instant nor a date."""
    bounds = {"?from": since, "?to": until}
    read = {pointer: _read(text) for pointer, text in bounds.items() if text is not None}
    wrong = [Fault(pointer, "not_an_instant", _WORDS) for pointer, bound in read.items() if bound is None]
    if wrong:
        raise Problem(422, _WORDS, errors=wrong)
    return Period(read.get("?from"), read.get("?to"))


PeriodDep = Annotated[Period, Depends(read_period)]


def _read(text: str) -> Bound | None:
    if not _DAY.fullmatch(text):
        return parse_time(text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min < day < date.max else None
