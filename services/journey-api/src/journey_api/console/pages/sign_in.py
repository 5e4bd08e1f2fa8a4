"""`/sign-in` and `/sign-out`: a key becomes a session; in the demo one click is enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from journey_api.access.api_keys import new_secret, secret_hash
from journey_api.access.app_state import Stack, stack_of
from journey_api.access.sessions import COOKIE
from journey_api.callbacks.forms import read_form
from journey_api.console.catalogue import LANGUAGES, catalogue
from journey_api.console.page import remember, render, see_other
from journey_api.console.viewer import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, language_of
from journey_api.console.visit import KEYS_COOKIE, Visit, page, refuse
from journey_api.http.problems import Problem
from journey_api.http.same_site import is_same_site
from shared.db.schema import api_key, dealer, staff, task
from shared.ids import new_id
from shared.vocabulary import WORKED_STATUSES

ADMINISTRATOR: Final = "admin"
_PERSON_SCOPES: Final = ("tasks:read", "tasks:write", "ops:read")
_LIFETIME: Final = timedelta(days=7)
_REASONS: Final = frozenset({"key_unknown", "key_withdrawn", "key_expired"})


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A button of the demo."""

    dealer_id: str
    staff_id: str
    name: str
    role: str


async def show_sign_in(request: Request) -> Response:
    """The form; `why` says what ended the session before."""
    why = request.query_params.get("why")
    return await _sign_in_page(request, error=why if why in _REASONS else None, ended=why == "session_ended")


async def sign_in(request: Request) -> Response:
    """Begin a session and go on to `next`. `as` needs no key, in the demo on this machine only."""
    fields = dict(await read_form(request))
    stack, next_page = stack_of(request), fields.get("next") or "/"
    try:
        _refuse_foreign_page(request, stack)
        if "as" in fields:
            if not offers_one_click(request, stack):
                raise Problem(403, "One click works on the demo's own machine only.", code="demo")
            token = await _sign_in_as(stack, fields["as"])
        else:
            token = await stack.sessions.open(fields.get("key", "").strip())
    except Problem as problem:
        if problem.code == "cross_site":
            return refuse(request, problem)
        error = problem.code if fields.get("key") or problem.code == "demo" else "missing"
        return await _sign_in_page(request, error=error, next_page=next_page)
    response = see_other(next_page)
    stack.sessions.set_cookie(response, token)
    return response


@page()
async def show_sign_out(visit: Visit) -> Response:
    """The account: a button to sign out, appearance, language."""
    return visit.render("sign_out.html", keys=visit.request.cookies.get(KEYS_COOKIE) != "off")


@page()
async def sign_out(visit: Visit) -> Response:
    """End this session, or with `everywhere` every session of the key."""
    fields = dict(await read_form(visit.request))
    sessions = visit.stack.sessions
    if fields.get("everywhere"):
        await sessions.end_all(visit.viewer.principal)
    else:
        await sessions.end(visit.request.cookies.get(COOKIE, ""))
    response = see_other("/sign-in")
    sessions.delete_cookie(response)
    return response


@page()
async def save_preferences(visit: Visit) -> Response:
    """Keep theme, language and shortcuts in the browser."""
    fields = dict(await read_form(visit.request))
    response = see_other("/sign-out")
    if fields.get("lang") in LANGUAGES:
        remember(response, LANGUAGE_COOKIE, fields["lang"])
    remember(response, THEME_COOKIE, fields["theme"] if fields.get("theme") in THEMES else "system")
    remember(response, KEYS_COOKIE, "on" if fields.get("keys") else "off")
    return response


