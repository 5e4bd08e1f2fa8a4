"""The level and the kind of a dealer, a role or a person (timers 5.9, 004:35-49, 003:55-67). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any, Final, Literal

Level = Literal["spontaneous", "regulated", "cultural", "too little"]
Nature = Literal["disenchants", "normal", "enchants"]

_QUARTER: Final = 4


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What separates the levels and kinds; a dealer's `quality` says otherwise. Shares are of 1."""

    days: int = 90
    least_clocks: int = 20
    spontaneous_below: float = 0.8
    uneven_over: float = 3.0
    cultural_from: float = 0.9
    disenchants_over: float = 0.1
    enchants_over: float = 0.3
    enchants_tragic_below: float = 0.03


@dataclass(frozen=True, slots=True)
class Answered:
    """The response clocks of a time that were judged: how many, how many in time, and people's median times.

    `medians`: the median time each person took to answer, of those who answered any.
    """

    judged: int = 0
    met: int = 0
    medians: Sequence[timedelta] = ()

    @property
    def attainment(self) -> float | None:
        """The share answered in time; None where nothing was judged."""
        return round(self.met / self.judged, 4) if self.judged else None


@dataclass(frozen=True, slots=True)
class Scores:
    """How many moments there were, and of them tragic and enchanted ones; those between are apathetic."""

    moments: int = 0
    tragic: int = 0
    enchanted: int = 0


def read_thresholds(record: Mapping[str, Any]) -> Thresholds:
    """The thresholds of a dealer's record."""
    given = {name: value for name, value in (record.get("quality") or {}).items() if value is not None}
    return Thresholds(**{name: given[name] for name in Thresholds.__slots__ if name in given})


def level_of(answered: Answered, scores: Scores, thresholds: Thresholds) -> Level:
    """How reliably customers are answered, and whether more than that is done."""
    attainment = answered.attainment
    if attainment is None or answered.judged < thresholds.least_clocks:
        return "too little"
    if attainment < thresholds.spontaneous_below or is_uneven(answered.medians, thresholds.uneven_over):
        return "spontaneous"
    if attainment >= thresholds.cultural_from and scores.enchanted > scores.tragic:
        return "cultural"
    return "regulated"


def is_uneven(medians: Sequence[timedelta], times: float) -> bool:
    """Whether the slowest quarter of people takes over so many times as long as the quickest; of four at least."""
    quarter = len(medians) // _QUARTER
    if not quarter:
        return False
    ordered = sorted(one.total_seconds() for one in medians)
    return median(ordered[-quarter:]) > times * median(ordered[:quarter])


def kind_of(scores: Scores, thresholds: Thresholds) -> Nature | None:
    """Whether its moments disenchant or enchant; None without any."""
    if not scores.moments:
        return None
    tragic, enchanted = scores.tragic / scores.moments, scores.enchanted / scores.moments
    if tragic > thresholds.disenchants_over:
        return "disenchants"
    if enchanted > thresholds.enchants_over and tragic < thresholds.enchants_tragic_below:
        return "enchants"
    return "normal"
