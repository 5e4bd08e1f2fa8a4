"""Every way to the customer of a task: whether it may be used now, and why."""

from dataclasses import dataclass
from typing import Final

from journey_api.console.countdown import time_of
from journey_api.console.visit import Visit
from journey_api.tasks.contact_card import ContactOption, load_ways, mask
from shared.lifecycle import Task

_ICONS: Final = {"telephone": "phone", "whatsapp": "message"}


@dataclass(frozen=True, slots=True)
class Way:
    """A channel with its address, masked for whoever may not see it. `may`: the words on using it now."""

    channel: str
    icon: str
    name: str
    address: str
    allowed: bool
    may: str
    why: str


async def load_reach(visit: Visit, task: Task, *, masked: bool) -> list[Way]:
    """The ways to the customer, the one to take first first; none without a customer or an address."""
    ways = await load_ways(visit.connection, [task], visit.now)
    return [_way(visit, option, masked=masked) for option in ways.get(task.task_id, ()) if option.channel]


def _way(visit: Visit, option: ContactOption, *, masked: bool) -> Way:
    text, channel, address = visit.texts.text, str(option.channel), option.address or ""
    until = time_of(option.until, visit.now, visit.zone, visit.viewer.language) if option.until else ""
    may = "now" if option.allowed_now else "until" if until else "not"
    return Way(
        channel=channel,
        icon=_ICONS.get(channel, channel),
        name=visit.texts.name("channels", channel),
        address=mask(address) if masked and address else address,
        allowed=option.allowed_now,
        may=text(f"task.reach.may.{may}", time=until),
        why=text(f"task.reach.reasons.{option.reason}", time=until),
    )
