"""A customer's journey as it is shown: the walk on the loop, the figures, the steps newest first with what followed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from journey_api.cases.timeline import Happening, Step, place
from journey_api.cases.timeline_facts import Line
from journey_api.console.loop_curve import following
from journey_api.console.moments import clock_words
from journey_api.console.quality import flag_words
from journey_api.console.visit import Visit
from shared.languages.isolation import join_isolated
from shared.quality.experience import Experience

_SHAPES: Final = {"deliver": "deliver", "interact": "interact"}
_PROMISES: Final = {"kept": "kept", "broken": "broken"}
_MOMENTS: Final = {1: "enchanted", 0: "apathetic", -1: "tragic"}
"""What nobody will remember has no mark on the loop."""
_TOLD_BY_THE_STEP: Final = frozenset({"event"})


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a timeline with its time in the dealer's zone."""

    kind: str
    time: str
    at: str
    text: str
    who: str
    because: str | None
    task_id: str | None
    timer_id: str | None


@dataclass(frozen=True, slots=True)
class ShownMark:
    """A mark of a step in words."""

    shape: str
    text: str
    entry: str | None


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of the timeline. `jumped` is the step it came from where that is not the one before, with its way."""

    number: int | None
    at: str
    time: str
    title: str
    text: str
    jumped: tuple[str, int] | None
    now: bool
    case_id: str | None
    marks: tuple[ShownMark, ...]
    lines: tuple[ShownLine, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the summary, by the name of its text, and the numbers it is made of."""

    name: str
    values: Mapping[str, int]


def marks_by_step(steps: Sequence[Mapping[str, Any]]) -> dict[int, list[str]]:
    """The shapes beside each step of the loop, in order of time."""
    found: dict[int, list[str]] = {}
    for step in steps:
        if step["step"] is not None:
            found.setdefault(step["step"], []).extend(shapes_of(step))
    return found


def shapes_of(step: Mapping[str, Any]) -> list[str]:
    """What happened at one step: handoffs, ends of promises, moments."""
    shapes = [_SHAPES[one["kind"]] for one in step["handoffs"] if one["kind"] in _SHAPES]
    shapes += [_PROMISES[one["state"]] for one in step["promises"] if one.get("state") in _PROMISES]
    return shapes + [_MOMENTS[one["score"]] for one in step.get("moments") or () if one.get("score")]


def figures_of(journey: Mapping[str, Any]) -> list[Figure]:
    """The figures whose data is there: promises, handoffs, clocks, contacts."""
    steps = journey["steps"]
    promises = Counter(one.get("state") for one in _all(journey, "promises"))
    handoffs = Counter(one["kind"] for one in {one["task_id"]: one for s in steps for one in s["handoffs"]}.values())
    clocks = _all(journey, "timers")
    late = sum(one["breached_at"] is not None for one in clocks)
    met = sum(one["breached_at"] is None and one["state"] == "completed" for one in clocks)
    contacts = Counter(one["direction"] for one in _all(journey, "contacts"))
    figures = []
    if promises:
        figures.append(Figure("promises", {"kept": promises["kept"], "broken": promises["broken"]}))
    counts = {"count": handoffs["deliver"] + handoffs["interact"], **handoffs}
    figures.append(Figure("handoffs", {"deliver": 0, "interact": 0, **counts}))
    if clocks:
        figures.append(Figure("clocks", {"met": met, "late": late}))
    if contacts:
        figures.append(Figure("contacts", {"inbound": contacts["inbound"], "outbound": contacts["outbound"]}))
    return figures


def worst_figures(experience: Experience | None) -> list[Figure]:
    """By what a journey is judged: its worst open moment, never a mean."""
    worst = experience["worst_open_moment"] if experience else None
    if worst is None or worst["step"] is None:
        return []
    return [Figure(f"worst_{_MOMENTS[worst['score']]}", {"step": worst["step"]})]


def _all(journey: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [one for part in (*journey["steps"], journey["unplaced"]) for one in part[kind]]


def jump_to(before: int | None, step: int | None) -> tuple[str, int] | None:
    """From where a step was jumped to, and whether forward or back; None for the next one, the same and the first."""
    if before is None or step is None or step in (before, following(before)):
        return None
    return ("back" if step < before else "forward"), before


def shown_steps(visit: Visit, journey: Mapping[str, Any], lines: Iterable[Line]) -> list[ShownStep]:
    """The steps newest first, each with what followed it until the next one of its case."""
    held = [Step(one["at"], one["case_id"], dict(one), {"lines": []}) for one in journey["steps"]]
    happenings = [
        Happening("lines", line.at, line.ids.get("case_id"), {"line": line})
        for line in lines
        if line.kind not in _TOLD_BY_THE_STEP
    ]
    place(held, happenings)
    shown, before = [], None
    for number, step in enumerate(held):
        followed = [document["line"] for document in step.followed["lines"]]
        shown.append(_step(visit, step, jump_to(before, step.document["step"]), followed, number == len(held) - 1))
        before = step.document["step"] or before
    return shown[::-1]


def _step(visit: Visit, step: Step, jumped: tuple[str, int] | None, lines: Sequence[Line], newest: bool) -> ShownStep:
    document = step.document
    texts = visit.stack.playbook.texts
    happened = [texts.text("occurrences", one, visit.viewer.language) for one in document["occurrences"]]
    number = document["step"]
    return ShownStep(
        number=number,
        at=step.at.isoformat(),
        time=clock_words(visit, step.at),
        title=visit.texts.text(f"steps.{number}") if number else visit.texts.text("journey.without_step"),
        text=", ".join(happened),
        jumped=jumped,
        now=newest,
        case_id=step.case_id,
        marks=tuple(_marks(visit, document)),
        lines=tuple(show_line(visit, line) for line in lines),
    )


def _marks(visit: Visit, document: Mapping[str, Any]) -> Iterable[ShownMark]:
    for one in document["handoffs"]:
        if one["kind"] in _SHAPES:
            names = {name: visit.texts.text(f"roles.{one[name]}") for name in ("from_role", "to_role")}
            text = visit.texts.text(f"journey.handoff.{one['kind']}", **names)
            yield ShownMark(_SHAPES[one["kind"]], text, one["entry"])
    for one in document["promises"]:
        if one["state"] in _PROMISES:
            state = visit.texts.text(f"promises.states.{one['state']}")
            yield ShownMark(_PROMISES[one["state"]], f"{state}: {one['text']}", None)
    for one in document.get("moments") or ():
        words = flag_words(visit, one["flags"], one["feedback"])
        if words:
            yield ShownMark(_MOMENTS[one["score"]], ", ".join(words), None)


def show_line(visit: Visit, line: Line) -> ShownLine:
    """A line of a timeline as it is shown."""
    who = line.who or {}
    role = visit.texts.text(f"roles.{who['role']}") if who.get("role") else None
    return ShownLine(
        kind=line.kind,
        time=clock_words(visit, line.at),
        at=_iso(line.at),
        text=line.text,
        who=join_isolated(", ", (who.get("name") or who.get("staff_id"), role)),
        because=line.because,
        task_id=line.ids.get("task_id"),
        timer_id=line.ids.get("timer_id"),
    )


def _iso(at: datetime) -> str:
    return at.isoformat()
