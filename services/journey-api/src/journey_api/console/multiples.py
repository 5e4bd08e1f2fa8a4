"""How clocks were kept, small and many: a rate and fourteen days for each dealer, role, person or target. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

DAYS: Final = 14
GOAL: Final = 0.95
MOST: Final = 10
"""So many of a kind are drawn, those with most clocks; the file has all of them."""

_LOWEST: Final = 0.78
_HEIGHT: Final = 36.0
_STEP: Final = 10.0
_LEAST: Final = 1.5
"""What is drawn of a day at or below the lowest rate, so that it can be told from a day without clocks."""

Group = Literal["dealer", "role", "person", "target"]
GROUPS: Final[tuple[Group, ...]] = ("dealer", "role", "person", "target")


@dataclass(frozen=True, slots=True)
class Bar:
    """A day: `ok` on goal, `low` below it (hollow), `today` and `under` the same of the last day."""

    x: float
    y: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Multiple:
    """One of a group. `rate` and `count` are of the period, the bars of the days up to its end.

    `rate` None: no clock of the period has ended. `lowest` and `highest` of the days, None without any.
    """

    key: str | None
    name: str | None
    rate: float | None
    count: int
    under: bool
    bars: tuple[Bar, ...]
    lowest: float | None
    highest: float | None


def goal_y() -> float:
    """Where the goal is drawn."""
    return _y(GOAL)


def draw_multiples(
    items: Sequence[Mapping[str, Any]], by_day: Sequence[Mapping[str, Any]], last: date
) -> tuple[Multiple, ...]:
    """Of the summary's items of the period, and its items by key and day, the multiples with most clocks, by name."""
    judged = [one for one in items if one["met"] + one["breached"]]
    chosen = sorted(judged, key=lambda one: -(one["met"] + one["breached"]))[:MOST]
    days: dict[Any, list[tuple[date, float]]] = {}
    for one in by_day:
        if one["attainment"] is not None:
            key, day = one["key"]
            days.setdefault((one["dealer_id"], key), []).append((date.fromisoformat(day), one["attainment"]))
    drawn = [_multiple(one, days.get((one["dealer_id"], one["key"]), []), last) for one in chosen]
    return tuple(sorted(drawn, key=lambda one: (one.name is None, one.name or "")))


def _multiple(item: Mapping[str, Any], days: Iterable[tuple[date, float]], last: date) -> Multiple:
    rates = dict(days)
    return Multiple(
        key=item["key"],
        name=item["name"],
        rate=item["attainment"],
        count=item["met"] + item["breached"],
        under=item["attainment"] < GOAL,
        bars=tuple(_bars(rates, last)),
        lowest=min(rates.values(), default=None),
        highest=max(rates.values(), default=None),
    )


def _bars(rates: Mapping[date, float], last: date) -> Iterable[Bar]:
    for place in range(DAYS):
        rate = rates.get(last - timedelta(days=DAYS - 1 - place))
        if rate is not None:
            y = _y(rate)
            kind = _kind(rate, last=place == DAYS - 1)
            yield Bar(_STEP * place + 1.5, y, round(_HEIGHT - y, 1), kind)


def _kind(rate: float, *, last: bool) -> str:
    if last:
        return "today" if rate >= GOAL else "under"
    return "ok" if rate >= GOAL else "low"


def _y(rate: float) -> float:
    share = (max(rate, _LOWEST) - _LOWEST) / (1 - _LOWEST)
    return round(min(_HEIGHT * (1 - share) + 2 * share, _HEIGHT - _LEAST), 1)
