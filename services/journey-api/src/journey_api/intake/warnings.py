"""What of an accepted event will surprise its sender: told on its receipt, and no reason to refuse it."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Final

from journey_api.intake.event_models import EventData
from journey_api.intake.prepare import Row, key_of
from journey_api.intake.unknown_people import Unknown, customer_of, observer_of
from shared.faults import Fault, Wrong
from shared.playbook.routing.dead_ends import leads_to_nothing
from shared.playbook.ruleset.entries import Playbook

_LATE: Final = timedelta(days=7)
_STAFF: Final = "The dealer has no such person: kept as text, and never who is given or asked anything"
_NOT_KEPT: Final = "Not kept: the customer that the lead is has no such address; a PUT of the customer adds it"
_NO_CHANNEL: Final = "Nobody can write to or call this customer: no address that is verified and open"


def add_warnings(rows: Iterable[Row], unknown: Unknown, playbook: Playbook) -> None:
    """Put what will surprise on the receipts of accepted events."""
    for row in rows:
        row.receipt.warnings = list(_warnings(row, unknown, playbook))


def _warnings(row: Row, unknown: Unknown, playbook: Playbook) -> Iterable[Fault]:
    data, below = row.event.data, row.prefix
    if data.intent == "live" and row.received_at - row.event.time > _LATE:
        yield Fault(f"{below}/time", "long_past", "More than 7 days back: whatever clock starts has run since then")
    if observer_of(row) in unknown.staff:
        yield Fault(f"{below}/data/observed_by/staff_id", "unknown_person", _STAFF)
    if customer_of(row) in unknown.unreachable:
        yield Fault(f"{below}/data/customer_id", "unreachable", _NO_CHANNEL)
    if unknown.not_kept:
        for name in unknown.not_kept.get(key_of(row.event), ()):
            yield Fault(f"{below}/data/lead/{name}", "not_kept", _NOT_KEPT)
    for index, name in enumerate(data.occurrences or ()):
        if wrong := _dead_end(data, name, playbook):
            yield wrong.at(f"{below}/data/occurrences/{index}")


def _dead_end(data: EventData, occurrence: str, playbook: Playbook) -> Wrong | None:
    """Why nothing comes of an occurrence, if so: whatever its observer posts, or for want of a customer, or of none."""
    role, has_customer = data.observed_by.role, data.customer_id is not None
    ends = partial(leads_to_nothing, playbook, role, occurrence, step=data.step)
    if not ends(has_customer=has_customer):
        return None
    if ends(has_customer=not has_customer):
        return Wrong("leads_to_nothing", f"Leads to nothing when {role} observes it")
    if has_customer:
        return Wrong("leads_to_nothing", f"Leads to nothing when {role} observes it of one customer")
    printed = playbook.activities_of(role, occurrence)
    about = "It concerns one customer, and the event names none" if printed else f"{role} has no page for it"
    return Wrong("without_customer", f"{about}: leads to nothing without a customer")
