"""`POST /v1/dealers/{dealer_id}/calendars/{name}/import`: closed days from an iCalendar file."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from journey_api.access.authenticated_route import KeyedRoute, keyed_router
from journey_api.access.dependencies import DealerDep, NowDep, StackDep, TransactionDep, requires
from journey_api.http.etags import Expected, IfMatchDep, etag
from journey_api.http.problems import invalid, not_found
from journey_api.http.request_body import read_other
from journey_api.reference.closed_days import ClosedDays, NoCalendar, read_closed_days
from journey_api.reference.collections import DEALER
from journey_api.reference.dealer_changes import follow_dealer
from journey_api.reference.dealer_record import Dealer
from journey_api.reference.store import Place, put_record, read_record
from shared.calendar.versions import COMING, PRESENT, closing
from shared.playbook.ruleset.entries import Playbook

CALENDAR: Final = "text/calendar"
AHEAD: Final = timedelta(days=731)
"""Days so far ahead are proposed."""

Status = Literal["proposed", "closed", "own_hours"]


class CalendarRoute(KeyedRoute):
    """A route whose body is an iCalendar file."""

    accepted = frozenset({CALENDAR})

    async def read(self, request: Request) -> bytes:
        """The file."""
        return await read_other(request, CALENDAR)


class ImportedDay(TypedDict):
    """A day the file closes. `closed`: it closes already, or does now; `own_hours`: an exception keeps its hours."""

    date: date
    name: str
    status: Status


class SkippedEvent(TypedDict):
    """An event of the file that proposes no day, and why."""

    name: str
    because: str


class ImportedCalendar(TypedDict):
    """What an iCalendar file comes to, and the version of the dealer's record after it."""

    items: list[ImportedDay]
    skipped: list[SkippedEvent]
    version: int


router = keyed_router("dealers", CalendarRoute)


@router.post(
    "/dealers/{dealer_id}/calendars/{name}/import",
    dependencies=[Depends(requires("admin"))],
    openapi_extra={"requestBody": {"required": True, "content": {CALENDAR: {"schema": {"type": "string"}}}}},
)
async def import_calendar(
    request: Request,
    response: Response,
    dealer_id: DealerDep,
    name: Literal["default", "sales", "after_sales"],
    connection: TransactionDep,
    expected: IfMatchDep,
    now: NowDep,
    stack: StackDep,
    dry_run: bool = False,
    accepted: Annotated[list[date] | None, Query(alias="date", max_length=500)] = None,
) -> ImportedCalendar:
    """Close the days of the all-day events of an iCalendar file (RFC 5545), those of the next two years.

    With `dry_run` they are only proposed. `date` names those that are accepted, absent: all; only accepted ones close.
    A day with hours of its own keeps them. Events with a time of day, cancelled ones and rules that are not understood
    are skipped with the reason.
    """
    place = Place(DEALER, dealer_id, dealer_id)
    row = await read_record(connection, place)
    calendar = (row.record.get("calendars") or {}).get(name) if row else None
    if row is None or calendar is None:
        raise not_found()
    expected.check(row.version)
    today = now.astimezone(ZoneInfo(row.record["time_zone"])).date()
    found = await _read(await request.body(), today)
    wanted = set(found.days if accepted is None else accepted)
    unknown = sorted(wanted - found.days.keys())
    if unknown:
        raise invalid("?date", "unknown_id", f"{unknown[0]} is not a day of the file in the next two years")
    version = row.version
    if not dry_run and wanted:
        stored = await _close_days(
            connection, stack.playbook, place, row, name, {day.isoformat() for day in wanted}, now
        )
        await follow_dealer(connection, stored, stack.playbook, now)
        version, calendar = stored.version, stored.record["calendars"][name]
    response.headers["ETag"] = etag(version)
    return {
        "items": [imported_day(calendar, day, title) for day, title in sorted(found.days.items())],
        "skipped": [{"name": one.name, "because": one.because} for one in found.skipped],
        "version": version,
    }


async def _read(body: bytes, today: date) -> ClosedDays:
    try:
        # a file may take a while to read; other requests go on meanwhile
        return await asyncio.to_thread(read_closed_days, body, today, today + AHEAD)
    except NoCalendar as error:
        raise invalid("", "unreadable", str(error)) from None


async def _close_days(
    connection: AsyncConnection,
    playbook: Playbook,
    place: Place,
    row: Row[Any],
    name: str,
    days: set[str],
    now: datetime,
) -> Row[Any]:
    """Close these days of the present calendar of a name, and of the one that is coming those that are in its time."""
    zone = ZoneInfo(row.record["time_zone"])
    for part in (PRESENT, COMING):
        calendar = (row.record.get(part) or {}).get(name)
        if calendar is not None:
            calendars = {**(row.record.get(PRESENT) or {}), name: closing(calendar, days, zone)}
            document = Dealer.model_validate({**row.record, PRESENT: calendars})
            row, _ = await put_record(connection, playbook, place, document, Expected().and_version(row.version), now)
    return row


def imported_day(calendar: Mapping[str, Any], day: date, name: str) -> ImportedDay:
    """What a day of a file means for a calendar."""
    own = (calendar.get("exceptions") or {}).get(day.isoformat())
    accepted = (calendar.get("holidays") or {}).get("accepted") or ()
    status: Status = "own_hours" if own else "closed" if own == [] or day.isoformat() in accepted else "proposed"
    return {"date": day, "name": name, "status": status}
