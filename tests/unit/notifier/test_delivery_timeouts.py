"""What is waited for of a message, and until when a failed one is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from notifier.dispatch.delivery_timeouts import awaited, delivery_timeout
from notifier.dispatch.retry import retry_at

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_the_defaults() -> None:
    assert delivery_timeout("sms") == timedelta(minutes=10)
    assert delivery_timeout("whatsapp") == timedelta(minutes=30)
    assert delivery_timeout("email") is None


def test_a_dealer_waits_as_long_as_it_says() -> None:
    dealer = {"patience": {"sms": "PT3M", "whatsapp": None}}
    assert delivery_timeout("sms", dealer) == timedelta(minutes=3)
    assert delivery_timeout("whatsapp", dealer) == timedelta(minutes=30)
    assert delivery_timeout("email", dealer) is None


@pytest.mark.parametrize(
    ("channel", "purpose", "status", "missing"),
    [
        ("sms", "service", "sent", "no_delivery"),
        ("sms", "service", "unknown", "no_delivery"),
        ("sms", "service", "delivered", None),
        ("whatsapp", "urgent_safety", "delivered", "no_read"),
        ("whatsapp", "urgent_safety", "read", None),
        ("whatsapp", "service", "queued", None),
        ("whatsapp", "service", "failed", None),
        ("email", "service", "sent", None),
        ("telephone", "service", "sent", None),
    ],
)
def test_what_is_waited_for(channel: str, purpose: str, status: str, missing: str | None) -> None:
    assert awaited(channel, purpose, status) == missing


def test_no_attempt_begins_after_the_patience_has_ended() -> None:
    at = retry_at(3, NOW, "n")
    assert at is not None
    assert retry_at(3, NOW, "n", until=at) == at
    assert retry_at(3, NOW, "n", until=at - timedelta(seconds=1)) is None
    assert retry_at(1, NOW, "n", until=NOW) == NOW
    assert retry_at(1, NOW, "n", asked_for=timedelta(hours=1), until=NOW + timedelta(minutes=10)) is None
