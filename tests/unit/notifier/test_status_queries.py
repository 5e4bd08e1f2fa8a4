"""What a provider's answer makes of an attempt nobody knows of."""

from datetime import UTC, datetime, timedelta

import pytest

from notifier.channels.channel import (
    DeliveryStatus,
    MessageLookup,
    StatusAbsent,
    StatusFound,
    StatusUnknown,
    fingerprint,
)
from notifier.dispatch.attempts import LEASE, AttemptRef
from notifier.dispatch.status_queries import SETTLED_AFTER, StatusQuery, outcome_of

BEGAN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
QUESTION = StatusQuery(AttemptRef("n", "a", 1, "d", "c", "sms"), MessageLookup("+351911111111", "f", BEGAN))


@pytest.mark.parametrize("status", ["accepted", "delivered", "read", "perm_failed"])
def test_found_it_is_what_the_provider_says(status: DeliveryStatus) -> None:
    outcome = outcome_of(QUESTION, StatusFound(status, "SM1", "30003"), BEGAN)
    assert outcome is not None
    assert (outcome.status, outcome.reference, outcome.code) == (status, "SM1", "30003")


def test_it_counts_as_not_taken_only_when_its_sender_can_send_no_more() -> None:
    assert SETTLED_AFTER > LEASE
    assert outcome_of(QUESTION, StatusAbsent(), BEGAN + SETTLED_AFTER - timedelta(seconds=1)) is None
    outcome = outcome_of(QUESTION, StatusAbsent(), BEGAN + SETTLED_AFTER)
    assert outcome is not None
    assert (outcome.status, outcome.code) == ("temp_failed", "not_taken")


def test_who_cannot_tell_has_said_nothing() -> None:
    assert outcome_of(QUESTION, StatusUnknown(), BEGAN + timedelta(days=1)) is None


def test_words_are_recognised_whatever_white_space_was_put_around_them() -> None:
    assert fingerprint("Olá\r\nAna \n") == fingerprint(" Olá\nAna")
    assert fingerprint("Olá Ana") != fingerprint("Olá, Ana")
