"""What was rebuilt is what is stored; whatever is tampered with is found, whatever cannot be rebuilt is counted."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from handoff_local.cli import app as cli
from handoff_local.verify import Difference, Scope, verify
from harness.names import EASY_ACCESS, INFOTAINMENT_TO_PRODUCT_SPECIALIST, SERVICE_REQUEST_TO_SERVICE_ADVISOR
from harness.running_services import RunningServices
from shared.db.engine import Database
from shared.playbook.ruleset.entries import Playbook

CUSTOMER = "C-7"
SPECIALIST = "S-product_specialist"
OBSERVER = {"role": "salesperson", "staff_id": "S-salesperson"}
CAR = {"vin": "VIN-1", "delivered_on": "2026-10-05"}


@pytest.fixture(autouse=True)
async def matter(services: RunningServices) -> None:
    """A problem goes from sales to the specialist, who mends it; another customer's car is delivered."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, existing=True)
    await services.add_customer("C-8", vip=False)
    await services.advance(minutes=5)
    seen = {"customer_id": CUSTOMER, "observed_by": OBSERVER, "step": EASY_ACCESS, "vehicle": CAR}
    first = {"contact": {"first_receiver": "sales"}}
    await services.post_event(**seen, topics=["infotainment", "service_request"], channel="email", facts=first)
    await services.post_event(
        customer_id="C-8", observed_by=OBSERVER, occurrences=["vehicle_delivered"], step=EASY_ACCESS
    )
    await services.post_event(
        customer_id="C-8", observed_by=OBSERVER, topics=["price"], step=EASY_ACCESS, intent="history"
    )
    await services.advance(minutes=1)
    await services.act(
        (await services.task(SERVICE_REQUEST_TO_SERVICE_ADVISOR))["task_id"], "accept", "S-service_advisor"
    )
    await services.advance(minutes=1)
    task_id = (await services.task(INFOTAINMENT_TO_PRODUCT_SPECIALIST))["task_id"]
    await services.act(task_id, "accept", SPECIALIST)
    await services.advance(minutes=30)
    await services.act(task_id, "complete", SPECIALIST)
    await services.post_event(**seen, topics=["infotainment"], channel="telephone")
    await services.contact(
        customer_id=CUSTOMER, direction="outbound", channel="telephone", kind="update", outcome="spoke"
    )


Found = tuple[list[Difference], Counter[str], Counter[tuple[str, str]]]


async def look(services: RunningServices, playbook: Playbook, scope: Scope | None = None) -> Found:
    """Everything a verification finds now."""
    found: list[Difference] = []
    compared: Counter[str] = Counter()
    excused: Counter[tuple[str, str]] = Counter()
    async for verdict in verify(services.database, playbook, scope or Scope(), services.clock()):
        found += verdict.differences
        compared.update(verdict.compared)
        excused.update(verdict.excused)
    return found, compared, excused


async def tamper(owner: Database, statement: str) -> None:
    """Change what is stored behind everybody's back."""
    async with owner.transaction() as connection:
        changed = await connection.execute(text(statement))
    assert changed.rowcount > 0


async def test_what_the_services_stored_is_rebuilt(services: RunningServices, playbook: Playbook) -> None:
    """Events, a chain, a loop to close, clocks that ran out; nothing is left uncompared."""
    found, compared, excused = await look(services, playbook)
    assert found == []
    assert not excused
    assert compared["decision"] == 4
    assert min(compared[what] for what in ("task", "clock", "due time", "routing")) >= 3


