"""What a channel is given to send, and the ways in which it may fail to."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Outbound:
    """One attempt at one message. `sender` is the dealer's name; `attempt_id` tells the provider repeats apart."""

    attempt_id: str
    channel: str
    to: str
    to_name: str | None
    sender: str
    subject: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. `reference` is the provider's own id, where it gives one."""

    reference: str | None = None
    code: str | None = None


class SendingFailed(Exception):
    """An attempt failed; `code` is the provider's own, else a word of ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Undeliverable(SendingFailed):
    """This channel will never deliver this message: give it up."""


class TryLater(SendingFailed):
    """The provider did not take it this time. `after` is the wait it asked for, in real time."""

    def __init__(self, code: str, after: timedelta | None = None) -> None:
        super().__init__(code)
        self.after = after


class Unconfirmed(SendingFailed):
    """Nobody can say whether the provider took it, as when the line broke after the text had gone."""
