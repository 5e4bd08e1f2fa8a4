"""Which channels may carry a message, and each layer's vote."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.notifications.types import NOTIFICATION_TYPES, purpose_of
from shared.people.eligibility import Address, Message, Preferences, Purpose, allowed_channels

EMAIL = Address("email", "ana@example.pt")
SMS = Address("sms", "+351910000001")
WHATSAPP = Address("whatsapp", "+351910000001")
PHONE = Address("telephone", "+351210000001")
POST = Address("post", "Rua A 1")
ALL = (EMAIL, SMS, WHATSAPP, PHONE, POST)

Topics = Mapping[str, tuple[str, ...]]


def kinds(preferences: Preferences, message: Message) -> list[str]:
    return [address.kind for address in allowed_channels(preferences, message).addresses]


def refusals(preferences: Preferences, message: Message) -> set[tuple[str, str]]:
    return {(vote.layer, vote.channel) for vote in allowed_channels(preferences, message).votes if not vote.allowed}


def test_the_customers_order_is_kept() -> None:
    assert kinds(Preferences((SMS, EMAIL)), Message("service")) == ["sms", "email"]


def test_a_reply_goes_by_the_channel_it_answers_first() -> None:
    message = Message("service", first=("whatsapp", "sms"))
    assert kinds(Preferences((EMAIL, SMS, WHATSAPP)), message) == ["sms", "whatsapp", "email"]


def test_an_unverified_address_is_not_used() -> None:
    unsure = Address("email", "ana@example.pt", verified=False)
    assert kinds(Preferences((unsure, SMS)), Message("service")) == ["sms"]
    assert refusals(Preferences((unsure, SMS)), Message("service")) == {("address", "email")}


def test_the_second_address_of_a_kind_stands_in_for_a_refused_one() -> None:
    unsure = Address("email", "old@example.pt", verified=False)
    found = allowed_channels(Preferences((unsure, EMAIL)), Message("service"))
    assert found.addresses == (EMAIL,)


@pytest.mark.parametrize(
    ("purpose", "consents", "expected"),
    [
        ("service", {}, ["email"]),
        ("service", {"service": True}, ["email"]),
        ("service", {"service": False}, []),
        ("marketing", {}, []),
        ("marketing", {"service": True}, []),
        ("marketing", {"marketing": True}, ["email"]),
        ("safety", {"service": False}, ["email"]),
        ("urgent_safety", {"service": False, "marketing": False}, ["email"]),
    ],
)
def test_consent_is_asked_for_by_purpose(purpose: str, consents: dict[str, bool], expected: list[str]) -> None:
    message = Message(purpose)  # type: ignore[arg-type]
    assert kinds(Preferences((EMAIL,), consents), message) == expected


@pytest.mark.parametrize(
    ("by_topic", "topics", "expected"),
    [
        ({"repair": ()}, ("repair",), []),
        ({"repair": ()}, ("warranty",), ["email", "sms"]),
        ({"repair": ()}, ("repair", "warranty"), ["email", "sms"]),
        ({"repair": (), "warranty": ()}, ("repair", "warranty"), []),
        ({"repair": ("sms", "email")}, ("repair",), ["sms", "email"]),
        ({"repair": ("sms",)}, ("repair", "warranty"), ["sms"]),
        ({"repair": ("sms",), "warranty": ("email",)}, ("repair", "warranty"), ["sms", "email"]),
        ({"repair": ("sms",), "warranty": ("email",)}, ("warranty", "repair"), ["email", "sms"]),
        ({"repair": ("sms",), "warranty": ()}, ("repair", "warranty"), ["sms"]),
    ],
)
def test_topics_unite_what_is_wished_for_them(by_topic: Topics, topics: tuple[str, ...], expected: list[str]) -> None:
    assert kinds(Preferences((EMAIL, SMS), by_topic=by_topic), Message("service", topics)) == expected


def test_safety_ignores_an_opt_out_but_not_suppression() -> None:
    preferences = Preferences((EMAIL, SMS), {"service": False}, {"recall": ()}, {EMAIL: "stop"})
    assert kinds(preferences, Message("safety", ("recall",))) == ["sms"]


def test_a_recall_makes_a_customers_message_one_of_safety() -> None:
    assert purpose_of(NOTIFICATION_TYPES["STATUS"], ("repair", "recall")) == "safety"
    assert purpose_of(NOTIFICATION_TYPES["STATUS"], ("repair",)) == "service"
    assert purpose_of(NOTIFICATION_TYPES["OFFERED"], ("recall",)) == "staff"


def test_no_marketing_while_a_complaint_is_open() -> None:
    preferences = Preferences((EMAIL,), {"marketing": True})
    assert kinds(preferences, Message("marketing", complaint_open=True)) == []
    assert kinds(preferences, Message("service", complaint_open=True)) == ["email"]


def test_a_message_goes_only_by_the_kinds_it_may() -> None:
    assert kinds(Preferences(ALL), Message("service", kinds=("email", "sms"))) == ["email", "sms"]


@pytest.mark.parametrize("purpose", ["service", "safety", "urgent_safety"])
def test_what_the_dealer_has_switched_off_is_off_whoever_wishes_otherwise(purpose: Purpose) -> None:
    message = Message(purpose, ("recall",), dealer_off=("sms",))
    preferences = Preferences((SMS, EMAIL), by_topic={"recall": ("sms", "email")})
    assert kinds(preferences, message) == ["email"]
    assert refusals(preferences, message) == {("dealer", "sms")}


@pytest.mark.parametrize(("reason", "expected"), [("unsubscribed", ["email"]), ("stop", []), ("bounce", [])])
def test_safety_goes_where_somebody_has_unsubscribed_and_nowhere_else(reason: str, expected: list[str]) -> None:
    assert kinds(Preferences((EMAIL,), closed={EMAIL: reason}), Message("safety")) == expected
    assert kinds(Preferences((EMAIL,), closed={EMAIL: reason}), Message("service")) == []


def test_every_layer_votes_on_every_channel() -> None:
    votes = allowed_channels(Preferences((EMAIL, SMS)), Message("service")).votes
    layers = ["message", "dealer", "customer", "consent", "address", "suppression"]
    assert [vote.layer for vote in votes if vote.channel == "email"] == layers
    assert [vote.layer for vote in votes if vote.channel == "sms"] == layers
    assert all(vote.because for vote in votes)


written = st.sampled_from(["email", "sms", "whatsapp"])
addresses = st.lists(st.builds(Address, written, st.sampled_from("ab"), st.booleans()), max_size=5)


@given(addresses, st.booleans(), st.sets(st.integers(0, 4)), st.sampled_from(["service", "marketing", "safety"]))
def test_nothing_refused_is_ever_used(
    given_addresses: list[Address], consent: bool, suppressed: set[int], purpose: str
) -> None:
    closed = {address: "bounce" for index, address in enumerate(given_addresses) if index in suppressed}
    preferences = Preferences(
        tuple(dict.fromkeys(given_addresses)), {"service": consent, "marketing": consent}, {}, closed
    )
    found = allowed_channels(preferences, Message(purpose))  # type: ignore[arg-type]
    assert all(address.verified and address not in closed for address in found.addresses)
    assert len({address.kind for address in found.addresses}) == len(found.addresses)
    assert consent or purpose == "safety" or not found.addresses
