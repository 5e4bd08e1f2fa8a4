"""The curve of the journey's loop: a lemniscate by length of arc, in a lying and a standing frame. Pure geometry.

The two steps at the crossing are 10 and 11: steps 1 to 10 lie on one half, 11 to 20 on the other, each half crossed at
equal lengths of arc.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import cos, hypot, pi, sin
from typing import Final, Literal

from shared.vocabulary import STEPS

Form = Literal["wide", "tall"]
Point = tuple[float, float]

HALF: Final = len(STEPS) // 2
_SAMPLES: Final = 4_000
_PIECES: Final = 12
"""How many chords a stretch between two steps is drawn with."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The measures of a form. `standing`: the loop stands upright, for phones."""

    width: float
    height: float
    centre: Point
    reach: Point
    label_gap: float
    standing: bool = False


FRAMES: Final[Mapping[Form, Frame]] = {
    "wide": Frame(900, 470, (450, 228), (342, 171.7), 18),
    "tall": Frame(374, 640, (187, 318), (91, 296), 15, standing=True),
}


def following(step: int) -> int:
    """The step after a step; the journey begins again after the last one."""
    return step % len(STEPS) + 1


def place_of(form: Form, position: float) -> Point:
    """Where a position stands; whole positions are steps, 10.5 and 20.5 the crossing."""
    return at(FRAMES[form], position)


def at(frame: Frame, position: float) -> Point:
    """A position on the loop in the drawing: from the unit curve to the frame, stood upright where it has to be."""
    x, y = _unit(position)
    if frame.standing:
        # the first half above: a quarter turn, mirrored so that the walk goes down on the right
        x, y = y, x
    return frame.centre[0] + x * frame.reach[0] / _span(0, frame), frame.centre[1] + y * frame.reach[1] / _span(
        1, frame
    )


def _span(axis: int, frame: Frame) -> float:
    wide = 1.0, _TALLEST
    return wide[::-1][axis] if frame.standing else wide[axis]


def _unit(position: float) -> Point:
    """The point of a position on the unit lemniscate, found by length of arc from the crossing."""
    lengths, points = _curve()
    wanted = (position - 0.5) / len(STEPS) % 1 * lengths[-1]
    low, high = 0, len(lengths) - 1
    while low < high:
        between = (low + high) // 2
        low, high = (between + 1, high) if lengths[between] < wanted else (low, between)
    return points[low]


@cache
def _curve() -> tuple[tuple[float, ...], tuple[Point, ...]]:
    """The unit curve from the crossing through the left half to the crossing and through the right one."""
    points = [_figure(pi / 2 + 2 * pi * number / _SAMPLES) for number in range(_SAMPLES + 1)]
    lengths = [0.0]
    for before, after in pairwise(points):
        lengths.append(lengths[-1] + hypot(after[0] - before[0], after[1] - before[1]))
    return tuple(lengths), tuple(points)


def _figure(angle: float) -> Point:
    """Bernoulli's lemniscate, its left half first, from above to below."""
    scale = 1 + sin(angle) ** 2
    return cos(angle) / scale, sin(angle) * cos(angle) / scale


_TALLEST: Final = max(abs(_figure(2 * pi * number / _SAMPLES)[1]) for number in range(_SAMPLES))


def stretch(frame: Frame, start: float, end: float) -> str:
    """The path from a position to a later one."""
    pieces = max(2, round(_PIECES * (end - start)))
    points = (at(frame, start + (end - start) * number / pieces) for number in range(pieces + 1))
    return "M" + "L".join(pair(point) for point in points)


def normal(frame: Frame, position: float) -> Point:
    """Across the loop, of length 1, away from the middle of its half."""
    (ax, ay), (bx, by) = at(frame, position - 0.05), at(frame, position + 0.05)
    length = hypot(bx - ax, by - ay) or 1.0
    across = (by - ay) / length, (ax - bx) / length
    (mx, my), (x, y) = middle(frame, position), at(frame, position)
    outward = across[0] * (x - mx) + across[1] * (y - my) >= 0
    return across if outward else (-across[0], -across[1])


def middle(frame: Frame, position: float) -> Point:
    """The middle of the half a position lies on."""
    first = (position - 0.5) % len(STEPS) < HALF
    offset = -0.55 if first else 0.55
    if frame.standing:
        return frame.centre[0], frame.centre[1] + offset * frame.reach[1]
    return frame.centre[0] + offset * frame.reach[0], frame.centre[1]


def pair(point: Point) -> str:
    return f"{round(point[0], 1):g} {round(point[1], 1):g}"
