"""The hour around now, a lane for each dealer: what is overdue, what comes due, when a place is shut. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from journey_api.console.countdown import Countdown
from shared.calendar.open_intervals import spans_between
from shared.calendar.opening_hours import Calendar, Span

WIDTH: Final = 1376
MOST_LANES: Final = 8
_LEFT: Final = 158.0
_RIGHT: Final = 1360.0
_TOP: Final = 26
_LANE: Final = 34
_SIDE: Final = timedelta(hours=1)
_TICK: Final = timedelta(minutes=15)
_BESIDE: Final = 14.0
"""How far from its mark a label begins, and the next mark from the end of a label at least."""
_LETTER: Final = 7.0
"""How wide a letter of a label is at most."""
_BEFORE_NOW: Final = -30.0
_AFTER_NOW: Final = 120.0
"""Between these a quarter shows no time: the words of now stand there."""
_WORDS: Final = 290.0
"""How long a shut stretch has to be for its words."""


@dataclass(frozen=True, slots=True)
class StripMark:
    """A due time. `text_x` None: there is no room for its label. `ends`: the side of the label that is at `text_x`."""

    x: float
    y: int
    state: str
    label: str
    text_x: float | None
    ends: str


@dataclass(frozen=True, slots=True)
class Shut:
    """A stretch in which a place is shut; `worded`: its words fit.

    `since` and `until` as the clock there shows them, None where they lie outside of what is drawn. `text_y`: where
    the words stand, below the marks where there are some.
    """

    x: float
    y: int
    text_y: int
    width: float
    since: str | None
    until: str | None
    worded: bool


@dataclass(frozen=True, slots=True)
class StripLane:
    """A dealer's line: where it is, its marks, and how far back its oldest overdue clock reaches."""

    name: str
    y: int
    tail_x: float | None
    marks: tuple[StripMark, ...]
    shut: tuple[Shut, ...]


@dataclass(frozen=True, slots=True)
class HourStrip:
    """What is drawn. `hours` are the quarters with their times, `left_out` the lanes there was no room for."""

    lanes: tuple[StripLane, ...]
    hours: tuple[tuple[float, str], ...]
    now_x: float
    now: str
    height: int
    left_out: int


def draw_strip(
    dealers: Sequence[tuple[str, str, Calendar]], clocks: Mapping[str, Sequence[Countdown]], now: datetime
) -> HourStrip:
    """The lanes of the dealers (id, name, hours), those with most clocks first where there are too many.

    `clocks` by dealer: breached ones, and those due in the next hour. Times are those of the first dealer's zone,
    shut hours those of each dealer.
    """
    chosen = {one[0] for one in sorted(dealers, key=lambda one: -len(clocks.get(one[0], ())))[:MOST_LANES]}
    shown = [one for one in dealers if one[0] in chosen]
    zone = shown[0][2].zone if shown else now.tzinfo
    first = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    quarters = [first + number * _TICK for number in range(-3, 5)]
    lanes = [_lane(name, hours, clocks.get(dealer_id, ()), now, i) for i, (dealer_id, name, hours) in enumerate(shown)]
    return HourStrip(
        lanes=tuple(lanes),
        hours=tuple(
            (_x(at, now), f"{at.astimezone(zone):%H:%M}")
            for at in quarters
            if _LEFT < _x(at, now) < _RIGHT - _BESIDE and not _BEFORE_NOW < _x(at, now) - _x(now, now) < _AFTER_NOW
        ),
        now_x=_x(now, now),
        now=f"{now.astimezone(zone):%H:%M}",
        height=_TOP + _LANE * len(lanes) + 4,
        left_out=len(dealers) - len(shown),
    )


def _x(at: datetime, now: datetime) -> float:
    share = (min(max(at, now - _SIDE), now + _SIDE) - (now - _SIDE)) / (2 * _SIDE)
    return round(_LEFT + share * (_RIGHT - _LEFT), 1)


def _lane(name: str, calendar: Calendar, clocks: Sequence[Countdown], now: datetime, place: int) -> StripLane:
    y = _TOP + _LANE * place
    late = sorted((one for one in clocks if one.state == "breached"), key=lambda one: one.due_at)
    ahead = sorted((one for one in clocks if one.state != "breached"), key=lambda one: one.due_at)
    marks = [*_late_marks(late, now, y + 17), *_marks_ahead(ahead, now, y + 17, calendar.zone)]
    tail = _x(late[0].due_at, now) if late else None
    crossed = [(tail, _x(now, now))] if tail is not None else []
    crossed += [(mark.x, mark.x) for mark in marks]
    return StripLane(name, y, tail, tuple(marks), tuple(_shut(calendar, now, y, crossed)))


def _late_marks(clocks: Sequence[Countdown], now: datetime, y: int) -> Iterable[StripMark]:
    """What is late: only the oldest says how much, before its mark, for the line from it to now runs on behind it."""
    for place, clock in enumerate(clocks):
        x, label = _x(clock.due_at, now), f"{clock.left} {clock.unit}".strip()
        free = place == 0 and x - _BESIDE - len(label) * _LETTER > _LEFT
        yield StripMark(x, y, clock.state, label, x - _BESIDE if free else None, "end")


def _marks_ahead(clocks: Sequence[Countdown], now: datetime, y: int, zone: tzinfo) -> Iterable[StripMark]:
    """What comes due: its time behind its mark, where no other mark stands in it."""
    places = [*(_x(clock.due_at, now) for clock in clocks), WIDTH + _BESIDE]
    for clock, (x, following) in zip(clocks, pairwise(places), strict=True):
        label = f"{clock.due_at.astimezone(zone):%H:%M}"
        free = x + _BESIDE + len(label) * _LETTER < min(following - _BESIDE, WIDTH)
        yield StripMark(x, y, clock.state, label, x + _BESIDE if free else None, "start")


def _shut(calendar: Calendar, now: datetime, y: int, crossed: Sequence[tuple[float, float]]) -> Iterable[Shut]:
    low, high = now - _SIDE, now + _SIDE
    since = low
    for start, end in [*_opened(calendar, low, high), (high, high)]:
        if start > since:
            x, width = _x(since, now), _x(start, now) - _x(since, now)
            begin = None if since == low else f"{since.astimezone(calendar.zone):%H:%M}"
            until = None if start == high else f"{start.astimezone(calendar.zone):%H:%M}"
            free = all(last < x or begun > x + width for begun, last in crossed)
            yield Shut(x, y + 1, y + (21 if free else 32), round(width, 1), begin, until, width >= _WORDS)
        since = max(since, end)


def _opened(calendar: Calendar, low: datetime, high: datetime) -> list[Span]:
    return [(low, high)] if calendar.never_closes else list(spans_between(calendar, low, high))
