"""A handed-over matter goes on: whether accepting a task routes its event again, and by which occurrences."""

from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import AcceptedTask, JourneyEvent


def continues_chain(playbook: Playbook, accepted: AcceptedTask) -> bool:
    """Whether the first acceptance of a task by a role with a page routes the event again.

    Only a deliver in mode hand_over does, printed or IN; never FB-14, a delegation, guidance or an owner decision.
    """
    entry = playbook.entries.get(accepted.entry)
    return (
        accepted.kind == "deliver"
        and accepted.mode == "hand_over"
        and entry is not None
        and entry.family in ("arrow", "implied")
        and accepted.receiver in playbook.journey.roles_with_page
    )


def chain_occurrences(playbook: Playbook, event: JourneyEvent, receiver: str) -> tuple[str, ...]:
    """The posted occurrences the receiver's pages print; empty when those inferred for it count instead."""
    return tuple(name for name in dict.fromkeys(event.occurrences) if playbook.activities_of(receiver, name))
