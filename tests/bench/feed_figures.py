"""The section of the page that says what live feeds with many clients cost."""

from collections.abc import Sequence
from typing import Final

import page_text
from feeds import Broadcast
from goals import NO_GOAL, Goal, figure_row

_BROADCAST: Final = Goal(most=1000)


def write_feeds(found: Sequence[Broadcast]) -> str:
    """The section: a row for each number of clients."""
    rows = [
        figure_row(
            f"{one.followers:,} | {one.changes} | {one.kilobytes:.0f} | {one.microseconds:.0f}",
            f"{one.from_first:.0f} | {one.from_post:.0f}",
            one.from_post,
            _BROADCAST if one.followers <= 1_000 else NO_GOAL,
        )
        for one in found
    ]
    return page_text.FEEDS.format(table="\n".join(rows))
