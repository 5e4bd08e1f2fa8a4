"""The section of the page that says what a search takes."""

import statistics
from typing import Final

import page_text
from figures import Rounds
from goals import NO_GOAL, Goal
from search import BY_ID
from sizes import Sizes

_GOAL: Final = Goal(most=3)


def write_search(rounds: Rounds, sizes: Sizes) -> str:
    """The section: each sort of words beside the look-up by id."""
    return page_text.SEARCH.format(sizes=sizes, table="\n".join(_row(rounds, kind) for kind in rounds.figures))


def _row(rounds: Rounds, kind: str) -> str:
    yardstick = rounds.median(BY_ID)
    least, _, most = (one / yardstick for one in statistics.quantiles(rounds.figures[kind], n=4))
    ratio = rounds.median(kind) / yardstick
    goal = NO_GOAL if kind == BY_ID else _GOAL
    return f"| {kind} | {rounds.median(kind):.1f} | {ratio:.2f} | {least:.2f} to {most:.2f} | {goal.cells(ratio)} |"
