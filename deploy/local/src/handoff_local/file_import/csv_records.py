"""Records of CSV, each with the line it begins on. One that cannot be read says why, and which lines it takes along."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

LONGEST_CELL: Final = 1_000_000
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a record; `wrong`: why it has none."""

    line: int
    cells: Sequence[str]
    wrong: str | None = None


def read_records(lines: Iterable[str], separator: str, above: int = 0) -> Iterator[Record]:
    """The records of these lines, with so many `above` them. After one that cannot be read, it goes on with the next
    line.
    """
    taken: list[str] = []
    reader = csv.reader(_noted(lines, taken), delimiter=separator, strict=True)
    csv.field_size_limit(LONGEST_CELL)
    while True:
        line = above + reader.line_num + 1
        taken.clear()
        try:
            record = Record(line, next(reader))
        except StopIteration:
            return
        except (csv.Error, UnicodeError) as error:
            record = Record(line, (), _reason(error, line, taken, separator))
        yield record


def _noted(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _reason(error: Exception, line: int, taken: Sequence[str], separator: str) -> str:
    """The csv module tells its errors apart by their words alone."""
    words = f"cannot be read: {error}"
    if "unexpected end of data" in str(error):
        words = f"the quote that begins on line {line + _last_cell(taken, separator)} is never closed"
    elif "expected after" in str(error):
        words = "text behind the quote that closes a cell; a quote within a cell is written twice"
    elif "field limit" in str(error):
        words = f"a cell of more than {LONGEST_CELL} characters"
    return words if len(taken) < 2 else f"{words}; of the lines {line} to {line + len(taken) - 1} nothing is read"


def _last_cell(taken: Sequence[str], separator: str) -> int:
    """How many of these lines are before the one on which their last cell begins."""
    *_, cell = next(csv.reader(taken, delimiter=separator))
    begun = cell.removesuffix("\n").removesuffix("\r")
    return len(taken) - 1 - len(_LINE_END.findall(begun))
