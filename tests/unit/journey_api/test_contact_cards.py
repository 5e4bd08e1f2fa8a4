"""The way to the customer that a task shows."""

from datetime import UTC, datetime
from typing import Any

import pytest

from journey_api.tasks.contact_card import Card, card_document, choose_card, mask

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 23, tzinfo=UTC)
PLACE = {"time_zone": "Europe/Lisbon"}
WHATSAPP = {"kind": "whatsapp", "address": "+351912345678"}
EMAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}
PHONE = {"kind": "telephone", "address": "+351210000000"}
QUIET = [{"from": "21:00", "to": "08:00"}]


def chosen(now: datetime = NOON, entry: str = "SA-07-01-c", topics: tuple[str, ...] = (), **profile: Any) -> Card:
    """The card of a customer with three ways."""
    return choose_card({"channels": [WHATSAPP, EMAIL, PHONE], **profile}, PLACE, entry, topics, now)


def test_the_customers_order_decides() -> None:
    assert chosen() == Card("whatsapp", "+351912345678", allowed_now=True, because="preferred")


def test_a_choice_for_the_topic_goes_first() -> None:
    preferences = {"recall": ["telephone", "email"]}
    assert chosen(preferences=preferences, topics=("recall",)).channel == "telephone"
    assert chosen(preferences=preferences, topics=("price",)).channel == "whatsapp"


def test_a_reminder_about_a_channel_shows_that_channel() -> None:
    assert chosen(entry="CALL").channel == "telephone"
    assert chosen(entry="LETTER") == Card(None, None, allowed_now=False, because="none")


def test_an_address_known_to_be_wrong_is_the_last_resort() -> None:
    wrong = {**WHATSAPP, "verified": False}
    assert chosen(channels=[wrong, EMAIL]).channel == "email"
    assert chosen(channels=[wrong]) == Card("whatsapp", wrong["address"], allowed_now=False, because="unverified")


@pytest.mark.parametrize(
    ("profile", "because"),
    [({"consent": {"service": False}}, "no_consent"), ({"preferences": {"price": "off"}}, "off")],
)
def test_what_the_customer_refuses_is_said(profile: dict[str, Any], because: str) -> None:
    card = chosen(topics=("price",), **profile)
    assert (card.allowed_now, card.because) == (False, because)


@pytest.mark.parametrize("profile", [{"consent": {"service": False}}, {"preferences": {"recall": "off"}}])
def test_a_recall_ignores_what_the_customer_refuses(profile: dict[str, Any]) -> None:
    assert chosen(topics=("recall",), **profile).allowed_now


def test_an_address_that_was_closed_is_the_last_resort() -> None:
    shut = {("whatsapp", WHATSAPP["address"]): "stop"}
    profile = {"channels": [WHATSAPP, EMAIL]}
    assert choose_card(profile, PLACE, "SA-07-01-c", (), NOON, shut).channel == "email"
    alone = choose_card({"channels": [WHATSAPP]}, PLACE, "SA-07-01-c", ("recall",), NOON, shut)
    assert alone == Card("whatsapp", WHATSAPP["address"], allowed_now=False, because="closed")


def test_a_recall_goes_where_somebody_has_unsubscribed() -> None:
    left = {("email", "ana@example.pt"): "unsubscribed"}
    for topics, allowed in (((), False), (("price",), False), (("recall",), True)):
        assert choose_card({"channels": [EMAIL]}, PLACE, "SA-07-01-c", topics, NOON, left).allowed_now is allowed


def test_quiet_hours_are_read_in_the_customers_zone() -> None:
    assert chosen(NIGHT, quiet_hours=QUIET).because == "quiet"
    assert chosen(NIGHT, quiet_hours=QUIET, time_zone="America/New_York").allowed_now
    shown = card_document(chosen(NIGHT, quiet_hours=QUIET), "pt", masked=False)
    assert shown["because"].endswith("2026-11-24T08:00+00:00")


@pytest.mark.parametrize(
    ("address", "hidden"),
    [
        ("+351912345678", "***78"),
        ("ana@example.pt", "a***@***.pt"),
        ("ana@localhost", "a***@***"),
        ("1234", "***"),
        ("ana@example.pt#secret", "a***@***"),
        ("https://robot:pw@hooks.example.com/h/token#whsec_c2VjcmV0", "https://***"),
        ("https://chat.example/@room.x/tok-SECRET#whsec_c2VjcmV0", "https://***"),
    ],
)
def test_a_masked_address_tells_little(address: str, hidden: str) -> None:
    assert mask(address) == hidden
