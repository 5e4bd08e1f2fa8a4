"""How pressing a task is."""

import pytest

from shared.lifecycle import more_pressing, priority_of


@pytest.mark.parametrize("topic", ["accident", "breakdown", "recall"])
def test_topics_that_are_urgent(topic: str) -> None:
    assert priority_of({topic, "price"}, {"customer.vip": True}, first_months=True) == "urgent"


def test_a_serious_problem_is_urgent() -> None:
    assert priority_of((), {"problem.severity": "serious"}, first_months=False) == "urgent"
    assert priority_of((), {"problem.severity": "ordinary"}, first_months=False) == "normal"


@pytest.mark.parametrize(
    "facts",
    [
        {"customer.vip": True},
        {"customer.public_figure": True},
        {"customer.frequent_service": True},
        {"feedback.sentiment": "negative"},
    ],
)
def test_what_makes_a_task_high(facts: dict[str, bool | str]) -> None:
    assert priority_of({"price"}, facts, first_months=False) == "high"


def test_the_first_months_are_high() -> None:
    assert priority_of((), {}, first_months=True) == "high"


@pytest.mark.parametrize(
    "facts", [{}, {"customer.vip": False}, {"customer.existing": True}, {"feedback.sentiment": "positive"}]
)
def test_everything_else_is_normal(facts: dict[str, bool | str]) -> None:
    assert priority_of({"repair"}, facts, first_months=False) == "normal"


def test_the_more_pressing_of_two() -> None:
    assert more_pressing("normal", "high") == more_pressing("high", "normal") == "high"
    assert more_pressing("urgent", "high") == "urgent"
