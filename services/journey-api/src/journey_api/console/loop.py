"""The customer's journey as an infinite loop: where steps, phases, walks and jumps are drawn. Pure geometry."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from journey_api.console.loop_curve import (
    FRAMES,
    HALF,
    Form,
    Frame,
    Point,
    at,
    following,
    normal,
    pair,
    stretch,
)
from journey_api.console.loop_jumps import Box, Jump, draw_jumps
from shared.vocabulary import STEP_PHASE, STEPS

Anchor = Literal["start", "middle", "end"]

_MARK_WIDTH: Final = 15.0
_MOST_MARKS: Final = 6
_PHASE_AT: Final[Mapping[Form, Mapping[str, float]]] = {
    "wide": {"commit": 9.2, "take_the_keys": 12.1, "enjoy": 14.5, "renew": 18.9},
    "tall": {"consider": 2.5, "commit": 9.4, "take_the_keys": 12.5, "renew": 18.9},
}
"""Where phases beside the crossing are named: away from it, where there is room between the strands."""
_MOST_JUMPS: Final = 12
"""The newest jumps that are drawn; the timeline tells all of them."""
_NAME_WIDTHS: Final[Mapping[Form, float]] = {"wide": 108.0, "tall": 84.0}
_USUAL_SHARE: Final = 0.6
"""How much of the width of a long name most names have."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A shape beside a step's name, such as a handoff, moved to its place."""

    shape: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Node:
    """A step: its place, its state, where its name and its marks stand."""

    step: int
    x: float
    y: float
    visited: bool
    now: bool
    label_x: float
    label_y: float
    anchor: Anchor
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class PhaseLabel:
    """Where the name of a phase stands."""

    phase: str
    x: float
    y: float
    anchor: Anchor
    here: bool


@dataclass(frozen=True, slots=True)
class Loop:
    """Everything that is drawn, back to front. `gap` lets one strand pass over the other at the crossing."""

    frame: Frame
    strands: tuple[str, ...]
    walked: tuple[str, ...]
    gap: str
    over: str
    crossed: bool
    ticks: tuple[str, ...]
    phases: tuple[PhaseLabel, ...]
    jumps: tuple[Jump, ...]
    nodes: tuple[Node, ...]


def draw_loop(visits: Sequence[int], marks: Mapping[int, Sequence[str]], form: Form = "wide") -> Loop:
    """The loop of the steps visited, in order of time; the last of them is now. `marks` by step, in their order."""
    frame = FRAMES[form]
    now = visits[-1] if visits else None
    moves = [(before, after) for before, after in pairwise(visits) if before != after]
    ordered = dict.fromkeys(move for move in moves if move[1] == following(move[0]))
    jumps = [move for move in moves if move[1] != following(move[0])]
    half = len(STEPS) / 2
    phases = _phase_labels(frame, now)
    newest = list(enumerate(jumps, start=1))[-_MOST_JUMPS:]
    return Loop(
        frame=frame,
        strands=(stretch(frame, 0.5, half + 0.5), stretch(frame, half + 0.5, len(STEPS) + 0.5)),
        walked=tuple(stretch(frame, before, before + 1) for before, _ in ordered),
        gap=stretch(frame, len(STEPS) + 0.3, len(STEPS) + 0.7),
        over=stretch(frame, half + 0.28, half + 0.72),
        crossed=(HALF, HALF + 1) in ordered,
        ticks=tuple(_tick(frame, step + 0.5) for step in STEPS if _ends_phase(step)),
        phases=phases,
        jumps=draw_jumps(
            frame, newest, [_words(label, form) for label in phases], [_room(label, form) for label in phases]
        ),
        nodes=tuple(_node(frame, step, set(visits), now, marks.get(step, ())) for step in STEPS),
    )


def _ends_phase(step: int) -> bool:
    """Whether another phase begins after the step, elsewhere than at the crossing."""
    return STEP_PHASE[step] != STEP_PHASE[following(step)] and step % HALF != 0


def _tick(frame: Frame, position: float) -> str:
    """A short line across the loop."""
    (x, y), (dx, dy) = at(frame, position), normal(frame, position)
    return f"M{pair((x - dx * 7, y - dy * 7))}L{pair((x + dx * 7, y + dy * 7))}"


def _phase_labels(frame: Frame, now: int | None) -> tuple[PhaseLabel, ...]:
    """The names of the phases, inside the loop, beside the middle of their steps."""
    labels = []
    placed = _PHASE_AT["tall" if frame.standing else "wide"]
    for phase in dict.fromkeys(STEP_PHASE.values()):
        steps = [step for step in STEPS if STEP_PHASE[step] == phase]
        position = placed.get(phase, (steps[0] + steps[-1]) / 2)
        (x, y), (dx, dy) = at(frame, position), normal(frame, position)
        level = not frame.standing or abs(dx) < 0.5
        inward = 62 if not frame.standing else 44 if level else 24
        anchor: Anchor = "middle" if level else "start" if dx < 0 else "end"
        here = now is not None and STEP_PHASE[now] == phase
        labels.append(PhaseLabel(phase, round(x - dx * inward, 1), round(y - dy * inward * 0.75 + 5, 1), anchor, here))
    return tuple(labels)


def _words(label: PhaseLabel, form: Form) -> Box:
    """What most names of phases take of their room."""
    width = _NAME_WIDTHS[form] * _USUAL_SHARE
    x = label.x - {"start": 0.0, "middle": width / 2, "end": width}[label.anchor]
    return Box(x - 4, label.y - 15, x + width + 4, label.y + 5)


def _room(label: PhaseLabel, form: Form) -> Box:
    """The room of a phase's name, with what a number beside it needs; a name is as wide as a long one."""
    width = _NAME_WIDTHS[form]
    x = label.x - {"start": 0.0, "middle": width / 2, "end": width}[label.anchor]
    return Box(x - 8, label.y - 22, x + width + 8, label.y + 10)


def _node(frame: Frame, step: int, visited: Iterable[int], now: int | None, shapes: Sequence[str]) -> Node:
    (x, y), (dx, dy) = at(frame, step), normal(frame, step)
    beside_crossing = step % HALF in (0, 1) and not frame.standing
    if beside_crossing:
        # both sides of the strand lie between the strands: the name goes to its own half
        dx, dy = (-1.0 if step <= HALF else 1.0), 0.0
    anchor: Anchor = "middle" if abs(dx) < 0.4 and not frame.standing else "start" if dx > 0 else "end"
    gap = frame.label_gap + (4 if step == now else 0)
    if anchor == "middle":
        label = x, y + (gap + 9 if dy > 0 else -gap)
    else:
        label = x + (gap if dx > 0 else -gap), y + dy * 8 + 4
    return Node(
        step=step,
        x=round(x, 1),
        y=round(y, 1),
        visited=step in set(visited),
        now=step == now,
        label_x=round(label[0], 1),
        label_y=round(label[1], 1),
        anchor=anchor,
        marks=_marks(label, anchor, shapes[:_MOST_MARKS], above=anchor == "middle" and dy < 0),
    )


def _marks(label: Point, anchor: Anchor, shapes: Sequence[str], *, above: bool) -> tuple[Mark, ...]:
    """The marks in a row below the name, above it where the name is above the step."""
    y = label[1] - 18 if above else label[1] + 14
    width = (len(shapes) - 1) * _MARK_WIDTH
    first = {"start": label[0] + 6, "end": label[0] - 6 - width, "middle": label[0] - width / 2}[anchor]
    return tuple(
        Mark(shape, round(first + number * _MARK_WIDTH, 1), round(y, 1)) for number, shape in enumerate(shapes)
    )
