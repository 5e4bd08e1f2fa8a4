"""The tick on the real database: what is due fires once, in order, whatever else fails."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, text

from handoff_worker.jobs.auditor import audit
from handoff_worker.jobs.operations_gauges import measure_operations
from harness.dealership import DEALER
from harness.names import MESSAGE_ACKNOWLEDGEMENT, MESSAGE_ANSWER, OFFER_CLOCK
from harness.stepped_services import SteppedServices
from harness.verification import at_odds
from notifier.timers.due_timers import fire_timers
from notifier.timers.scheduler import TimerScheduler
from shared.db.schema import sla_timer, sla_timer_event, timer_due
from shared.playbook.ruleset.loader import playbook

pytestmark = pytest.mark.database


async def running(services: SteppedServices, customers: int = 1) -> None:
    """A message of each customer: T-02, T-03 and the acceptance run."""
    await services.open_dealer()
    for number in range(customers):
        await services.add_customer(f"C-{number}", channels=[])
        await services.post_infotainment_message(customer_id=f"C-{number}")
    await services.route()
    # a new customer's dates lie far ahead; what follows is of the clocks alone
    assert (await services.tick()).claimed == 0


async def fired(services: SteppedServices, *actions: str) -> list[tuple[str, str]]:
    """Rule and action of what happened to timers, in order."""
    query = (
        select(sla_timer.c.rule, sla_timer_event.c.action)
        .join(sla_timer, sla_timer.c.timer_id == sla_timer_event.c.timer_id)
        .order_by(sla_timer_event.c.seq)
    )
    wanted = actions or ("warning", "breached", "escalated", "superseded")
    return [(row["rule"], row["action"]) for row in await services.rows(query) if row["action"] in wanted]


async def test_a_warning_fires_at_three_quarters_and_not_a_second_before(services: SteppedServices) -> None:
    await running(services)
    services.clock.advance(timedelta(minutes=7, seconds=29))
    assert (await services.tick()).claimed == 0
    assert await fired(services) == []
    services.clock.advance(timedelta(seconds=1))
    assert (await services.tick()).claimed == 1
    assert await fired(services) == [(MESSAGE_ACKNOWLEDGEMENT, "warning")]


async def test_the_breach_fires_a_second_after_it_is_due(services: SteppedServices) -> None:
    await running(services)
    services.clock.advance(timedelta(minutes=10))
    await services.tick()
    assert (MESSAGE_ACKNOWLEDGEMENT, "breached") not in await fired(services)
    services.clock.advance(timedelta(seconds=1))
    await services.tick()
    assert (MESSAGE_ACKNOWLEDGEMENT, "breached") in await fired(services)
    (timer,) = await services.rows(select(sla_timer).where(sla_timer.c.rule == MESSAGE_ACKNOWLEDGEMENT))
    assert timer["breached_at"] == timer["due_at"]
    assert timer["state"] == "running"


_UPDATED = text(
    "select pg_stat_get_xact_tuples_updated(t) as updated, pg_stat_get_xact_tuples_hot_updated(t) as in_place"
    "  from (select to_regclass('sla_timer') as t) as one"
)
"""How many rows of clocks the connection has changed, and how many of them without a write to any index."""


async def test_what_fires_leaves_the_indexes_of_clocks_as_they_are(services: SteppedServices) -> None:
    await running(services)
    (timer_id,) = [
        row["timer_id"]
        for row in await services.rows(select(sla_timer.c.timer_id).where(sla_timer.c.rule == MESSAGE_ANSWER))
    ]
    for minutes in (45, 16, 60):
        services.clock.advance(timedelta(minutes=minutes))
        async with services.database.transaction() as connection:
            before = (await connection.execute(_UPDATED)).one()
            assert len(await fire_timers(connection, [timer_id], services.clock())) == 1
            after = (await connection.execute(_UPDATED)).one()
        assert (after.updated - before.updated, after.in_place - before.in_place) == (1, 1)
    assert [action for rule, action in await fired(services) if rule == MESSAGE_ANSWER] == [
        "warning",
        "breached",
        "escalated",
    ]


async def test_of_several_overdue_only_the_highest_fires(services: SteppedServices) -> None:
    await running(services)
    services.clock.advance(timedelta(hours=2))
    await services.tick()
    both = [
        (rule, action)
        for rule in (MESSAGE_ACKNOWLEDGEMENT, MESSAGE_ANSWER, OFFER_CLOCK)
        for action in ("breached", "superseded")
    ]
    assert sorted(await fired(services)) == both


async def test_what_fired_is_told_with_it(services: SteppedServices) -> None:
    await running(services)
    services.clock.advance(timedelta(minutes=10, seconds=1))
    await services.tick()
    assert (await services.records("handoff.sla.v1"))[-1] == "breached"


async def test_a_stop_takes_away_what_was_due(services: SteppedServices) -> None:
    await running(services)
    await services.answer_customer(customer_id="C-0")
    services.clock.advance(timedelta(hours=3))
    await services.tick()
    assert [rule for rule, _ in await fired(services)] == [OFFER_CLOCK, OFFER_CLOCK]


async def test_the_table_holds_what_comes_next_alone(services: SteppedServices) -> None:
    await running(services)
    due = select(timer_due.c.subject_id, timer_due.c.threshold).where(timer_due.c.kind == "timer")
    before = await services.rows(due)
    assert {row["threshold"].partition(":")[0] for row in before} == {"warning"}
    assert len({row["subject_id"] for row in before}) == len(before)
    services.clock.advance(timedelta(minutes=50))
    await services.tick()
    assert "breach" in {row["threshold"] for row in await services.rows(due)}


async def test_a_row_that_comes_too_early_is_put_right(services: SteppedServices) -> None:
    await running(services)
    due = select(timer_due).where(timer_due.c.kind == "timer").order_by(timer_due.c.subject_id)
    before = await services.rows(due)
    async with services.database.transaction() as connection:
        early = "update timer_due set fire_at = fire_at - interval '9 days', revision = 0 where kind = 'timer'"
        await connection.execute(text(early))
    assert await services.ticker.fire_due() == len(before)
    assert await fired(services) == []
    kept = [{name: row[name] for name in ("subject_id", "threshold", "revision", "fire_at")} for row in before]
    after = await services.rows(due)
    assert [{name: row[name] for name in kept[0]} for row in after] == kept


async def test_a_timer_that_fires_keeps_one_row_whatever_stood_there(services: SteppedServices) -> None:
    await running(services)
    copy = text(
        "insert into timer_due (dealer_id, kind, subject_id, cycle, revision, threshold, fire_at)"
        " select dealer_id, kind, subject_id, cycle, revision, :threshold, fire_at + interval '9 days' from timer_due"
        "  where threshold like 'warning%'"
    )
    async with services.database.transaction() as connection:
        for threshold in ("step:1.1", "step:9.9"):
            await connection.execute(copy, {"threshold": threshold})
    services.clock.advance(timedelta(hours=1, seconds=1))
    await services.tick()
    assert [action for rule, action in await fired(services) if rule == MESSAGE_ANSWER] == ["superseded", "breached"]
    of_answers = select(sla_timer.c.timer_id).where(sla_timer.c.rule == MESSAGE_ANSWER)
    left = await services.rows(select(timer_due.c.threshold).where(timer_due.c.subject_id.in_(of_answers)))
    assert [row["threshold"] for row in left] == ["step:1.1"]


async def test_two_tickers_fire_everything_once(services: SteppedServices) -> None:
    await running(services, customers=20)
    services.clock.advance(timedelta(minutes=10, seconds=1))
    tickers = [TimerScheduler(services.database, services.clock) for _ in range(3)]
    claimed = [ticked.claimed for ticked in await asyncio.gather(*(ticker.tick() for ticker in tickers))]
    assert sum(claimed) == 20
    assert await fired(services, "breached") == [(MESSAGE_ACKNOWLEDGEMENT, "breached")] * 20


async def test_one_failing_timer_blocks_no_other(services: SteppedServices) -> None:
    await running(services, customers=3)
    async with services.database.transaction() as connection:
        broken = await connection.scalar(
            select(sla_timer.c.timer_id).where(sla_timer.c.rule == MESSAGE_ACKNOWLEDGEMENT).limit(1)
        )
        spoil = text("update sla_timer set policy_id = 'gone' where timer_id = :id")
        await connection.execute(spoil, {"id": broken})
    services.clock.advance(timedelta(minutes=10, seconds=1))
    await services.tick()
    assert await fired(services, "breached") == [(MESSAGE_ACKNOWLEDGEMENT, "breached")] * 2
    (left,) = await services.rows(
        select(timer_due.c.subject_id).where(timer_due.c.kind == "timer", timer_due.c.subject_id == broken)
    )
    assert left["subject_id"] == broken
    assert (await services.tick()).claimed == 0


async def test_a_row_that_comes_late_below_the_watermark_is_found_by_the_sweep(services: SteppedServices) -> None:
    await running(services)
    services.clock.advance(timedelta(minutes=30))
    await services.tick()
    async with services.database.transaction() as connection:
        await connection.execute(text("update timer_due set fire_at = fire_at - interval '2 hours'"))
    assert (await services.tick()).claimed == 0
    assert (await TimerScheduler(services.database, services.clock).tick()).claimed > 0


async def test_a_late_event_is_warned_of_at_the_next_tick(services: SteppedServices) -> None:
    await running(services)
    services.clock.advance(timedelta(hours=3))
    await services.tick()
    before = len(await fired(services, "warning"))
    await services.add_customer("C-late", channels=[])
    await services.post_infotainment_message(customer_id="C-late", at=services.clock() - timedelta(minutes=50))
    await services.route()
    await services.tick()
    assert (await fired(services, "warning"))[before:] == [(MESSAGE_ANSWER, "warning")]


async def test_a_tick_knows_the_next_instant(services: SteppedServices) -> None:
    await running(services)
    ticked = await services.tick()
    assert ticked.next_at == services.clock() + timedelta(minutes=7, seconds=30)
    assert not ticked.full


async def test_the_auditor_finds_what_did_not_fire_and_offers_without_a_clock(services: SteppedServices) -> None:
    await running(services)
    assert set((await audit(services.database, services.clock(), services.real())).values()) == {0}
    services.clock.advance(timedelta(hours=1))
    async with services.database.transaction() as connection:
        await connection.execute(text("delete from sla_timer where rule = 'T-46'"))
        await connection.execute(text("update outbox set wall_clock_at = wall_clock_at - interval '40 days'"))
    found = await audit(services.database, services.clock(), services.real())
    assert found["unfired_timers"] > 0
    assert found["offers_without_clock"] == 0  # looked for every five minutes
    found = await audit(services.database, services.clock(), services.real() + timedelta(minutes=5))
    assert found["offers_without_clock"] == 1
    assert found["stale_outbox"] == 1


async def test_an_open_breach_is_counted_and_the_auditor_misses_its_notice(services: SteppedServices) -> None:
    await running(services)
    services.clock.advance(timedelta(minutes=10, seconds=1))
    await services.tick()
    async with services.database.transaction() as connection:
        await connection.execute(text("update sla_timer set owner_staff_id = 'S-1' where breached_at is not null"))
    services.clock.advance(timedelta(minutes=3))
    assert (await audit(services.database, services.clock(), services.real()))["breaches_without_notice"] == 1
    await measure_operations(services.database, services.clock(), services.real())
    assert REGISTRY.get_sample_value("handoff_open_breaches", {"dealer": DEALER}) == 1


async def test_an_offer_of_a_closed_case_needs_no_clock(services: SteppedServices) -> None:
    await running(services)
    services.clock.advance(timedelta(hours=1))
    async with services.database.transaction() as connection:
        await connection.execute(text("delete from sla_timer where rule = 'T-46'"))
        await connection.execute(text("update journey_case set status = 'closed'"))
    assert (await audit(services.database, services.clock(), services.real()))["offers_without_clock"] == 0


async def test_a_clock_that_is_late_from_the_start_breaches_at_once_and_climbs_from_there(
    services: SteppedServices,
) -> None:
    await running(services)
    services.clock.advance(timedelta(hours=4))
    await services.add_customer("C-late", channels=[])
    await services.post_infotainment_message(customer_id="C-late", at=services.clock() - timedelta(hours=3))
    await services.route()
    late = select(sla_timer).where(sla_timer.c.customer_id == "C-late", sla_timer.c.rule == MESSAGE_ANSWER)
    (timer,) = await services.rows(late)
    assert timer["on_attach"]
    assert timer["breached_at"] == timer["due_at"]
    history = select(sla_timer_event.c.action).where(sla_timer_event.c.timer_id == timer["timer_id"])
    ordered = history.order_by(sla_timer_event.c.seq)
    assert [row["action"] for row in await services.rows(ordered)] == ["started", "breached"]
    services.clock.advance(timedelta(minutes=59, seconds=59))
    await services.tick()
    assert [row["action"] for row in await services.rows(ordered)] == ["started", "breached"]
    services.clock.advance(timedelta(seconds=1))
    await services.tick()
    assert [row["action"] for row in await services.rows(ordered)] == ["started", "breached", "escalated"]


async def test_a_verification_finds_nothing_wrong_until_the_worker_has_answered_a_breach(
    services: SteppedServices,
) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[])
    await services.post_infotainment_message(channel="in_person")
    await services.settle()
    services.clock.advance(timedelta(days=1))
    await services.tick()
    assert await fired(services, "breached") == [(OFFER_CLOCK, "breached")]
    assert await at_odds(services, playbook()) == []
    await services.settle()
    assert await at_odds(services, playbook()) == []
