"""Which channels may carry a message to somebody, and each layer's vote on it. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Final, Literal

from shared.channels.registry import customer_channels
from shared.fast_dataclass import fast_dataclass
from shared.sla.policy.rules import marketing_occurrences
from shared.vocabulary import SAFETY_TOPICS

Purpose = Literal["service", "marketing", "safety", "urgent_safety", "staff"]

SAFETY_PURPOSES: Final = ("safety", "urgent_safety")
"""What ignores an opt-out, though neither suppression nor law."""

UNSUBSCRIBED: Final = "unsubscribed"
"""Why an address is closed: a wish, not a wall. Messages of safety still go there; every other reason stops them."""


@fast_dataclass(frozen=True, slots=True)
class Address:
    """Where a channel leads."""

    kind: str
    address: str
    verified: bool = True


@fast_dataclass(frozen=True, slots=True)
class Vote:
    """What one layer says of one channel, and why."""

    layer: str
    channel: str
    allowed: bool
    because: str

    def document(self) -> dict[str, object]:
        """As the contract shows it."""
        return {"layer": self.layer, "channel": self.channel, "allowed": self.allowed, "because": self.because}


@fast_dataclass(frozen=True)
class Preferences:
    """What a recipient has said: addresses in their order, consent by purpose, channels by topic (none: off).

    `closed`: the reason of each address that is closed to us: bounced, complained, stopped, unsubscribed.
    """

    addresses: tuple[Address, ...] = ()
    consents: Mapping[str, bool] = field(default_factory=dict)
    by_topic: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closed: Mapping[Address, str] = field(default_factory=dict)


@fast_dataclass(frozen=True, slots=True)
class Message:
    """What is to be said: purpose, topics, the kinds it may use, those of a reply before the others.

    `complaint_open`: a negative feedback of the customer is open, which silences marketing. `barred`: addresses this
    message may not go to now, and why. `dealer_off`: channels the dealer does not use, whoever prefers otherwise.
    """

    purpose: Purpose
    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = field(default_factory=customer_channels)
    first: tuple[str, ...] = ()
    complaint_open: bool = False
    barred: Mapping[Address, str] = field(default_factory=dict)
    dealer_off: Collection[str] = ()


@fast_dataclass(frozen=True, slots=True)
class AllowedChannels:
    """The channels left, best first, one address a kind, with every vote.

    `refused`: the other addresses, in the same order, each with the last vote against it.
    """

    addresses: tuple[Address, ...]
    votes: tuple[Vote, ...]
    refused: tuple[tuple[Address, Vote], ...] = ()


def allowed_channels(preferences: Preferences, message: Message) -> AllowedChannels:
    """The recipient's order ∩ allowed for the message ∩ the topics' preferences ∩ consented ∩ verified ∩ not closed."""
    left: dict[str, Address] = {}
    votes: list[Vote] = []
    refused: list[tuple[Address, Vote]] = []
    wanted = wanted_channels(preferences.by_topic, message.topics)
    for address in _in_order(preferences, message, wanted or ()):
        cast = tuple(_votes_on(address, preferences, message, wanted))
        votes.extend(cast)
        against = [vote for vote in cast if not vote.allowed]
        if against:
            refused.append((address, against[-1]))
        else:
            left.setdefault(address.kind, address)
    return AllowedChannels(tuple(left.values()), tuple(votes), tuple(refused))


def wanted_channels(by_topic: Mapping[str, tuple[str, ...]], topics: Iterable[str]) -> tuple[str, ...] | None:
    """The recipient's preferences for these topics, united in the order of the topics.

    Empty where every topic is off; None where the recipient's general order applies.
    """
    chosen = [by_topic.get(topic) for topic in topics]
    united = tuple(dict.fromkeys(kind for kinds in chosen for kind in kinds or ()))
    return united if united or (chosen and all(kinds == () for kinds in chosen)) else None


def purpose_of_topics(topics: Iterable[str]) -> Purpose:
    """The purpose of a customer's message that sells nothing: safety when a recall is among its topics."""
    return "service" if SAFETY_TOPICS.isdisjoint(topics) else "safety"


def purpose_on_task(topics: Iterable[str], occurrence: str | None) -> Purpose:
    """The purpose of what a person says to a customer on a task that comes of an occurrence."""
    return "marketing" if occurrence in marketing_occurrences() else purpose_of_topics(topics)


def closes(reason: str, purpose: str) -> bool:
    """Whether an address closed for this reason is closed to a message of this purpose."""
    return reason != UNSUBSCRIBED or purpose not in SAFETY_PURPOSES


def _in_order(preferences: Preferences, message: Message, wanted: tuple[str, ...]) -> list[Address]:
    """Those of a reply first; then by the preferences for the topics, else by the recipient's own order."""

    def place(address: Address) -> tuple[bool, int]:
        rank = wanted.index(address.kind) if address.kind in wanted else len(wanted)
        return address.kind not in message.first, rank

    return sorted(preferences.addresses, key=place)


def _votes_on(
    address: Address, preferences: Preferences, message: Message, wanted: tuple[str, ...] | None
) -> Iterator[Vote]:
    kind = address.kind
    yield _message_vote(kind, message)
    yield _dealer_vote(kind, message)
    place = preferences.addresses.index(address) + 1
    yield Vote("customer", kind, True, f"channel {place} in the recipient's order")
    if wanted is not None and message.purpose not in SAFETY_PURPOSES:
        yield Vote("topic", kind, kind in wanted, _topic_words(preferences, message))
    yield _consent_vote(kind, preferences, message)
    verified = "the address is verified" if address.verified else "the address is not verified"
    yield Vote("address", kind, address.verified, verified)
    if address in message.barred:
        yield Vote("window", kind, False, message.barred[address])
    reason = preferences.closed.get(address)
    is_open = reason is None or not closes(reason, message.purpose)
    yield Vote("suppression", kind, is_open, "not suppressed" if is_open else "the address is suppressed")


def _message_vote(kind: str, message: Message) -> Vote:
    if kind not in message.kinds:
        return Vote("message", kind, False, "this message does not go by this channel")
    if message.purpose == "marketing" and message.complaint_open:
        return Vote("message", kind, False, "no marketing while a negative feedback is open")
    return Vote("message", kind, True, "this message may go by this channel")


def _dealer_vote(kind: str, message: Message) -> Vote:
    if kind in message.dealer_off:
        return Vote("dealer", kind, False, "the dealer does not use this channel")
    return Vote("dealer", kind, True, "the dealer leaves the order of channels to the recipient")


def _topic_words(preferences: Preferences, message: Message) -> str:
    chosen = ((topic, preferences.by_topic.get(topic)) for topic in message.topics)
    return "; ".join(f"{topic}: {', '.join(kinds) or 'off'}" for topic, kinds in chosen if kinds is not None)


def _consent_vote(kind: str, preferences: Preferences, message: Message) -> Vote:
    if message.purpose in SAFETY_PURPOSES:
        return Vote("consent", kind, True, "safety needs no consent")
    if message.purpose == "staff":
        return Vote("consent", kind, True, "staff are told what concerns their work")
    given = preferences.consents.get(message.purpose, message.purpose == "service")
    return Vote("consent", kind, given, f"consent to {message.purpose} {'given' if given else 'not given'}")
