"""`make bench-check`: figures measured now beside those of docs/performance.md, ratios alone, each beyond its noise."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from goals import CONTROL

_RANGE: Final = re.compile(r"(-?[\d.]+) to (-?[\d.]+)")
_FIGURE: Final = re.compile(r"-?[\d.,]+")
_LEAST_NOISE: Final = 0.02
"""A share of the median within which nothing is worse, however alike the rounds of one run were."""
_CONTROL_GOAL: Final = f"{CONTROL.least:g} to {CONTROL.most:g}"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A row of the page: the median of a ratio, the range it was found in, and what is wanted of it (`>= 15`)."""

    median: float
    least: float
    most: float
    wanted: str


def read_ratios(page: str) -> dict[str, Ratio]:
    """The ratios of a page by section and row: the rows of tables with a range and a goal."""
    return {
        f"{section}: {name}": ratio for section, header, cells in _rows(page) for name, ratio in _ratio(header, cells)
    }


def find_regressions(published: Mapping[str, Ratio], measured: Mapping[str, Ratio]) -> list[str]:
    """A line for each ratio that is worse than all of the range in which it was published; what wants more is better
    above, what wants less below. A ratio without a direction is not judged."""
    found = []
    for name, before in published.items():
        now = measured.get(name)
        if now is None:
            continue
        least, most = (before.median * (1 + share) for share in (-_LEAST_NOISE, _LEAST_NOISE))
        worse = (before.wanted.startswith(">=") and now.median < min(before.least, least)) or (
            before.wanted.startswith("<=") and now.median > max(before.most, most)
        )
        if worse:
            found.append(f"{name}: {now.median:.2f}, was {before.median:.2f} ({before.least:.2f} to {before.most:.2f})")
    return found


def find_void(measured: Mapping[str, Ratio]) -> list[str]:
    """A line for each thing that differs from itself: nothing can be said of such a run."""
    return [
        f"{name}: {one.median:.2f} against itself"
        for name, one in measured.items()
        if one.wanted == _CONTROL_GOAL and not CONTROL.met(one.median)
    ]


def _rows(page: str) -> Iterator[tuple[str, list[str], list[str]]]:
    section, header = "", list[str]()
    for line in page.splitlines():
        if line.startswith("## "):
            section, header = line[3:], []
        elif not line.startswith("|"):
            header = []
        elif not header:
            header = _cells(line)
        elif not line.startswith("|---"):
            yield section, header, _cells(line)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _ratio(header: list[str], cells: list[str]) -> Iterator[tuple[str, Ratio]]:
    place = next((place for place, cell in enumerate(header) if cell.startswith("range")), 0)
    if not place or "wanted" not in header or len(cells) != len(header):
        return
    span, wanted = _RANGE.fullmatch(cells[place]), cells[header.index("wanted")]
    if span and wanted:
        name = " ".join(cell for cell in cells[:place] if not _FIGURE.fullmatch(cell))
        yield name, Ratio(float(cells[place - 1]), float(span[1]), float(span[2]), wanted)
