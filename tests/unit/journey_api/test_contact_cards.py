"""The way to the customer that a task shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from journey_api.tasks.contact_card import (
    ContactOption,
    choose_contact_option,
    contact_document,
    list_contact_options,
    mask,
)
from shared.people.contact_hours import Inbound
from shared.people.eligibility import Address, purpose_on_task

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 23, tzinfo=UTC)
PLACE = {"time_zone": "Europe/Lisbon"}
WHATSAPP = {"kind": "whatsapp", "address": "+351912345678", "verified": True}
EMAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}
PHONE = {"kind": "telephone", "address": "+351210000000", "verified": True}
QUIET = [{"from": "21:00", "to": "08:00"}]


def chosen(
    now: datetime = NOON, entry: str = "SA-07-01-c", topics: tuple[str, ...] = (), **profile: Any
) -> ContactOption:
    """The way to a customer with three ways."""
    return choose_contact_option({"channels": [WHATSAPP, EMAIL, PHONE], **profile}, PLACE, entry, topics, now)


def test_the_customers_order_decides() -> None:
    assert chosen() == ContactOption("whatsapp", "+351912345678", allowed_now=True, reason="preferred")


def test_a_choice_for_the_topic_goes_first() -> None:
    preferences = {"recall": ["telephone", "email"]}
    assert chosen(preferences=preferences, topics=("recall",)).channel == "telephone"
    assert chosen(preferences=preferences, topics=("price",)).channel == "whatsapp"


def test_a_reminder_about_a_channel_shows_that_channel() -> None:
    assert chosen(entry="CALL").channel == "telephone"
    assert chosen(entry="LETTER") == ContactOption(None, None, allowed_now=False, reason="none")


def test_an_address_known_to_be_wrong_is_the_last_resort() -> None:
    wrong = {**WHATSAPP, "verified": False}
    assert chosen(channels=[wrong, EMAIL]).channel == "email"
    assert chosen(channels=[wrong]) == ContactOption(
        "whatsapp", wrong["address"], allowed_now=False, reason="unverified"
    )


@pytest.mark.parametrize(
    ("profile", "because"),
    [({"consent": {"service": False}}, "no_consent"), ({"preferences": {"price": "off"}}, "off")],
)
def test_what_the_customer_refuses_is_said(profile: dict[str, Any], because: str) -> None:
    option = chosen(topics=("price",), **profile)
    assert (option.allowed_now, option.reason) == (False, because)


@pytest.mark.parametrize("profile", [{"consent": {"service": False}}, {"preferences": {"recall": "off"}}])
def test_a_recall_ignores_what_the_customer_refuses(profile: dict[str, Any]) -> None:
    assert chosen(topics=("recall",), **profile).allowed_now


def test_an_address_that_was_closed_is_the_last_resort() -> None:
    shut = {Address("whatsapp", WHATSAPP["address"]): "stop"}
    profile = {"channels": [WHATSAPP, EMAIL]}
    assert choose_contact_option(profile, PLACE, "SA-07-01-c", (), NOON, shut).channel == "email"
    alone = choose_contact_option({"channels": [WHATSAPP]}, PLACE, "SA-07-01-c", ("recall",), NOON, shut)
    assert alone == ContactOption("whatsapp", WHATSAPP["address"], allowed_now=False, reason="closed")


def test_a_recall_goes_where_somebody_has_unsubscribed() -> None:
    left = {Address("email", "ana@example.pt"): "unsubscribed"}
    for topics, allowed in (((), False), (("price",), False), (("recall",), True)):
        assert (
            choose_contact_option({"channels": [EMAIL]}, PLACE, "SA-07-01-c", topics, NOON, left).allowed_now is allowed
        )


def test_quiet_hours_are_read_in_the_customers_zone() -> None:
    assert chosen(NIGHT, quiet_hours=QUIET).reason == "quiet"
    assert chosen(NIGHT, quiet_hours=QUIET, time_zone="America/New_York").allowed_now
    shown = contact_document(chosen(NIGHT, quiet_hours=QUIET), "pt", masked=False)
    assert shown["because"].endswith("terça-feira, 24 de novembro de 2026, às 08:00")


def test_a_channel_that_is_not_wished_for_the_topic_is_not_used() -> None:
    option = chosen(channels=[EMAIL, PHONE], preferences={"price": ["sms"]}, topics=("price",))
    assert option == ContactOption("email", EMAIL["address"], allowed_now=False, reason="other_channel")


def test_an_address_that_was_never_verified_is_not_used() -> None:
    option = chosen(channels=[{"kind": "telephone", "address": "+351210000000"}])
    assert (option.allowed_now, option.reason) == (False, "unverified")


def test_who_has_just_written_may_be_answered_at_night_by_the_same_channel() -> None:
    wrote = Inbound(NIGHT - timedelta(minutes=5), ("email",))
    record = {"channels": [WHATSAPP, EMAIL, PHONE], "quiet_hours": QUIET}
    found = choose_contact_option(record, PLACE, "SA-07-01-c", (), NIGHT, inbound=wrote)
    assert found == ContactOption("email", EMAIL["address"], allowed_now=True, reason="reply")
    later = choose_contact_option(record, PLACE, "SA-07-01-c", (), NIGHT + timedelta(minutes=10), inbound=wrote)
    assert (later.channel, later.reason) == ("email", "quiet")


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


def test_every_way_is_listed_what_may_be_used_first_and_why_not() -> None:
    unverified = {**EMAIL, "verified": False}
    profile = {"channels": [WHATSAPP, unverified, PHONE], "quiet_hours": QUIET}
    listed = list_contact_options(profile, PLACE, "SA-07-01-c", (), NOON)
    assert [(one.channel, one.allowed_now, one.reason) for one in listed] == [
        ("whatsapp", True, "preferred"),
        ("telephone", True, "also"),
        ("email", False, "unverified"),
    ]
    assert listed[0] == choose_contact_option(profile, PLACE, "SA-07-01-c", (), NOON)


def test_nobody_who_cannot_be_reached_has_a_way() -> None:
    assert list_contact_options({}, PLACE, "SA-07-01-c", (), NOON) == []


@pytest.mark.parametrize(
    ("consent", "complained", "allowed", "reason"),
    [
        ({"marketing": True}, False, True, "preferred"),
        ({"marketing": False}, False, False, "no_consent"),
        ({}, False, False, "no_consent"),
        ({"marketing": True}, True, False, "complaint"),
    ],
)
def test_what_sells_asks_for_its_own_consent_and_not_who_complains(
    consent: dict[str, bool], complained: bool, allowed: bool, reason: str
) -> None:
    record = {"channels": [EMAIL], "consent": consent}
    found = choose_contact_option(record, PLACE, "SA-07-01-c", (), NOON, purpose="marketing", complained=complained)
    assert (found.allowed_now, found.reason) == (allowed, reason)
    assert contact_document(found, "en", masked=True)["because"]


@pytest.mark.parametrize(
    ("occurrence", "purpose"),
    [
        ("service_crm_activity_planning_due", "marketing"),
        ("crm_programme_planning_due", "marketing"),
        ("service_due_soon", "service"),
        (None, "service"),
    ],
)
def test_what_plans_a_programme_is_marketing(occurrence: str | None, purpose: str) -> None:
    assert purpose_on_task((), occurrence) == purpose
