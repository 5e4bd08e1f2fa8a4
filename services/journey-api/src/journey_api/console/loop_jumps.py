"""The jumps of a journey: arcs across the loop, each numbered where its number covers no name. Pure geometry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan2, degrees, dist, hypot
from typing import Final

from journey_api.console.loop_curve import Frame, Point, at, middle, pair

_NODE: Final = 10.5
_ASIDE: Final = (44.0, 26.0)
"""How far arcs between the same steps bend apart."""

_BENDS: Final = (1.0, 0.8, 1.2, 0.6, 1.4, 0.4, 0.3, 0.2, 1.7, 0.1, -0.15)
"""How far an arc bends from the straight line, as a share of the usual, the best first."""

_LOOKED_AT: Final = 40
"""At so many places of an arc it is looked whether a word lies there."""

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


def draw_jumps(
    frame: Frame, moves: Iterable[tuple[int, tuple[int, int]]], words: Sequence[Box], names: Sequence[Box]
) -> tuple[Jump, ...]:
    """The numbered moves as arcs, bent towards the middle; they keep off the `words` as well as they can.

    `names` is what their numbers keep away from: the words with what a number beside them needs.
    """
    numbers: list[Point] = []
    drawn = []
    for number, (before, after) in moves:
        start, bend, end = _arc(frame, number, before, after, words)
        places = [_on_arc(start, bend, end, share) for share in _SHARES]
        x, y = _place(places, names, numbers)
        numbers.append((x, y))
        angle = round(degrees(atan2(end[1] - bend[1], end[0] - bend[0])), 1)
        head = f"translate({pair(end)}) rotate({angle})"
        path = f"M{pair(start)}Q{pair(bend)} {pair(end)}"
        drawn.append(Jump(number, path, after < before, round(x, 1), round(y, 1), head))
    return tuple(drawn)


def _arc(frame: Frame, number: int, before: int, after: int, words: Sequence[Box]) -> tuple[Point, Point, Point]:
    """Where an arc begins, what it bends to, and where it ends: of those it may take, one that crosses words least."""
    (ax, ay), (bx, by) = middle(frame, before), middle(frame, after)
    aside = number % 3 - 1
    usual = (ax + bx) / 2 + aside * _ASIDE[0], (ay + by) / 2 + aside * _ASIDE[1]
    (sx, sy), (ex, ey) = at(frame, before), at(frame, after)
    straight = (sx + ex) / 2, (sy + ey) / 2
    arcs = []
    for share in _BENDS:
        bend = tuple(base + (point - base) * share for base, point in zip(straight, usual, strict=True))
        start = _shortened((sx, sy), (bend[0], bend[1]), _NODE + 4)
        arcs.append((start, (bend[0], bend[1]), _shortened((ex, ey), (bend[0], bend[1]), _NODE + 3)))
    return min(arcs, key=lambda arc: _covered(arc, words))


def _covered(arc: tuple[Point, Point, Point], words: Sequence[Box]) -> int:
    points = [_on_arc(*arc, place / _LOOKED_AT) for place in range(_LOOKED_AT + 1)]
    return sum(word.holds(point) for point in points for word in words)


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
