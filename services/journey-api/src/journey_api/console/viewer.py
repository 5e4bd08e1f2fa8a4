"""Who looks at a page: the key behind the session, its person, the language, theme and dealer of the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from journey_api.access.authenticated_route import authenticate
from journey_api.console.catalogue import LANGUAGES, Catalogue, catalogue
from journey_api.http.auth import Principal
from journey_api.http.languages import preferred_language
from journey_api.routes.me import Me, OwnDealer, describe_me
from shared.db.schema import dealer, staff

LANGUAGE_COOKIE: Final = "lang"
THEME_COOKIE: Final = "theme"
DEALER_COOKIE: Final = "dealer"
THEMES: Final = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever looks. `me` is what `/v1/me` answers."""

    principal: Principal
    me: Me
    texts: Catalogue

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.texts.language

    def dealer_of(self, request: Request) -> OwnDealer | None:
        """The dealer of the page: of its address, else the one looked at last, else the first of the key."""
        wanted = request.query_params.get("dealer_id") or request.cookies.get(DEALER_COOKIE)
        known = {one.dealer_id: one for one in self.me.dealers}
        return known.get(wanted or "") or next(iter(self.me.dealers), None)


async def load_viewer(request: Request, connection: AsyncConnection, principal: Principal) -> Viewer:
    """Whoever looks at a page of the transaction's dealers."""
    me = await describe_me(connection, principal)
    person, dealers = await _locales(connection, me)
    return Viewer(principal, me, catalogue(language_of(request, person, dealers)))


async def authenticated(request: Request) -> Principal:
    """The key behind the request. Raises Problem 401 or 403, as the API does."""
    return await authenticate(request, request.method)


def language_of(request: Request, person: str | None = None, dealers: Iterable[str | None] = ()) -> str:
    """The language chosen (`?lang=`, the cookie), else the person's, else the browser's, else the dealer's."""
    chosen = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    asked = preferred_language(request.headers.get("accept-language"), LANGUAGES)
    for tag in (*chosen, person, asked, *dealers):
        primary = (tag or "").replace("_", "-").partition("-")[0].lower()
        if primary in LANGUAGES:
            return primary
    return LANGUAGES[0]


def theme_of(request: Request) -> str | None:
    """The theme that was chosen; None: the system's."""
    theme = request.cookies.get(THEME_COOKIE)
    return theme if theme in THEMES else None


async def _locales(connection: AsyncConnection, me: Me) -> tuple[str | None, list[str | None]]:
    """The locale of the key's person, and those of its dealers in the order of `me`."""
    rows = await connection.execute(select(dealer.c.dealer_id, dealer.c.record["locale"].astext.label("locale")))
    by_dealer = {row.dealer_id: row.locale for row in rows}
    person = None
    if me.staff is not None:
        key = (staff.c.dealer_id == me.staff.dealer_id) & (staff.c.staff_id == me.staff.staff_id)
        person = await connection.scalar(select(staff.c.record["locale"].astext).where(key))
    return person, [by_dealer.get(one.dealer_id) for one in me.dealers]
