"""Which of a provider's words counts, whatever order they come in."""

from itertools import permutations

import pytest

from notifier.channels.channel import DeliveryStatus
from notifier.delivery.delivery_status import is_newer


@pytest.mark.parametrize(
    ("before", "said", "counts"),
    [
        ("sending", "accepted", True),
        ("sending", "perm_failed", True),
        ("unknown", "accepted", True),
        ("unknown", "delivered", True),
        ("temp_failed", "delivered", True),
        ("accepted", "accepted", False),
        ("accepted", "delivered", True),
        ("accepted", "read", True),
        ("accepted", "perm_failed", True),
        ("delivered", "accepted", False),
        ("delivered", "delivered", False),
        ("delivered", "read", True),
        ("delivered", "perm_failed", False),
        ("read", "delivered", False),
        ("read", "perm_failed", False),
        ("perm_failed", "accepted", False),
        ("perm_failed", "delivered", False),
        ("perm_failed", "perm_failed", False),
        ("perm_failed", "read", True),
    ],
)
def test_only_what_is_newer_counts(before: str, said: DeliveryStatus, counts: bool) -> None:
    assert is_newer("sms", before, said) is counts


def test_a_bounce_follows_an_acceptance_that_was_called_delivery() -> None:
    assert is_newer("email", "delivered", "perm_failed")
    assert not is_newer("email", "read", "perm_failed")


def test_a_delivery_ends_the_same_in_whatever_order_it_is_told() -> None:
    told: tuple[DeliveryStatus, ...] = ("accepted", "delivered", "read")
    for order in permutations(told):
        status = "sending"
        for said in order:
            status = said if is_newer("whatsapp", status, said) else status
        assert status == "read"
