"""The section of the page that says what an event costs at each stage."""

import statistics
from collections.abc import Sequence
from typing import Final

import page_text
from goals import Goal, figure_row, ratio_row
from sizes import Sizes
from stages import POSTGRES, PROCESSES, Stage, Stages

_CPU: Final = {"in bulk": Goal(most=0.9), "two a second": Goal(most=12)}
_ROWS: Final = Goal(most=18)
_WAL: Final = Goal(most=12)
_STATEMENTS: Final = Goal(most=1)
_IDLE_CPU: Final = Goal(most=1)
_IDLE_STATEMENTS: Final = Goal(most=5)
"""What "a few" is taken for."""


def write_section(stages: Stages, sizes: Sizes) -> str:
    """The section: processor time by process, then what was asked of the database."""
    shown = {"in bulk": stages.bulk, "two a second": stages.quiet, "at rest, a second": stages.idle}
    return page_text.STAGES.format(
        sizes=sizes,
        foreign=max(one.foreign for one in shown.values()),
        cpu="\n".join(_cpu_row(name, one) for name, one in shown.items()),
        asked="\n".join(_asked_row(name, one) for name, one in shown.items()),
        goals="\n".join(_goal_rows(stages)),
        ratios="\n".join(_ratio_rows(stages.bulks)),
    )


def _cpu_row(name: str, stage: Stage) -> str:
    return f"| {name} | " + " | ".join(f"{stage.cpu[process]:.2f}" for process in PROCESSES) + " |"


def _asked_row(name: str, stage: Stage) -> str:
    asked = " | ".join(f"{stage.statements.get(process, 0):.1f}" for process in PROCESSES if process != POSTGRES)
    return f"| {name} | {asked} | {stage.commits:.1f} | {stage.rows:.1f} | {stage.wal / 1000:.1f} |"


def _goal_rows(stages: Stages) -> list[str]:
    bulk, quiet, idle = stages.bulk, stages.quiet, stages.idle
    return [
        figure_row("processor time in bulk", f"{bulk.milliseconds:.2f} ms", bulk.milliseconds, _CPU["in bulk"]),
        figure_row("at two a second", f"{quiet.milliseconds:.1f} ms", quiet.milliseconds, _CPU["two a second"]),
        figure_row("at rest, of a core", f"{idle.milliseconds / 10:.1f} %", idle.milliseconds / 10, _IDLE_CPU),
        figure_row("statements a second at rest", f"{idle.asked:.1f}", idle.asked, _IDLE_STATEMENTS),
    ]


def _ratio_rows(bulks: Sequence[Stage]) -> list[str]:
    counted = (
        ("rows written", [one.rows for one in bulks], _ROWS),
        ("WAL, kB", [one.wal / 1000 for one in bulks], _WAL),
        ("statements", [one.asked for one in bulks], _STATEMENTS),
    )
    return [ratio_row(name, (statistics.median(all_), min(all_), max(all_)), goal) for name, all_, goal in counted]
