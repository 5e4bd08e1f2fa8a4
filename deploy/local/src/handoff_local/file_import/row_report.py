"""What became of each row, as a CSV file and in numbers."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from handoff_local.errors import writing

Status = Literal["accepted", "duplicate", "refused", "skipped"]

HEADER: Final = ("row", "line", "status", "event_id", "id", "column", "reason")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the report: what is to be said of a row, one of several things where there are more.

    `row` counts the rows of the file from 1, `line` is where it begins.
    """

    row: int
    line: int
    status: Status
    event_id: str = ""
    id: str = ""
    column: str = ""
    reason: str = ""

    def cells(self) -> list[str]:
        """As it is written; a spreadsheet computes nothing of it."""
        texts = (str(self.row), str(self.line), self.status, self.event_id, self.id, self.column, self.reason)
        return [f"'{text}" if text.startswith(_FORMULA) else text for text in texts]


def write_lines(path: Path, lines: Iterable[Line], *, anew: bool) -> None:
    """Add lines to a report; `anew` begins it. Raises CommandFailed where it cannot be written."""
    with writing(path), path.open("w" if anew else "a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if anew:
            writer.writerow(HEADER)
        writer.writerows(line.cells() for line in lines)


def count_rows(lines: Iterable[Line]) -> Counter[str]:
    """How many rows met which fate."""
    return Counter({line.row: line.status for line in lines}.values())


def in_words(counts: Counter[str]) -> str:
    """The numbers in a line."""
    kinds = ("accepted", "duplicate", "refused", "skipped")
    return f"{sum(counts.values())} rows: " + ", ".join(f"{counts[kind]} {kind}" for kind in kinds)
