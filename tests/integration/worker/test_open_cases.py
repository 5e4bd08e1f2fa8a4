"""An event finds its case among as many as its customer has open, though few of them are read."""

import random
from datetime import date, datetime, timedelta

import pytest

from harness.statement_count import statements
from shared.cases.case_finder import CaseFinder
from shared.cases.case_lookup import CaseLookup, choose_case
from shared.cases.open_cases import AT_FIRST, load_fitting, load_newest
from shared.cases.store import Case, write_cases
from shared.db.engine import Database
from shared.playbook.ruleset.loader import load_playbook
from shared.playbook.types import JourneyEvent, Vehicle

DEALER, CUSTOMER = "lisboa-01", "C-1"
MANY = 700
VINS = ("V-1", "v1", "V 2", "\uff362", "V\u20133", "V-4", "", None)
"""Some are the same, written otherwise."""
TOPICS = ("repair", "infotainment", "maintenance")


def _case(number: int, at: datetime | None, vin: str | None = None, topics: tuple[str, ...] = ()) -> Case:
    vehicle = {} if vin is None else {"vin": vin}
    return Case(DEALER, f"K-{number:03}", CUSTOMER, "open", vehicle, topics, opened_at=at, newest_event_at=at)


def _lookup(at: datetime, vin: str | None = None, topics: tuple[str, ...] = (), number: int = 0) -> CaseLookup:
    event = JourneyEvent(
        event_id=f"E-{number}",
        dealer_id=DEALER,
        observer="service_advisor",
        time=at,
        customer_id=CUSTOMER,
        topics=topics,
        vehicle=Vehicle(vin, None),
    )
    return CaseLookup(event, date(2026, 11, 23), (), {} if vin is None else {"vin": vin})


async def _open_many(database: Database, at: datetime) -> None:
    cases = [_case(number, at + timedelta(minutes=number), f"VIN-{number}") for number in range(MANY)]
    async with database.transaction() as connection:
        await write_cases(connection, cases)


async def test_few_of_many_are_read(database: Database) -> None:
    """The newest, and of the others those that fit."""
    at = datetime.fromisoformat("2026-10-01T10:00:00+00:00")
    await _open_many(database, at)
    async with database.transaction() as connection:
        newest = await load_newest(connection, [(DEALER, CUSTOMER)])
        fitting = await load_fitting(connection, [_lookup(at, "vin 3"), _lookup(at, "another")], ())
    assert len(newest[DEALER, CUSTOMER].cases) == AT_FIRST
    assert [one and one.case_id for one in fitting] == ["K-003", None]


@pytest.mark.parametrize(
    ("vin", "case_id", "more"),
    [(None, "K-699", 0), ("VIN-690", "K-690", 0), ("VIN-3", "K-003", 2), ("VIN-new", None, 1)],
)
async def test_an_event_of_a_customer_with_many(
    database: Database, vin: str | None, case_id: str | None, more: int
) -> None:
    """One statement more where none of the newest fits, and one for a case that is found among the others."""
    at = datetime.fromisoformat("2026-10-01T10:00:00+00:00")
    await _open_many(database, at)
    async with database.transaction() as connection:
        with statements(database) as sent:
            found = await CaseFinder(connection).find([_lookup(at, vin)])
    assert [one and one.case_id for one in found] == [case_id]
    assert len(sent) == 1 + more


@pytest.mark.parametrize("seed", range(5))
async def test_the_same_is_found_as_among_all(database: Database, seed: int) -> None:
    """Whatever the events before have changed, in the same transaction or not."""
    drawn = random.Random(seed)
    at = datetime.fromisoformat("2026-10-01T10:00:00+00:00")

    def topics() -> tuple[str, ...]:
        return tuple(drawn.sample(TOPICS, drawn.choice((0, 0, 1, 2))))

    known = {}
    for number in range(60):
        minutes = drawn.choice((None, *range(30)))
        one = _case(
            number, None if minutes is None else at + timedelta(minutes=minutes), drawn.choice((*VINS, "X")), topics()
        )
        known[one.key] = one
    async with database.transaction() as connection:
        await write_cases(connection, known.values())
    for number in range(40):
        lookup = _lookup(at + timedelta(minutes=drawn.randrange(60)), drawn.choice((*VINS, "Y")), topics(), number)
        async with database.transaction() as connection:
            finder = CaseFinder(connection)
            for _ in range(drawn.randrange(1, 6)):
                (match,) = await finder.find_or_open(load_playbook(), [lookup], at)
                expected = choose_case(lookup, known.values())
                assert match.previous_case == expected
                known[match.case.key] = match.case
                lookup = _lookup(at + timedelta(minutes=drawn.randrange(90)), drawn.choice((*VINS, "Y")), topics(), 99)
            await finder.write()
