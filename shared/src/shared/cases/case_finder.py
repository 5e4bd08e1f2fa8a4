"""The cases of a transaction's events: read once, found or begun in memory, written together at the end."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.cases.case_lookup import CaseLookup, CaseMatch, choose_case, receive
from shared.cases.open_cases import NEVER, load_fitting, load_newest, load_of_days, newest_at
from shared.cases.store import Case, load_cases, write_cases
from shared.ids import CaseKey, CustomerKey
from shared.playbook.ruleset.entries import Playbook
from shared.vehicle_ids import vehicle_key

MatchKey = tuple[str, str | date]
"""Where unnamed events meet their cases: the dealer and the customer, or the dealer's day."""

Wish = tuple[MatchKey, str | None, frozenset[str]]
"""What decides which cases of a customer fit an event: the vehicle and the topics."""


async def find_case(connection: AsyncConnection, lookup: CaseLookup) -> Case | None:
    """The open (or named) case the event would join, nothing stored."""
    return (await CaseFinder(connection).find([lookup]))[0]


async def find_or_open(connection: AsyncConnection, playbook: Playbook, lookup: CaseLookup, now: datetime) -> CaseMatch:
    """Give the event its case, and store it. The caller holds the lock of its customer, else dealer."""
    finder = CaseFinder(connection)
    (found,) = await finder.find_or_open(playbook, [lookup], now)
    await finder.write()
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """The newest case that fitted an event of those that were not read; none of the others is newer."""

    case: CaseKey | None = None
    before: datetime = NEVER


class CaseFinder:
    """Finds the cases of events, or begins them. What it has read it knows as it stands; `write` stores the changes.

    The caller holds the locks of the events' customers, of their dealers where there is none.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._cases: dict[CaseKey, Case] = {}
        self._asked: set[CaseKey] = set()
        self._of: dict[MatchKey, set[CaseKey]] = defaultdict(set)
        self._read: set[MatchKey] = set()
        self._others_before: dict[MatchKey, datetime] = {}
        self._fitting: dict[Wish, _Asked] = {}
        self._changed: dict[CaseKey, None] = {}

    async def read(self, customers: Iterable[CustomerKey], named: Iterable[CaseKey]) -> None:
        """Read the open cases of these customers and these named ones, whatever their status, unless they are known."""
        wanted = set(named) - self._asked - self._cases.keys()
        self._asked |= wanted
        for case in (await load_cases(self._connection, wanted)).values():
            self._know(case)
        unread = {key for key in customers if key not in self._read}
        for customer, found in (await load_newest(self._connection, unread)).items():
            self._read.add(customer)
            if found.others_before is not None:
                self._others_before[customer] = found.others_before
            self._know_new(found.cases)

    async def find(self, lookups: Sequence[CaseLookup]) -> list[Case | None]:
        """In order, the case each event joins; a named one whatever its status. None: there is none yet."""
        unnamed = [lookup for lookup in lookups if not lookup.event.case_id]
        customers = [(one.event.dealer_id, one.event.customer_id) for one in unnamed if one.event.customer_id]
        await self.read(customers, [_named(lookup) for lookup in lookups if lookup.event.case_id])
        await self._read_days({(one.event.dealer_id, one.day) for one in unnamed if not one.event.customer_id})
        await self._read_older([one for one in unnamed if self._may_be_older(one)])
        return [self._choose(lookup) for lookup in lookups]

    async def find_or_open(self, playbook: Playbook, lookups: Sequence[CaseLookup], now: datetime) -> list[CaseMatch]:
        """Give each event its case, in order: the one it joins, opened again where it was closed, or a new one.

        The case has the event's topics, facts, vehicle and occurrences united, and is one version on. No two arrivals
        may meet (one per customer, or per dealer without one).
        """
        found = []
        for lookup, case in zip(lookups, await self.find(lookups), strict=True):
            match = receive(playbook, lookup, case, now)
            moved = replace(match.case, version=match.case.version + 1)
            self._know(moved)
            self._changed[moved.key] = None
            found.append(replace(match, case=moved))
        return found

    def note_followers(self, case: CaseKey, followers: tuple[str, ...]) -> None:
        """Take it from the caller who follows a case now, who has stored it."""
        self._cases[case] = replace(self._cases[case], followers=followers)

    async def write(self) -> None:
        """Store the cases that changed, as they stand."""
        await write_cases(self._connection, [self._cases[key] for key in self._changed])
        self._changed.clear()

    def _know(self, case: Case) -> None:
        self._cases[case.key] = case
        match_key = case.customer_id or case.business_day
        if match_key is not None:
            self._of[case.dealer_id, match_key].add(case.key)

    def _know_new(self, cases: Iterable[Case]) -> None:
        """What was changed meanwhile stands as it was left."""
        for case in cases:
            if case.key not in self._cases:
                self._know(case)

    def _choose(self, lookup: CaseLookup) -> Case | None:
        if lookup.event.case_id:
            return self._cases.get(_named(lookup))
        return choose_case(lookup, (self._cases[key] for key in self._of.get(_match_key(lookup), ())))

    def _may_be_older(self, lookup: CaseLookup) -> bool:
        """Whether a case that was not read may be the one the event joins."""
        if _match_key(lookup) not in self._others_before:
            return False
        before, asked = self._others_before[_match_key(lookup)], self._fitting.get(_wish(lookup))
        case = self._choose(lookup)
        if asked is not None:
            return asked.case is not None and (case is None or (newest_at(case), case.key) < (asked.before, asked.case))
        return case is None or newest_at(case) <= before

    async def _read_older(self, lookups: Sequence[CaseLookup]) -> None:
        found = await load_fitting(self._connection, lookups, self._cases.keys())
        for lookup, case in zip(lookups, found, strict=True):
            self._fitting[_wish(lookup)] = _Asked(case.key, newest_at(case)) if case is not None else _Asked()
            self._know_new([case] if case is not None else [])

    async def _read_days(self, days: Collection[tuple[str, date]]) -> None:
        unread = {key for key in days if key not in self._read}
        for day, cases in (await load_of_days(self._connection, unread)).items():
            self._read.add(day)
            self._know_new(cases)


def _named(lookup: CaseLookup) -> CaseKey:
    return lookup.event.dealer_id, lookup.event.case_id or ""


def _match_key(lookup: CaseLookup) -> MatchKey:
    return lookup.event.dealer_id, lookup.event.customer_id or lookup.day


def _wish(lookup: CaseLookup) -> Wish:
    vin = lookup.event.vehicle.vin
    return _match_key(lookup), None if vin is None else vehicle_key(vin), frozenset(lookup.event.topics)
