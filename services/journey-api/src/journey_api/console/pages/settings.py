"""`/settings/{dealer_id}`: a dealer's own document, part by part; each change shown before it is stored."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row
from starlette.responses import Response

from journey_api.callbacks.forms import read_form
from journey_api.console.fault_words import in_words
from journey_api.console.page import see_other
from journey_api.console.pages import settings_clocks, settings_keys, settings_staff
from journey_api.console.pages.settings_import import ReadFile, read_file
from journey_api.console.refusal import REFUSED
from journey_api.console.settings import calendar
from journey_api.console.settings.form import MOST_FIELDS, Form, read_fields, record_of
from journey_api.console.settings.form_fields import Section, changes, unplaced, with_typed
from journey_api.console.settings.parts import PARTS
from journey_api.console.settings.sections import ALL
from journey_api.console.visit import Visit, page
from journey_api.http.problems import Problem, not_found
from journey_api.http.request_body import media_type
from journey_api.http.uploaded_file import UPLOAD
from journey_api.reference.collections import DEALER
from journey_api.reference.dealer_changes import follow_dealer
from journey_api.reference.dealer_record import Dealer
from journey_api.reference.dealer_times import CALENDAR_NAMES
from journey_api.reference.store import Place, preview_document, put_record, read_record
from journey_api.reports.clock_preview import MovedClocks, preview_migration
from shared.sla.policy.policy import read_policies

_OTHERS: Final[
    Mapping[str, tuple[Callable[[Visit], Awaitable[Response]], Callable[[Visit, Form], Awaitable[Response]]]]
] = {
    "staff": (settings_staff.show_staff, settings_staff.change_staff),
    "keys": (settings_keys.show_keys, settings_keys.change_keys),
    "clocks": (settings_clocks.show_clocks, settings_clocks.move_clocks),
}
"""The parts that are no part of the dealer's document: how each is shown, and changed."""


@page("admin")
async def show_settings(visit: Visit) -> Response:
    """A part of the settings as it stands: the one of the address, else the hours."""
    visit = await visit.at(visit.request.path_params["dealer_id"])
    part = visit.request.query_params.get("part", ALL[0])
    if part in _OTHERS:
        return await _OTHERS[part][0](visit)
    if part not in PARTS:
        raise not_found()
    row = await _dealer(visit)
    return await _page(visit, part, row, await PARTS[part].show(visit, row.record, {}))


@page("admin")
async def change_settings(visit: Visit) -> Response:
    """Show what the form would change and the clocks it would move; shown before and unchanged, store it."""
    visit = await visit.at(visit.request.path_params["dealer_id"])
    part = visit.request.query_params.get("part", ALL[0])
    if part == "calendar" and media_type(visit.request.headers.get("content-type")) == UPLOAD:
        return await _imported(visit)
    form = read_fields(await read_form(visit.request, MOST_FIELDS))
    if part in _OTHERS:
        return await _OTHERS[part][1](visit, form)
    if part not in PARTS:
        raise not_found()
    try:
        async with visit.connection.begin_nested():
            return await _changed(visit, part, form)
    except Problem as problem:
        if problem.status_code not in REFUSED:
            raise
        return await _refused(visit, part, form, in_words(visit.texts, problem))


async def _imported(visit: Visit) -> Response:
    """The calendar with the days a file proposes; nothing is accepted yet."""
    row = await _dealer(visit)
    read = await read_file(visit, row.record, calendar.place(visit, {})[0])
    typed = read.typed or {}
    return await _page(
        visit, "calendar", row, await PARTS["calendar"].show(visit, row.record, typed), typed=typed, read=read
    )


async def _changed(visit: Visit, part: str, form: Form) -> Response:
    row, place = await _dealer(visit), _place(visit)
    form.expected.check(row.version)
    record = record_of(Dealer, PARTS[part].read(visit, row.record, form.typed))
    if form.stores:
        stored, _ = await put_record(visit.connection, visit.stack.playbook, place, record, form.expected, visit.now)
        await follow_dealer(visit.connection, stored, visit.stack.playbook, visit.now)
        return see_other(_address(visit, part, form.typed, stored=True))
    document = await preview_document(visit.connection, visit.stack.playbook, place, record, visit.now)
    moved = await preview_migration(
        visit.connection, place.dealer_id, read_policies(document), visit.now, settings_clocks.SHOWN
    )
    before = await PARTS[part].show(visit, row.record, form.typed)
    sections = with_typed(before, form.typed)
    return await _page(
        visit,
        part,
        row,
        sections,
        typed=form.typed,
        previewed=form.digest,
        changed=changes(before, sections),
        moved=moved,
    )


async def _refused(visit: Visit, part: str, form: Form, problem: Problem) -> Response:
    """The page again with what was typed; after another's change it is typed over the version of now."""
    row = await _dealer(visit)
    sections = with_typed(await PARTS[part].show(visit, row.record, form.typed), form.typed, problem.errors)
    return await _page(visit, part, row, sections, typed=form.typed, problem=problem)


async def _page(
    visit: Visit,
    part: str,
    row: Row[Any],
    sections: Sequence[Section],
    *,
    typed: Mapping[str, Sequence[str]] | None = None,
    previewed: str = "",
    changed: Sequence[tuple[str, str, str]] | None = None,
    moved: MovedClocks | None = None,
    problem: Problem | None = None,
    read: ReadFile | None = None,
) -> Response:
    month = calendar.place(visit, typed or {}) if part == "calendar" else None
    return visit.render(
        "settings.html",
        "settings",
        status=problem.status_code if problem else 422 if read and read.fault else 200,
        part=part,
        parts=ALL,
        sections=sections,
        version=str(row.version),
        previewed=previewed,
        changed=changed,
        moved=settings_clocks.rows_of(visit, moved["items"]) if moved else [],
        more=bool(moved and moved["next_cursor"]),
        problem=problem,
        read=read,
        faults=unplaced(sections, problem.errors) if problem else [],
        stored=visit.request.query_params.get("stored") == "1",
        month=_month(month),
    )


def _month(month: tuple[str, Any] | None) -> dict[str, Any] | None:
    """What the month's page needs: its calendar, its name in the address, its neighbours, its weeks."""
    if month is None:
        return None
    name, first = month
    neighbours = [calendar.shifted(first, by) for by in (-1, 1)]
    return {
        "calendar": name,
        "this": f"{first:%Y-%m}",
        "before": f"{neighbours[0]:%Y-%m}",
        "after": f"{neighbours[1]:%Y-%m}",
        "lead": first.weekday(),
        "names": CALENDAR_NAMES,
    }


async def _dealer(visit: Visit) -> Row[Any]:
    row = await read_record(visit.connection, _place(visit))
    if row is None:
        raise not_found()
    return row


def _place(visit: Visit) -> Place:
    return Place(DEALER, visit.dealer_id, visit.dealer_id)


def _address(visit: Visit, part: str, typed: Mapping[str, Sequence[str]] | None = None, *, stored: bool = False) -> str:
    month = ""
    if part == "calendar":
        name, first = calendar.place(visit, typed or {})
        month = f"&calendar={name}&month={first:%Y-%m}"
    return f"/settings/{visit.dealer_id}?part={part}{month}{'&stored=1' if stored else ''}"
