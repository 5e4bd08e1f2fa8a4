"""Levels and kinds, with the thresholds of timers 5.9 and a dealer's own."""

from datetime import timedelta

import pytest

from shared.quality.levels import Answered, Scores, Thresholds, is_uneven, kind_of, level_of, read_thresholds

USUAL = Thresholds()


@pytest.mark.parametrize(
    ("judged", "met", "enchanted", "tragic", "level"),
    [
        (19, 19, 5, 0, "too little"),
        (0, 0, 0, 0, "too little"),
        (20, 15, 5, 0, "spontaneous"),
        (20, 16, 5, 0, "regulated"),
        (20, 18, 5, 4, "cultural"),
        (20, 18, 4, 4, "regulated"),
        (100, 79, 9, 0, "spontaneous"),
    ],
)
def test_levels(judged: int, met: int, enchanted: int, tragic: int, level: str) -> None:
    assert level_of(Answered(judged, met), Scores(50, tragic, enchanted), USUAL) == level


def _minutes(*given: float) -> list[timedelta]:
    return [timedelta(minutes=one) for one in given]


@pytest.mark.parametrize(
    ("medians", "uneven"),
    [
        (_minutes(10, 10, 10, 30), False),
        (_minutes(10, 10, 10, 31), True),
        (_minutes(1, 90, 90), False),
        (_minutes(10, 10, 20, 20, 20, 20, 31, 31), True),
        ([], False),
    ],
)
def test_people_who_answer_unevenly(medians: list[timedelta], uneven: bool) -> None:
    assert is_uneven(medians, 3) is uneven
    level = "spontaneous" if uneven else "cultural"
    assert level_of(Answered(20, 20, medians), Scores(10, 0, 5), USUAL) == level


@pytest.mark.parametrize(
    ("moments", "tragic", "enchanted", "kind"),
    [
        (0, 0, 0, None),
        (100, 11, 90, "disenchants"),
        (100, 10, 90, "normal"),
        (100, 2, 31, "enchants"),
        (100, 3, 31, "normal"),
        (100, 0, 30, "normal"),
    ],
)
def test_kinds(moments: int, tragic: int, enchanted: int, kind: str | None) -> None:
    assert kind_of(Scores(moments, tragic, enchanted), USUAL) == kind


def test_a_dealer_has_thresholds_of_its_own() -> None:
    own = read_thresholds({"quality": {"least_clocks": 5, "cultural_from": None}})
    assert (own.least_clocks, own.cultural_from) == (5, 0.9)
    assert read_thresholds({}) == USUAL
    assert level_of(Answered(5, 5), Scores(2, 0, 1), own) == "cultural"
