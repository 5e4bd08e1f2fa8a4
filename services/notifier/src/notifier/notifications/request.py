"""An obligation: somebody is to be told something, by one channel after another until it has reached them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping

from notifier.notifications.types import NOTIFICATION_TYPES, NotificationType, purpose_of
from shared.people.eligibility import Purpose
from shared.vocabulary import MESSAGE


@dataclass(frozen=True, slots=True)
class Recipient:
    """A customer, a member of staff, or a mailbox of the group; exactly one of them."""

    customer_id: str | None = None
    staff_id: str | None = None
    mailbox: str | None = None

    @property
    def key(self) -> str:
        """What tells recipients of one obligation apart."""
        return self.customer_id or self.staff_id or "group_mailbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRequest:
    """Who is told which notice, what of, and how.

    `key` names what is owed (an event, an offer, a threshold of a clock), `cycle` its how-manieth time. `about` holds
    what the words need: ids and playbook facts, never personal words. `reply_kinds`: the channels of the inbound
    contact this answers, `inbound_at` its time. `marketing`: it sells, whatever its type. `urgent`: by the channels'
    urgent rank. `deadline`: holding it must not pass this instant. `tried`: channels already used up.
    """

    dealer_id: str
    notification_type: NotificationType
    recipient: Recipient
    key: str
    cycle: int = 1
    task_id: str | None = None
    case_id: str | None = None
    topics: tuple[str, ...] = ()
    reply_kinds: tuple[str, ...] = ()
    inbound_at: datetime | None = None
    marketing: bool = False
    urgent: bool = False
    deadline: datetime | None = None
    tried: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def purpose(self) -> Purpose:
        """What consent is asked for."""
        if self.marketing and self.notification_type.audience == "customer":
            return "marketing"
        return purpose_of(self.notification_type, self.topics)

    @property
    def name(self) -> str:
        """What is the same for every channel it is tried by."""
        return f"{self.notification_type.name}:{self.key}:{self.recipient.key}:{self.cycle}"

    def dedupe_key(self, channel: str | None) -> str:
        """Unique within the dealer: obligation, cycle, channel and version of the template."""
        return f"{self.name}:{channel or '-'}:v{self.notification_type.version}"

    def awaits_routing(self, real: datetime) -> bool:
        """Whether the case of its event is still to be found; it is not waited for past `route_by` (real time)."""
        if self.case_id is not None or not self.about.get("route_by"):
            return False
        return real < datetime.fromisoformat(self.about["route_by"])

    def params(self) -> dict[str, Any]:
        """What the notification's row keeps beside its own columns."""
        return {
            "key": self.key,
            "cycle": self.cycle,
            "mailbox": self.recipient.mailbox,
            "topics": list(self.topics),
            "reply_kinds": list(self.reply_kinds),
            "inbound_at": self.inbound_at.isoformat() if self.inbound_at else None,
            "marketing": self.marketing,
            "urgent": self.urgent,
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "tried": list(self.tried),
            "about": dict(self.about),
        }


_UNPLANNED: Final = NotificationRequest(
    dealer_id="", notification_type=NOTIFICATION_TYPES[MESSAGE], recipient=Recipient(), key=""
).params()


def request_from_row(row: RowMapping) -> NotificationRequest:
    """The obligation a notification's row serves; one that nobody has planned yet is its own."""
    params = {**_UNPLANNED, "key": row["notification_id"], **row["params"]}
    return NotificationRequest(
        dealer_id=row["dealer_id"],
        notification_type=NOTIFICATION_TYPES[row["message"]],
        recipient=Recipient(row["customer_id"], row["staff_id"], params["mailbox"]),
        key=params["key"],
        cycle=params["cycle"],
        task_id=row["task_id"],
        case_id=row["case_id"],
        topics=tuple(params["topics"]),
        reply_kinds=tuple(params["reply_kinds"]),
        inbound_at=_instant(params["inbound_at"]),
        marketing=params["marketing"],
        urgent=params["urgent"],
        deadline=_instant(params["deadline"]),
        tried=tuple(params["tried"]),
        about=params["about"],
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
