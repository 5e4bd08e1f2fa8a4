"""Which channels may carry a message, and each layer's vote."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.notifications.types import NOTICES, purpose_of
from notifier.planning.preferences import Address, Request, Wishes, effective_channels

EMAIL = Address("email", "ana@example.pt")
SMS = Address("sms", "+351910000001")
WHATSAPP = Address("whatsapp", "+351910000001")
PHONE = Address("telephone", "+351210000001")
POST = Address("post", "Rua A 1")
ALL = (EMAIL, SMS, WHATSAPP, PHONE, POST)

Topics = Mapping[str, tuple[str, ...] | None]


def kinds(wishes: Wishes, request: Request) -> list[str]:
    return [address.kind for address in effective_channels(wishes, request).addresses]


def refusals(wishes: Wishes, request: Request) -> set[tuple[str, str]]:
    return {(vote.layer, vote.channel) for vote in effective_channels(wishes, request).votes if not vote.allowed}


def test_the_customers_order_is_kept() -> None:
    assert kinds(Wishes((SMS, EMAIL)), Request("service")) == ["sms", "email"]


def test_a_reply_goes_by_the_channel_it_answers_first() -> None:
    request = Request("service", first=("whatsapp", "sms"))
    assert kinds(Wishes((EMAIL, SMS, WHATSAPP)), request) == ["sms", "whatsapp", "email"]


def test_an_unverified_address_is_not_used() -> None:
    unsure = Address("email", "ana@example.pt", verified=False)
    assert kinds(Wishes((unsure, SMS)), Request("service")) == ["sms"]
    assert refusals(Wishes((unsure, SMS)), Request("service")) == {("address", "email")}


def test_the_second_address_of_a_kind_stands_in_for_a_refused_one() -> None:
    unsure = Address("email", "old@example.pt", verified=False)
    found = effective_channels(Wishes((unsure, EMAIL)), Request("service"))
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
    request = Request(purpose)  # type: ignore[arg-type]
    assert kinds(Wishes((EMAIL,), consents), request) == expected


@pytest.mark.parametrize(
    ("by_topic", "topics", "expected"),
    [
        ({"repair": None}, ("repair",), []),
        ({"repair": None}, ("warranty",), ["email", "sms"]),
        ({"repair": ("sms", "email")}, ("repair",), ["sms", "email"]),
        ({"repair": ("sms",)}, ("repair", "warranty"), ["sms"]),
        ({"repair": ("sms",), "warranty": ("email",)}, ("repair", "warranty"), []),
        ({"repair": ("sms",), "warranty": None}, ("repair", "warranty"), []),
    ],
)
def test_a_topic_has_the_last_word(by_topic: Topics, topics: tuple[str, ...], expected: list[str]) -> None:
    assert kinds(Wishes((EMAIL, SMS), by_topic=by_topic), Request("service", topics)) == expected


def test_safety_ignores_an_opt_out_but_not_suppression() -> None:
    wishes = Wishes((EMAIL, SMS), {"service": False}, {"recall": None}, frozenset({EMAIL}))
    assert kinds(wishes, Request("safety", ("recall",))) == ["sms"]


def test_a_recall_makes_a_customers_message_one_of_safety() -> None:
    assert purpose_of(NOTICES["STATUS"], ("repair", "recall")) == "safety"
    assert purpose_of(NOTICES["STATUS"], ("repair",)) == "service"
    assert purpose_of(NOTICES["OFFERED"], ("recall",)) == "staff"


def test_no_marketing_while_a_complaint_is_open() -> None:
    wishes = Wishes((EMAIL,), {"marketing": True})
    assert kinds(wishes, Request("marketing", complaint_open=True)) == []
    assert kinds(wishes, Request("service", complaint_open=True)) == ["email"]


def test_a_message_goes_only_by_the_kinds_it_may() -> None:
    assert kinds(Wishes(ALL), Request("service", kinds=("email", "sms"))) == ["email", "sms"]


def test_every_layer_votes_on_every_channel() -> None:
    votes = effective_channels(Wishes((EMAIL, SMS)), Request("service")).votes
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
    closed = frozenset(address for index, address in enumerate(given_addresses) if index in suppressed)
    wishes = Wishes(tuple(dict.fromkeys(given_addresses)), {"service": consent, "marketing": consent}, {}, closed)
    found = effective_channels(wishes, Request(purpose))  # type: ignore[arg-type]
    assert all(address.verified and address not in closed for address in found.addresses)
    assert len({address.kind for address in found.addresses}) == len(found.addresses)
    assert consent or purpose == "safety" or not found.addresses
