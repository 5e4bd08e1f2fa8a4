"""Arrows, the other entries a handoff may have, and the compiled playbook that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.playbook.ruleset.conditions import Condition
from shared.playbook.ruleset.defaults import Rulings
from shared.playbook.ruleset.texts import Texts
from shared.playbook.types import Kind

Family = Literal["arrow", "implied", "fallback", "followup"]
Granularity = Literal["customer_case", "management_routine", "campaign_or_programme", "data_upkeep"]
Multiplicity = Literal[
    "all",
    "one_or_more",
    "one_of_cxs_or_bdc",
    "holder_of_request",
    "transferring_role",
    "subset_by_problem",
    "unclear_one_of_or_all",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a task may be an instance of: a printed arrow or one of the rulings' own entries.

    `from_roles` empty: any role. `conditions` are the activity's and the arrow's, all of which must hold.
    `source` cites heading and file (`001:1705`), `line` the arrow's own line; the rulings' own have none.
    `kind` is None for an entry that only restates printed arrows or names a gate: nobody can start it.
    `order` is the place in catalogue order, which decides who is `entry` and who mirrors.
    """

    entry_id: str
    family: Family
    order: int
    kind: Kind | None = None
    mode: str | None = None
    from_roles: tuple[str, ...] = ()
    to_roles: tuple[str, ...] = ()
    activation: Literal["automatic", "manual"] = "automatic"
    multiplicity: Multiplicity = "all"
    conditions: tuple[str, ...] = ()
    activity: str | None = None
    occurrence: str | None = None
    halo_steps: tuple[int, ...] = ()
    phase: str | None = None
    granularity: Granularity | None = None
    source: str | None = None
    line: str | None = None
    restates: tuple[str, ...] = ()
    gate: str | None = None

    @property
    def is_arrow(self) -> bool:
        """Whether a page prints it."""
        return self.family == "arrow"

    @property
    def manual(self) -> bool:
        """Whether a person starts it: the Sales Manager's delegating and guiding."""
        return self.activation == "manual"

    @property
    def from_role(self) -> str:
        """The only role that gives a printed arrow."""
        return self.from_roles[0]

    @property
    def to_role(self) -> str:
        """The receiver, the first one where the entry has several."""
        return self.to_roles[0]


@dataclass(frozen=True, slots=True)
class Activity:
    """What a role does when an occurrence is seen, and the arrows that follow from it."""

    activity_id: str
    role: str
    page: str
    phase: str
    occurrence: str
    granularity: Granularity
    halo_steps: tuple[int, ...]
    source: str
    condition: str | None
    arrows: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """Steps with their phase, roles with whether pages of theirs are printed; each with its citation."""

    steps: Mapping[int, str]
    step_phases: Mapping[int, str]
    phases: tuple[str, ...]
    roles: tuple[str, ...]
    roles_with_page: frozenset[str]
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Playbook:
    """The validated playbook, compiled to an index by (observer, occurrence). Load once, share freely."""

    version: str
    journey: Journey
    activities: tuple[Activity, ...]
    index: Mapping[tuple[str, str], tuple[Activity, ...]]
    implied_index: Mapping[tuple[str, str], Entry]
    entries: Mapping[str, Entry]
    conditions: Mapping[str, Condition]
    rulings: Rulings
    texts: Texts

    def activities_of(self, role: str, occurrence: str) -> tuple[Activity, ...]:
        """What the role's pages print for the occurrence, filters aside."""
        return self.index.get((role, occurrence), ())

    @property
    def arrows(self) -> tuple[Entry, ...]:
        """The printed arrows in catalogue order."""
        return tuple(entry for entry in self.entries.values() if entry.is_arrow)
