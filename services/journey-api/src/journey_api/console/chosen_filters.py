"""The filters of a list that were chosen last in this browser: the list opens with them where its address has none."""

from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from journey_api.console.page import remember, see_other
from journey_api.console.visit import Handler, Visit

_DEALER: Final = "dealer_id"


def keeps_filters(cookie: str, *names: str) -> Callable[[Handler], Handler]:
    """Makes a page keep the filters `names`, and the dealer with them, in a cookie.

    They are chosen where the address names one of them, be it empty, as a form does. An address without a query is
    sent on to the address with them.
    """

    def around(handler: Handler) -> Handler:
        async def handle(visit: Visit) -> Response:
            request = visit.request
            if not request.url.query and (kept := _kept(visit, cookie, names)):
                return see_other(f"{request.url.path}?{urlencode(kept)}")
            response, given = await handler(visit), request.query_params
            if any(name in given for name in names):
                chosen = {name: given[name] for name in (_DEALER, *names) if given.get(name)}
                remember(response, cookie, urlencode(chosen))
            return response

        return handle

    return around


def _kept(visit: Visit, cookie: str, names: tuple[str, ...]) -> dict[str, str]:
    """What the cookie holds, without a dealer that the key does not see."""
    own = {one.dealer_id for one in visit.viewer.me.dealers}
    held = dict(parse_qsl(visit.request.cookies.get(cookie, "")))
    kept = {name: held[name] for name in names if name in held}
    return kept | ({_DEALER: held[_DEALER]} if held.get(_DEALER) in own else {})
