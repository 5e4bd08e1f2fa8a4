"""Staff in the settings: the list, and a person's form; a change is shown before it is stored."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel
from sqlalchemy import Row
from starlette.responses import Response

from journey_api.console.fault_words import IN_WORDS, in_words
from journey_api.console.page import see_other
from journey_api.console.refusal import REFUSED
from journey_api.console.settings import staff
from journey_api.console.settings.colleagues import load_colleagues
from journey_api.console.settings.form import Form, record_of
from journey_api.console.settings.form_fields import Section, Typed, changes, text_at, unplaced, with_typed
from journey_api.console.settings.sections import ALL
from journey_api.console.visit import Visit
from journey_api.http.field_types import Id
from journey_api.http.pagination import Page
from journey_api.http.problems import Problem, not_found
from journey_api.reference.checked_document import checked_document
from journey_api.reference.collections import STAFF
from journey_api.reference.models import Staff
from journey_api.reference.store import Place, list_records, put_record, read_record
from shared.commands.change_staff import follow_staff
from shared.languages.dates import format_short_day

_MOST: Final = Page(limit=500, after=None)


class _Named(BaseModel):
    """Whose form it is."""

    staff_id: Id


async def show_staff(visit: Visit) -> Response:
    """The list; with `staff_id` that person's form, with `new` an empty one."""
    query = visit.request.query_params
    if "staff_id" not in query and "new" not in query:
        return await _page(visit, None, [], {})
    row = await _person(visit, query.get("staff_id", ""))
    if row is None and "new" not in query:
        raise not_found()
    return await _page(visit, row, await _sections(visit, row, {}), {})


async def change_staff(visit: Visit, form: Form) -> Response:
    """Show what the form would change; shown before and unchanged, store it and offer what is queued."""
    staff_id = text_at(form.typed, "staff_id")
    try:
        async with visit.connection.begin_nested():
            return await _changed(visit, staff_id, form)
    except Problem as problem:
        if problem.status_code not in REFUSED:
            raise
        problem = in_words(visit.texts, problem)
        row = await _person(visit, staff_id)
        sections = with_typed(await _sections(visit, row, form.typed), form.typed, problem.errors)
        return await _page(visit, row, sections, form.typed, problem=problem)


async def _changed(visit: Visit, staff_id: str, form: Form) -> Response:
    record_of(_Named, {"staff_id": staff_id})
    row, place = await _person(visit, staff_id), Place(STAFF, visit.dealer_id, staff_id)
    if row is not None and not form.version:
        raise Problem(409, visit.texts.text("settings.staff.taken"), code=IN_WORDS)
    form.expected.check(row.version if row else None)
    record = record_of(Staff, staff.read(row.record if row else {}, form.typed))
    if form.stores:
        await put_record(visit.connection, visit.stack.playbook, place, record, form.expected, visit.now)
        await follow_staff(visit.connection, visit.stack.playbook, visit.dealer_id, staff_id, visit.now)
        return see_other(f"/settings/{visit.dealer_id}?part=staff&staff_id={quote(staff_id, safe='')}&stored=1")
    await checked_document(visit.connection, visit.stack.playbook, STAFF, visit.dealer_id, record, visit.now)
    before = await _sections(visit, row, form.typed)
    sections = with_typed(before, form.typed)
    return await _page(visit, row, sections, form.typed, previewed=form.digest, changed=changes(before, sections))


async def _sections(visit: Visit, row: Row[Any] | None, typed: Typed) -> list[Section]:
    own = row.staff_id if row else None
    others = {staff_id: name for staff_id, name in (await load_colleagues(visit)).items() if staff_id != own}
    return staff.show(visit, row.record if row else {}, others, typed)


async def _person(visit: Visit, staff_id: str) -> Row[Any] | None:
    return await read_record(visit.connection, Place(STAFF, visit.dealer_id, staff_id)) if staff_id else None


async def _page(
    visit: Visit,
    row: Row[Any] | None,
    sections: Sequence[Section],
    typed: Mapping[str, Sequence[str]],
    *,
    previewed: str = "",
    changed: Sequence[tuple[str, str, str]] | None = None,
    problem: Problem | None = None,
) -> Response:
    people = await list_records(visit.connection, STAFF, visit.dealer_id, None, _MOST)
    today = visit.now.astimezone(visit.zone).date().isoformat()
    return visit.render(
        "settings_staff.html",
        "settings",
        status=problem.status_code if problem else 200,
        part="staff",
        parts=ALL,
        people=[(one, _leave_of(one.record, today, visit.viewer.language)) for one in people],
        person=row,
        staff_id=row.staff_id if row else text_at(typed, "staff_id"),
        sections=sections,
        version=str(row.version) if row else "",
        previewed=previewed,
        changed=changed,
        moved=[],
        more=False,
        problem=problem,
        faults=unplaced(sections, problem.errors) if problem else [],
        stored=visit.request.query_params.get("stored") == "1",
        month=None,
    )


def _leave_of(record: Mapping[str, Any], today: str, language: str) -> str | None:
    """The leave that has not ended and comes first, its first and last day in words."""
    ahead = [leave for leave in record.get("leave") or () if leave["to"] >= today]
    if not ahead:
        return None
    first = min(ahead, key=lambda leave: leave["from"])
    begins, ends = (date.fromisoformat(first[end]) for end in ("from", "to"))
    return f"{format_short_day(begins, language)} – {format_short_day(ends, language, 'yMMMEd')}"
