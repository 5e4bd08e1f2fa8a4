"""Finding the case of an event, what a case keeps of its events, and whether a vehicle is in its first months."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.playbook.fact_types import FactValue
from shared.playbook.routing.known_facts import facts_of
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import CaseView, JourneyEvent
from shared.vehicle_ids import vehicle_key


def case_fits(event: JourneyEvent, case_vin: str | None, case_topics: Iterable[str]) -> bool:
    """Whether an open case of the same dealer and customer is the event's (routing step 1).

    The VIN is the same or unknown on one side, and the topics meet or one side has none.
    """
    topics = frozenset(case_topics)
    same_vehicle = event.vehicle.vin is None or case_vin is None or _is_same(event.vehicle.vin, case_vin)
    return same_vehicle and (not topics or not event.topics or not topics.isdisjoint(event.topics))


def case_without_customer_fits(
    day: date, occurrences: Iterable[str], case_day: date, case_occurrences: Iterable[str]
) -> bool:
    """Whether an open case without customer is that of an event without one: begun the same local day, one in common.

    `occurrences` are those posted, else those inferred.
    """
    return day == case_day and not frozenset(occurrences).isdisjoint(case_occurrences)


def local_day(instant: datetime, time_zone: str) -> date:
    """The dealer's date at an aware instant. An unknown zone raises `ZoneInfoNotFoundError`."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


def united_case(
    playbook: Playbook, case: CaseView | None, event: JourneyEvent
) -> tuple[dict[str, FactValue], tuple[str, ...]]:
    """The facts and topics a case keeps once it has received the event.

    The last value received wins; claims and topics are united; facts of one event only are left out.
    """
    facts: dict[str, FactValue] = dict(case.facts) if case else {}
    for path, value in facts_of(event, playbook.rulings.topic_facts).items():
        if playbook.rulings.lifetime.kept(path):
            facts[path] = _claims(facts.get(path), value) if path == "claims" else value
    return facts, tuple(dict.fromkeys((*(case.topics if case else ()), *event.topics)))


def delivery_day(event: JourneyEvent, case: CaseView | None) -> date | None:
    """The delivery day of the vehicle the event is about; the case's where the event does not name another.

    What an event without a VIN says of the day yields to the day of the case's known vehicle.
    """
    of_event = event.vehicle.delivered_on
    if case is None:
        return of_event
    known = case.vehicle.delivered_on
    if event.vehicle.vin is None and case.vehicle.vin is not None:
        return known or of_event
    if of_event is not None:
        return of_event
    another = event.vehicle.vin is not None and case.vehicle.vin is not None
    return None if another and not _is_same(event.vehicle.vin or "", case.vehicle.vin or "") else known


def in_first_months(delivered_on: date | None, day: date, days: int) -> bool:
    """Whether a dealer-local day lies in the first months, both ends included; an unknown delivery is not."""
    return delivered_on is not None and 0 <= (day - delivered_on).days <= days


def _is_same(one_vin: str, other_vin: str) -> bool:
    return vehicle_key(one_vin) == vehicle_key(other_vin)


def _claims(kept: FactValue | None, given: FactValue) -> FactValue:
    earlier = kept if isinstance(kept, tuple) else ()
    later = given if isinstance(given, tuple) else ()
    return tuple(dict.fromkeys((*earlier, *later)))
