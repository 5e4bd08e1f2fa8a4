"""An event of a customer with hundreds of open cases costs what one of a customer with one case costs."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from harness.clocks import MovableClock
from harness.people import ONE_IN_EVERY_ROLE
from harness.routed_dealership import PROBLEM, RoutedDealership
from harness.statement_count import statements
from shared.db.engine import Database
from shared.db.prepared import driver_of
from shared.quality.fact_statements import BY_TARGET
from shared.quality.stored_facts import arrays_of

MANY = 300
AT_MOST_MORE = 2
"""Statements: which of the older cases fits, and that case."""
FEW_ROWS = 20


@pytest.fixture
async def dealer(database: Database, owner_database: Database, clock: MovableClock) -> RoutedDealership:
    """A dealer with a customer of one case, C-1, and one of many, C-2: each is about a vehicle of its own."""
    one = RoutedDealership(database, clock, "lisboa-01")
    await one.open_dealer(ONE_IN_EVERY_ROLE)
    vehicles = [
        {"customer": "C-2", **PROBLEM, "vehicle": {"vin": f"V-{number}"}, "ago": MANY - number}
        for number in range(MANY)
    ]
    for start in range(0, MANY, 100):
        clock.advance(timedelta(minutes=1))
        await one.route(await one.post(vehicles[start : start + 100]))
    await one.route(await one.post([{"customer": "C-1", **PROBLEM, "vehicle": {"vin": "V-3"}}]))
    async with owner_database.transaction() as connection:
        await connection.execute(text("analyze"))
    clock.advance(timedelta(minutes=1))
    return one


async def _statements(dealer: RoutedDealership, customer: str, vin: str) -> int:
    records = await dealer.post([{"customer": customer, **PROBLEM, "vehicle": {"vin": vin}}])
    with statements(dealer.database) as sent:
        await dealer.route(records)
    return len(sent)


async def test_it_is_routed_by_as_many_statements(dealer: RoutedDealership) -> None:
    """Whether it joins one of the newest cases or one of the oldest."""
    alone = await _statements(dealer, "C-1", "V-3")
    assert await _statements(dealer, "C-2", f"V-{MANY - 1}") == alone
    assert await _statements(dealer, "C-2", "V-3") <= alone + AT_MOST_MORE


async def test_its_case_is_judged_by_what_is_of_the_case(dealer: RoutedDealership, services_database: Database) -> None:
    """None of the statements, as the worker has them planned, goes through the rows of the customer's other cases."""
    query = text("select case_id from journey_case where customer_id = 'C-2' and vehicle ->> 'vin' = 'V-3'")
    async with services_database.transaction() as connection:
        case_id = str(await connection.scalar(query))
        values = arrays_of([(dealer.dealer_id, "C-2", case_id)])
        driver = await driver_of(connection)
        read = {}
        for name, statement in BY_TARGET.items():
            compiled = statement.compile()
            (answer,) = await driver.fetch(
                f"explain (analyze, format json) {compiled.query}", *compiled.arguments(values)
            )
            plan = json.loads(answer[0]) if isinstance(answer[0], str) else answer[0]
            read[name] = sum(_rows_read(plan[0]["Plan"]))
    assert {name: rows for name, rows in read.items() if rows > FEW_ROWS} == {}
    assert read["events"] > 0


def _rows_read(node: dict[str, Any]) -> Iterator[float]:
    if "Relation Name" in node:
        removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
        yield (node["Actual Rows"] + removed) * node["Actual Loops"]
    for inner in node.get("Plans", ()):
        yield from _rows_read(inner)
