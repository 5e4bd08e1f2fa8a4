"""One look at a page: the request, whoever looks, the transaction and the instant; and how refusals become pages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_time
from babel.numbers import format_percent
from pydantic_core import to_json
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from journey_api.access.app_state import Stack, stack_of
from journey_api.console.catalogue import Catalogue, catalogue
from journey_api.console.page import render
from journey_api.console.signed_out import signed_out
from journey_api.console.viewer import Viewer, authenticated, language_of, load_viewer
from journey_api.http.problems import Problem, not_found
from journey_api.routes.me import OwnDealer
from shared.db.schema import dealer
from shared.languages.dates import format_short_day

UTC: Final = "UTC"
KEYS_COOKIE: Final = "keys"
_CLIENT_TEXTS: Final = (
    "board.live.",
    "board.toast.",
    "board.keys.",
    "board.palette.",
    "board.bulk.chosen",
    "board.bulk.title",
    "countdown.",
    "wall.more",
    "task.actions.",
    "shell.pages.",
)
"""What the browser says by itself."""

_TOLD: Final = frozenset({"scope", "cross_site"})
_BY_STATUS: Final = {404: "missing", 413: "too_large", 503: "unavailable"}


@dataclass(frozen=True, slots=True)
class Shell:
    """What the head of every page shows."""

    now: str
    day: str
    time: str
    zone: str
    dealer: str | None
    dealer_id: str | None
    person: str
    initials: str
    about: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A look at a page. `now` is domain time; `zone` that of the page's dealer."""

    request: Request
    stack: Stack
    viewer: Viewer
    connection: AsyncConnection
    now: datetime
    dealer: OwnDealer | None
    zone: ZoneInfo

    @property
    def texts(self) -> Catalogue:
        """The texts in the language of the page."""
        return self.viewer.texts

    @property
    def dealer_id(self) -> str:
        """The dealer of the page, which has one."""
        assert self.dealer is not None
        return self.dealer.dealer_id

    async def at(self, dealer_id: str) -> "Visit":
        """The same look with one of the viewer's dealers as the page's. Raises Problem 404 for any other."""
        own = next((one for one in self.viewer.me.dealers if one.dealer_id == dealer_id), None)
        if own is None:
            raise not_found()
        return replace(self, dealer=own, zone=await _zone(self.connection, own))

    def render(self, template: str, section: str = "", *, status: int = 200, **values: Any) -> Response:
        """The page of a template; `section` is its place in the navigation."""
        return render(
            self.request,
            template,
            self.texts,
            viewer=self.viewer,
            status=status,
            section=section,
            shell=_shell(self),
            now=self.now.isoformat(),
            instant=self.now,
            percent=partial(percent, language=self.viewer.language),
            words=to_json(self.texts.part(*_CLIENT_TEXTS)).decode(),
            shortcuts_off=self.request.cookies.get(KEYS_COOKIE) == "off",
            **values,
        )


Handler = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def page(*scopes: str) -> Callable[[Handler], Endpoint]:
    """Makes a handler of visits an endpoint for those who are signed in and have one of the scopes.

    One transaction, bound to the dealers of the key, committed before the answer goes out.
    """

    def endpoint_of(handler: Handler) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            try:
                principal = await authenticated(request)
            except Problem as problem:
                return signed_out(request, problem) if problem.status_code == 401 else refuse(request, problem)
            stack, texts = stack_of(request), catalogue(language_of(request))
            try:
                async with stack.database.transaction(principal.reach) as connection:
                    viewer = await load_viewer(request, connection, principal)
                    texts = viewer.texts
                    if scopes:
                        principal.require(*scopes)
                    own = viewer.dealer_of(request)
                    visit = Visit(request, stack, viewer, connection, stack.clock(), own, await _zone(connection, own))
                    return await handler(visit)
            except Problem as problem:
                return refuse(request, problem, scopes, texts)

        return endpoint

    return endpoint_of


def refuse(
    request: Request, problem: Problem, scopes: tuple[str, ...] = (), texts: Catalogue | None = None
) -> Response:
    """The page of a refusal, in words for people; without `texts` in the language the browser asks for."""
    texts = texts or catalogue(language_of(request))
    kind = problem.code if problem.code in _TOLD else _BY_STATUS.get(problem.status_code, "failed")
    title, detail = texts.text(f"refused.{kind}"), texts.text(f"refused.{kind}_detail", scope=", ".join(scopes))
    again = request.method == "GET" and problem.status_code >= 500
    return render(request, "refused.html", texts, status=problem.status_code, title=title, detail=detail, again=again)


async def _zone(connection: AsyncConnection, own: OwnDealer | None) -> ZoneInfo:
    if own is None:
        return ZoneInfo(UTC)
    query = select(dealer.c.record["time_zone"].astext).where(dealer.c.dealer_id == own.dealer_id)
    return ZoneInfo(await connection.scalar(query) or UTC)


def _shell(visit: Visit) -> Shell:
    me, language = visit.viewer.me, visit.viewer.language
    person = me.staff.name if me.staff and me.staff.name else me.name
    return Shell(
        now=visit.now.isoformat(),
        day=format_short_day(visit.now.astimezone(visit.zone), language),
        time=format_time(visit.now, "HH:mm", visit.zone, locale=language),
        zone=city_of(visit.zone, language),
        dealer=visit.dealer.name if visit.dealer else None,
        dealer_id=visit.dealer.dealer_id if visit.dealer else None,
        person=person,
        initials="".join(word[0] for word in person.split()[:2]).upper() or "–",
        about=visit.texts.text("sign_out.about", name=me.name, scopes=", ".join(me.scopes)),
    )


def city_of(zone: ZoneInfo, language: str) -> str:
    """The city that stands for a zone, as the language calls it."""
    named = Locale.parse(language).time_zones.get(zone.key, {}).get("city")
    return str(named or zone.key.rpartition("/")[2].replace("_", " "))


def percent(rate: float, language: str) -> str:
    """`94.6 %`: a rate as the language writes it, to a tenth."""
    return format_percent(rate, "#,##0.#\xa0%", locale=language)
