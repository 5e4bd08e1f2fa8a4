"""What is wrong with a record beyond the form of its fields."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from journey_api.reference.dealer_record import Dealer
from journey_api.reference.dealer_times import caught, check_dealer_times
from journey_api.reference.models import Appointment, Customer, Staff
from journey_api.reference.value_types import check_address
from shared.calendar.quiet_hours import parse_windows
from shared.calendar.weekly_hours import parse_week
from shared.faults import Fault
from shared.playbook.ruleset.dealer_settings import validate_tables
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.ruleset.topic_roles import validate_topic_roles


def check_record(record: BaseModel, now: datetime, region: str | None, playbook: Playbook) -> list[Fault]:
    """Faults of a record of any kind; `region`: the country of its dealer, where it has one."""
    match record:
        case Dealer():
            return check_dealer(record, now, playbook)
        case Staff():
            return check_staff(record, region)
        case Customer():
            return check_customer(record, region)
        case Appointment():
            return check_appointment(record)
    return []


def check_dealer(dealer: Dealer, now: datetime, playbook: Playbook) -> list[Fault]:
    """Faults of hours, chains, targets, tables and roles of topics."""
    document = dealer.model_dump(mode="json", exclude_none=True)
    tables = validate_tables(dealer.tables) if dealer.tables is not None else []
    roles = [fault.below("topic_roles") for fault in validate_topic_roles(dealer.topic_roles or {}, playbook)]
    return check_dealer_times(document, now) + [fault.below("tables") for fault in tables] + roles


def check_staff(staff: Staff, region: str | None) -> list[Fault]:
    """Faults of shifts, leave and channels."""
    faults = caught("/shifts", lambda: parse_week(staff.shifts)) if staff.shifts is not None else []
    for index, leave in enumerate(staff.leave):
        if leave.ends < leave.begins:
            faults.append(Fault(f"/leave/{index}/to", "ends_before_begin", "Before it begins"))
    return faults + _check_channels(staff.channels, region)


def check_customer(customer: Customer, region: str | None) -> list[Fault]:
    """Faults of channels and quiet hours."""
    windows = [window.model_dump(by_alias=True, exclude_none=True) for window in customer.quiet_hours]
    faults = _check_channels(customer.channels, region)
    return faults + caught("/quiet_hours", lambda: parse_windows(windows))


def check_appointment(appointment: Appointment) -> list[Fault]:
    """Faults of its times."""
    ends = appointment.ends_at
    return (
        [Fault("/ends_at", "ends_before_begin", "Before it starts")]
        if ends is not None and ends < appointment.starts_at
        else []
    )


def _check_channels(channels: Any, region: str | None) -> list[Fault]:
    found = ((index, check_address(channel.kind, channel.address, region)) for index, channel in enumerate(channels))
    return [wrong.at(f"/channels/{index}/address") for index, wrong in found if wrong is not None]
