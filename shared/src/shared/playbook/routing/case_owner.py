"""Who answers to the customer for a case, when that moves, and when the loop must be closed."""

from dataclasses import dataclass

from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import JourneyEvent
from shared.vocabulary import CUSTOMER_FACING_ROLES


@dataclass(frozen=True, slots=True)
class Owner:
    """A role and, where one is known, the person."""

    role: str
    staff_id: str | None = None


def first_owner(playbook: Playbook, event: JourneyEvent) -> Owner | None:
    """The customer owner of a case the event begins; None without a customer.

    The observer where its role faces customers, with its person; else the role of `contact.first_receiver`.
    """
    if event.customer_id is None:
        return None
    if event.observer in CUSTOMER_FACING_ROLES:
        return Owner(event.observer, event.staff_id)
    owners = playbook.rulings.owners
    receiver = event.facts.get("contact.first_receiver")
    return Owner(owners.by_first_receiver.get(str(receiver), owners.otherwise))


def moves_owner(playbook: Playbook, entry_id: str, kind: str, accepted_by: str) -> bool:
    """Whether accepting the task makes the role the customer owner.

    Only delivers that bring the matter to its department do, accepted by the role the entry names.
    """
    entry = playbook.entries.get(entry_id)
    moving = entry_id in playbook.rulings.owners.moving
    return moving and kind == "deliver" and entry is not None and accepted_by in entry.to_roles


def must_close_loop(kind: str, mode: str, completed_by: str, owner_role: str | None, outcome: str | None) -> bool:
    """Whether completing a task leaves the customer to be told, by a CLOSE-LOOP reminder to the customer owner."""
    handed_over = kind == "deliver" and mode == "hand_over"
    return handed_over and owner_role not in (None, completed_by) and outcome != "customer_answered"
