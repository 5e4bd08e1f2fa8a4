"""Who a task is offered to next (contract, who is offered a task; SLA rules, offers)."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Final

from shared.fast_dataclass import fast_dataclass
from shared.lifecycle.types import ASKED_AGAIN_REASONS, Offer
from shared.playbook.types import Kind

_NEVER: Final = float("-inf")


@fast_dataclass(frozen=True, slots=True)
class Candidate:
    """A person who could take a task of a role. `working`: present, on shift, not on leave.

    `holds_case`: its customer owner or the assignee of one of its tasks; `open_count`: delivers and reminders offered
    to or held by the person; `last_taken_at`: None means never.
    """

    staff_id: str
    working: bool = True
    holds_case: bool = False
    owns_case: bool = False
    skills: frozenset[str] = frozenset()
    open_count: int = 0
    capacity: int = 10
    last_taken_at: datetime | None = None

    @property
    def available(self) -> bool:
        """Whether work may be offered to the person."""
        return self.working and self.open_count < self.capacity


@fast_dataclass(frozen=True, slots=True)
class Wanted:
    """The task as far as choosing a person goes: its kind and the topics of its event."""

    kind: Kind
    topics: frozenset[str] = field(default_factory=frozenset)


def rank_candidates(wanted: Wanted, candidates: Iterable[Candidate]) -> list[str]:
    """The people work may be offered to, best first.

    A reminder goes to the customer owner's person first; then whoever holds the case, has more matching skills, has
    fewest open, is idle longest (never first), and by id.
    """
    available = [candidate for candidate in candidates if candidate.available]
    return [candidate.staff_id for candidate in sorted(available, key=lambda one: _rank(wanted, one))]


@fast_dataclass(frozen=True, slots=True)
class Choice:
    """The next offer. `again`: to a person who declined busy or absent, once more."""

    staff_id: str
    again: bool = False


def next_candidate(offer: Offer, ranked: Iterable[str]) -> Choice | None:
    """The best who has not declined; then, once more, the best who declined busy or absent; else nobody."""
    people = list(ranked)
    fresh = (one for one in people if one not in offer.excluded)
    again = (one for one in people if _may_be_asked_again(offer.excluded, offer.asked_again, one))
    first = next(fresh, None)
    if first is not None:
        return Choice(first)
    second = next(again, None)
    return None if second is None else Choice(second, again=True)


def _may_be_asked_again(excluded: Mapping[str, str], asked: tuple[str, ...], staff_id: str) -> bool:
    return excluded.get(staff_id) in ASKED_AGAIN_REASONS and staff_id not in asked


def _rank(wanted: Wanted, one: Candidate) -> tuple[bool, bool, int, int, float, str]:
    idle_since = _NEVER if one.last_taken_at is None else one.last_taken_at.timestamp()
    owner_first = wanted.kind == "reminder" and one.owns_case
    return (
        not owner_first,
        not one.holds_case,
        -len(one.skills & wanted.topics),
        one.open_count,
        idle_since,
        one.staff_id,
    )
