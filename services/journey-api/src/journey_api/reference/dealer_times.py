"""Everything about time in a dealer's record, checked at once: pointers into the record, and what is wrong there."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from shared.calendar.document import load_zone, parse_calendar
from shared.calendar.quiet_hours import parse_marketing_window, parse_windows
from shared.calendar.reporting_lines import GROUP_MAILBOX
from shared.calendar.weekly_hours import CalendarError
from shared.faults import Fault, Unknown, unknown_id
from shared.json_pointer import json_pointer
from shared.sla.policy.escalation_steps import check_chains
from shared.sla.policy.overrides import validate_sla
from shared.sla.policy.policy import read_policies, unkeepable
from shared.vocabulary import ROLES

CALENDAR_NAMES = ("default", "sales", "after_sales")


def check_dealer_times(dealer: Mapping[str, Any], now: datetime) -> list[Fault]:
    """Every fault of `time_zone`, `calendars`, `role_calendar`, `managers`, `chains`, `sla`, `quiet_hours` and
    `marketing_window`; where there is none, the clocks that could never be due by the dealer's calendars.
    """
    zone = dealer.get("time_zone")
    faults = caught("/time_zone", lambda: load_zone(zone))
    names = _calendar_names(dealer)
    if not faults:
        faults += _check_calendars(dealer.get("calendars"), zone)
    faults += _check_roles(dealer.get("role_calendar"), "/role_calendar", names, "a name of calendars")
    faults += _check_roles(dealer.get("managers"), "/managers", {*ROLES, GROUP_MAILBOX}, "a role, nor group_mailbox")
    faults += [fault.below("chains") for fault in check_chains(dealer.get("chains"))]
    faults += [fault.below("sla") for fault in validate_sla(dealer.get("sla"), frozenset(names))]
    faults += caught("/quiet_hours", lambda: parse_windows(dealer.get("quiet_hours")))
    faults += caught("/marketing_window", lambda: parse_marketing_window(dealer.get("marketing_window")))
    return faults or [fault.below("sla") for fault in unkeepable(read_policies(dealer), now)]


def _calendar_names(dealer: Mapping[str, Any]) -> set[str]:
    calendars = dealer.get("calendars")
    given = {name for name, value in calendars.items() if value is not None} if isinstance(calendars, Mapping) else ()
    return {"default", *given}


def _check_calendars(calendars: object, zone: object) -> list[Fault]:
    if calendars is None:
        return []
    if not isinstance(calendars, Mapping):
        return [Fault("/calendars", "malformed", "must be an object")]
    faults: list[Fault] = []
    for name, document in calendars.items():
        if name not in CALENDAR_NAMES:
            faults.append(
                Fault(
                    json_pointer(["calendars", name]),
                    "unknown_field",
                    f"unknown field; one of {', '.join(CALENDAR_NAMES)}",
                    unknown=Unknown.of(name, CALENDAR_NAMES),
                )
            )
        elif document is not None:
            faults += _parsed(f"/calendars/{name}", document, zone)
    return faults


def _parsed(pointer: str, document: object, zone: object) -> list[Fault]:
    return caught(pointer, lambda: parse_calendar(document, zone))


def _check_roles(given: object, pointer: str, allowed: set[str], what: str) -> list[Fault]:
    if given is None:
        return []
    if not isinstance(given, Mapping):
        return [Fault(pointer, "malformed", "must be an object by role")]
    faults = [
        unknown_id(pointer + json_pointer([role]), "unknown role", role, ROLES) for role in given if role not in ROLES
    ]
    known = ((role, value) for role, value in given.items() if role in ROLES)
    return faults + [
        unknown_id(f"{pointer}/{role}", f"{value!r} is not {what}", value, sorted(allowed))
        for role, value in known
        if value not in list(allowed)
    ]


def caught(pointer: str, read: Callable[[], object]) -> list[Fault]:
    """The fault that reading a part of a record raises as CalendarError, if any."""
    try:
        read()
    except CalendarError as error:
        return [error.wrong.at(pointer + error.pointer)]
    return []
