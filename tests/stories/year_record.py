"""What has happened in a year that was played, read from what the services stored."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from year_facts import Happening
from year_play import Year

EVENTS = text(
    """
    select split_part(split_part(id, ':', 1), '/', 1) as rule, split_part(id, ':', 2) as subject, customer_id,
           data -> 'occurrences' ->> 0 as what, occurred_at as at
      from journey_event where source = '/handoff/timers'
    """
)
REMINDERS = text(
    """
    select e.entry as rule, coalesce(t.customer_id, 'dealer') as whose, 'reminder to ' || t.to_role as what, e.at
      from task_event e join task t using (task_id)
     where e.action in ('created', 'updated') and t.kind = 'reminder' and e.entry like 'T-%'
    """
)
MESSAGES = text(
    """
    select message, customer_id as whose, params, status, channel, created_at as at from notification
     where message in ('REMIND', 'CARD', 'INVITE', 'STATUS', 'PARTS')
    """
)
CHANGES = text(
    """
    select distinct 'T-45' as rule, t.customer_id as whose, n.message as what, n.created_at as at
      from notification n join task t using (task_id) where n.message = 'CHANGED' and n.staff_id = 'S-salesperson'
    """
)
CLOCKS = text(
    """
    select rule, subject_id as whose, started_at, original_due_at, breached_at from sla_timer
     where target <> 'next_response' and rule like 'T-%' and rule <> 'T-46'
    """
)
MESSAGE_RULES = {"REMIND": "T-06", "INVITE": "T-12", "CARD": "T-13", "STATUS": "T-32", "PARTS": "T-31"}
OF_CUSTOMERS = {"T-25", "T-26", "T-28"}


async def record_of(year: Year) -> list[Happening]:
    """Every row of the year, in the form of its table."""
    rows = year.services.rows
    found = [_event(row) for row in await rows(EVENTS)]
    found += [
        Happening(row["rule"], row["whose"], row["what"], row["at"])
        for query in (REMINDERS, CHANGES)
        for row in await rows(query)
    ]
    found += [_message(row) for row in await rows(MESSAGES)]
    found += [one for row in await rows(CLOCKS) for one in _clock(row)]
    return [*found, *year.seen]


def _event(row: dict[str, Any]) -> Happening:
    of_record = row["subject"] if row["rule"] not in OF_CUSTOMERS else None
    whose = of_record if of_record and row["customer_id"] else row["customer_id"] or "dealer"
    return Happening(row["rule"], whose, row["what"], row["at"])


def _message(row: dict[str, Any]) -> Happening:
    rule, what = MESSAGE_RULES[row["message"]], row["message"]
    if what in ("CARD", "INVITE") and row["status"] == "failed":
        what = f"no {what}"
    elif what == "CARD" and row["channel"] == "post":
        what = "LETTER"
    return Happening(rule, row["whose"], what, row["at"])


def _clock(row: dict[str, Any]) -> Iterator[Happening]:
    due = row["original_due_at"]
    yield Happening(row["rule"], row["whose"], f"due {due:%Y-%m-%d %H:%M}", row["started_at"])
    if row["breached_at"] is not None:
        yield Happening(row["rule"], row["whose"], "breached", row["breached_at"])
