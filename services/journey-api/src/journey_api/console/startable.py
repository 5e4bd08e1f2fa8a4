"""Handoffs that a person may start by hand from a task: what its step prints, and the rulings' own entries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from journey_api.console.visit import Visit
from journey_api.handoffs.taken_suggestion import STARTABLE
from shared.lifecycle import Actor, Task
from shared.playbook.routing.explanation import entry_title
from shared.playbook.ruleset.entries import Entry


@dataclass(frozen=True, slots=True)
class Startable:
    """An entry with its title and the roles it may go to, as role and name."""

    entry: str
    title: str
    receivers: tuple[tuple[str, str], ...]


def list_startable(
    visit: Visit, task: Task, actor: Actor | None, happenings: Iterable[Mapping[str, Any]]
) -> list[Startable]:
    """What the person's roles may hand over from here, in the order of the playbook; nothing without a person."""
    if actor is None or not task.customer_id:
        return []
    steps = {one["step"] for one in happenings if one["type"] == "event" and one.get("step")}
    playbook, language = visit.stack.playbook, visit.viewer.language
    fitting = [one for one in playbook.entries.values() if _fits(one, actor, steps)]
    return [
        Startable(
            one.entry_id,
            entry_title(playbook, one.entry_id, language),
            tuple((role, playbook.texts.text("roles", role, language)) for role in one.to_roles),
        )
        for one in sorted(fitting, key=lambda one: one.order)
    ]


def _fits(entry: Entry, actor: Actor, steps: set[int]) -> bool:
    """Whether the command that starts a handoff would let the person start this one without a suggestion."""
    if entry.kind is None or not (entry.manual or entry.family in STARTABLE):
        return False
    if entry.from_roles and not actor.roles.intersection(entry.from_roles):
        return False
    return not entry.halo_steps or not steps or not steps.isdisjoint(entry.halo_steps)
