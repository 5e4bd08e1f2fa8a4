"""A case as the flags read it: its moments in order of time, its response clocks, who owned the customer when."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from shared.calendar.business_time import biz
from shared.quality.case_facts import CaseFacts, ContactFact, OwnerChange
from shared.quality.types import RESPONSES, Cause, Flag, Moment
from shared.sla.deadlines import whole
from shared.sla.facts import Owner
from shared.sla.types import Timer

HALF: Final = 2


@dataclass(frozen=True, slots=True)
class Raised:
    """A flag that holds of a moment, and why."""

    moment_id: str
    flag: Flag
    cause: Cause


@dataclass(frozen=True)
class CaseView:
    """The facts of a case with what is worked out of them. `moments`: without flags yet, by time, then id.

    `first_channels`: by answer the first channel of the customer's order.
    """

    facts: CaseFacts
    moments: tuple[Moment, ...]
    first_channels: dict[str, str | None] = field(default_factory=dict)

    @cached_property
    def contacts(self) -> tuple[Moment, ...]:
        """What a person or the customer said, by time."""
        return tuple(one for one in self.moments if one.kind == "contact")

    @cached_property
    def said(self) -> dict[str, ContactFact]:
        """The recorded contacts of people, by id."""
        return {one.contact_id: one for one in self.facts.contacts if not one.automatic}

    @cached_property
    def responses(self) -> tuple[Timer, ...]:
        """The response clocks of the case, by their start."""
        found = [one for one in self.facts.timers if one.target in RESPONSES]
        return tuple(sorted(found, key=lambda one: (one.started_at, one.timer_id)))

    def first_contact_from(self, at: datetime) -> Moment | None:
        """The first contact at an instant or after it."""
        return next((one for one in self.contacts if one.at >= at), None)

    def answer_to(self, clock: Timer) -> Moment | None:
        """The contact that stopped a response clock; None while nobody has answered."""
        said = self.said.get(clock.stopped_fact or "")
        if said is None:
            return None
        return next((one for one in self.contacts if one.moment_id == said.contact_id), None)

    def answers(self) -> Iterator[tuple[Timer, Moment]]:
        """The response clocks that were answered, each with the contact."""
        for clock in self.responses:
            answer = self.answer_to(clock)
            if answer is not None:
                yield clock, answer

    def running_at(self, at: datetime, *, but_of: str = "") -> Iterator[Timer]:
        """The response clocks that ran at an instant; the one that a fact itself starts or stops does not count."""
        for clock in self.responses:
            if but_of not in (clock.started_fact, clock.stopped_fact) and ran_at(clock, at):
                yield clock

    def owner_at(self, at: datetime) -> Owner:
        """Who owned the customer at an instant."""
        for change in self.owner_changes:
            if change.at > at:
                return change.before
        return self.owner_changes[-1].after if self.owner_changes else self.facts.owner

    @cached_property
    def owner_changes(self) -> tuple[OwnerChange, ...]:
        """By time."""
        return tuple(sorted(self.facts.owner_changes, key=lambda one: (one.at, one.change_id)))


def ran_at(clock: Timer, at: datetime) -> bool:
    """Whether a clock had begun by an instant and had not ended before it."""
    return clock.started_at <= whole(at) and (clock.stopped_at is None or clock.stopped_at >= whole(at))


def share_passed(clock: Timer, at: datetime) -> float:
    """How much of a clock's target had passed at an instant, in its own business time: 1 at the due instant."""
    calendar = clock.policy.calendar
    target = biz(calendar, clock.started_at, max(clock.due_at, clock.started_at))
    passed = biz(calendar, clock.started_at, max(whole(at), clock.started_at))
    return passed / target if target else 1.0
