"""What judging the moments of a case costs in statements: facts of kinds that it has none of are not asked for."""

import pytest

from handoff_worker.quality.judge import Judging
from harness.clocks import MovableClock
from harness.people import ONE_IN_EVERY_ROLE
from harness.routed_dealership import PROBLEM, RoutedDealership
from harness.statement_count import statements
from shared.db.engine import Database
from shared.db.schema import task
from shared.playbook.ruleset.loader import playbook
from shared.quality.fact_statements import RARE

OF_A_CASE = 13
"""Among them a look for what is due, and two that say which dealers may be seen."""


@pytest.fixture
async def dealer(database: Database, clock: MovableClock) -> RoutedDealership:
    """A dealer with a customer of one case, whose first moments have been judged."""
    one = RoutedDealership(database, clock, "lisboa-01")
    await one.open_dealer(ONE_IN_EVERY_ROLE)
    await one.route(await one.post([{"customer": "C-1", **PROBLEM}]))
    await _judge(one)
    return one


async def test_a_quiet_event_asks_for_no_rare_facts(dealer: RoutedDealership) -> None:
    await dealer.route(await dealer.post([{"customer": "C-2", **PROBLEM}]))
    sent = await _judge(dealer)
    assert len(sent) <= OF_A_CASE
    assert _rare(sent) == set()


async def test_what_a_case_has_is_asked_for(dealer: RoutedDealership) -> None:
    (offered, *_) = await dealer.rows(task.select().where(task.c.offered_to.is_not(None)))
    await dealer.contact("C-1", case_id=offered["case_id"], direction="inbound", channel="telephone", kind="message")
    assert _rare(await _judge(dealer)) == {"contacts"}
    await dealer.act(offered["task_id"], "decline", offered["offered_to"], reason="busy")
    assert _rare(await _judge(dealer)) == {"contacts", "declines"}


async def _judge(dealer: RoutedDealership) -> list[str]:
    with statements(dealer.database) as sent:
        await Judging(dealer.database, playbook(), dealer.clock).judge_due()
    return sent


def _rare(sent: list[str]) -> set[str]:
    return {name for name, statement in RARE.items() if statement.compile().query in sent}
