"""What Handoff sends, by itself and for people: to whom, for what purpose, when, and what it counts as once sent."""

from dataclasses import dataclass
from typing import Final, Literal

from shared.people.eligibility import Purpose, purpose_of_topics
from shared.vocabulary import MESSAGE

Audience = Literal["customer", "staff"]

BUNDLED: Final = "bundled"
"""The code of a notice that went with another one to the same person."""


@dataclass(frozen=True, slots=True)
class NotificationType:
    """One kind of message.

    `contact_kind`: the outbound contact it is once a provider accepted it; a person's words have their own.
    `becomes_task`: whether a person calls or writes where no machine can; `as_letter`: whether a person writes a letter
    where no machine may, with an address on record or without. `marketing`: it sells something. `any_hour`: goes to
    staff off shift too. `throttled`: one too many for its recipient waits. `version` of its template is part of the key
    by which repeats are recognised.
    """

    name: str
    audience: Audience
    contact_kind: str | None = None
    becomes_task: bool = False
    as_letter: bool = False
    marketing: bool = False
    any_hour: bool = False
    bundled: bool = False
    throttled: bool = False
    version: int = 1


NOTIFICATION_TYPES: Final = {
    notification_type.name: notification_type
    for notification_type in (
        NotificationType("ACK", "customer", contact_kind="acknowledgement"),
        NotificationType("STATUS", "customer", contact_kind="update", becomes_task=True, throttled=True),
        NotificationType("PARTS", "customer", contact_kind="update", becomes_task=True, throttled=True),
        NotificationType("DATE", "customer", contact_kind="update", becomes_task=True, throttled=True),
        NotificationType("READY", "customer", contact_kind="update", becomes_task=True, throttled=True),
        NotificationType("REMIND", "customer", contact_kind="update", becomes_task=True, throttled=True),
        NotificationType("CARD", "customer", contact_kind="update", as_letter=True, marketing=True, throttled=True),
        NotificationType("INVITE", "customer", contact_kind="update", marketing=True, throttled=True),
        NotificationType(MESSAGE, "customer", becomes_task=True),
        NotificationType("OFFERED", "staff"),
        NotificationType("WARNING", "staff", bundled=True),
        NotificationType("BREACHED", "staff", any_hour=True),
        NotificationType("ESCALATED", "staff", any_hour=True, bundled=True),
        NotificationType("WITHDRAWN", "staff"),
        NotificationType("DECLINED", "staff"),
        NotificationType("TRAGIC", "staff"),
        NotificationType("CHANGED", "staff", bundled=True),
    )
}
"""By name."""


def purpose_of(notification_type: NotificationType, topics: tuple[str, ...]) -> Purpose:
    """The purpose consent is asked for: marketing for what sells, safety when a recall is among a message's topics."""
    if notification_type.audience == "staff":
        return "staff"
    if notification_type.marketing:
        return "marketing"
    return purpose_of_topics(topics)
