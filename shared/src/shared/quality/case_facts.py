"""What is stored of a case that the moments of truth in it may depend on, as values."""

from datetime import datetime, timedelta
from typing import Literal

from shared.fast_dataclass import fast_dataclass
from shared.sla.facts import NOBODY, Owner
from shared.sla.types import Timer


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class EventFact:
    """A routed event of a customer.

    `by_timer`: a scheduled trigger made it; `upkeep`: it says only that a record was kept. `facts`: path and value,
    `given`: the fields of intake it gives. `owner_decided_at`: when it was sent for a decision on the owner.
    """

    event_id: str
    at: datetime
    role: str
    live: bool = True
    step: int | None = None
    staff_id: str | None = None
    channel: str | None = None
    by_timer: bool = False
    upkeep: bool = False
    news: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    facts: frozenset[tuple[str, str]] = frozenset()
    given: frozenset[str] = frozenset()
    sentiment: str | None = None
    about: frozenset[str] = frozenset()
    entries: tuple[str, ...] = ()
    owner_decided_at: datetime | None = None

    @property
    def inbound(self) -> bool:
        """Whether the customer wrote it: then its moment is a contact."""
        return self.channel in ("message", "email")

    @property
    def observer(self) -> tuple[str, str | None]:
        """Role and person who saw it."""
        return self.role, self.staff_id


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class ContactFact:
    """A contact as recorded. `reached`: an outbound one that reached the customer; `automatic`: the product sent it.

    `step`: that of the customer's latest event up to then.
    """

    contact_id: str
    at: datetime
    direction: Literal["inbound", "outbound"]
    channel: str
    kind: str | None = None
    staff_id: str | None = None
    task_id: str | None = None
    options: int | None = None
    automatic: bool = False
    reached: bool = True
    step: int | None = None


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class TaskFact:
    """A task. `asked`: a rule asked for it, a reminder or one of a scheduled trigger; `ended_at`: None while open."""

    task_id: str
    entry: str
    to_role: str
    created_at: datetime
    asked: bool = False
    ended_at: datetime | None = None


@fast_dataclass(frozen=True, slots=True)
class Decline:
    """An offer that was declined, or ran out (`silence`)."""

    task_id: str
    at: datetime
    reason: str | None


@fast_dataclass(frozen=True, slots=True)
class OwnerChange:
    """The case got another customer owner."""

    change_id: str
    at: datetime
    before: Owner
    after: Owner


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The case was closed by a person (None: the product) with an outcome."""

    change_id: str
    at: datetime
    outcome: str | None
    by: str | None = None
    step: int | None = None


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class PromiseEnd:
    """A promise; `at`: when it ended, None while it is open; `score`: as timers 5.8 gives it."""

    promise_id: str
    made_at: datetime
    at: datetime | None
    score: int | None = None
    owner: Owner = NOBODY
    entry: str | None = None
    step: int | None = None


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An appointment that turned to `arrived` or `started`; `allowed`: how long the customer may wait (T-23)."""

    change_id: str
    appointment_id: str
    at: datetime
    status: Literal["arrived", "started"]
    starts_at: datetime
    allowed: timedelta
    staff_id: str | None = None
    step: int | None = None


@fast_dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """Everything stored of a case of a customer that a moment may depend on; without a case: of what joined none.

    `owner`: who owns the customer today. `asked_again`: events whose task asks for what another case of the matter
    knows. `deliveries`: when vehicles of the customer were delivered or returned.
    """

    dealer_id: str
    customer_id: str
    case_id: str | None
    owner: Owner = NOBODY
    topics: tuple[str, ...] = ()
    events: tuple[EventFact, ...] = ()
    contacts: tuple[ContactFact, ...] = ()
    timers: tuple[Timer, ...] = ()
    tasks: tuple[TaskFact, ...] = ()
    declines: tuple[Decline, ...] = ()
    owner_changes: tuple[OwnerChange, ...] = ()
    closings: tuple[Closing, ...] = ()
    promises: tuple[PromiseEnd, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    asked_again: frozenset[str] = frozenset()
    deliveries: tuple[datetime, ...] = ()
