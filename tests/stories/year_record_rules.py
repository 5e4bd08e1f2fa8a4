"""The rules that hang on dates of records, as timers.md 5.7 has them, by plain reckoning."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from year_calendar import DAY, day_of, is_open, later, local, open_from, opening, opening_before
from year_case_rules import TO_ADVISOR
from year_facts import FOREVER, Dates, Facts, Happening, Version
from year_script import Closing

MIDNIGHT = time(0)
INVITED_BEFORE = 14 * DAY
SERVICE_DUE, INVITATION, AFTER_DELIVERY = (
    "service_due_soon",
    "service_crm_activity_planning_due",
    "post_delivery_contact_due",
)


def _dates(name: str, *, months: Sequence[int], days: int = 0, before: bool = False) -> Dates:
    """The days so many months and days after a date of a record; on a closed day the next open one, or the last."""
    at = opening_before if before else opening

    def of(fields: dict[str, Any]) -> list[tuple[date, datetime]]:
        if not fields.get(name):
            return []
        moved = [later(date.fromisoformat(fields[name]), one, days) for one in months]
        return [(day, at(day)) for day in moved]

    return of


VEHICLES = {
    "T-08": (_dates("last_visit_on", months=[6]), SERVICE_DUE),
    "T-10": (_dates("next_service_on", months=[-1], before=True), SERVICE_DUE),
    "T-12": (_dates("registered_on", months=range(12, 240, 12), days=-INVITED_BEFORE.days, before=True), INVITATION),
    "T-14": (_dates("registered_on", months=range(12, 61, 12)), SERVICE_DUE),
    "T-19": (_dates("purchased_on", months=range(2, 13, 2)), AFTER_DELIVERY),
    "T-29": (_dates("next_service_on", months=[0], days=-30, before=True), SERVICE_DUE),
}
"""By rule: its days, and the occurrence it makes."""


def vehicles(facts: Facts) -> Iterator[Happening]:
    """T-08, T-10, T-12, T-14, T-19, T-29, and T-30."""
    for one in facts.of_kind("vehicles"):
        for rule, (dates, occurrence) in VEHICLES.items():
            for day, at in one.turns(dates):
                if _asked_for(rule, facts, one, day, at):
                    yield Happening(rule, one.identity, occurrence, at)
                if rule == "T-12" and at < local(day + INVITED_BEFORE, MIDNIGHT):
                    yield Happening(rule, one.customer, _invitation(facts, one, at), at)
        added, at = set(one.fields.get("recalls", ())) - set(one.before.get("recalls", ())), open_from(one.since)
        if added and not facts.is_booked(one.identity, at):
            yield Happening("T-30", one.identity, "recall_campaign_applies", at)


def _asked_for(rule: str, facts: Facts, one: Version, day: date, at: datetime) -> bool:
    """Whether warranty, contacts and bookings leave anything to ask for."""
    ends = one.day("warranty_until")
    if rule == "T-08":
        visit = one.day("last_visit_on")
        assert visit is not None
        ended = ends is not None and ends < day
        return ended and not facts.in_contact(one.customer, local(visit + DAY, MIDNIGHT), at)
    if rule == "T-10":
        in_warranty = ends is not None and ends >= day
        return in_warranty and not facts.in_contact(one.customer, local(later(day, -1), MIDNIGHT), at)
    if rule == "T-14":
        return not facts.in_contact(one.customer, local(later(day, -12), MIDNIGHT), at)
    return rule != "T-29" or not facts.is_booked(one.identity, at)


def _invitation(facts: Facts, one: Version, at: datetime) -> str:
    """T-12: what came of the invitation of a vehicle's customer."""
    (whose,) = (found for found in facts.first_of_kind("customers") if found.identity == one.customer)
    return "INVITE" if _may_sell(facts, whose, at) and whose.fields["channels"] else "no INVITE"


def orders(facts: Facts) -> Iterator[Happening]:
    """T-20: every fortnight from the order on while the vehicle is awaited, and with each other status."""

    def fortnights(fields: dict[str, Any]) -> list[tuple[date, datetime]]:
        if fields.get("status") in (None, "delivered"):
            return []
        placed = date.fromisoformat(fields["placed_on"])
        return [(day, opening(day)) for day in (placed + 14 * number * DAY for number in range(1, 40))]

    for one in facts.of_kind("orders"):
        turns = [at for _, at in one.turns(fortnights)]
        if one.before and "delivered" != one.fields["status"] != one.before["status"]:
            turns.append(open_from(one.since))
        yield from (Happening("T-20", one.identity, "order_status_contact_due", at) for at in turns)


