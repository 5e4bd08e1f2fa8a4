"""Who is asked again for what another case of the same matter knows already (timers 5.9, told_twice). Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.quality.case_facts import EventFact

REQUIRED_AT_FIRST: Final[Mapping[str, tuple[str, ...]]] = {"service_request_received": ("problem", "situation")}
"""The fields of intake that the packet calls missing where nobody gave them (T-44), by occurrence."""

KNOWN_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Known:
    """What an event of another case gave, and the matters of the tasks of that case, each with its creation."""

    at: datetime
    given: frozenset[str]
    matters: frozenset[tuple[str, datetime]]


@dataclass(frozen=True, slots=True)
class Asking:
    """A task that an event of the case led to, and its matter."""

    event_id: str
    matter: str
    at: datetime


def asks_elsewhere(events: Iterable[EventFact], tasks: Collection[Asking]) -> bool:
    """Whether what other cases know matters: most cases lack nothing that a task of theirs asks for."""
    return any(_asking(events, tasks))


def asked_again(events: Iterable[EventFact], tasks: Collection[Asking], elsewhere: Collection[Known]) -> frozenset[str]:
    """The events whose task lacks a field that another case of its matter was given within 30 days before."""
    return frozenset(
        task.event_id for task, lacking in _asking(events, tasks) if any(_knew(one, task, lacking) for one in elsewhere)
    )


def _asking(events: Iterable[EventFact], tasks: Collection[Asking]) -> Iterator[tuple[Asking, set[str]]]:
    """The tasks of events that lack fields which nobody has given in the case so far, and those fields."""
    given = set[str]()
    for event in sorted(events, key=lambda one: (one.at, one.event_id)):
        given |= event.given
        required = {name for occurrence in event.news for name in REQUIRED_AT_FIRST.get(occurrence, ())}
        lacking = required - given
        if lacking:
            yield from ((task, lacking) for task in tasks if task.event_id == event.event_id)


def _knew(known: Known, task: Asking, lacking: Collection[str]) -> bool:
    in_time = timedelta(0) <= task.at - known.at <= KNOWN_FOR
    # a later task of that case is not asked about: judged again, the same comes of it
    same = any(matter == task.matter and since <= task.at for matter, since in known.matters)
    return in_time and same and not known.given.isdisjoint(lacking)
