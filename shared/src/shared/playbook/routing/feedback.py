"""Routing step 7: negative feedback of a customer always reaches the Client Experience Manager."""

from shared.playbook.routing.matching import Firing
from shared.playbook.routing.situation import Situation
from shared.playbook.routing.subjects import matter_of
from shared.playbook.ruleset.defaults import FeedbackRuling
from shared.playbook.types import Because


def bring_feedback(situation: Situation, firings: list[Firing]) -> list[Firing]:
    """The firings of the event with the feedback's own where no arrow reached its role; it replaces FB-14."""
    if not situation.negative_feedback or not situation.has_customer or situation.chain is not None:
        return firings
    router = situation.playbook.rulings.implied.otherwise.entry
    others = [firing for firing in firings if firing.entry is None or firing.entry.entry_id != router]
    ruling = situation.playbook.rulings.feedback
    if situation.observer == ruling.to_role or any(_reaches(firing, ruling.to_role) for firing in others):
        return others
    return [*others, _feedback_firing(situation, ruling, others)]


def _reaches(firing: Firing, role: str) -> bool:
    return firing.verdict == "fires" and firing.to_role == role


def _feedback_firing(situation: Situation, ruling: FeedbackRuling, others: list[Firing]) -> Firing:
    step = situation.event.step
    early = step is None or ruling.early_steps[0] <= step <= ruling.early_steps[1]
    entry = situation.playbook.entries[ruling.early if early else ruling.later]
    return Firing(
        occurrence=next((firing.occurrence for firing in others if firing.occurrence), None),
        verdict="fires",
        because=Because("negative_feedback", {"role": ruling.to_role}),
        entry=entry,
        source=entry.source,
        kind=entry.kind or "interact",
        mode=entry.mode or "",
        matter=matter_of(situation.playbook, entry.entry_id),
        from_role=situation.observer,
        to_role=ruling.to_role,
    )