PREPARED = {"test_drive": "store_appointment_upcoming", "delivery": "vehicle_preparation_check_due"}
"""T-24 by the kind of appointment."""


def appointments(facts: Facts) -> Iterator[Happening]:
    """T-06 and T-24 the day before, T-39 an hour before."""

    def day_before(fields: dict[str, Any]) -> list[tuple[date, datetime]]:
        if fields.get("status", "booked") != "booked" or not fields:
            return []
        day = day_of(datetime.fromisoformat(fields["starts_at"])) - DAY
        return [(day, opening_before(day))]

    for one in facts.of_kind("appointments"):
        kind = one.fields["kind"]
        for _, at in one.turns(day_before):
            yield Happening("T-06", one.customer, "REMIND", at)
            if kind == "service":
                yield Happening("T-06", one.identity, "service_appointment_upcoming", at)
            if kind in PREPARED:
                yield Happening("T-24", one.identity, PREPARED[kind], at)
        if kind == "collection" and day_before(one.fields):
            at = one.starts_at - timedelta(hours=1)
            mine = (event for event in facts.events if event.customer == one.customer and event.at < at)
            if not any("invoice_ready" in event.signals for event in mine):
                yield Happening("T-39", one.customer, TO_ADVISOR, at)


def customers(facts: Facts) -> Iterator[Happening]:
    """T-09, T-34 and T-48 from the last contact of a kind on, T-13 on the days of a customer."""
    for one in facts.first_of_kind("customers"):
        name, told = one.identity, facts.told(one.identity)
        silences = list(_spans(one.since, [*facts.heard(name), *(contact.at for contact in told)]))
        for since, until in silences:
            yield from _before(until, "T-09", name, "reminder to salesperson", opening(later(day_of(since), 5)))
            yield from _before(until, "T-09", name, "proactive_contact_due", _half_a_year_after(since))
        unasked = [contact.at for contact in told if contact.kind != "answer"]
        for since, until in _spans(one.since, unasked):
            at = opening(later(day_of(since), 3))
            if not any(began < at <= end and _half_a_year_after(began) <= at for began, end in silences):
                yield from _before(until, "T-34", name, "proactive_contact_due", at)
        asked = [contact.at for contact in told if contact.kind == "feedback_request"]
        for since, until in _spans(one.since, asked):
            yield from _before(until, "T-48", name, AFTER_DELIVERY, _half_a_year_after(since))
        yield from _cards(facts, one)


def _spans(begin: datetime, contacts: list[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """From each contact to the next; the first from the beginning of the profile."""
    ends = sorted(contacts)
    yield from zip([begin, *ends], [*ends, FOREVER], strict=True)


def _before(until: datetime, rule: str, whose: str, what: str, at: datetime) -> Iterator[Happening]:
    if at < until:
        yield Happening(rule, whose, what, at)


def _half_a_year_after(at: datetime) -> datetime:
    return opening(later(day_of(at), 6))


def _cards(facts: Facts, one: Version) -> Iterator[Happening]:
    days = [date.fromisoformat(text) for text in one.fields.get("dates", {}).values()]
    for day in (later(day, 12 * number) for day in days for number in range(1, 60)):
        at = opening(day) if is_open(day) else local(day, MIDNIGHT)
        if at > one.since:
            yield Happening("T-13", one.identity, _card(facts, one, at), at)


def _card(facts: Facts, one: Version, at: datetime) -> str:
    """A letter where there is no address."""
    if not _may_sell(facts, one, at):
        return "no CARD"
    return "CARD" if one.fields["channels"] else "LETTER"


def _may_sell(facts: Facts, one: Version, at: datetime) -> bool:
    """Whether a customer agreed to marketing and has no complaint open (T-18)."""
    satisfied = {closing.case: closing.at for closing in facts.script.of(Closing)}
    complaints = [event for event in facts.events if event.customer == one.identity and "feedback" in event.facts]
    open_ones = (event.at < at < satisfied.get(str(event.case), FOREVER) for event in complaints)
    return bool(one.fields["consent"]["marketing"]) and not any(open_ones)
