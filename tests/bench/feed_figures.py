"""The section of the page that says what live feeds with many clients cost."""

import math
from collections.abc import Sequence
from typing import Final

import page_text
from feeds import Broadcast, FeedTurn
from goals import NO_GOAL, Goal, figure_row

_BROADCAST: Final = Goal(most=1000)


def write_feeds(found: Sequence[FeedTurn]) -> str:
    """The section: for each number of clients a row of Handoff, of the bare server, and of the one by the other."""
    return page_text.FEEDS.format(table="\n".join(row for turn in found for row in _rows(turn)))


def _rows(turn: FeedTurn) -> list[str]:
    ours, bare = turn
    goal = _BROADCAST if ours.followers <= 1_000 else NO_GOAL
    ratios = (mine / its if its else math.nan for mine, its in zip(_figures(ours), _figures(bare), strict=True))
    return [
        figure_row(f"{ours.followers:,} | Handoff | {ours.changes}", _cells(ours), ours.from_post, goal),
        figure_row(f"{bare.followers:,} | bare | {bare.changes}", _cells(bare), bare.from_post),
        f"| {ours.followers:,} | Handoff against bare | | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} | | |",
    ]


def _figures(one: Broadcast) -> tuple[float, ...]:
    return one.kilobytes, one.microseconds, one.from_first, one.from_post


def _cells(one: Broadcast) -> str:
    return f"{one.kilobytes:.0f} | {one.microseconds:.1f} | {one.from_first:.0f} | {one.from_post:.0f}"
