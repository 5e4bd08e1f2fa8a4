"""When the next message to a customer may go after those that went, or are to go."""

from datetime import UTC, datetime, timedelta

import pytest

from notifier.notifications.request import NotificationRequest, Recipient
from notifier.notifications.types import NOTIFICATION_TYPES
from notifier.planning.throttle import Limit, Sent, Throttle, free_from, limit_of
from shared.people.contact_hours import BlockedUntil

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("sent", "free"),
    [
        ([], None),
        ([-1], None),
        ([-1, -2], 28),
        ([-2, -1], 28),
        ([-29, -29], 1),
        ([-30, -1], None),
        ([-90, -80, -20, -10], 10),
        ([-10, 20], 20),
        ([-10, 20, 20], 50),
    ],
)
def test_no_stretch_of_half_an_hour_has_more_than_two(sent: list[float], free: float | None) -> None:
    found = free_from([at(one) for one in sent], Limit(2, timedelta(minutes=30)), NOON)
    assert found == (None if free is None else at(free))


@pytest.mark.parametrize(
    ("record", "limit"),
    [
        ({}, Limit(10, timedelta(hours=1))),
        ({"throttle": None}, Limit(10, timedelta(hours=1))),
        ({"throttle": {"messages": 3, "per": None}}, Limit(3, timedelta(hours=1))),
        ({"throttle": {"per": "PT15M"}}, Limit(10, timedelta(minutes=15))),
    ],
)
def test_what_a_dealer_does_not_say_is_the_usual(record: dict, limit: Limit) -> None:
    assert limit_of(record) == limit


def request(message: str = "STATUS", key: str = "e-3", topics: tuple[str, ...] = ()) -> NotificationRequest:
    return NotificationRequest(
        dealer_id="d",
        notification_type=NOTIFICATION_TYPES[message],
        recipient=Recipient(customer_id="C-1"),
        key=key,
        topics=topics,
    )


@pytest.mark.parametrize(
    ("asked", "channel", "quiet_until", "expected"),
    [
        (request(), "email", None, (29, "throttle")),
        (request(), "email", 10, (29, "throttle")),
        (request(), "email", 45, (45, "customer")),
        (request(), "telephone", None, None),
        (request(key="e-1"), "sms", None, None),
        (request(topics=("recall",)), "sms", None, None),
        (request("ACK"), "sms", None, None),
        (request("MESSAGE"), "sms", None, None),
    ],
    ids=[
        "one too many",
        "after the quiet",
        "within the quiet",
        "a call",
        "its next channel",
        "recall",
        "ACK",
        "person",
    ],
)
def test_what_may_go_when_two_went_a_minute_ago(
    asked: NotificationRequest, channel: str, quiet_until: float | None, expected: tuple[float, str] | None
) -> None:
    """Of the two that went one was the first channel of the obligation `e-1`."""
    went = [Sent(at(-1), "STATUS:e-1"), Sent(at(-1), "READY:e-2")]
    throttle = Throttle({("d", "C-1"): went}, {"d": Limit(2, timedelta(minutes=30))})
    quiet = None if quiet_until is None else BlockedUntil(at(quiet_until), "customer", "quiet")
    blocked = throttle.over(asked, lambda _kind, _at: quiet)(channel, NOON)
    assert (blocked and (blocked.until, blocked.layer)) == (expected and (at(expected[0]), expected[1]))


def test_what_is_planned_counts_at_once() -> None:
    throttle = Throttle({}, {"d": Limit(1, timedelta(minutes=30))})
    throttle.note(request(key="e-1"), at(0))
    blocked = throttle.over(request(), lambda _kind, _at: None)("sms", NOON)
    assert blocked is not None
    assert blocked.until == at(30)
