"""The section of the page that says what the console's board costs."""

from typing import Final

import console
import page_text
from goals import CONTROL, Goal, figure_row, ratio_row

_BOARD: Final = Goal(most=150)
_WIRE: Final = Goal(most=200)
_FRAME: Final = Goal(most=50)
_SOME: Final = Goal(most=0.2)


def write_board(board: console.Board) -> str:
    """The section: what a whole one costs, rows of some changes beside it, and its frames."""
    whole, changed = board.rounds.median(console.WHOLE), board.rounds.median(console.CHANGED)
    rows = [
        figure_row("whole board, processor time of API and database", f"{whole:.0f} ms", whole, _BOARD),
        figure_row("whole board over the wire", f"{board.kilobytes:.0f} kB", board.kilobytes, _WIRE),
        figure_row(f"rows of {console.GATHERED} changes, processor time of both", f"{changed:.0f} ms", changed),
    ]
    if frames := board.frames:
        rows += [
            figure_row("between frames, half of them", f"{frames.p50:.0f} ms", frames.p50),
            figure_row("between frames, 95 of a hundred", f"{frames.p95:.0f} ms", frames.p95, _FRAME),
            figure_row("between frames, the longest", f"{frames.longest:.0f} ms", frames.longest),
        ]
    ratios = [
        ratio_row(f"rows of {console.GATHERED} changes", board.rounds.ratio(console.CHANGED, console.WHOLE), _SOME),
        ratio_row("the whole board again (control)", board.rounds.ratio(console.AGAIN, console.WHOLE), CONTROL),
    ]
    return page_text.BOARD.format(
        tasks=console.TASKS, rate=console.RATE, table="\n".join(rows), ratios="\n".join(ratios)
    )