A_TASK = "task_id = (select max(task_id) from task where entry = 'SA-07-01-c')"
TAMPERINGS = {
    "a task is gone": ("task", f"delete from task where {A_TASK}"),
    "a task from nothing": (
        "task",
        'insert into task select (jsonb_populate_record(t, \'{"task_id": "extra", "merge_key": "x"}\')).*'
        f" from task t where {A_TASK}",
    ),
    "a task of no case": ("task", f"update task set case_id = 'nowhere' where {A_TASK}"),
    "another receiver": ("task", f"update task set to_role = 'salesperson' where {A_TASK}"),
    "another class": ("task", f"update task set merge_key = 'x' where {A_TASK}"),
    "a mirror more": ("task", f"update task set mirrors = mirrors || '{{SP-01-01-a}}' where {A_TASK}"),
    "a step of a task's history is gone": ("task", "delete from task_event where action = 'accepted'"),
    "another holder": ("task", f"update task set assignee_id = 'S-nobody' where {A_TASK}"),
    "a holder of what nobody took": (
        "task",
        "update task set assignee_id = 'S-nobody' where assignee_id is null and status = 'offered'",
    ),
    "another taker": ("task", "update task_event set by = 'S-nobody' where action = 'accepted'"),
    "another status": ("task", f"update task set status = 'cancelled' where {A_TASK}"),
    "no reminder to close the loop": ("task", "delete from task where entry = 'CLOSE-LOOP'"),
    "another due time of a task": (
        "due time",
        "update task set due_at = due_at + interval '1 hour' where due_at is not null",
    ),
    "another due time of a clock": (
        "clock",
        "update sla_timer set due_at = due_at + interval '1 hour' where subject = 'case' and state = 'running'",
    ),
    "another start of an offer's clock": (
        "clock",
        "update sla_timer set started_at = started_at - interval '1 minute' where rule = 'T-46'",
    ),
    "a clock that never stopped": (
        "clock",
        "update sla_timer set state = 'running', running_since = started_at, stopped_at = null"
        " where rule = 'T-46' and state = 'completed'",
    ),
    "a breach that never was": (
        "clock",
        "update sla_timer set breached_at = due_at where state = 'completed' and stopped_at <= due_at",
    ),
    "a case's clock that stopped too soon": (
        "clock",
        "update sla_timer set state = 'completed', stopped_at = started_at, running_since = null"
        " where subject = 'case' and state = 'running'",
    ),
    "another start of a case's clock": (
        "clock",
        "update sla_timer set started_at = started_at - interval '1 minute' where subject = 'case'",
    ),
    "a clock withdrawn for nothing": (
        "clock",
        "update sla_timer set state = 'cancelled', stopped_at = started_at, running_since = null"
        " where subject = 'case' and state = 'running'",
    ),
    "a clock is gone": ("clock", "delete from sla_timer where subject = 'case'"),
    "an offer's clock is gone": ("clock", "delete from sla_timer where rule = 'T-46' and state = 'completed'"),
    "a clock of nothing": ("clock", "update sla_timer set case_id = 'nowhere' where subject = 'case'"),
    "nothing will fire": ("due time", "delete from timer_due"),
    "something fires too early": ("due time", "update timer_due set fire_at = fire_at - interval '1 hour'"),
    "something fires too late": ("due time", "update timer_due set fire_at = fire_at + interval '1 hour'"),
    "something fires that should not": ("due time", "update timer_due set threshold = threshold || '1'"),
    "a routing is gone": ("routing", "delete from routing where inferred"),
    "a routing of no case": ("routing", "update routing set case_id = 'nowhere' where case_id is not null"),
    "a routing of nothing": (
        "routing",
        'insert into routing select (jsonb_populate_record(r, \'{"event_id": "extra"}\')).* from routing r limit 1',
    ),
    "given up though it was routed": ("routing", "update routing set state = 'dead'"),
    "dead without a dead letter": (
        "routing",
        "update routing set state = 'dead', case_id = null, decisions = '[]', fired = '{}', occurrences = '{}'",
    ),
    "another outcome": (
        "decision",
        "update routing set decisions = jsonb_set(decisions, '{0,outcome}', '\"not_met\"')"
        " where decisions #>> '{0,outcome}' = 'created'",
    ),
    "a decision is gone": ("decision", "update routing set decisions = decisions - 0 where decisions <> '[]'"),
    "a decision too many": (
        "decision",
        "update routing set decisions = decisions || (decisions -> 0) where decisions <> '[]'",
    ),
    "decisions nobody can make out": ("case", "update routing set decisions = '[1]' where case_id is not null"),
    "decisions of another form": ("case", "update routing set decisions = '[{}]' where case_id is not null"),
    "another occurrence": ("decision", "update routing set occurrences = '{complaint_received}'"),
    "another count of what fired": ("routing", "update routing set fired = '{}' where fired <> '{}'"),
}


TAMPERED: Final = ("task", "task_event", "sla_timer", "timer_due", "routing")


@asynccontextmanager
async def put_back(owner: Database) -> AsyncIterator[None]:
    """Afterwards these tables hold what they held before."""
    await _each_tampered(owner, "create table kept_{0} as select * from {0}")
    try:
        yield
    finally:
        again = "insert into {0} overriding system value select * from kept_{0}"
        await _each_tampered(owner, "delete from {0}", again, "drop table kept_{0}")


async def _each_tampered(owner: Database, *statements: str) -> None:
    async with owner.transaction() as connection:
        # neither triggers nor references see to it: every row is as it was
        await connection.execute(text("set local session_replication_role = replica"))
        for statement in statements:
            for table in TAMPERED:
                await connection.execute(text(statement.format(table)))


async def test_whatever_is_tampered_with_is_found(
    services: RunningServices, playbook: Playbook, owner_database: Database
) -> None:
    """And named as what it is; put back, nothing is found."""
    for name, (what, statement) in TAMPERINGS.items():
        async with put_back(owner_database):
            await tamper(owner_database, statement)
            found, _, _ = await look(services, playbook)
        assert what in {one.what for one in found}, name
    found, _, _ = await look(services, playbook)
    assert found == []


