"""An iCalendar file sent to the calendar's page: the days it proposes, and what it leaves out and why."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from journey_api.console.settings.form_fields import member
from journey_api.console.settings.imported_days import PROPOSED, written
from journey_api.console.visit import Visit
from journey_api.http.uploaded_file import read_upload
from journey_api.reference.closed_days import NoCalendar, read_closed_days
from journey_api.routes.calendar_imports import AHEAD, imported_day


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What reading a file came to. `fault`: why it cannot be read; `skipped`: events by name and why; else its days."""

    fault: str | None = None
    days: int = 0
    typed: Mapping[str, list[str]] | None = None
    skipped: tuple[tuple[str, str], ...] = ()


async def read_file(visit: Visit, document: Mapping[str, Any], name: str) -> ReadFile:
    """The file of the form, for a calendar of the dealer's document. Raises Problem where no file was sent."""
    t = visit.texts.text
    body = await read_upload(visit.request, "file")
    today = visit.now.astimezone(visit.zone).date()
    try:
        # a file may take a while to read; other requests go on meanwhile
        found = await asyncio.to_thread(read_closed_days, body, today, today + AHEAD)
    except NoCalendar as error:
        return ReadFile(fault=t(f"settings.calendar.file.faults.{error.code}"))
    calendar = member(document, ("calendars", name)) or {}
    proposed = {}
    for day, title in found.days.items():
        status = imported_day(calendar, day, title)["status"]
        if status != "closed":
            proposed[day] = t("settings.calendar.file.own_hours", name=title) if status == "own_hours" else title
    skipped = tuple((one.name, t(f"settings.calendar.file.skips.{one.code}")) for one in found.skipped)
    return ReadFile(days=len(proposed), typed={PROPOSED: [written(proposed)]}, skipped=skipped)
