"""The retry schedule, and the jitter everything draws on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.dispatch.retry import RETRY_DELAYS, retry_at
from notifier.jitter import fraction, spread

FAILED_AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(("failures", "delay"), list(enumerate(RETRY_DELAYS, start=1)))
def test_each_failure_waits_longer_within_a_fifth(failures: int, delay: timedelta) -> None:
    at = retry_at(failures, FAILED_AT, "n-1")
    assert at is not None
    assert delay * 0.8 <= at - FAILED_AT <= delay * 1.2


def test_the_delays_are_those_of_the_rules() -> None:
    assert [delay.total_seconds() for delay in RETRY_DELAYS] == [0, 30, 120, 600, 3600]


@pytest.mark.parametrize("failures", [0, 6, 7])
def test_beyond_the_schedule_the_channel_is_given_up(failures: int) -> None:
    assert retry_at(failures, FAILED_AT, "n-1") is None


def test_a_wait_the_provider_asks_for_is_honoured_when_longer() -> None:
    at = retry_at(1, FAILED_AT, "n-1", asked_for=timedelta(minutes=7))
    assert at == FAILED_AT + timedelta(minutes=7)
    assert retry_at(1, FAILED_AT, "n-1", asked_for=RETRY_DELAYS[-1]) == FAILED_AT + RETRY_DELAYS[-1]


def test_one_that_asks_for_more_than_any_delay_of_ours_is_given_up() -> None:
    assert retry_at(1, FAILED_AT, "n-1", asked_for=RETRY_DELAYS[-1] + timedelta(seconds=1)) is None


@given(st.text(), st.integers(1, 5))
def test_the_same_token_gives_the_same_instant(token: str, failures: int) -> None:
    assert retry_at(failures, FAILED_AT, token) == retry_at(failures, FAILED_AT, token)


@given(st.text())
def test_a_spread_stays_below_its_limit(token: str) -> None:
    assert timedelta(0) <= spread(token, timedelta(minutes=5)) < timedelta(minutes=5)
    assert 0 <= fraction(token) < 1


def test_a_crowd_is_spread_over_the_whole_limit() -> None:
    found = {spread(f"n-{number}", timedelta(minutes=5)) // timedelta(minutes=1) for number in range(200)}
    assert found == {0, 1, 2, 3, 4}