def offers_one_click(request: Request, stack: Stack) -> bool:
    """Whether this is the demo, called on its own machine and through nothing in between."""
    headers = request.headers
    forwarded = any(name == "forwarded" or name.startswith("x-forwarded-") for name in headers)
    host = headers.get("host", "").rpartition("@")[2]
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return (
        stack.settings.demo_sign_in
        and not stack.settings.database_url
        and not stack.settings.public_url
        and not forwarded
        and (name == "localhost" or _is_loopback(name.strip("[]")))
        and request.client is not None
        and _is_loopback(request.client.host)
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_foreign_page(request: Request, stack: Stack) -> None:
    """A form of another site signs nobody in; who sends neither header is no browser."""
    headers = request.headers
    if ("origin" in headers or "referer" in headers) and not is_same_site(headers, [headers.get("host", "")]):
        stack.sessions.require_same_site(request.method, headers)


async def _sign_in_page(
    request: Request, *, error: str | None = None, ended: bool = False, next_page: str | None = None
) -> Response:
    stack, texts = stack_of(request), catalogue(language_of(request))
    one_click = offers_one_click(request, stack)
    people = await _demo_people(stack, texts.language) if one_click else ()
    key = f"sign_in.errors.{error}"
    return render(
        request,
        "sign_in.html",
        texts,
        status={None: 200, "demo": 403}.get(error, 401) if request.method == "POST" else 200,
        error=texts.text(key if key in texts else "sign_in.errors.key_unknown") if error else None,
        notice=texts.text("sign_in.ended") if ended else None,
        one_click=one_click,
        demo=people,
        next=next_page or request.query_params.get("next", "/"),
    )


async def _demo_people(stack: Stack, language: str) -> Sequence[DemoPerson]:
    """The people of the first dealer, a role each, who has most to do first; none before somebody has work in hand."""
    async with stack.database.transaction() as connection:
        rows = (await connection.execute(_PEOPLE)).all()
    words = stack.playbook.texts
    people: dict[str, DemoPerson] = {}
    for row in rows:
        role = (row.record.get("roles") or [""])[0]
        name = words.find("roles", role, language) or role
        people.setdefault(role, DemoPerson(row.dealer_id, row.staff_id, row.record["name"], name))
    return tuple(people.values())


_HOLDER: Final = func.coalesce(task.c.assignee_id, task.c.offered_to)
_IN_HAND: Final = select(task.c.task_id).where(
    task.c.dealer_id == staff.c.dealer_id, _HOLDER.is_not(None), task.c.status.in_(WORKED_STATUSES)
)
_HELD: Final = (
    select(func.count())
    .where(
        task.c.dealer_id == staff.c.dealer_id,
        staff.c.staff_id == _HOLDER,
        task.c.status.in_(WORKED_STATUSES),
    )
    .scalar_subquery()
)
_PEOPLE: Final = (
    select(staff.c.dealer_id, staff.c.staff_id, staff.c.record)
    .where(staff.c.dealer_id == select(dealer.c.dealer_id).order_by(dealer.c.dealer_id).limit(1).scalar_subquery())
    .where(_IN_HAND.exists())
    .order_by(_HELD.desc(), staff.c.staff_id)
)


async def _sign_in_as(stack: Stack, who: str) -> str:
    """A session of a person of the demo, with a key of its own, or of the administrator. 403 for anybody else."""
    if who == ADMINISTRATOR:
        return await stack.sessions.open(stack.settings.bootstrap_key)
    async with stack.database.transaction() as connection:
        secret = await _key_of(connection, stack, who)
    return await stack.sessions.open(secret)


async def _key_of(connection: AsyncConnection, stack: Stack, staff_id: str) -> str:
    people = {row.staff_id: row for row in await connection.execute(_PEOPLE)}
    if staff_id not in people:
        raise Problem(403, "The demo has no such person.", code="demo")
    person, secret, now = people[staff_id], new_secret(), stack.real()
    row = {
        "key_id": new_id(),
        "name": person.record["name"],
        "secret_hash": secret_hash(secret),
        "dealers": [person.dealer_id],
        "scopes": list(_PERSON_SCOPES),
        "staff_id": staff_id,
        "created_at": stack.clock(),
        "expires_at": now + _LIFETIME,
    }
    await connection.execute(insert(api_key).values(row))
    return secret
