"""Which channels may carry a message to somebody, and each layer's vote on it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from notifier.notifications.types import TASK_CHANNELS, Purpose
from shared.vocabulary import WRITTEN_CHANNELS


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel leads."""

    kind: str
    address: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Vote:
    """What one layer says of one channel, and why."""

    layer: str
    channel: str
    allowed: bool
    because: str

    def document(self) -> dict[str, object]:
        """As the contract shows it."""
        return {"layer": self.layer, "channel": self.channel, "allowed": self.allowed, "because": self.because}


@dataclass(frozen=True)
class Wishes:
    """What a recipient has said: addresses in the order wished for, consent by purpose, kinds by topic (None: off).

    `suppressed` are addresses closed to us: bounced, complained, stopped.
    """

    addresses: tuple[Address, ...] = ()
    consents: Mapping[str, bool] = field(default_factory=dict)
    by_topic: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    suppressed: frozenset[Address] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be said: purpose, topics, the kinds this message may use, those of a reply before the others.

    `complaint_open`: a negative feedback of the customer is open, which silences marketing. `barred`: addresses this
    message may not go to now, and why.
    """

    purpose: Purpose
    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = (*WRITTEN_CHANNELS, *TASK_CHANNELS)
    first: tuple[str, ...] = ()
    complaint_open: bool = False
    barred: Mapping[Address, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effective:
    """The channels left, best first, one address a kind, with every vote."""

    addresses: tuple[Address, ...]
    votes: tuple[Vote, ...]


def effective_channels(wishes: Wishes, request: Request) -> Effective:
    """Order wished for ∩ allowed for the message ∩ consented ∩ wished for the topic ∩ verified ∩ not suppressed."""
    left: dict[str, Address] = {}
    votes: list[Vote] = []
    for address in _in_order(wishes, request):
        cast = tuple(_votes_on(address, wishes, request))
        votes.extend(cast)
        if all(vote.allowed for vote in cast):
            left.setdefault(address.kind, address)
    return Effective(tuple(left.values()), tuple(votes))


def _in_order(wishes: Wishes, request: Request) -> list[Address]:
    """Those of a reply first; then by the topic's order where the recipient gave one, else by the recipient's own."""
    order = next((kinds for topic in request.topics if (kinds := wishes.by_topic.get(topic))), ())

    def place(address: Address) -> tuple[bool, int]:
        return address.kind not in request.first, order.index(address.kind) if address.kind in order else len(order)

    return sorted(wishes.addresses, key=place)


def _votes_on(address: Address, wishes: Wishes, request: Request) -> Iterator[Vote]:
    yield _message_vote(address.kind, request)
    yield Vote("dealer", address.kind, True, "the dealer leaves the order of channels to the recipient")
    place = wishes.addresses.index(address) + 1
    yield Vote("customer", address.kind, True, f"channel {place} in the recipient's order")
    yield from _topic_votes(address.kind, wishes, request)
    yield _consent_vote(address.kind, wishes, request)
    verified = "the address is verified" if address.verified else "the address is not verified"
    yield Vote("address", address.kind, address.verified, verified)
    if address in request.barred:
        yield Vote("window", address.kind, False, request.barred[address])
    open_to_us = address not in wishes.suppressed
    yield Vote("suppression", address.kind, open_to_us, "not suppressed" if open_to_us else "the address is suppressed")


def _message_vote(kind: str, request: Request) -> Vote:
    if kind not in request.kinds:
        return Vote("message", kind, False, "this message does not go by this channel")
    if request.purpose == "marketing" and request.complaint_open:
        return Vote("message", kind, False, "no marketing while a negative feedback is open")
    return Vote("message", kind, True, "this message may go by this channel")


def _consent_vote(kind: str, wishes: Wishes, request: Request) -> Vote:
    if request.purpose in ("safety", "urgent_safety"):
        return Vote("consent", kind, True, "safety needs no consent")
    if request.purpose == "staff":
        return Vote("consent", kind, True, "staff are told what concerns their work")
    given = wishes.consents.get(request.purpose, request.purpose == "service")
    return Vote("consent", kind, given, f"consent to {request.purpose} {'given' if given else 'not given'}")


def _topic_votes(kind: str, wishes: Wishes, request: Request) -> Iterator[Vote]:
    """One vote a topic the recipient has an opinion on; several topics must all agree."""
    if request.purpose in ("safety", "urgent_safety"):
        return
    for topic in request.topics:
        if topic not in wishes.by_topic:
            continue
        kinds = wishes.by_topic[topic]
        if kinds is None:
            yield Vote("topic", kind, False, f"{topic}: off")
        else:
            yield Vote("topic", kind, kind in kinds, f"{topic}: {', '.join(kinds) or 'no channel'}")
