"""Routes one event, or one link of its chain: who hands over to whom, and why. Pure; the caller stores the answer."""

from shared.playbook.routing.arrow_matches import Match, match_activity, select_activities
from shared.playbook.routing.feedback import bring_feedback
from shared.playbook.routing.handoff_chain import chain_occurrences, continues_chain
from shared.playbook.routing.implied_entries import Unmatched, imply
from shared.playbook.routing.inferred_facts import Inference, infer
from shared.playbook.routing.settlement import Settlement
from shared.playbook.routing.situation import Situation, situation_in_chain, situation_of
from shared.playbook.routing.substitution import substitute
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import (
    AcceptedTask,
    Because,
    CaseView,
    CustomerView,
    DealerView,
    JourneyEvent,
    Routing,
    Suggestion,
)


def route(
    event: JourneyEvent,
    case: CaseView | None,
    customer: CustomerView | None,
    dealer: DealerView,
    playbook: Playbook,
) -> Routing:
    """Routing steps 2 to 9 for an event and the case it was found, None for a new one.

    Never raises on an event of the contract. Whether anything may be stored (history, what-if) is the caller's matter.
    """
    return route_situation(situation_of(playbook, event, case, customer, dealer))


def route_situation(situation: Situation) -> Routing:
    """The same for a situation that is put together already."""
    event = situation.event
    posted = tuple(dict.fromkeys(event.occurrences))
    inference = Inference(posted, ()) if posted else infer(situation)
    matches = [match for name in inference.occurrences for match in match_entries(situation, name)]
    matches += _match_implied(situation, inference)
    return _answer(situation, inference.occurrences, not posted, bring_feedback(situation, matches))


def occurrences_of(
    event: JourneyEvent, customer: CustomerView | None, dealer: DealerView, playbook: Playbook
) -> tuple[str, ...]:
    """What an event says happened, before its case is known: the occurrences posted, else those inferred."""
    return event.occurrences or infer(situation_of(playbook, event, None, customer, dealer)).occurrences


def route_chain(
    event: JourneyEvent,
    case: CaseView | None,
    customer: CustomerView | None,
    dealer: DealerView,
    playbook: Playbook,
    accepted: AcceptedTask,
) -> Routing:
    """The same event for the role that accepted the deliver it caused: only what that role's pages print follows.

    The answer is empty when the chain ends here. Its decisions are appended to those of the event.
    """
    if not continues_chain(playbook, accepted):
        return Routing(accepted.receiver, (), False, (), ())
    situation = situation_in_chain(playbook, event, case, customer, dealer, accepted)
    posted = chain_occurrences(playbook, event, accepted.receiver)
    occurrences = posted or infer(situation).occurrences
    matches = [match for name in occurrences for match in match_entries(situation, name)]
    return _answer(situation, occurrences, not posted, matches)


def match_entries(situation: Situation, occurrence: str) -> list[Match]:
    """What the observer's pages make of an occurrence they print; empty for one they do not."""
    if not situation.playbook.activities_of(situation.observer, occurrence):
        return []
    selection = select_activities(situation, occurrence)
    if selection.dropped is not None:
        return [Match(occurrence, "none", selection.dropped)]
    return [
        match
        for activity in selection.activities
        for match in substitute(situation, activity, match_activity(situation, activity))
    ]


def _match_implied(situation: Situation, inference: Inference) -> list[Match]:
    printed = situation.playbook.activities_of
    posted = bool(situation.event.occurrences)
    left = tuple(name for name in inference.occurrences if not printed(situation.observer, name))
    topics = situation.own_topics if posted else inference.unused_topics
    if not left and (posted or not topics):
        return []
    if not situation.has_customer:
        because = Because("unmatched_without_customer", {"role": situation.observer})
        return [Match(name, "none", because) for name in left or (None,)]
    return imply(situation, Unmatched(left, topics, len(left) < len(inference.occurrences)))


def _answer(situation: Situation, occurrences: tuple[str, ...], inferred: bool, matches: list[Match]) -> Routing:
    decisions = Settlement(situation).settle(matches)
    offered = {
        (match.entry.entry_id, match.to_role): Suggestion(
            match.entry.entry_id, match.to_role, match.because, match.missing
        )
        for match in reversed(matches)
        if match.entry is not None and match.verdict in ("suggested", "manual")
    }
    return Routing(
        observer=situation.observer,
        occurrences=occurrences,
        inferred=inferred and bool(occurrences),
        decisions=tuple(decisions),
        suggestions=tuple(reversed(offered.values())),
    )
