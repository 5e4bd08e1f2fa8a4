"""What a dealer edits reaches no running clock by itself; `handoff clocks migrate` shows what it would do, or does."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text
from typer.testing import CliRunner, Result

from handoff_local.cli import app as cli
from harness.dealership import DEALER
from harness.names import EARLY_PROBLEM, EASY_ACCESS, INFOTAINMENT_TO_PRODUCT_SPECIALIST, MESSAGE_ANSWER, OFFER_CLOCK
from harness.running_services import RunningServices
from harness.verification import clocks_at_odds
from shared.db.schema import clock_anchor
from shared.playbook.ruleset.entries import Playbook

CUSTOMER = "C-7"
PROBLEM = {"occurrences": [EARLY_PROBLEM], "topics": ["infotainment"], "step": EASY_ACCESS}
SHORTER = {MESSAGE_ANSWER: {"duration": "PT30M"}, OFFER_CLOCK: {"duration": "PT10M"}}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """A message of twenty minutes ago whose problem is on offer; then the dealer promises more."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, existing=True)
    observer = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}}
    await services.post_event(customer_id=CUSTOMER, case_id="K-1", channel="message", **observer, **PROBLEM)
    await services.advance(minutes=5)
    await services.rewrite_dealer(sla=SHORTER)
    anchor = {
        "id": 1,
        "wall_clock_at": datetime.now(UTC),
        "domain_at": services.clock(),
        "rate": 1,
        "seen_at": services.clock(),
    }
    async with services.database.transaction() as connection:
        await connection.execute(insert(clock_anchor).values(anchor))


async def migrate(address: str, *options: str) -> Result:
    """The command, in a thread of its own: it has its own loop."""
    environment = {"HANDOFF_DATABASE_URL": address}
    return await asyncio.to_thread(CliRunner().invoke, cli.app, ["clocks", "migrate", *options], env=environment)


async def due(services: RunningServices) -> dict[str, timedelta]:
    """How long from the beginning the clocks of answer and offer are due."""
    rows = await services.rows(
        text("select rule, due_at - started_at as after from sla_timer where rule = any('{T-03,T-46}') and cycle = 1")
    )
    return {row["rule"]: row["after"] for row in rows}


async def test_it_shows_what_would_change_and_writes_nothing(services: RunningServices, migrated: str) -> None:
    before = await services.rows(text("select * from sla_timer order by timer_id"))
    shown = await migrate(migrated, DEALER)
    assert shown.exit_code == 0, shown.output
    *lines, last = shown.output.splitlines()
    assert sorted(line.split()[0] for line in lines if OFFER_CLOCK not in line) == [MESSAGE_ANSWER]
    assert all(" -> " in line for line in lines)
    assert last == f"{len(lines)} clocks would change; nothing is written without --apply"
    assert await services.rows(text("select * from sla_timer order by timer_id")) == before


async def test_it_brings_clocks_tasks_and_feed_to_what_is_in_force(
    services: RunningServices, migrated: str, playbook: Playbook
) -> None:
    assert await due(services) == {MESSAGE_ANSWER: timedelta(hours=1), OFFER_CLOCK: timedelta(minutes=15)}
    applied = await migrate(migrated, DEALER, "--apply", "--json")
    *lines, last = [json.loads(line) for line in applied.output.splitlines()]
    assert last == {"clocks": len(lines), "applied": True}
    assert {line["rule"] for line in lines} == {MESSAGE_ANSWER, OFFER_CLOCK}
    assert await due(services) == {MESSAGE_ANSWER: timedelta(minutes=30), OFFER_CLOCK: timedelta(minutes=10)}
    assert {(MESSAGE_ANSWER, "corrected"), (OFFER_CLOCK, "corrected")} <= set(await services.sla_records())
    (task,) = [one for one in await services.tasks(case_id="K-1") if one["entry"] == INFOTAINMENT_TO_PRODUCT_SPECIALIST]
    first = (await services.rows(text("select due_at from task where entry = 'SA-07-01-c'")))[0]["due_at"]
    assert first == min(
        datetime.fromisoformat(timer["due_at"]) for timer in task["timers"] if timer["state"] == "running"
    )
    assert await clocks_at_odds(services, playbook) == []
    again = await migrate(migrated, DEALER, "--apply")
    assert again.output.splitlines() == ["0 clocks migrated"]


async def test_a_migrated_clock_fires_and_is_told_anew_as_one(
    services: RunningServices, migrated: str, playbook: Playbook
) -> None:
    await migrate(migrated, DEALER, "--apply")
    started = services.clock() - timedelta(minutes=5)
    tried = (started + timedelta(minutes=3)).isoformat()
    vain = {"direction": "outbound", "channel": "telephone", "kind": "update", "outcome": "no_answer", "at": tried}
    await services.contact(customer_id=CUSTOMER, case_id="K-1", **vain)
    assert (await due(services))[MESSAGE_ANSWER] == timedelta(minutes=30)
    await services.advance(minutes=5, seconds=1)
    cycles = {timer["cycle"]: timer["breached_at"] is not None for timer in await services.timers_of(OFFER_CLOCK)}
    assert cycles[1]
    await services.advance(minutes=20)
    (answer,) = await services.timers_of(MESSAGE_ANSWER)
    assert datetime.fromisoformat(answer["breached_at"]) == started + timedelta(minutes=30)
    assert datetime.fromisoformat(answer["original_due_at"]) == started + timedelta(hours=1)
    assert await clocks_at_odds(services, playbook) == []
    said = (started + timedelta(minutes=4)).isoformat()
    given = {"direction": "outbound", "channel": "email", "kind": "answer", "at": said}
    await services.contact(customer_id=CUSTOMER, case_id="K-1", **given)
    (answer,) = await services.timers_of(MESSAGE_ANSWER)
    assert (answer["state"], answer["breached_at"]) == ("completed", None)
    assert await clocks_at_odds(services, playbook) == []


async def test_a_dealer_that_is_not_there_is_said(migrated: str) -> None:
    refused = await migrate(migrated, "elsewhere")
    assert refused.exit_code == 1
    assert "there is no dealer elsewhere" in f"{refused.output}{refused.exception}"
