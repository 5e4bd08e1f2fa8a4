"""The jumps of a journey: arcs across the loop, each numbered where its number covers no name. Pure geometry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan2, degrees, dist, hypot
from typing import Final

from journey_api.console.loop_curve import Frame, Point, at, middle, pair

_NODE: Final = 10.5
_ASIDE: Final = (44.0, 26.0)
"""How far arcs between the same steps bend apart."""

_SHARES: Final = (0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8)
"""Where on its arc a number may stand, the best place first."""

_APART: Final = 18.0
"""How far two numbers are apart at least."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A move to a step that is not the next one, numbered in order; `head` is where its arrow points and how."""

    number: int
    path: str
    back: bool
    x: float
    y: float
    head: str


@dataclass(frozen=True, slots=True)
class Box:
    """The room that a name takes."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, point: Point) -> bool:
        """Whether a point lies in it."""
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom


def draw_jumps(frame: Frame, moves: Iterable[tuple[int, tuple[int, int]]], names: Sequence[Box]) -> tuple[Jump, ...]:
    """The numbered moves as arcs, bent towards the middle; `names` is what their numbers keep away from."""
    numbers: list[Point] = []
    drawn = []
    for number, (before, after) in moves:
        start, bend, end = _arc(frame, number, before, after)
        places = [_on_arc(start, bend, end, share) for share in _SHARES]
        x, y = _place(places, names, numbers)
        numbers.append((x, y))
        angle = round(degrees(atan2(end[1] - bend[1], end[0] - bend[0])), 1)
        head = f"translate({pair(end)}) rotate({angle})"
        path = f"M{pair(start)}Q{pair(bend)} {pair(end)}"
        drawn.append(Jump(number, path, after < before, round(x, 1), round(y, 1), head))
    return tuple(drawn)


def _arc(frame: Frame, number: int, before: int, after: int) -> tuple[Point, Point, Point]:
    """Where an arc begins, what it bends to, and where it ends."""
    (ax, ay), (bx, by) = middle(frame, before), middle(frame, after)
    aside = number % 3 - 1
    bend = ((ax + bx) / 2 + aside * _ASIDE[0], (ay + by) / 2 + aside * _ASIDE[1])
    start = _shortened(at(frame, before), bend, _NODE + 4)
    return start, bend, _shortened(at(frame, after), bend, _NODE + 3)


def _on_arc(start: Point, bend: Point, end: Point, share: float) -> Point:
    rest = 1 - share
    x, y = (rest * rest * start[side] + 2 * rest * share * bend[side] + share * share * end[side] for side in (0, 1))
    return x, y


def _place(places: Sequence[Point], names: Sequence[Box], numbers: Sequence[Point]) -> Point:
    """The best place that no name covers, away from the other numbers where there is one."""
    open_places = [one for one in places if not any(name.holds(one) for name in names)] or places
    return next((one for one in open_places if all(dist(one, other) >= _APART for other in numbers)), open_places[0])


def _shortened(point: Point, towards: Point, by: float) -> Point:
    length = hypot(towards[0] - point[0], towards[1] - point[1]) or 1.0
    share = min(by / length, 0.5)
    return point[0] + (towards[0] - point[0]) * share, point[1] + (towards[1] - point[1]) * share
