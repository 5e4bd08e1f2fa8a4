"""What time costs: the scheduler's ticks, the import of records with dates, business time; and its part of the page."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import business_time
import page_text
import ticks
import vehicle_imports
from figures import Rounds
from goals import NO_GOAL, Goal, figure_row, ratio_row
from sizes import Sizes
from vehicle_imports import CPU, DATED, PLAIN

_TICK: Final = Goal(most=1.1)
_FIRED: Final = {ticks.CLOCKS: Goal(most=0.12), ticks.TRIGGERS: NO_GOAL}
"""Processor milliseconds of one that was due."""
_IMPORT: Final = Goal(most=3)
_ADDITIONS: Final = Goal(least=100_000)
_HEADING: Final = re.compile(r"(?m)^(?=## )")


@dataclass
class TimeFigures:
    """The figures, and how much else was at work: load averages before and after."""

    sizes: Sizes
    ticks: Rounds
    imports: Rounds
    additions: dict[str, float]
    loads: tuple[float, float]


def measure(sizes: Sizes, on_a_machine: Callable[..., Rounds]) -> TimeFigures:
    """All of it, each on a machine of its own."""
    before = os.getloadavg()[0]
    ticked = on_a_machine("ticks", ticks.measure, sizes)
    imported = on_a_machine("imports of vehicles", vehicle_imports.measure, sizes)
    added = business_time.measure(sizes)
    return TimeFigures(sizes, ticked, imported, added, (before, os.getloadavg()[0]))


def write_sections(figures: TimeFigures) -> str:
    """Its sections of the page."""
    imported = [
        ratio_row("time", figures.imports.ratio(DATED, PLAIN), _IMPORT),
        ratio_row("processor time", figures.imports.ratio(DATED + CPU, PLAIN + CPU), _IMPORT),
    ]
    added = [f"| {name} | {rate:,.0f} | {_ADDITIONS.cells(rate)} |" for name, rate in figures.additions.items()]
    return page_text.TIME.format(
        sizes=figures.sizes,
        loads=figures.loads,
        ticks="\n".join(_ticks(figures)),
        fired="\n".join(_fired(figures)),
        imports="\n".join(imported),
        plain=figures.imports.median(PLAIN),
        dated=figures.imports.median(DATED),
        connections=vehicle_imports.CONNECTIONS,
        additions="\n".join(added),
    )


def replace_sections(page: str, sections: str) -> str:
    """The page with these sections in place of those of the same headings, at its end where it has none."""
    new = _HEADING.split(sections.strip() + "\n")
    ours = {part.partition("\n")[0] for part in new if part}
    parts = _HEADING.split(page.strip() + "\n")
    place = next((n for n, part in enumerate(parts) if part.partition("\n")[0] in ours), len(parts))
    rest = [part.strip() for part in parts[place:] if part.partition("\n")[0] not in ours]
    return "\n\n".join(filter(None, [*(part.strip() for part in parts[:place]), sections.strip(), *rest])) + "\n"


def _ticks(figures: TimeFigures) -> list[str]:
    rows = []
    for what in (ticks.CLOCKS, ticks.TRIGGERS):
        few, many, held = (ticks.tick_of(what, where) for where in (ticks.SMALL, ticks.LARGE, ticks.HELD))
        took = {name: figures.ticks.median(name) for name in (few, many, held)}
        rows += [
            f"| {what} | few | {took[few]:.0f} | 1 | | | |",
            ratio_row(f"{what} | many | {took[many]:.0f}", figures.ticks.ratio(many, few), _TICK),
            ratio_row(f"{what} | many, a snapshot held | {took[held]:.0f}", figures.ticks.ratio(held, many), _TICK),
        ]
    return rows


def _fired(figures: TimeFigures) -> list[str]:
    places = ((ticks.SMALL, "few"), (ticks.LARGE, "many"))
    return [
        figure_row(f"{what} | {among}", f"{cost:.3f}", cost, goal)
        for what, goal in _FIRED.items()
        for where, among in places
        for cost in (figures.ticks.mean(ticks.cpu_of(what, where)),)
    ]
