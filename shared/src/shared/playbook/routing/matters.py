"""What a handoff is about: its activity's occurrence, save where the rulings say otherwise."""

from collections.abc import Iterable
from typing import Literal

from shared.playbook.ruleset.defaults import MatterRow
from shared.playbook.ruleset.entries import Playbook

By = Literal["topic", "occurrence"]


def matter_of(
    playbook: Playbook,
    entry_id: str,
    *,
    occurrence: str | None = None,
    topics: Iterable[str] = (),
    to_role: str | None = None,
    by: By | None = None,
) -> str:
    """The matter of an entry. Only implied and restating entries need more than the id.

    `by` says whether a topic or an occurrence made an implied record; when absent, an occurrence did if one is given.
    OWNER-DECISION and CLOSE-LOOP take the matter of the task they follow, which the caller knows.
    """
    entry = playbook.entries[entry_id]
    if entry.restates:
        arrows = [playbook.entries[name] for name in entry.restates]
        meant = next((arrow for arrow in arrows if arrow.to_role == to_role), arrows[0])
        return matter_of(playbook, meant.entry_id)
    made_by = by or ("occurrence" if occurrence else "topic")
    for row in playbook.rulings.matters:
        if entry_id in row.entries and _fits(row, made_by, occurrence, frozenset(topics), to_role):
            return row.matter
    return entry.occurrence or occurrence or entry_id


def _fits(row: MatterRow, by: By, occurrence: str | None, topics: frozenset[str], to_role: str | None) -> bool:
    return (
        row.by in (None, by)
        and (not row.occurrences or occurrence in row.occurrences)
        and row.to_role in (None, to_role)
        and (not row.topics or not row.topics.isdisjoint(topics))
    )
