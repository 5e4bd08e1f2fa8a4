"""Closed days from an iCalendar file: proposed, accepted, and never at the cost of a day's own hours."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from event_posting import DEALER

from harness.clocks import MovableClock

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("dealers")]
RECORD = f"/v1/dealers/{DEALER}"
ADDRESS = f"{RECORD}/calendars/default/import"
CALENDAR = {"content-type": "text/calendar; charset=utf-8"}
FILE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VEVENT
UID:1@example
SUMMARY:Christmas
DTSTART;VALUE=DATE:20201225
RRULE:FREQ=YEARLY
END:VEVENT
BEGIN:VEVENT
UID:2@example
SUMMARY:Inventory
DTSTART;VALUE=DATE:{year}1230
DTEND;VALUE=DATE:{next}0101
END:VEVENT
BEGIN:VEVENT
UID:3@example
SUMMARY:Party
DTSTART:{year}1220T180000Z
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
async def year(admin: httpx.AsyncClient, clock: MovableClock) -> int:
    """The year of the clock; the dealer is open on the 31st of December till noon."""
    now = clock().year
    calendar = {"week": {"mon": [["09:00", "18:00"]]}, "exceptions": {f"{now}-12-31": [["09:00", "12:00"]]}}
    record = {"name": "Lisboa", "time_zone": "Europe/Lisbon", "calendars": {"default": calendar}}
    assert (await admin.put(RECORD, json=record)).status_code == 200
    return now


async def post(client: httpx.AsyncClient, year: int, **params: Any) -> httpx.Response:
    """Send the file."""
    content = FILE.format(year=year, next=year + 1).replace("\n", "\r\n")
    return await client.post(ADDRESS, content=content, headers=CALENDAR, params=params)


async def accepted(admin: httpx.AsyncClient) -> list[str]:
    """The days that close."""
    calendar = (await admin.get(RECORD)).json()["calendars"]["default"]
    days: list[str] = (calendar.get("holidays") or {}).get("accepted") or []
    return days


async def test_a_dry_run_proposes_and_closes_nothing(admin: httpx.AsyncClient, year: int) -> None:
    answer = await post(admin, year, dry_run=True)
    assert answer.status_code == 200, answer.text
    shown = {item["date"]: (item["name"], item["status"]) for item in answer.json()["items"]}
    assert shown[f"{year}-12-30"] == ("Inventory", "proposed")
    assert shown[f"{year}-12-31"] == ("Inventory", "own_hours")
    assert [name for name, _ in shown.values()].count("Christmas") == 2
    assert answer.json()["skipped"] == [{"name": "Party", "because": "It is not an all-day event."}]
    assert await accepted(admin) == []


async def test_accepted_days_close_and_the_same_file_again_changes_nothing(admin: httpx.AsyncClient, year: int) -> None:
    wanted = f"{year}-12-30"
    answer = await post(admin, year, date=wanted)
    assert {item["date"]: item["status"] for item in answer.json()["items"]}[wanted] == "closed"
    assert await accepted(admin) == [wanted]
    everything = await post(admin, year)
    assert len(await accepted(admin)) == 4
    assert (await post(admin, year)).json()["version"] == everything.json()["version"]


async def test_what_does_not_fit_is_refused(admin: httpx.AsyncClient, year: int) -> None:
    wrong = await post(admin, year, date=f"{year}-12-01")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "?date")
    nothing = await admin.post(ADDRESS, content="hello", headers=CALENDAR)
    assert nothing.status_code == 422
    for blank in ("", "\r\n"):
        empty = await admin.post(ADDRESS, content=blank, headers=CALENDAR)
        assert (empty.status_code, empty.json()["detail"]) == (400, "The body is empty.")
    assert (await admin.post(ADDRESS, json={})).status_code == 415
    large = await admin.post(ADDRESS, content="X" * (1 << 20), headers=CALENDAR)
    assert large.status_code == 413
    other = ADDRESS.replace("default", "sales")
    assert (await admin.post(other, content=FILE, headers=CALENDAR)).status_code == 404
    assert (await admin.post(other.replace("sales", "winter"), content=FILE, headers=CALENDAR)).status_code == 404
    stale = await admin.post(
        ADDRESS, content=FILE.format(year=year, next=year + 1), headers={**CALENDAR, "if-match": '"1"'}
    )
    assert stale.status_code == 412
    assert await accepted(admin) == []


async def test_it_is_an_admins(key_of: Callable[..., Awaitable[httpx.AsyncClient]], year: int) -> None:
    assert (await post(await key_of("ops:read"), year)).status_code == 403
    assert (await post(await key_of("admin", dealers=("porto-01",)), year)).status_code == 404


async def test_accepted_days_close_the_calendar_to_come_as_well(admin: httpx.AsyncClient, year: int) -> None:
    """Those in its time; also where the present one closes on them already."""
    assert (await post(admin, year, date=f"{year + 1}-12-25")).status_code == 200
    begins = f"{year + 1}-01-01T00:00:00+00:00"
    later = {"week": {"tue": [["09:00", "18:00"]]}, "effective_from": begins}
    record = {"name": "Lisboa", "time_zone": "Europe/Lisbon", "calendars": {"default": later}}
    assert (await admin.put(RECORD, json=record)).status_code == 200
    before = (await admin.get(RECORD)).json()
    assert before["calendars_next"]["default"] == later
    answer = await post(admin, year)
    after = (await admin.get(RECORD)).json()
    assert answer.json()["version"] == after["version"]
    assert after["calendars_next"]["default"]["holidays"]["accepted"] == [f"{year + 1}-12-25"]
    assert after["calendars_next"]["default"]["effective_from"] == begins
    assert f"{year}-12-30" in after["calendars"]["default"]["holidays"]["accepted"]
    assert (await post(admin, year)).json()["version"] == after["version"]
