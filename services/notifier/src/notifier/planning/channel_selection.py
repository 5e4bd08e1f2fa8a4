"""The plan of one message: which channel, now or held until when, what comes after it, and why. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from notifier.jitter import spread
from notifier.notifications.types import TASK_CHANNELS, URGENT_CHANNELS
from notifier.planning.preferences import Address, Request, Vote, Wishes, effective_channels

NO_CHANNEL_CONFIGURED: Final = "no_channel_configured"
OPTED_OUT: Final = "opted_out"
NO_CHANNEL: Final = "no_channel"
RELEASE_SPREAD: Final = timedelta(minutes=5)
"""Over how long held messages are released."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A channel rests until `until`; `layer` says whose rule it is, `because` in words."""

    until: datetime
    layer: str
    because: str


PauseOf = Callable[[str, datetime], Pause | None]
"""Whether a channel rests at an instant, and until when."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the plan depends on besides the recipient and the message.

    `configured`: channels with settings. `pause_of`: quiet hours, legal window or shift. `deadline`: holding must not
    pass it. `tried`: channels this obligation has already used up. `token` fixes the jitter.
    """

    configured: frozenset[str]
    pause_of: PauseOf
    token: str
    becomes_task: bool = False
    urgent: bool = False
    deadline: datetime | None = None
    tried: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """Send by `address` (at once, or held until `not_before`), then by `fallback`; without an address: `code`."""

    address: Address | None
    votes: tuple[Vote, ...]
    not_before: datetime | None = None
    fallback: tuple[str, ...] = ()
    code: str | None = None

    @property
    def exhausted(self) -> bool:
        """Whether the recipient wants to be reached and no channel is left to do it."""
        return self.code == NO_CHANNEL


def plan(wishes: Wishes, request: Request, situation: Situation, now: datetime) -> Plan:
    """The first effective channel that is usable, held where it rests; see `Plan` for what comes out."""
    effective = effective_channels(wishes, request)
    usable, votes = _usable(effective.addresses, situation)
    votes = effective.votes + votes
    if not situation.configured:
        return Plan(None, votes, code=NO_CHANNEL_CONFIGURED)
    if not usable:
        return Plan(None, votes, code=OPTED_OUT if _opted_out(wishes, votes) else NO_CHANNEL)
    return _timed(usable, votes, situation, now)


def _usable(addresses: tuple[Address, ...], situation: Situation) -> tuple[list[Address], tuple[Vote, ...]]:
    usable, votes = [], []
    for address in _urgent_first(addresses) if situation.urgent else addresses:
        vote = _settings_vote(address.kind, situation)
        votes.append(vote)
        if vote.allowed:
            usable.append(address)
    return usable, tuple(votes)


def _settings_vote(kind: str, situation: Situation) -> Vote:
    if kind in situation.tried:
        return Vote("settings", kind, False, "already tried for this message")
    if kind in TASK_CHANNELS:
        because = "a person does it" if situation.becomes_task else "this message never becomes a task"
        return Vote("settings", kind, situation.becomes_task, because)
    if kind in situation.configured:
        return Vote("settings", kind, True, "the channel has settings")
    return Vote("settings", kind, False, "not usable now: the channel has no settings")


def _urgent_first(addresses: tuple[Address, ...]) -> list[Address]:
    return sorted(addresses, key=lambda address: address.kind not in URGENT_CHANNELS)


def _opted_out(wishes: Wishes, votes: tuple[Vote, ...]) -> bool:
    """Whether the recipient's own word is what closed every channel it has."""
    refused = {vote.channel for vote in votes if vote.layer in ("consent", "topic") and not vote.allowed}
    return bool(wishes.addresses) and all(address.kind in refused for address in wishes.addresses)


def _timed(usable: list[Address], votes: tuple[Vote, ...], situation: Situation, now: datetime) -> Plan:
    pauses = {address.kind: situation.pause_of(address.kind, now) for address in usable}
    votes += tuple(_pause_vote(kind, pause) for kind, pause in pauses.items())
    chosen, pause = usable[0], pauses[usable[0].kind]
    if pause is None:
        return Plan(chosen, votes, fallback=_after(chosen, usable))
    release = pause.until + spread(situation.token, RELEASE_SPREAD)
    if situation.deadline is None or pause.until <= situation.deadline:
        in_time = min(release, situation.deadline or release)
        return Plan(chosen, votes, not_before=in_time, fallback=_after(chosen, usable))
    return _in_time(usable, votes, pauses, situation, release)


def _in_time(
    usable: list[Address],
    votes: tuple[Vote, ...],
    pauses: dict[str, Pause | None],
    situation: Situation,
    release: datetime,
) -> Plan:
    """Holding would pass the deadline: the next channel allowed now, else a call, else held after all.

    A letter is under way for days, so it keeps no deadline.
    """
    for address in usable:
        if pauses[address.kind] is None and address.kind != "post":
            return Plan(address, votes, fallback=_after(address, usable))
    if situation.becomes_task and "telephone" not in situation.tried:
        number = next((address for address in usable if address.kind == "telephone"), Address("telephone", ""))
        votes += (Vote("deadline", "telephone", True, "holding would pass the deadline, so a person calls"),)
        return Plan(number, votes, fallback=_after(number, usable))
    return Plan(usable[0], votes, not_before=release, fallback=_after(usable[0], usable))


def _pause_vote(kind: str, pause: Pause | None) -> Vote:
    if pause is None:
        return Vote("time", kind, True, "may be used now")
    return Vote(pause.layer, kind, False, pause.because)


def _after(chosen: Address, usable: list[Address]) -> tuple[str, ...]:
    return tuple(address.kind for address in usable if address.kind != chosen.kind)
