"""Activities a page lets its role do for another: when the condition is false, the other role is suggested."""

from dataclasses import replace

from shared.playbook.routing.arrow_matches import Match, match_of
from shared.playbook.routing.situation import Situation
from shared.playbook.ruleset.defaults import Substitution
from shared.playbook.ruleset.entries import Activity
from shared.playbook.types import Because


def substitute(situation: Situation, activity: Activity, matches: list[Match]) -> list[Match]:
    """The firings of an activity with what its substitution changes; suggestions are made outside chains only."""
    ruling = _ruling(situation, activity.activity_id)
    if ruling is None:
        return matches
    first = _precedence(situation, ruling)
    if first is not None:
        held_back = [replace(match, verdict="suppressed", because=_yields(first), missing=()) for match in matches]
        return held_back + _suggest_arrows(situation, first)
    if situation.chain is None and situation.holds(ruling.condition) is False:
        return [*matches, _suggest_default(situation, ruling)]
    return matches


def _ruling(situation: Situation, activity_id: str) -> Substitution | None:
    rulings = situation.playbook.rulings.substitutions
    return next((ruling for ruling in rulings if ruling.activity == activity_id), None)


def _precedence(situation: Situation, ruling: Substitution) -> Substitution | None:
    rulings = situation.playbook.rulings.substitutions
    first = next((other for other in rulings if other.entry == ruling.yields_to), None)
    return first if first is not None and situation.holds(first.condition) else None


def _yields(first: Substitution) -> Because:
    return Because("yields_to", {"condition": first.condition, "entry": first.entry})


def _suggest_arrows(situation: Situation, first: Substitution) -> list[Match]:
    if situation.chain is not None:
        return []
    arrows = (entry for entry in situation.playbook.arrows if entry.activity == first.activity)
    return [
        match_of(
            situation, arrow, "suggested", _yields(first), tuple(situation.trace(name) for name in arrow.conditions)
        )
        for arrow in arrows
    ]


def _suggest_default(situation: Situation, ruling: Substitution) -> Match:
    entry = situation.playbook.entries[ruling.entry]
    because = Because("belongs_to_default_role", {"role": ruling.default_role, "condition": ruling.condition})
    return match_of(situation, entry, "suggested", because, (situation.trace(ruling.condition),))
