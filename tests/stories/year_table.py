"""What must have happened in a year, read off timers.md 5.7 rule by rule: from the script alone, by plain reckoning.

Left out: T-01, T-43 and T-46, which are held for themselves.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from year_calendar import DAY, OPENS, day_of, local, open_from, opening
from year_case_rules import checklists, clocks, reminders
from year_facts import Facts, Happening
from year_record_rules import appointments, customers, orders, vehicles
from year_script import ENDS, Script

TURN_TO_A_CUSTOMER = {
    "proactive_contact_due",
    "service_due_soon",
    "post_delivery_contact_due",
    "order_status_contact_due",
    "recall_campaign_applies",
    "service_crm_activity_planning_due",
    "offer_follow_up_due",
}
"""The occurrences that make a customer due."""


def table_of(script: Script) -> set[Happening]:
    """All that must have happened by the end of the year."""
    facts = Facts(script)
    parts = (vehicles, orders, appointments, customers, reminders, clocks, checklists, of_the_dealer)
    rows = {row for part in parts for row in part(facts) if row.at <= ENDS}
    return rows | set(_lists_of_the_day(rows))


def of_the_dealer(facts: Facts) -> Iterator[Happening]:
    """T-11 each quarter, T-17 and T-41 after their signals, T-28 each day for who is booked."""
    for month in (1, 4, 7, 10):
        for occurrence in ("crm_programme_planning_due", "service_crm_activity_planning_due"):
            yield Happening("T-11", "dealer", occurrence, opening(date(2027, month, 1)))
        for planner in ("sales_manager", "service_advisor"):
            yield Happening("T-11", "dealer", f"reminder to {planner}", opening(date(2027, month, 1)))
    for event in facts.events:
        if "season_started" in event.signals:
            yield Happening("T-17", "dealer", "service_crm_activity_planning_due", open_from(event.at))
        if "campaign_sent" in event.signals:
            yield Happening(
                "T-41", "dealer", "reminder to client_experience_manager", opening(day_of(event.at) + 30 * DAY)
            )
    for one in facts.of_kind("appointments"):
        morning = local(day_of(one.starts_at), OPENS)
        if one.fields["kind"] == "service" and one.since < morning < one.until and one.starts_at > morning:
            yield Happening("T-28", one.customer, "daily_workshop_schedule_published", morning)


def _lists_of_the_day(rows: Iterable[Happening]) -> Iterator[Happening]:
    """T-15: at each opening up to which a rule asks somebody to turn to a customer."""
    due = {row.at for row in rows if row.what in TURN_TO_A_CUSTOMER and row.whose != "dealer"}
    for at in {_opening_from(at) for at in due}:
        yield Happening("T-15", "dealer", "reminder to client_experience_specialist", at)


def _opening_from(at: datetime) -> datetime:
    opens = opening(day_of(at))
    return opens if at <= opens else opening(day_of(at) + DAY)
