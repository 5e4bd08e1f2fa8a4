"""Which of several base addresses is used, and how long one that fails is left alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.failover import (
    FIRST_COOL_DOWN,
    LONGEST_ASKED,
    LONGEST_COOL_DOWN,
    PROBE_WITHIN,
    AllUnavailable,
    Endpoints,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def bases() -> Endpoints:
    """Two, of which the first is preferred."""
    return Endpoints(["https://one.example/", "https://two.example/api"])


def test_the_first_is_preferred(bases: Endpoints) -> None:
    assert [bases.choose(NOW).provider for _ in range(3)] == ["one.example"] * 3


def test_one_that_fails_rests_and_then_gets_one_message(bases: Endpoints) -> None:
    first = bases.choose(NOW)
    bases.failed(first, NOW)
    assert bases.choose(NOW).provider == "two.example/api"
    later = NOW + FIRST_COOL_DOWN
    assert bases.choose(later) is first
    assert bases.choose(later) is not first, "the others wait for the one that probes it"
    assert bases.choose(later + PROBE_WITHIN) is first, "unless that one is never heard of again"
    bases.works(first)
    assert [bases.choose(later) is first for _ in range(2)] == [True, True]


def test_what_was_asked_for_counts_when_it_is_longer(bases: Endpoints) -> None:
    first = bases.choose(NOW)
    bases.failed(first, NOW, timedelta(minutes=10))
    assert bases.choose(NOW + timedelta(minutes=9)) is not first
    assert bases.choose(NOW + timedelta(minutes=10)) is first


def test_where_all_rest_the_first_to_wake_is_used(bases: Endpoints) -> None:
    for endpoint in bases.all:
        bases.failed(endpoint, NOW)
    bases.failed(bases.all[0], NOW)
    assert bases.choose(NOW) is bases.all[1]
    assert not bases.other_ready(bases.all[1], NOW)
    assert bases.other_ready(bases.all[1], NOW + 2 * FIRST_COOL_DOWN)


def test_who_asked_to_be_left_alone_is_though_the_others_fail(bases: Endpoints) -> None:
    first, second = bases.all
    bases.failed(first, NOW, timedelta(seconds=7))
    for _ in range(3):
        bases.failed(second, NOW)
    assert bases.choose(NOW + timedelta(seconds=1)) is second
    bases.failed(second, NOW, timedelta(hours=2))
    with pytest.raises(AllUnavailable) as rest:
        bases.choose(NOW + timedelta(seconds=1))
    assert rest.value.wait == timedelta(seconds=6)
    bases.failed(first, NOW, timedelta(hours=2))
    assert bases.choose(NOW + LONGEST_ASKED) is first


@given(st.integers(1, 50))
def test_rest_grows_and_ends(failures: int) -> None:
    bases = Endpoints(["https://one.example"])
    (only,) = bases.all
    for _ in range(failures):
        bases.failed(only, NOW)
    assert only.unavailable_until is not None
    assert FIRST_COOL_DOWN <= only.unavailable_until - NOW <= LONGEST_COOL_DOWN


@pytest.mark.parametrize("urls", [[], ["one.example"], ["ftp://one.example"]])
def test_a_base_is_a_web_address(urls: list[str]) -> None:
    with pytest.raises(ValueError, match="https"):
        Endpoints(urls)
