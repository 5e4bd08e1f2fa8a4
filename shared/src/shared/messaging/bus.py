"""Records, the topics they travel on, and the port every transport fulfils."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from shared.db.engine import record_key
from shared.fast_dataclass import fast_dataclass
from shared.ids import CustomerKey, new_id

JOURNEY_STEP: Final = "handoff.journey.step.v1"
CONTACT_RECORDED: Final = "handoff.contact.recorded.v1"
BATCH: Final = 500
"""The most records a transport hands over at once."""
IDLE_DELAY: Final = timedelta(milliseconds=20)
"""How long, in real time, a reader that took all there was lets more gather: handled together they cost less."""


@fast_dataclass(frozen=True, slots=True)
class Record:
    """A CloudEvent on a topic. `data` holds ids and playbook facts, never personal words.

    `time` is when it happened, domain time. (`source`, `id`) is unique across dealers. `event_id` names the journey
    event it is (on the journey topic) or came of, if any. `seq` is its number in the outbox, where it was read there.
    """

    topic: str
    key: str
    dealer_id: str
    id: str
    type: str
    source: str
    time: datetime
    data: Mapping[str, Any]
    event_id: str | None = None
    seq: int | None = field(default=None, compare=False)

    @property
    def identity(self) -> tuple[str, str]:
        """What repeats are recognised by."""
        return self.source, self.id

    @property
    def customer(self) -> CustomerKey | None:
        """The customer in its key; None for a record of a dealer, or one whose key is another's."""
        dealer_id, slash, customer_id = self.key.partition(f"{self.dealer_id}/")
        return (self.dealer_id, customer_id) if slash and customer_id and not dealer_id else None


def new_record(
    topic: str,
    type: str,  # noqa: A002 - the CloudEvents attribute's own name
    dealer_id: str,
    customer_id: str | None,
    time: datetime,
    data: Mapping[str, Any],
    event_id: str | None = None,
) -> Record:
    """A record of ours with a fresh id, keyed by the customer, else by the dealer."""
    key = record_key(dealer_id, customer_id)
    return Record(topic, key, dealer_id, new_id(), type, source_of(dealer_id), time, data, event_id)


def source_of(dealer_id: str) -> str:
    """The CloudEvents source of everything Handoff says about a dealer."""
    return f"/dealers/{dealer_id}"


def dead_topic(topic: str) -> str:
    """Where records go that could not be handled."""
    return f"{topic}.dead"


@fast_dataclass(frozen=True, slots=True)
class Batch:
    """Records in the order of their keys; `waited` is how long the oldest of them lay unread, in real time."""

    records: Sequence[Record] = ()
    waited: timedelta = timedelta(0)


class Subscription(Protocol):
    """A consumer's turn as a reader of its topics.

    Either method raises when the turn is lost (its connection broke, another reader took over). What was received and
    not stored then comes again, here or elsewhere.
    """

    async def receive(self, max_wait: timedelta) -> Batch:
        """The next records, at most BATCH; empty when none came within `max_wait` (real time).

        Every committed record of the topics comes at least once; those of one key come in the order of their commits.
        """
        ...

    async def store_position(self) -> None:
        """Promise that the effects of everything received are stored, so that it need not come again."""
        ...


class Transport(Protocol):
    """The way from the outbox to the consumers. Publishing is appending to the outbox, nothing else."""

    def subscribe(
        self, consumer: str, topics: Sequence[str], types: Collection[str] | None = None
    ) -> AbstractAsyncContextManager[Subscription]:
        """Wait for a turn as a reader under this consumer's name, and hold it inside the context.

        Records of other `types` are passed over unread; None: every type is wanted.
        Readers of one name share the work, so that records of one key are never read by two at once; readers of
        different names each see everything. A consumer without a stored position begins at the oldest retained record.
        When a holder dies, another takes its turn over within about a second. Raises what the connection raises.
        """
        ...
