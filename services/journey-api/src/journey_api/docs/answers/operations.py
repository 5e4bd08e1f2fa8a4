"""Clocks, notifications, dead letters and keys as they are answered."""

from datetime import date, datetime

from typing_extensions import TypedDict

from shared.sla.store.documents import TimerDocument


class TimerList(TypedDict):
    """Clocks; `feed_cursor` is where their feed goes on from this list."""

    items: list[TimerDocument]
    next_cursor: str | None
    feed_cursor: str


class ClockSummaryItem(TypedDict):
    """How the clocks of one key were kept; `p50` and `p90` are durations of business time (ISO 8601).

    Grouped by two, `key` and `name` are lists in the order asked.
    """

    key: str | list[str | None] | None
    name: str | list[str | None] | None
    started: int
    met: int
    breached: int
    running: int
    attainment: float | None
    p50: str | None
    p90: str | None


class Attempt(TypedDict):
    """One try of one channel."""

    at: datetime
    provider: str | None
    code: str | None
    status: str


class Said(TypedDict):
    """The words that were sent."""

    subject: str | None
    text: str | None


class VoteShown(TypedDict):
    """What one layer says of one channel, and why, as a word of ours."""

    layer: str
    channel: str
    allowed: bool
    because: str


class NotificationShown(TypedDict):
    """A message, why it took its channel, and how each attempt went."""

    notification_id: str
    dealer_id: str
    customer_id: str | None
    staff_id: str | None
    task_id: str | None
    case_id: str | None
    timer_id: str | None
    message: str
    purpose: str
    channel: str | None
    address: str | None
    status: str
    code: str | None
    not_before: datetime | None
    created_at: datetime
    words: Said | None
    votes: list[VoteShown]
    attempts: list[Attempt]


class DeadLetterShown(TypedDict):
    """A record that could not be handled."""

    id: str
    topic: str
    key: str
    dealer_id: str
    event_id: str | None
    consumer: str
    reason: str
    tries: int
    first_at: datetime
    last_at: datetime
    replay_at: datetime | None


class KeyShown(TypedDict):
    """A key without its secret."""

    key_id: str
    name: str
    dealers: list[str]
    scopes: list[str]
    staff_id: str | None
    created_at: datetime
    expires_at: datetime | None


class HolidayShown(TypedDict):
    """A public holiday; only an accepted one closes."""

    date: date
    name: str
    accepted: bool
