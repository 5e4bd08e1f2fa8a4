"""Figures by round, and how they are summed up: medians, and ratios taken round by round."""

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass
class Rounds:
    """A figure of each name for each round."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, figure: float) -> None:
        """Note a figure of the present round."""
        self.figures.setdefault(name, []).append(figure)

    def median(self, name: str) -> float:
        """The median over the rounds."""
        return statistics.median(self.figures[name])

    def mean(self, name: str) -> float:
        """The mean over the rounds, of what is counted in grains as coarse as a round."""
        return statistics.fmean(self.figures[name])

    def ratio(self, name: str, to: str) -> tuple[float, float, float]:
        """Median, least and greatest of the per-round ratios."""
        ratios = [a / b for a, b in zip(self.figures[name], self.figures[to], strict=True)]
        return statistics.median(ratios), min(ratios), max(ratios)


def there_and_back(turns: Sequence[T], rounds: int) -> Iterator[T]:
    """The turns of each round, in every second one from the last to the first: a machine that becomes slower or faster
    meanwhile does so to the first and the last of them alike."""
    for number in range(rounds):
        yield from reversed(turns) if number % 2 else turns


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value that a share `q` of them does not exceed; nan of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * q) - 1)] if ordered else math.nan
