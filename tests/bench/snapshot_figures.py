"""The section of the page that says what a snapshot costs that is held while events come."""

import statistics
from typing import Final

import page_text
from figures import Rounds
from goals import CONTROL, Goal, ratio_row
from snapshot import DECIDED, FIRST, KEPT, LAST, P50, P99, RATE, SHARE, Held, figure_of

_KEPT: Final = Goal(least=0.99)
_LATER: Final = Goal(most=1.5)


def write_snapshot(held: Held) -> str:
    """The section: the rate kept, the last part beside the first, and the dead rows by table."""
    rounds = held.rounds
    control = rounds.ratio(figure_of(LAST, DECIDED), figure_of(FIRST, DECIDED))
    kept = rounds.figures[figure_of(LAST, KEPT)]
    rows = [
        *(_row(rounds, f"{what} from POST to task, ms", what) for what in (P50, P99)),
        ratio_row(
            f"rate kept, of {RATE} a second | {_cells(rounds, KEPT, 2)}",
            (statistics.median(kept), min(kept), max(kept)),
            _KEPT,
        ),
        ratio_row(f"decisions of the pure routing a second (control) | {_cells(rounds, DECIDED)}", control, CONTROL),
    ]
    return page_text.SNAPSHOT.format(
        rate=RATE,
        held=held,
        part=held.seconds / SHARE,
        table="\n".join(rows),
        dead="\n".join(map(_dead_row, held.dead)),
    )


def _row(rounds: Rounds, name: str, what: str) -> str:
    first, last = figure_of(FIRST, what), figure_of(LAST, what)
    return ratio_row(f"{name} | {_cells(rounds, what)}", rounds.ratio(last, first), _LATER)


def _cells(rounds: Rounds, what: str, places: int = 0) -> str:
    return " | ".join(f"{rounds.median(figure_of(part, what)):.{places}f}" for part in (FIRST, LAST))


def _dead_row(row: dict[str, object]) -> str:
    return f"| {row['table']} | {row['live']:,} | {row['dead']:,} | {int(str(row['size'])) / 1e6:.0f} |"
