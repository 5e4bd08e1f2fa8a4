"""Seeds as they are named, and what a seed plans."""

import pytest
from seeds import named_seeds
from strikes import MENU, OF_BROKERS, plan_strikes

MANY = range(300)


def test_seeds_are_numbers_and_ranges_each_once() -> None:
    assert named_seeds("17 3-5 4 20") == [17, 3, 4, 5, 20]
    assert named_seeds("") == []
    with pytest.raises(ValueError):
        named_seeds("3-five")


def plan(seed: int, brokers: bool) -> list[tuple[str, float, float]]:
    """A plan as far as it can be compared."""
    return [(one.name, one.at, one.chance.random()) for one in plan_strikes(seed, brokers, 5.0)]


@pytest.mark.parametrize("brokers", [True, False])
def test_a_seed_plans_the_same_again_and_seeds_plan_everything(brokers: bool) -> None:
    plans = [plan(seed, brokers) for seed in MANY]
    assert plans == [plan(seed, brokers) for seed in MANY]
    assert {len(one) for one in plans} == {1, 2}
    assert {name for one in plans for name, _, _ in one} == set(MENU) - (set() if brokers else OF_BROKERS)
    assert all(0 < at <= 5 for one in plans for _, at, _ in one)
