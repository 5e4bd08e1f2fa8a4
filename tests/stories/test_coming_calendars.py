"""Hours that a dealer announces come into force at their time, by themselves; running clocks move by command only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from harness.dealership import DEALER
from harness.names import EARLY_PROBLEM, EASY_ACCESS, MESSAGE_ANSWER, REPAIR_VEHICLE
from harness.running_services import RunningServices
from harness.verification import clocks_at_odds
from shared.playbook.ruleset.entries import Playbook

PATH = f"/v1/dealers/{DEALER}"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
SHORT = {"week": {day: [["09:00", "17:00"]] for day in WEEKDAYS}}
LONG = {"week": {day: [["08:00", "20:00"]] for day in (*WEEKDAYS, "sat")}}
FRIDAY = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def announced(services: RunningServices) -> None:
    """On a Friday a dealer open to 17:00 announces longer hours from Saturday on; answers have ten hours."""
    await services.open_dealer()
    services.clock.advance(FRIDAY - services.clock())
    await put(services, calendars={"default": SHORT}, sla={MESSAGE_ANSWER: {"duration": "PT10H"}})
    await put(services, calendars={"default": {**LONG, "effective_from": SATURDAY.isoformat()}})


async def record(services: RunningServices) -> dict[str, Any]:
    """The dealer as the API shows it."""
    shown: dict[str, Any] = await services.get(PATH)
    return shown


async def put(services: RunningServices, **changes: Any) -> dict[str, Any]:
    """Write the dealer with some changes; answers it."""
    answer = await services.client.put(PATH, json={**await record(services), **changes})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def write(services: RunningServices) -> None:
    """A customer writes; the answer is due in ten open hours."""
    await services.add_customer("C-7", existing=True)
    observer = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}}
    said = {"occurrences": [EARLY_PROBLEM], "topics": ["infotainment"], "step": EASY_ACCESS}
    await services.post_event(customer_id="C-7", case_id="K-1", channel="message", **observer, **said)


async def due(services: RunningServices) -> datetime:
    """When the answer is due."""
    (timer,) = await services.timers_of(MESSAGE_ANSWER)
    return datetime.fromisoformat(timer["due_at"])


async def test_they_stand_beside_the_present_ones_until_then(services: RunningServices) -> None:
    shown = await record(services)
    assert shown["calendars"]["default"] == SHORT
    assert shown["calendars_next"]["default"]["week"] == LONG["week"]
    assert (await put(services))["version"] == shown["version"]
    await services.advance(hours=13, minutes=59)
    assert (await record(services))["calendars"] == shown["calendars"]
    await services.advance(minutes=1)
    after = await record(services)
    assert after["calendars"] == {"default": shown["calendars_next"]["default"]}
    assert (after["calendars_next"], after["version"]) == (None, shown["version"] + 1)


async def test_a_second_announcement_replaces_the_first_and_moves_its_time(services: RunningServices) -> None:
    sunday = SATURDAY + timedelta(days=1)
    await put(services, calendars={"default": {**LONG, "effective_from": sunday.isoformat()}})
    await services.advance(hours=14)
    assert (await record(services))["calendars"] == {"default": SHORT}
    await services.advance(hours=24)
    assert (await record(services))["calendars"]["default"]["week"] == LONG["week"]


async def test_one_that_is_called_off_never_comes(services: RunningServices) -> None:
    shown = await put(services, calendars={"default": {**SHORT, "effective_from": SATURDAY.isoformat()}})
    assert shown["calendars_next"] is None
    await services.advance(hours=40)
    assert (await record(services))["calendars"] == {"default": SHORT}


async def test_a_patch_announces_too(services: RunningServices) -> None:
    later = {"effective_from": (SATURDAY + timedelta(days=2)).isoformat(), **LONG}
    answer = await services.client.patch(
        PATH, json={"calendars": {"default": later}}, headers={"content-type": "application/merge-patch+json"}
    )
    assert answer.status_code == 200, answer.text
    await services.advance(hours=14)
    assert (await record(services))["calendars"] == {"default": SHORT}
    await services.advance(hours=48)
    assert (await record(services))["calendars"]["default"]["week"] == LONG["week"]


async def test_a_running_clock_counts_them_once_it_is_migrated(services: RunningServices, playbook: Playbook) -> None:
    """Seven hours on Friday by the old hours; the other three on Monday, or on Saturday by the new ones."""
    await write(services)
    assert await due(services) == datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    preview = await services.get(f"{PATH}/clocks/preview")
    shown = next(one for one in preview["items"] if one["rule"] == MESSAGE_ANSWER)
    saturday_morning = datetime(2026, 11, 28, 11, 0, tzinfo=UTC)
    assert datetime.fromisoformat(shown["would_be_due_at"]) == saturday_morning
    moved = await services.client.post(f"{PATH}/clocks/migrate", json={})
    assert moved.json() == preview
    assert await due(services) == saturday_morning
    assert (await services.get(f"{PATH}/clocks/preview"))["items"] == []
    assert await clocks_at_odds(services, playbook) == []
    await services.advance(hours=15)
    assert (await services.get(f"{PATH}/clocks/preview"))["items"] == []


async def test_without_the_command_it_keeps_the_hours_it_has(services: RunningServices) -> None:
    await write(services)
    before = await due(services)
    await services.advance(hours=15)
    assert await due(services) == before
    preview = await services.get(f"{PATH}/clocks/preview")
    shown = next(one for one in preview["items"] if one["rule"] == MESSAGE_ANSWER)
    assert datetime.fromisoformat(shown["due_at"]) == before
    assert datetime.fromisoformat(shown["would_be_due_at"]) == datetime(2026, 11, 28, 11, 0, tzinfo=UTC)


async def test_queued_tasks_are_offered_when_the_new_hours_open(services: RunningServices) -> None:
    """On Friday at 18:00 nobody is on shift; hours that begin at once at 19:00 bring people in."""
    tonight = FRIDAY + timedelta(hours=9)
    evening = {"week": {day: [["09:00", "23:00"]] for day in WEEKDAYS}, "effective_from": tonight.isoformat()}
    for role in ("product_specialist", "service_advisor"):
        answer = await services.client.put(f"{PATH}/staff/S-{role}", json={"name": role, "roles": [role]})
        assert answer.status_code == 200, answer.text
    await put(services, calendars={"default": evening})
    await services.advance(hours=8)
    await write(services)
    offered = {task["entry"]: task["offered_to"] for task in await services.tasks(case_id="K-1", kind="deliver")}
    assert set(offered.values()) == {None}
    await services.advance(hours=1, seconds=1)
    offered = {task["entry"]: task["offered_to"] for task in await services.tasks(case_id="K-1", kind="deliver")}
    assert None not in offered.values()


async def birthday_trigger(services: RunningServices) -> datetime:
    """When the birthday of C-8, on Monday, is acted on."""
    due = text("select fire_at from timer_due where subject_id = 'C-8' and threshold = 'T-13/birthday'")
    (row,) = await services.rows(due)
    at: datetime = row["fire_at"]
    return at


async def test_what_is_scheduled_follows_the_hours_that_are_announced(services: RunningServices) -> None:
    """At the opening of its day, called off and announced again; what was placed otherwise moves when they come."""
    await services.client.put(f"{PATH}/customers/C-8", json={"dates": {"birthday": "1980-11-30"}})
    monday = datetime(2026, 11, 30, tzinfo=UTC)
    assert await birthday_trigger(services) == monday.replace(hour=8)
    await put(services, calendars={"default": {**SHORT, "effective_from": SATURDAY.isoformat()}})
    await services.settle()
    assert await birthday_trigger(services) == monday.replace(hour=9)
    await put(services, calendars={"default": {**LONG, "effective_from": SATURDAY.isoformat()}})
    await services.settle()
    assert await birthday_trigger(services) == monday.replace(hour=8)
    async with services.database.transaction() as connection:
        await connection.execute(
            text("update timer_due set fire_at = fire_at + interval '1 h' where subject_id = 'C-8'")
        )
    await services.advance(hours=14, minutes=1)
    assert await birthday_trigger(services) == monday.replace(hour=8)
    quarter = await services.rows(text("select fire_at from timer_due where threshold = 'T-11'"))
    assert [row["fire_at"] for row in quarter] == [datetime(2027, 1, 1, 8, tzinfo=UTC)]


async def triggers_of(services: RunningServices, rule: str) -> list[tuple[int, datetime]]:
    """The triggers of a rule that are scheduled: which one, and when."""
    query = text("select cycle, fire_at from timer_due where kind = 'trigger' and threshold = :rule order by 1, 2")
    return [(row["cycle"], row["fire_at"]) for row in await services.rows(query.bindparams(rule=rule))]


async def made(services: RunningServices, rule: str) -> int:
    """How many events a rule has made."""
    query = text("select count(*) as made from journey_event where source = '/handoff/timers' and id like :id")
    return int((await services.rows(query.bindparams(id=f"{rule}:%")))[0]["made"])


ADVISOR = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": REPAIR_VEHICLE}
SALES = {"observed_by": {"role": "salesperson", "staff_id": "S-salesperson"}, "step": 9}
MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
SHORT_LATER = {**SHORT, "effective_from": SATURDAY.isoformat()}


async def test_what_counts_from_a_case_follows_the_hours_that_are_announced(services: RunningServices) -> None:
    """Two open days after an offer: with a Saturday they end on Monday evening, without it on Tuesday (T-25)."""
    await services.add_customer("C-9")
    await services.post_event(customer_id="C-9", occurrences=["offer_presented"], **SALES)
    await services.post_event(customer_id="C-9", occurrences=["vehicle_delivered"], **SALES)
    assert await triggers_of(services, "T-25") == [(0, MONDAY.replace(hour=20))]
    assert await triggers_of(services, "T-26") == [(0, MONDAY.replace(hour=8))]
    await put(services, calendars={"default": SHORT_LATER})
    await services.settle()
    assert await triggers_of(services, "T-25") == [(0, MONDAY.replace(day=1, month=12, hour=17))]
    assert await triggers_of(services, "T-26") == [(0, MONDAY.replace(hour=9))]
    await put(services, calendars={"default": {**LONG, "effective_from": SATURDAY.isoformat()}})
    await services.settle()
    assert await triggers_of(services, "T-25") == [(0, MONDAY.replace(hour=20))]
    await services.advance(days=3, hours=9, minutes=59)
    assert await made(services, "T-25") == 0
    await services.advance(minutes=2)
    assert await made(services, "T-25") == 1
    assert await triggers_of(services, "T-25") == []


async def test_the_next_turn_of_one_that_repeats_follows_them_too(services: RunningServices) -> None:
    """A repair is looked at each open day; the trigger after Saturday's is moved to the later closing of Monday."""
    await services.add_customer("C-9")
    await services.post_event(customer_id="C-9", occurrences=["repair_order_opened"], **ADVISOR)
    assert await triggers_of(services, "T-32") == [(0, SATURDAY.replace(hour=20))]
    await services.advance(hours=35)
    assert await triggers_of(services, "T-32") == [(1, MONDAY.replace(hour=20))]
    late = {"week": {day: [["09:00", "22:00"]] for day in WEEKDAYS}, "effective_from": (MONDAY).isoformat()}
    await put(services, calendars={"default": late})
    await services.settle()
    assert await triggers_of(services, "T-32") == [(1, MONDAY.replace(hour=22))]