async def test_what_a_changed_record_may_explain_is_no_drift(
    services: RunningServices, playbook: Playbook, owner_database: Database
) -> None:
    """It is counted with its reason."""
    # as if another profile had met another condition then
    await tamper(owner_database, TAMPERINGS["another outcome"][1])
    at = (await services.advance(minutes=1)).isoformat()
    await tamper(owner_database, f"update customer set updated_at = '{at}'")
    found, _, excused = await look(services, playbook)
    assert "decision" not in {one.what for one in found}
    assert excused["decision", "the customer's profile was changed afterwards"] >= 1


async def test_an_import_is_excused_only_where_a_case_was_there(
    services: RunningServices, playbook: Playbook, owner_database: Database
) -> None:
    """Which case an imported event met is not noted; a customer without any case had none to meet."""
    await services.post_event(
        customer_id="C-9", observed_by=OBSERVER, topics=["price"], step=EASY_ACCESS, intent="history"
    )
    taken = "update routing set decisions = decisions - 0 where customer_id = '{}' and case_id is null"
    assert (await look(services, playbook))[0] == []
    await tamper(owner_database, taken.format("C-8"))
    found, _, excused = await look(services, playbook)
    assert found == []
    assert excused["decision", "imported: the case it may have met is not noted"] == 1
    await tamper(owner_database, taken.format("C-9"))
    found, _, _ = await look(services, playbook)
    assert [one.what for one in found] == ["decision"]


async def test_another_playbook_is_no_drift(
    services: RunningServices, playbook: Playbook, owner_database: Database
) -> None:
    """What another version decided is not judged by this one; its tasks are still compared with its decisions."""
    await tamper(owner_database, "update routing set playbook_version = 'elder'")
    await tamper(
        owner_database,
        "update routing set decisions = (select coalesce(jsonb_agg(one || '{\"playbook_version\": \"elder\"}'), '[]')"
        " from jsonb_array_elements(decisions) one)",
    )
    found, _, excused = await look(services, playbook)
    assert found == []
    assert excused["decision", "routed by playbook elder"] == 4
    await tamper(owner_database, f"delete from task where {A_TASK}")
    found, _, _ = await look(services, playbook)
    assert "task" in {one.what for one in found}


async def test_what_is_on_its_way_is_not_compared(
    services: RunningServices, playbook: Playbook, owner_database: Database
) -> None:
    """The customer's events not routed yet are no drift, nor is anything else of that customer."""
    await tamper(owner_database, "delete from inbox where consumer = 'handoff-worker'")
    await tamper(owner_database, "delete from routing where inferred")
    found, _, excused = await look(services, playbook)
    assert [one for one in found if one.what == "routing"] == []
    assert excused["routing", "records of the customer are still being handled"] >= 2


async def test_a_scope_leaves_the_rest_alone(
    services: RunningServices, playbook: Playbook, owner_database: Database
) -> None:
    """Another dealer, or what was touched later."""
    await tamper(owner_database, f"delete from task where {A_TASK}")
    assert (await look(services, playbook, Scope(dealer_id="elsewhere")))[0] == []
    later = await services.advance(days=1)
    assert (await look(services, playbook, Scope(since=later)))[0] == []
    assert (await look(services, playbook))[0] != []


async def run(address: str, *options: str) -> Result:
    """The command, in a thread of its own: it has its own loop."""
    environment = {"HANDOFF_DATABASE_URL": address}
    return await asyncio.to_thread(CliRunner().invoke, cli.app, ["verify", *options], env=environment)


async def test_the_command_says_by_its_exit_code_what_it_found(migrated: str, owner_database: Database) -> None:
    """0 no drift, 1 drift, 2 not verified; what differs, a line each, then the counts."""
    clean = await run(migrated)
    assert clean.exit_code == 0, clean.output
    assert clean.output.splitlines()[-1] == "drift: 0"
    await tamper(owner_database, f"delete from task where {A_TASK}")
    drifted = await run(migrated, "--json")
    assert drifted.exit_code == 1
    *lines, last = [json.loads(line) for line in drifted.output.splitlines()]
    assert last["drift"] == len(lines) >= 1
    assert {"what", "dealer_id", "id", "stored", "rebuilt"} == lines[0].keys()
    assert (await run(migrated, "--since", "yesterday")).exit_code == 2
    unknown = await run(migrated, "--dealer", "elsewhere")
    assert (unknown.exit_code, unknown.output) == (2, "handoff: cannot verify: there is no dealer elsewhere\n")
    assert (await run("postgresql://nobody@127.0.0.1:1/nothing")).exit_code == 2
