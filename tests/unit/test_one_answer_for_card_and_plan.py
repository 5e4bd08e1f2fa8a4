"""A task's contact card and the plan of a message to the same customer say the same of every channel."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from journey_api.tasks.contact_card import ContactOption, choose_contact_option
from notifier.context import ChannelConfig
from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.channel_selection import Plan
from notifier.planning.planner import plan_for
from notifier.planning.recipients import customer_audience
from shared.channels.registry import customer_channels, written_channels
from shared.people.contact_hours import Inbound
from shared.people.customer_channels import customer_addresses
from shared.people.eligibility import Address, purpose_of_topics
from shared.playbook.ruleset.loader import playbook

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
TOPICS = ("repair", "warranty", "recall")
NIGHT = [{"from": "21:00", "to": "08:00"}]

kinds = st.sampled_from(customer_channels())
channels = st.fixed_dictionaries(
    {"kind": kinds, "address": st.sampled_from("ab"), "verified": st.sampled_from([True, True, True, False])}
)
customers = st.fixed_dictionaries(
    {"channels": st.lists(channels, min_size=1, max_size=5)},
    optional={
        "consent": st.fixed_dictionaries(
            {"service": st.booleans(), "marketing": st.booleans()},
            optional={"source": st.sampled_from(["lead", "dms"])},
        ),
        "preferences": st.dictionaries(st.sampled_from(TOPICS), st.just("off") | st.lists(kinds, max_size=3)),
        "quiet_hours": st.just(NIGHT),
        "time_zone": st.sampled_from(["America/New_York", "Asia/Tokyo"]),
    },
)
dealers = st.fixed_dictionaries(
    {"time_zone": st.just("Europe/Lisbon")},
    optional={"quiet_hours": st.just(NIGHT), "channels_off": st.lists(kinds, max_size=2)},
)
instants = st.integers(0, 48).map(lambda halves: MIDNIGHT + timedelta(minutes=30 * halves))
replies = st.none() | st.tuples(st.integers(0, 20), st.lists(kinds, min_size=1, max_size=2, unique=True))


def card_and_plan(
    record: Mapping[str, Any],
    dealer: Mapping[str, Any],
    topics: tuple[str, ...],
    now: datetime,
    closed: Mapping[Address, str],
    reply: tuple[int, list[str]] | None,
) -> tuple[ContactOption, Plan]:
    """What a task shows of a customer, and how a person's words would go; every channel has settings."""
    inbound = Inbound(now - timedelta(minutes=reply[0]), tuple(reply[1])) if reply else None
    option = choose_contact_option(record, dealer, "SA-07-01-c", topics, now, closed, inbound)
    words = NotificationRequest(
        dealer_id="lisboa-01",
        notification_type=NOTIFICATION_TYPES["MESSAGE"],
        recipient=Recipient(customer_id="C-1"),
        key="words",
        topics=topics,
        reply_kinds=inbound.kinds if inbound else (),
        inbound_at=inbound.at if inbound else None,
    )
    audience = customer_audience(words, record, dealer, closed, {})
    return option, plan_for(audience, ChannelConfig(playbook(), frozenset(written_channels())), words, now)


@settings(max_examples=300)
@given(customers, dealers, st.lists(st.sampled_from(TOPICS), unique=True).map(tuple), instants, st.data(), replies)
def test_a_card_allows_what_a_plan_would_send(
    record: dict[str, Any],
    dealer: dict[str, Any],
    topics: tuple[str, ...],
    now: datetime,
    data: st.DataObject,
    reply: tuple[int, list[str]] | None,
) -> None:
    reasons = st.sampled_from(["stop", "bounce", "unsubscribed"])
    addresses = customer_addresses(record, purpose_of_topics(topics))
    shut = data.draw(st.dictionaries(st.sampled_from(addresses), reasons, max_size=2) if addresses else st.just({}))
    option, planned = card_and_plan(record, dealer, topics, now, shut, reply)
    event(option.reason)
    if planned.address is None:
        assert not option.allowed_now
        assert option.reason != "quiet"
        return
    assert (option.channel, option.address) == (planned.address.kind, planned.address.address)
    assert option.allowed_now == (planned.scheduled_for is None)
    assert (option.reason == "quiet") == (planned.scheduled_for is not None)
    if option.until is not None and planned.scheduled_for is not None:
        assert option.until <= planned.scheduled_for
