"""The section of the page that says what an event costs as an installation grows."""

from typing import Final

import page_text
from goals import CONTROL, Goal, ratio_row
from growth import AGAIN, GROWN, SMALL, Growth, figure_of, sizes_of
from sizes import Sizes
from stages import PROCESSES

_GROWN: Final = Goal(most=1.2)


def write_growth(growth: Growth, sizes: Sizes) -> str:
    """The section: each grown installation beside the small one, process by process and in all."""
    control = growth.rounds.ratio(figure_of(AGAIN), figure_of(SMALL))
    rows = [f"| the small one | | | {_milliseconds(growth, SMALL)} | 1 | | | |"]
    for name in GROWN:
        small, grown = sizes_of(name, sizes)
        ratio = growth.rounds.ratio(figure_of(name), figure_of(SMALL))
        rows.append(ratio_row(f"{name} | {small:,} | {grown:,} | {_milliseconds(growth, name)}", ratio, _GROWN))
    rows.append(ratio_row(f"the small one again (control) | | | {_milliseconds(growth, AGAIN)}", control, CONTROL))
    return page_text.GROWTH.format(
        sizes=sizes,
        foreign=growth.foreign,
        table="\n".join(rows),
    )


def _milliseconds(growth: Growth, name: str) -> str:
    figures = [growth.rounds.median(figure_of(name, process)) for process in PROCESSES]
    figures.append(growth.rounds.median(figure_of(name)))
    return " | ".join(f"{one:.2f}" for one in figures)
