"""The plan of one message: which channel, now or held until when, what comes after it, and why. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from notifier.jitter import spread
from shared.channels.post import POST
from shared.channels.registry import kind_of
from shared.channels.telephone import TELEPHONE
from shared.people.contact_hours import AvailabilityOf, BlockedUntil
from shared.people.eligibility import Address, Message, Preferences, Vote, allowed_channels

NO_CHANNEL_CONFIGURED: Final = "no_channel_configured"
OPTED_OUT: Final = "opted_out"
COMPLAINT_OPEN: Final = "complaint_open"
"""The code of what a person wrote that sells, to a customer whose negative feedback is open (T-18)."""
NO_CHANNEL: Final = "no_channel"
_LETTER_VOTE: Final = Vote("message", POST.name, True, "no message can go in time, so a person writes")
RELEASE_SPREAD: Final = timedelta(minutes=5)
"""Over how long held messages are released."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the plan depends on besides the recipient and the message.

    `configured`: channels with settings. `availability_of`: quiet hours, legal window or shift. `deadline`: holding
    must not pass it. `tried`: channels this obligation has already used up. `token` fixes the jitter. `as_letter`: a
    person writes where no machine may, provided the recipient agreed to such messages.
    """

    configured: frozenset[str]
    availability_of: AvailabilityOf
    token: str
    becomes_task: bool = False
    as_letter: bool = False
    urgent: bool = False
    deadline: datetime | None = None
    tried: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """Send by `address` (at once, or held until `scheduled_for`), then by `fallback`; without an address: `code`."""

    address: Address | None
    votes: tuple[Vote, ...]
    scheduled_for: datetime | None = None
    fallback: tuple[str, ...] = ()
    code: str | None = None

    @property
    def exhausted(self) -> bool:
        """Whether the recipient wants to be reached and no channel is left to do it."""
        return self.code == NO_CHANNEL


def plan(preferences: Preferences, message: Message, situation: Situation, now: datetime) -> Plan:
    """The first effective channel that is usable, held where it rests; see `Plan` for what comes out."""
    allowed = allowed_channels(preferences, message)
    usable, votes = _usable(allowed.addresses, situation)
    votes = allowed.votes + votes
    if not usable and _may_write(preferences, message, situation):
        return Plan(Address(POST.name, ""), (*votes, _LETTER_VOTE))
    if not situation.configured:
        return Plan(None, votes, code=NO_CHANNEL_CONFIGURED)
    if not usable:
        return Plan(None, votes, code=_refusal(preferences, message, situation, votes))
    closed = {*situation.tried, *message.dealer_off}
    may_call = situation.becomes_task and TELEPHONE.name not in closed
    may_write = situation.as_letter and POST.name not in closed
    return _timed(usable, votes, situation, now, may_call=may_call, may_write=may_write)


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
    if kind_of(kind).manual:
        by_hand = situation.becomes_task or (situation.as_letter and kind == POST.name)
        return Vote("settings", kind, by_hand, "a person does it" if by_hand else "this message never becomes a task")
    if kind in situation.configured:
        return Vote("settings", kind, True, "the channel has settings")
    return Vote("settings", kind, False, "not usable now: the channel has no settings")


def _may_write(preferences: Preferences, message: Message, situation: Situation) -> bool:
    """Whether a person may write a letter though no address of it is on record."""
    wanted = preferences.consents.get(message.purpose, False) and not message.complaint_open
    return situation.as_letter and wanted and POST.name not in {*situation.tried, *message.dealer_off}


def _urgent_first(addresses: tuple[Address, ...]) -> list[Address]:
    return sorted(addresses, key=lambda address: kind_of(address.kind).urgent_rank)


def _refusal(preferences: Preferences, message: Message, situation: Situation, votes: tuple[Vote, ...]) -> str:
    """Why no channel is left: nobody has to look for a way to a customer who is to be left alone."""
    if message.complaint_open and situation.becomes_task:
        return COMPLAINT_OPEN
    return OPTED_OUT if _opted_out(preferences, votes) else NO_CHANNEL


def _opted_out(preferences: Preferences, votes: tuple[Vote, ...]) -> bool:
    """Whether the recipient's own word is what closed every channel it has."""
    refused = {vote.channel for vote in votes if vote.layer in ("consent", "topic") and not vote.allowed}
    return bool(preferences.addresses) and all(address.kind in refused for address in preferences.addresses)


def _timed(
    usable: list[Address],
    votes: tuple[Vote, ...],
    situation: Situation,
    now: datetime,
    *,
    may_call: bool,
    may_write: bool,
) -> Plan:
    blocks = {address.kind: situation.availability_of(address.kind, now) for address in usable}
    votes += tuple(_time_vote(kind, blocked) for kind, blocked in blocks.items())
    chosen, blocked = usable[0], blocks[usable[0].kind]
    if blocked is None:
        return Plan(chosen, votes, fallback=_after(chosen, usable))
    release = blocked.until + spread(situation.token, RELEASE_SPREAD)
    if situation.deadline is None or blocked.until <= situation.deadline:
        in_time = min(release, situation.deadline or release)
        return Plan(chosen, votes, scheduled_for=in_time, fallback=_after(chosen, usable))
    return _in_time(usable, votes, blocks, release, may_call=may_call, may_write=may_write)


def _in_time(
    usable: list[Address],
    votes: tuple[Vote, ...],
    blocks: dict[str, BlockedUntil | None],
    release: datetime,
    *,
    may_call: bool,
    may_write: bool,
) -> Plan:
    """Holding would pass the deadline: the next channel allowed now, else a letter or a call, else held after all.

    A letter is under way for days, so it keeps no deadline: one is written only where it is what may be late.
    """
    for address in usable:
        if blocks[address.kind] is None and kind_of(address.kind).immediate:
            return Plan(address, votes, fallback=_after(address, usable))
    if may_write:
        return Plan(Address(POST.name, ""), (*votes, _LETTER_VOTE))
    if may_call:
        number = next((address for address in usable if address.kind == TELEPHONE.name), Address(TELEPHONE.name, ""))
        votes += (Vote("deadline", TELEPHONE.name, True, "holding would pass the deadline, so a person calls"),)
        return Plan(number, votes, fallback=_after(number, usable))
    return Plan(usable[0], votes, scheduled_for=release, fallback=_after(usable[0], usable))


def _time_vote(kind: str, blocked: BlockedUntil | None) -> Vote:
    if blocked is None:
        return Vote("time", kind, True, "may be used now")
    return Vote(blocked.layer, kind, False, blocked.because)


def _after(chosen: Address, usable: list[Address]) -> tuple[str, ...]:
    return tuple(address.kind for address in usable if address.kind != chosen.kind)
