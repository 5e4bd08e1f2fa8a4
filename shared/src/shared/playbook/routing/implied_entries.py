"""Routing step 6: who gets what no page of the observer prints. Only events with a customer come here."""

from dataclasses import dataclass, replace

from shared.playbook.routing.arrow_matches import Match, match_arrow
from shared.playbook.routing.matters import By, matter_of
from shared.playbook.routing.situation import Situation
from shared.playbook.ruleset.defaults import PageRow
from shared.playbook.ruleset.topic_roles import Receiver, receivers
from shared.playbook.types import Because, Kind


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What the observer's pages left: occurrences they do not print, or topics no inference row used.

    With occurrences `topics` are all of the event's own.
    `anything_matched` tells whether another occurrence of the event, posted or inferred, was printed.
    """

    occurrences: tuple[str, ...]
    topics: tuple[str, ...]
    anything_matched: bool


def imply(situation: Situation, unmatched: Unmatched) -> list[Match]:
    """The implied handoffs, each row tried in the order of the ruling."""
    if not unmatched.occurrences:
        return _imply_by_topics(situation, unmatched)
    named = [match for name in unmatched.occurrences for match in _by_occurrence(situation, name)]
    matched = {match.occurrence for match in named}
    rest = tuple(name for name in unmatched.occurrences if name not in matched)
    if not rest:
        return named
    if named or unmatched.anything_matched:
        return named + _by_pages(situation, rest)
    found = _by_topic(situation, unmatched.topics, rest[0])
    if found:
        return found
    paged = _by_pages(situation, rest)
    return paged if any(match.entry for match in paged) else [_otherwise(situation, rest[0])]


def _imply_by_topics(situation: Situation, unmatched: Unmatched) -> list[Match]:
    found = _by_topic(situation, unmatched.topics, None)
    if found or unmatched.anything_matched:
        return found
    return [_otherwise(situation, None)]


def _by_occurrence(situation: Situation, occurrence: str) -> list[Match]:
    entry = situation.playbook.implied_index.get((situation.observer, occurrence))
    if entry is not None:
        fired = match_arrow(situation, entry)
        because = Because("implied_by_occurrence") if fired.because.code == "always" else fired.because
        return [replace(fired, because=because)]
    if occurrence in situation.playbook.rulings.implied.stop:
        return [Match(occurrence, "none", Because("needs_nobody_else", {"role": situation.observer}))]
    return []


def _by_topic(situation: Situation, topics: tuple[str, ...], occurrence: str | None) -> list[Match]:
    """A record for each row with such a topic, or the reason why the search ends; empty when no row has one.

    The record is about all the event's own topics of its row, so that it meets what an inferred topic already fired.
    """
    every = receivers(situation.playbook, situation.dealer.topic_roles)
    rows = (row for row in every if not row.topics.isdisjoint(topics))
    present = [(row, tuple(name for name in situation.own_topics if name in row.topics)) for row in rows]
    if present and _first_line_keeps(situation):
        return [Match(occurrence, "none", Because("first_line_keeps", {"role": situation.observer}))]
    made = [
        _implied(situation, row, found, occurrence) for row, found in present if not _own_work(situation, row, found)
    ]
    if present and not made:
        return [Match(occurrence, "none", Because("own_work", {"role": situation.observer}))]
    return made


def _first_line_keeps(situation: Situation) -> bool:
    first_line = situation.observer in situation.playbook.rulings.implied.first_line
    return first_line and situation.view.read("enquiry.first_line_can_answer").value is True


def _own_work(situation: Situation, receiver: Receiver, found: tuple[str, ...]) -> bool:
    """Whether the observer works these topics alone: what a dealer gives to a role is that role's alone."""
    family = situation.playbook.rulings.own_family.get(situation.observer)
    if receiver.to_role == situation.observer:
        return True
    if family is None or not receiver.printed:
        return False
    return family.topics.issuperset(found) or _matter(situation, receiver, found) in family.matters


def _matter(situation: Situation, receiver: Receiver, found: tuple[str, ...]) -> str:
    """The matter of the printed row, whoever the dealer gives it to."""
    row = receiver.row
    return matter_of(situation.playbook, row.entry, topics=found, to_role=row.to_role, by="topic")


def _implied(situation: Situation, receiver: Receiver, found: tuple[str, ...], occurrence: str | None) -> Match:
    because = Because("implied_by_topic", {"topics": ",".join(found), "role": receiver.to_role})
    made = _handover(situation, receiver.row.entry, receiver.to_role, occurrence, because, by="topic", topics=found)
    return made if receiver.printed else replace(made, matter=_matter(situation, receiver, found))


def _by_pages(situation: Situation, occurrences: tuple[str, ...]) -> list[Match]:
    return [_by_page(situation, occurrence) for occurrence in occurrences]


def _by_page(situation: Situation, occurrence: str) -> Match:
    rows = [row for row in situation.playbook.rulings.implied.by_page if _prints(situation, row.to_role, occurrence)]
    if not rows:
        return Match(occurrence, "none", Because("nobody_prints_it", {"role": situation.observer}))
    row = next((row for row in rows if len(rows) == 1 or _holds_step(row, situation.event.step)), rows[-1])
    because = Because("implied_by_page", {"role": row.to_role})
    return _handover(situation, row.entry, row.to_role, occurrence, because, by="occurrence")


def _prints(situation: Situation, role: str, occurrence: str) -> bool:
    return role != situation.observer and any(
        activity.granularity == "customer_case" and activity.arrows and situation.event.step in activity.halo_steps
        for activity in situation.playbook.activities_of(role, occurrence)
    )


def _holds_step(row: PageRow, step: int | None) -> bool:
    return row.steps is not None and step is not None and row.steps[0] <= step <= row.steps[1]


def _otherwise(situation: Situation, occurrence: str | None) -> Match:
    row = situation.playbook.rulings.implied.otherwise
    if row.to_role == situation.observer:
        return Match(occurrence, "none", Because("works_the_case", {"role": situation.observer}))
    because = Because("default_router", {"role": row.to_role})
    return _handover(situation, row.entry, row.to_role, occurrence, because, by="occurrence" if occurrence else "topic")


def _handover(
    situation: Situation,
    entry_id: str,
    to_role: str,
    occurrence: str | None,
    because: Because,
    *,
    by: By,
    topics: tuple[str, ...] = (),
) -> Match:
    playbook = situation.playbook
    entry = playbook.entries[entry_id]
    matter = matter_of(playbook, entry_id, occurrence=occurrence, topics=topics, to_role=to_role, by=by)
    way_back = entry.family == "implied" and _gave_to_observer(situation, to_role)
    kind: Kind = "interact" if way_back else "deliver"
    return Match(
        occurrence=occurrence,
        verdict="fires",
        because=Because("way_back", {"role": to_role}) if way_back else because,
        entry=entry,
        source=entry.source,
        kind=kind,
        mode="share_info" if way_back else entry.mode or "",
        matter=matter,
        from_role=situation.observer,
        to_role=to_role,
    )


def _gave_to_observer(situation: Situation, giver: str) -> bool:
    delivers = situation.case.accepted_delivers if situation.case else ()
    return any(
        given.giver == giver and given.receiver == situation.observer and not given.cancelled for given in delivers
    )
