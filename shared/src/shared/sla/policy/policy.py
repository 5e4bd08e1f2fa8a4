"""A dealer's clocks: calendars by role, its own durations and chains, and the snapshot a timer starts with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.calendar.business_time import CalendarExhausted, open_within_horizon
from shared.calendar.document import load_zone, parse_calendar
from shared.calendar.durations import Duration, Target
from shared.calendar.open_intervals import local_date
from shared.calendar.opening_hours import Calendar, always_open
from shared.calendar.versions import COMING, PRESENT, splice
from shared.faults import Fault
from shared.sla.deadlines import due_from
from shared.sla.policy.escalation_steps import chain_for, parse_chains
from shared.sla.policy.overrides import NO_CALENDAR, Override, read_overrides
from shared.sla.policy.rules import PROMISE, load_rules
from shared.sla.types import Metric, OnChange, Snapshot, Step

_BEFORE_A_CHANGE: Final = timedelta(days=31)
"""So long before a coming calendar its hours are looked at: no opening is looked for further away (`openings`)."""


@dataclass(frozen=True)
class Policies:
    """One version of a dealer's clocks, ready to start timers with. Build it once per dealer version.

    `coming`: by name the calendars that come into force at their `effective_from`.
    """

    zone: ZoneInfo
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    role_calendar: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Override] = field(default_factory=dict)
    chains: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    version: int = 1
    coming: Mapping[str, Calendar] = field(default_factory=dict)
    always: Calendar = field(init=False, repr=False, compare=False)
    _snapshots: dict[tuple[str, Metric, str | None], Snapshot] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    _joined: dict[str, Calendar] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "always", always_open(self.zone))

    def role_hours(self, role: str | None) -> Calendar:
        """The calendar of a role: by `role_calendar`, else `default`, else around the clock."""
        default = self.calendars.get("default", self.always)
        return self.calendars.get(self.role_calendar.get(role or "", "default"), default)

    def calendar_for(self, rule: str, role: str | None) -> Calendar:
        """The calendar a timer of the rule takes when its owner has this role."""
        chosen = self.overrides.get(rule, Override()).calendar
        found = load_rules().get(rule)
        if chosen == NO_CALENDAR or (chosen is None and found is not None and found.physical):
            return self.always
        return self.calendars.get(chosen, self.role_hours(role)) if chosen else self.role_hours(role)

    def coming_calendar(self, rule: str, role: str | None) -> Calendar | None:
        """The calendar that will take the place of the one a timer of the rule has; None: none is coming."""
        present = self.calendar_for(rule, role)
        return self.coming.get(present.name) if self.calendars.get(present.name) is present else None

    def on_change_of(self, rule: str) -> OnChange:
        """What becomes of a clock of the rule when another role answers for it."""
        return self.overrides.get(rule, Override()).on_change

    def hours_on(self, rule: str, day: date) -> Calendar:
        """The calendar by which the rule acts at the dealer on a local date.

        From shortly before a coming calendar comes into force on, its hours are joined to the present ones.
        """
        present, coming = self.calendar_for(rule, None), self.coming_calendar(rule, None)
        if coming is None or coming.effective_from is None or coming.zone != present.zone:
            return present
        changes = local_date(coming, coming.effective_from)
        if day < changes - _BEFORE_A_CHANGE:
            return present
        if present.name not in self._joined:
            self._joined[present.name] = splice(present, coming, coming.effective_from, changes - _BEFORE_A_CHANGE)
        return self._joined[present.name]

    def duration_of(self, rule: str) -> Target | None:
        """The dealer's duration of a rule, else the default; None for a rule without one."""
        found = load_rules().get(rule)
        return self.overrides.get(rule, Override()).duration or (found.duration if found else None)

    def snapshot(self, rule: str, metric: Metric, role: str | None) -> Snapshot:
        """What a timer of the rule starts with, its owner being of this role; one value for all of them."""
        key = rule, metric, role
        if key not in self._snapshots:
            self._snapshots[key] = self._snapshot(rule, metric, role)
        return self._snapshots[key]

    def _snapshot(self, rule: str, metric: Metric, role: str | None) -> Snapshot:
        return Snapshot(
            target=self.duration_of(rule) or Duration(),
            # a promise runs through lunch and night (timers 5.8)
            calendar=None if rule == PROMISE else self.calendar_for(rule, role),
            chain=chain_for(load_rules().get(rule), metric, self.chains),
            version=self.version,
        )


def read_policies(dealer: Mapping[str, Any], version: int = 1) -> Policies:
    """The clocks of a dealer's record (`PUT /v1/dealers/{id}`). Raises ValueError where `check_dealer` finds fault.

    A duration that cannot be used, as an earlier version may have stored it, leaves the rule its default.
    """
    zone = load_zone(dealer.get("time_zone"))

    def read(calendars: Mapping[str, Any] | None) -> Mapping[str, Calendar]:
        given = ((name, document) for name, document in (calendars or {}).items() if document is not None)
        return {name: parse_calendar(document, zone.key, name=name, version=version) for name, document in given}

    return Policies(
        zone=zone,
        calendars=read(dealer.get(PRESENT)),
        coming=read(dealer.get(COMING)),
        role_calendar=dict(dealer.get("role_calendar") or {}),
        overrides=read_overrides(dealer.get("sla")),
        chains=parse_chains(dealer.get("chains")),
        version=version,
    )


def unkeepable(policies: Policies, now: datetime) -> list[Fault]:
    """The clocks whose calendar has not enough opening hours for them within 400 days; pointers into `sla`.

    Every calendar a role may bring is tried: a policy that could never be due cannot be published.
    """
    faults: list[Fault] = []
    for rule in (one for one in load_rules().values() if one.effect == "clock"):
        roles = (None, *policies.role_calendar)
        for calendar in {
            id(found): found for found in (policies.calendar_for(rule.rule, role) for role in roles)
        }.values():
            if not _keepable(policies.duration_of(rule.rule), calendar, now):
                faults.append(
                    Fault(
                        f"/{rule.rule}", "never_due", f"calendar {calendar.name!r} has not enough opening hours for it"
                    )
                )
    return faults


def _keepable(target: Target | None, calendar: Calendar, now: datetime) -> bool:
    try:
        if isinstance(target, Duration) and target.is_time:
            return open_within_horizon(calendar, now) >= target.time
        return target is None or due_from(Snapshot(target, calendar), now) >= now
    except CalendarExhausted:
        return False
