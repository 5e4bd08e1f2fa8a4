"""Keys of a dealer in the settings: list, make, withdraw. A key is shown once, where it is made."""

from datetime import UTC, datetime, time
from typing import Any, Final

from starlette.responses import Response

from journey_api.console.fault_words import in_words
from journey_api.console.moments import clock_words
from journey_api.console.page import see_other
from journey_api.console.refusal import REFUSED
from journey_api.console.settings.form import Form, record_of
from journey_api.console.settings.form_fields import text_at
from journey_api.console.settings.sections import ALL
from journey_api.console.visit import Visit
from journey_api.http.pagination import Page
from journey_api.http.problems import Problem
from journey_api.reference.collections import STAFF
from journey_api.reference.store import list_records
from journey_api.routes.keys import KeyRequest, NewKey, keys_reaching, make_key, revoke_key

SCOPES: Final = ("events:write", "tasks:read", "tasks:write", "ops:read", "admin")
_MOST: Final = Page(limit=200, after=None)


async def show_keys(visit: Visit) -> Response:
    """The keys that reach the dealer, without their secrets, and the form of a new one."""
    return await _page(visit)


async def change_keys(visit: Visit, form: Form) -> Response:
    """Make a key and show it this once, or withdraw one."""
    principal, connection, stack = visit.viewer.principal, visit.connection, visit.stack
    if form.do == "withdraw":
        await revoke_key(text_at(form.typed, "key_id"), principal, connection, visit.now, stack)
        return see_other(f"/settings/{visit.dealer_id}?part=keys")
    try:
        async with connection.begin_nested():
            wanted = record_of(KeyRequest, _request(visit, form))
            assert isinstance(wanted, KeyRequest)
            made = await make_key(wanted, principal, connection, visit.now, stack)
    except Problem as problem:
        if problem.status_code not in REFUSED:
            raise
        return await _page(visit, form, problem=in_words(visit.texts, problem))
    return await _page(visit, made=made)


def _request(visit: Visit, form: Form) -> dict[str, Any]:
    ends = text_at(form.typed, "expires_at")
    return {
        "name": text_at(form.typed, "name"),
        "dealers": [visit.dealer_id],
        "scopes": list(form.typed.get("scopes", ())),
        "staff_id": text_at(form.typed, "staff_id") or None,
        "expires_at": _end_of(visit, ends) if ends else None,
    }


def _end_of(visit: Visit, day: str) -> str:
    """The end of a day in the dealer's zone; what is no day stays for the check to name."""
    try:
        last = datetime.combine(datetime.fromisoformat(day).date(), time(23, 59, 59), visit.zone)
        return last.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return day


async def _page(
    visit: Visit, form: Form | None = None, *, made: NewKey | None = None, problem: Problem | None = None
) -> Response:
    listed = await keys_reaching(visit.connection, visit.viewer.principal, _MOST, visit.dealer_id)
    people = await list_records(visit.connection, STAFF, visit.dealer_id, None, Page(limit=500, after=None))
    typed = form.typed if form else {}
    return visit.render(
        "settings_keys.html",
        "settings",
        status=problem.status_code if problem else 200,
        part="keys",
        parts=ALL,
        keys=[(one, clock_words(visit, one["created_at"]), _expiry(visit, one)) for one in listed["items"]],
        people=[(one.staff_id, one.record.get("name") or one.staff_id) for one in people],
        scopes=SCOPES,
        chosen=frozenset(typed.get("scopes", ())),
        typed={name: text_at(typed, name) for name in ("name", "staff_id", "expires_at")},
        made=made,
        problem=problem,
        own=visit.viewer.me.key_id,
    )


def _expiry(visit: Visit, key: dict[str, Any]) -> str | None:
    at = key["expires_at"]
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    return clock_words(visit, at) if at else None
