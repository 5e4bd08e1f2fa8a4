"""Which case an event joins, and what becomes of it: opened, opened again, united with the event (routing step 1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from shared.cases.store import Case
from shared.ids import new_id
from shared.playbook.routing.case_fit import case_fits, case_without_customer_fits, local_day, united_case
from shared.playbook.routing.case_owner import first_owner
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import CaseView, JourneyEvent
from shared.vehicle_ids import vehicle_key


@dataclass(frozen=True, slots=True)
class CaseLookup:
    """An event on its way to a case. `vehicle` is what it says of the vehicle: vin, plate, delivered_on, registered_on.

    `occurrences` are the posted or inferred ones, by which events without a customer meet; `day` is the dealer's date.
    """

    event: JourneyEvent
    day: date
    occurrences: tuple[str, ...] = ()
    vehicle: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseMatch:
    """The case of an event; `previous_case` is the case as the event met it, None where it began one."""

    case: Case
    previous_case: Case | None

    @property
    def closed_at(self) -> datetime | None:
        """When the case had been closed that the event opened again; None where it did not."""
        return self.previous_case.closed_at if self.previous_case is not None else None

    @property
    def began(self) -> bool:
        """Whether the event began the case, and nobody had reserved its id before: only the event is known of it."""
        return self.previous_case is None and self.case.version == 1

    @property
    def opened(self) -> bool:
        """Whether the event opened the case, or opened it again."""
        return self.previous_case is None or not self.previous_case.is_open


def lookup_of(event: JourneyEvent, time_zone: str, occurrences: Sequence[str], vehicle: dict[str, str]) -> CaseLookup:
    """The event with its day in the dealer's zone."""
    return CaseLookup(event, local_day(event.time, time_zone), tuple(occurrences), vehicle)


def choose_case(lookup: CaseLookup, cases: Iterable[Case]) -> Case | None:
    """The case the event joins, of those given; the one with the newest event first. Named cases are not meant."""
    fitting = [case for case in cases if case.is_open and _fits(lookup, case)]
    return max(fitting, key=_newest, default=None)


def receive(playbook: Playbook, lookup: CaseLookup, case: Case | None, now: datetime) -> CaseMatch:
    """The case once it has received the event; a new one where `case` is None or only reserved.

    Raises ValueError where the named case is another customer's, which the reservation has refused.
    """
    if case is not None and case.customer_id != lookup.event.customer_id:
        raise ValueError(f"case {case.case_id} is another customer's")
    if case is None or case.status == "reserved":
        return CaseMatch(_united(playbook, lookup, _begun(playbook, lookup, case), now), None)
    united = _united(playbook, lookup, case, now)
    if case.status == "closed":
        return CaseMatch(replace(united, status="open", closed_at=None, outcome=None), case)
    return CaseMatch(united, case)


def _begun(playbook: Playbook, lookup: CaseLookup, reserved: Case | None) -> Case:
    event = lookup.event
    return Case(
        dealer_id=event.dealer_id,
        case_id=reserved.case_id if reserved else event.case_id or new_id(),
        customer_id=event.customer_id,
        status="open",
        owner=first_owner(playbook, event),
        opened_at=event.time,
        business_day=None if event.customer_id else lookup.day,
        version=reserved.version if reserved else 0,
    )


def _united(playbook: Playbook, lookup: CaseLookup, case: Case, now: datetime) -> Case:
    facts, topics = united_case(playbook, CaseView(case.case_id, case.topics, case.facts), lookup.event)
    return replace(
        case,
        facts=facts,
        topics=topics,
        vehicle=_united_vehicle(case.vehicle, lookup.vehicle),
        occurrences=tuple(dict.fromkeys((*case.occurrences, *lookup.occurrences))),
        newest_event_at=max(case.newest_event_at or lookup.event.time, lookup.event.time),
        last_activity_at=now,
    )


def _united_vehicle(kept: object, given: dict[str, str]) -> dict[str, str]:
    known = dict(kept) if isinstance(kept, dict) else {}
    another = known.get("vin") and given.get("vin") and vehicle_key(known["vin"]) != vehicle_key(given["vin"])
    if another:
        return dict(given)
    first = {name: known[name] for name in ("vin", "plate") if known.get(name) and _is_respelt(known, given, name)}
    return {**known, **given, **first}


def _is_respelt(known: Mapping[str, str], given: Mapping[str, str], name: str) -> bool:
    return name in given and vehicle_key(known[name]) == vehicle_key(given[name])


def _fits(lookup: CaseLookup, case: Case) -> bool:
    if case.customer_id is not None:
        return case_fits(lookup.event, case.vehicle.get("vin"), case.topics)
    return case.business_day is not None and case_without_customer_fits(
        lookup.day, lookup.occurrences, case.business_day, case.occurrences
    )


def _newest(case: Case) -> tuple[bool, datetime | None, str]:
    return case.newest_event_at is not None, case.newest_event_at, case.case_id
