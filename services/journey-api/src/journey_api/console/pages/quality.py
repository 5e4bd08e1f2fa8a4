"""`/quality`: the moments of truth of a dealer, the worst first, the signals, the levels of roles and people."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from journey_api.console.chosen_filters import keeps_filters
from journey_api.console.chosen_period import read_chosen_period
from journey_api.console.quality import SCORES, ShownLevel, flag_words, show_level, show_moments
from journey_api.console.visit import Visit, page
from journey_api.http.pagination import Page, page_at
from journey_api.http.periods import Period
from journey_api.http.problems import not_found
from journey_api.quality.counts import Asked, By
from journey_api.quality.key_names import Names
from journey_api.quality.moments import MomentFilter, list_moments, place_of
from journey_api.quality.quality_signals import list_signals
from journey_api.quality.summary import summarise
from shared.quality.types import FLAGS
from shared.vocabulary import ROLES, STEPS

MOST_ROWS: Final = 30
SHOWN_DAYS: Final = 90
"""The days that are shown where the address names none."""
_FILTERS: Final = ("dealer_id", "score", "role", "step", "flag", "from", "to")


@page("ops:read")
@keeps_filters("quality", "score", "role", "step", "flag")
async def show_quality(visit: Visit) -> Response:
    """The moments of a dealer; every filter stands in the address. Of a period that cannot be why, with status 422."""
    if visit.dealer is None:
        raise not_found()
    dealer_id, params = visit.dealer.dealer_id, visit.request.query_params
    chosen = {name: params[name] for name in _FILTERS if params.get(name)}
    period, wrong = _period(visit, chosen)
    address = _address_of({**chosen, "dealer_id": dealer_id})
    part = page_at(visit.request.url.path, MOST_ROWS, params.get("cursor"))
    wanted = _wanted(dealer_id, chosen, period)
    found = {} if wrong else await _found(visit, dealer_id, wanted, part, address)
    return visit.render(
        "quality.html",
        "quality",
        status=422 if wrong else 200,
        wrong=wrong,
        dealers=visit.viewer.me.dealers,
        dealer_id=dealer_id,
        chosen=chosen,
        period=period,
        scores=[(str(score), shape) for score, shape in SCORES.items()],
        named=_words(visit),
        roles=ROLES,
        steps=STEPS,
        flags=list(zip(FLAGS, flag_words(visit, FLAGS), strict=True)),
        signals=list_signals(visit.stack.playbook.texts, visit.viewer.language),
        address=address,
        **found,
    )


async def _found(
    visit: Visit, dealer_id: str, wanted: MomentFilter, part: Page, address: Callable[..., str]
) -> dict[str, Any]:
    """What the page shows of a period: moments, the address of more of them, levels, how often each signal came."""
    rows = await list_moments(visit.connection, wanted, part)
    shown, period = rows[:MOST_ROWS], wanted.period
    names = Names(visit.stack.playbook, visit.viewer.language)
    flags = await summarise(visit.connection, Asked(("signal",), dealer_id, period, visit.now), names)
    return {
        "moments": await show_moments(visit, shown),
        "more": address(cursor=part.cursor(*place_of(shown[-1]))) if len(rows) > MOST_ROWS else None,
        "levels": {by: await _levels(visit, dealer_id, by, period) for by in ("dealer", "role", "person")},
        "counts": {one["key"]: one["moments"] for one in flags},
    }


def _period(visit: Visit, chosen: dict[str, str]) -> tuple[Period, str | None]:
    if "from" in chosen or "to" in chosen:
        return read_chosen_period(visit.texts, chosen)
    today = visit.now.astimezone(visit.zone).date()
    return Period(today - timedelta(days=SHOWN_DAYS - 1), today), None


def _wanted(dealer_id: str, chosen: dict[str, str], period: Period) -> MomentFilter:
    """What the address asks for; 404 for a value there is not."""
    known: Mapping[str, Collection[str]] = {
        "score": {"-1", "0", "1"},
        "role": set(ROLES),
        "step": {str(step) for step in STEPS},
        "flag": set(FLAGS),
    }
    if any(chosen[name] not in known[name] for name in known if name in chosen):
        raise not_found()
    values: dict[str, Any] = {"dealer_id": [dealer_id]}
    values |= {name: [int(chosen[name])] for name in ("score", "step") if name in chosen}
    values |= {"role": [chosen["role"]]} if "role" in chosen else {}
    return MomentFilter(values, [chosen["flag"]] if "flag" in chosen else (), period)


async def _levels(visit: Visit, dealer_id: str, by: By, period: Period) -> list[ShownLevel]:
    names = Names(visit.stack.playbook, visit.viewer.language)
    items = await summarise(visit.connection, Asked((by,), dealer_id, period, visit.now), names)
    return [show_level(visit, item) for item in items if item["key"] is not None]


def _words(visit: Visit) -> dict[str, dict[str, str]]:
    """The words of scores and of how signals are known."""
    sections = visit.stack.playbook.texts.sections(visit.viewer.language)
    return {name: {str(one): str(text) for one, text in sections[name].items()} for name in _WORDS}


_WORDS: Final = ("moment_scores", "signal_measures")


def _address_of(chosen: dict[str, str]) -> Callable[..., str]:
    """The address of the page with some of it changed; None takes a filter away."""

    def address(**changed: str | None) -> str:
        kept = {name: value for name, value in {**chosen, **changed}.items() if value}
        return f"/quality?{urlencode(kept)}"

    return address
