"""What a channel is given to send, the ways in which it may fail to, and what it answers when it is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, Protocol, runtime_checkable

OUTSIDE_WINDOW: Final = "outside_window"
"""Our code for words that have no template and may not go as they are."""


class SendingFailed(Exception):
    """An attempt failed; `code` is the provider's own, else a word of ours. `provider`: which one, where it matters."""

    def __init__(self, code: str, *, provider: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.provider = provider


class Undeliverable(SendingFailed):
    """This channel will never deliver this message: give it up."""


class TryLater(SendingFailed):
    """The provider did not take it this time. `after` is the wait it asked for, in real time."""

    def __init__(self, code: str, after: timedelta | None = None, *, provider: str | None = None) -> None:
        super().__init__(code, provider=provider)
        self.after = after


class TooLate(TryLater):
    """The sender woke up when its lease was over, and has sent nothing."""


class Unconfirmed(SendingFailed):
    """Nobody can say whether the provider took it, as when the line broke after the text had gone."""


@dataclass(frozen=True, slots=True)
class Template:
    """An approved form of words at the provider: its name, and what is put into it, in order."""

    name: str
    params: tuple[str, ...] = ()


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Outbound:
    """One attempt at one message. `sender` is the dealer's name; `attempt_id` tells the provider repeats apart.

    `html`: the same words for a channel that shows it. `sender_address`: the dealer's own at this channel, None: the
    installation's. `reply_to`: where answers to a mail go, None: to its sender.

    `unsubscribe`: where one step ends such messages (RFC 8058), of mails to customers. `region` (ISO 3166): whose
    national telephone numbers are meant. `template`: what it may be sent as where free words are not allowed;
    `free_words`: whether they are. `about`: the notice and what it is about, by ids, for a machine that reads it.
    `may_go`: whether the lease of the attempt still holds.
    """

    attempt_id: str
    channel: str
    to: str
    to_name: str | None
    sender: str
    subject: str
    text: str
    language: str
    html: str | None = None
    sender_address: str | None = None
    reply_to: str | None = None
    unsubscribe: str | None = None
    region: str | None = None
    template: Template | None = None
    free_words: bool = True
    about: Mapping[str, str | None] = field(default_factory=dict)
    may_go: Callable[[], bool] = field(default=_always, compare=False)

    def within(self, may_go: Callable[[], bool]) -> "Outbound":
        """The same message, for as long as this says so."""
        return replace(self, may_go=may_go)

    def hand_over(self) -> None:
        """To be called right before the text goes: a sender that was asleep must not send under another's lease.

        Raises TooLate.
        """
        if not self.may_go():
            raise TooLate("lease_over")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. `reference` is the provider's own id, where it gives one."""

    reference: str | None = None
    code: str | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class MessageLookup:
    """Which attempt a provider is asked about: to whom, the fingerprint of the words, since when, by whom if known.

    `sender`: the dealer's own, None: the installation's. `accounted`: the provider's ids of other attempts to the same
    address.
    """

    to: str
    fingerprint: str | None
    since: datetime
    region: str | None = None
    reference: str | None = None
    provider: str | None = None
    sender: str | None = None
    accounted: frozenset[str] = frozenset()


DeliveryStatus = Literal["accepted", "delivered", "read", "perm_failed"]


@dataclass(frozen=True, slots=True)
class StatusFound:
    """The provider has it, and this is what became of it."""

    status: DeliveryStatus
    reference: str
    code: str | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class StatusAbsent:
    """The provider knows all it was handed, and it is not among that."""


@dataclass(frozen=True, slots=True)
class StatusUnknown:
    """The provider does not answer, or shows what may be it."""


StatusResult = StatusFound | StatusAbsent | StatusUnknown


class Channel(Protocol):
    """A way to a person that a machine can go, such as one SMTP server.

    `accepted_is_delivered`: the provider says no more after it took a message.
    """

    provider: str
    accepted_is_delivered: bool

    async def send(self, message: Outbound) -> Accepted:
        """Hand one attempt to the provider, under its attempt id, after `message.hand_over()`.

        Raises Undeliverable to give the channel up, TryLater when the provider says that it did not take it, or could
        not be reached, Unconfirmed when nobody knows. Any other exception counts as Unconfirmed.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class SupportsLookup(Protocol):
    """A channel whose provider can be asked what became of an attempt."""

    async def ask(self, lookup: MessageLookup) -> StatusResult:
        """What the provider knows of it."""
        ...


RetryPolicy = Literal["repeat", "ask", "wait"]
"""What is done about an attempt nobody knows of: once more, ask the provider, wait for a receipt."""


def retry_policy_of(channel: Channel | None) -> RetryPolicy:
    """What a channel allows: without receipts nothing but a repeat will ever be known."""
    if channel is None or channel.accepted_is_delivered:
        return "repeat"
    return "ask" if isinstance(channel, SupportsLookup) else "wait"


def fingerprint(text: str) -> str:
    """The same for the same words, whatever white space a provider has put around them or at the end of lines."""
    plain = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return sha256(plain.encode()).hexdigest()
