"""A dealer's document as it is stored over another: present and coming calendars, and clocks that can end by both."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from journey_api.http.problems import Problem
from shared.calendar.versions import COMING, PRESENT, settle_calendars
from shared.sla.policy.policy import read_policies, unkeepable


def settle_dealer(document: Mapping[str, Any], stored: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The document with its calendars parted. Raises Problem 422 where a clock could never be due by them.

    What was checked are the calendars of the document; where one comes later, the targets must also be kept by the
    present one that stays until then, and by one that was coming before (timers 5.2).
    """
    settled = settle_calendars(document, stored, now)
    coming = settled.get(COMING)
    if coming:
        later = {**settled, PRESENT: {**(settled.get(PRESENT) or {}), **coming}, COMING: None}
        found = {fault for one in (settled, later) for fault in unkeepable(read_policies(one), now)}
        faults = sorted((fault.below("sla") for fault in found), key=lambda fault: (fault.pointer, fault.detail))
        if faults:
            raise Problem(422, f"{faults[0].pointer}: {faults[0].detail}", errors=faults)
    return settled
