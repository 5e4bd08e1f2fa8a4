"""Routing step 7: negative feedback of a customer always reaches the Client Experience Manager."""

from shared.playbook.routing.arrow_matches import Match
from shared.playbook.routing.matters import matter_of
from shared.playbook.routing.situation import Situation
from shared.playbook.ruleset.defaults import FeedbackRuling
from shared.playbook.types import Because


def bring_feedback(situation: Situation, matches: list[Match]) -> list[Match]:
    """The firings of the event with the feedback's own where no arrow reached its role; it replaces FB-14."""
    if not situation.negative_feedback or not situation.has_customer or situation.chain is not None:
        return matches
    router = situation.playbook.rulings.implied.otherwise.entry
    others = [match for match in matches if match.entry is None or match.entry.entry_id != router]
    ruling = situation.playbook.rulings.feedback
    if situation.observer == ruling.to_role or any(_reaches(match, ruling.to_role) for match in others):
        return others
    return [*others, _feedback_match(situation, ruling, others)]


def _reaches(match: Match, role: str) -> bool:
    return match.verdict == "fires" and match.to_role == role


def _feedback_match(situation: Situation, ruling: FeedbackRuling, others: list[Match]) -> Match:
    step = situation.event.step
    early = step is None or ruling.early_steps[0] <= step <= ruling.early_steps[1]
    entry = situation.playbook.entries[ruling.early if early else ruling.later]
    return Match(
        occurrence=next((match.occurrence for match in others if match.occurrence), None),
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
