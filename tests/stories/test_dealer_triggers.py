"""The time rules that hang on a dealer's calendar or remind its people: quarters, the lists of the day, campaigns."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.dealership import DEALER
from harness.people import OFFICE_HOURS
from harness.running_services import SERVICE_ADVISOR, RunningServices
from shared.db.schema import journey_event

SALES_MANAGER = "S-sales_manager"
OBSERVER = {"observed_by": {"role": "service_advisor", "staff_id": SERVICE_ADVISOR}}
RECORD = {"name": "Lisboa Motors", "time_zone": "Europe/Lisbon", "calendars": {"default": {"week": OFFICE_HOURS}}}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """A dealer with office hours, put on Monday, 23 November 2026, at ten, and one customer."""
    await services.open_dealer()
    await put(services, "", **RECORD)
    await put(services, "/customers/C-1", name="Ana Sousa")


async def put(services: RunningServices, path: str, /, **record: Any) -> None:
    """Put a record, and let everybody work."""
    answer = await services.client.put(f"/v1/dealers/{DEALER}{path}", json=record)
    assert answer.status_code in (200, 201), answer.text
    await services.settle()


async def made(services: RunningServices, rule: str) -> list[dict[str, Any]]:
    """The events that a rule has made, the oldest first."""
    query = journey_event.select().where(journey_event.c.source == "/handoff/timers")
    rows = [dict(row) for row in await services.rows(query.order_by(journey_event.c.event_id))]
    return [row for row in rows if row["id"].partition(":")[0].partition("/")[0] == rule]


async def test_a_quarter_is_planned_on_its_first_open_day(services: RunningServices) -> None:
    await services.advance(days=38)
    assert await made(services, "T-11") == []
    await services.advance(days=3)
    occurrences = {event["data"]["occurrences"][0] for event in await made(services, "T-11")}
    assert occurrences == {"crm_programme_planning_due", "service_crm_activity_planning_due"}
    await services.advance(days=85)
    assert len(await made(services, "T-11")) == 2
    await services.advance(days=6)
    assert len(await made(services, "T-11")) == 4


async def test_who_plans_a_quarter_is_reminded_of_each(services: RunningServices) -> None:
    planners = {"sales_manager": SALES_MANAGER, "service_advisor": SERVICE_ADVISOR}
    await services.advance(days=38)
    assert await services.tasks(entry="T-11") == []
    await services.advance(days=3)
    reminded = {task["to_role"]: task for task in await services.tasks(entry="T-11")}
    assert {role: (task["kind"], task["customer_id"]) for role, task in reminded.items()} == dict.fromkeys(
        planners, ("reminder", None)
    )
    for role, staff_id in planners.items():
        for action in ("accept", "complete"):
            await services.act(reminded[role]["task_id"], action, staff_id)
    await services.advance(days=90)
    assert sorted(task["to_role"] for task in await services.tasks(entry="T-11")) == sorted([*planners, *planners])


async def test_a_quarter_that_nobody_planned_is_not_asked_for_twice(services: RunningServices) -> None:
    await services.advance(days=41)
    await services.advance(days=90)
    assert sorted(task["to_role"] for task in await services.tasks(entry="T-11")) == [
        "sales_manager",
        "service_advisor",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"calendars": {"default": {"week": {**OFFICE_HOURS, "sat": [["09:00", "13:00"]]}}}},
        {"time_zone": "Europe/Madrid"},
        {"sla": {"T-41": {"duration": "P10D"}}},
    ],
)
async def test_a_quarter_that_was_planned_is_not_asked_for_again(
    services: RunningServices, changes: dict[str, Any]
) -> None:
    await services.advance(days=43)
    for task in await services.tasks(entry="T-11"):
        for action in ("accept", "complete"):
            await services.act(task["task_id"], action, task["offered_to"])
    await put(services, "", **RECORD | changes)
    await services.advance(days=1)
    assert len(await services.tasks(entry="T-11")) == 2
    assert len(await made(services, "T-11")) == 2


async def test_the_workshop_day_reaches_the_salespeople_for_who_is_booked(services: RunningServices) -> None:
    booked = {"customer_id": "C-1", "kind": "service", "starts_at": "2026-11-25T14:00:00+00:00"}
    await put(services, "/appointments/A-1", **booked)
    await put(services, "/customers/C-2", name="Rui Alves")
    off = {"customer_id": "C-2", "kind": "service", "starts_at": "2026-11-25T15:00:00+00:00", "status": "cancelled"}
    await put(services, "/appointments/A-2", **off)
    await services.advance(hours=46)
    assert await made(services, "T-28") == []
    await services.advance(hours=1)
    (event,) = await made(services, "T-28")
    assert (event["customer_id"], event["step"]) == ("C-1", 16)
    assert event["data"]["occurrences"] == ["daily_workshop_schedule_published"]
    await services.advance(days=7)
    assert len(await made(services, "T-28")) == 1


async def test_the_list_of_due_customers_is_there_only_when_somebody_is_due(services: RunningServices) -> None:
    order = {"customer_id": "C-1", "kind": "vehicle", "placed_on": "2026-11-12", "status": "ordered"}
    await put(services, "/orders/O-1", **order)
    await services.advance(days=2)
    assert await services.tasks(entry="T-15") == []
    await services.advance(hours=23)
    (listed,) = await services.tasks(entry="T-15")
    assert (listed["kind"], listed["to_role"], listed["customer_id"]) == (
        "reminder",
        "client_experience_specialist",
        None,
    )
    assert (await services.get(f"/v1/tasks/{listed['task_id']}"))["packet"]["customers"] == ["C-1"]


@pytest.mark.parametrize(
    ("actions", "listed"), [([], ["C-1", "C-2"]), (["accept"], ["C-1", "C-2"]), (["accept", "complete"], ["C-2"])]
)
async def test_who_is_on_a_list_that_nobody_went_through_stays_on_it(
    services: RunningServices, actions: list[str], listed: list[str]
) -> None:
    await put(services, "/customers/C-2", name="Rui Alves")
    for customer, day in (("C-1", "10"), ("C-2", "11")):
        order = {"customer_id": customer, "kind": "vehicle", "placed_on": f"2026-11-{day}", "status": "ordered"}
        await put(services, f"/orders/O-{customer}", **order)
    await services.advance(days=1)
    (task,) = await services.tasks(entry="T-15")
    for action in actions:
        await services.act(task["task_id"], action, task["offered_to"])
    await services.advance(days=1)
    newest = max(await services.tasks(entry="T-15"), key=lambda one: str(one["created_at"]))
    assert (await services.get(f"/v1/tasks/{newest['task_id']}"))["packet"]["customers"] == listed


ORDER = {"customer_id": "C-1", "kind": "vehicle", "placed_on": "2026-11-20"}
CAR = {"customer_id": "C-1", "registered_on": "2015-03-01"}


async def add_recall(services: RunningServices) -> None:
    await put(services, "/vehicles/V-1", **CAR)
    await put(services, "/vehicles/V-1", **CAR, recalls=["R-1"])


async def change_status(services: RunningServices) -> None:
    await put(services, "/orders/O-1", **ORDER, status="ordered")
    await put(services, "/orders/O-1", **ORDER, status="in production")


async def present_offer(services: RunningServices) -> None:
    observer = {"observed_by": {"role": "salesperson", "staff_id": "S-salesperson"}}
    await services.rewrite_dealer(sla={"T-25": {"duration": "PT5H"}})
    await services.post_event(customer_id="C-1", step=9, occurrences=["offer_presented"], **observer)


@pytest.mark.parametrize("happens", [add_recall, change_status, present_offer])
async def test_who_becomes_due_in_the_course_of_a_day_is_on_the_next_list_and_on_no_other(
    services: RunningServices, happens: Callable[[RunningServices], Awaitable[None]]
) -> None:
    await services.advance(hours=1)
    await happens(services)
    await services.advance(hours=21)
    assert await services.tasks(entry="T-15") == []
    await services.advance(hours=1)
    (task,) = await services.tasks(entry="T-15")
    for action in ("accept", "complete"):
        await services.act(task["task_id"], action, task["offered_to"])
    await services.advance(days=3)
    assert len(await services.tasks(entry="T-15")) == 1


async def test_the_first_list_after_weeks_without_an_open_day_names_who_became_due_in_them(
    services: RunningServices,
) -> None:
    closed = [f"2026-{month}-{day:02}" for month, days in ((11, range(24, 31)), (12, range(1, 21))) for day in days]
    hours = {"week": OFFICE_HOURS, "exceptions": {day: [] for day in closed}}
    await put(services, "", **RECORD | {"calendars": {"default": hours}})
    await put(services, "/orders/O-1", **ORDER | {"placed_on": "2026-11-12"}, status="ordered")
    await services.advance(days=27, hours=23)
    (listed,) = await services.tasks(entry="T-15")
    assert (await services.get(f"/v1/tasks/{listed['task_id']}"))["packet"]["customers"] == ["C-1"]


async def test_the_centre_gets_the_list_where_there_is_one(services: RunningServices) -> None:
    await put(services, "", **RECORD, has_business_development_centre=True)
    order = {"customer_id": "C-1", "kind": "vehicle", "placed_on": "2026-11-10", "status": "ordered"}
    await put(services, "/orders/O-1", **order)
    await services.advance(days=1)
    (listed,) = await services.tasks(entry="T-15")
    assert listed["to_role"] == "business_development_centre"


@pytest.mark.parametrize("ready", [False, True])
async def test_the_invoice_is_to_be_ready_an_hour_before_the_customer_comes(
    services: RunningServices, ready: bool
) -> None:
    collection = {"customer_id": "C-1", "kind": "collection", "starts_at": "2026-11-24T15:00:00+00:00"}
    await put(services, "/appointments/A-1", **collection)
    if ready:
        await services.post_event(customer_id="C-1", step=17, signals=["invoice_ready"], **OBSERVER)
    await services.advance(hours=27, minutes=59)
    assert await services.tasks(entry="T-39") == []
    await services.advance(minutes=1)
    assert [task["to_role"] for task in await services.tasks(entry="T-39")] == ([] if ready else ["service_advisor"])


async def test_a_campaign_is_evaluated_after_30_days(services: RunningServices) -> None:
    await services.post_event(signals=["campaign_sent"], **OBSERVER)
    await services.advance(days=29, hours=22)
    assert await services.tasks(entry="T-41") == []
    await services.advance(hours=1)
    (asked,) = await services.tasks(entry="T-41")
    assert (asked["kind"], asked["to_role"]) == ("reminder", "client_experience_manager")


LATER_HOURS = {"default": {"week": {day: [["11:00", "16:00"]] for day in OFFICE_HOURS}}}


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"sla": {"T-41": {"duration": "P10D"}}}, "2026-12-03T09:00"),
        ({"calendars": LATER_HOURS}, "2026-12-23T11:00"),
        ({"time_zone": "Asia/Kathmandu"}, "2026-12-23T03:15"),
        ({"sla": {"T-41": {"duration": "P1M"}}, "time_zone": "America/St_Johns"}, "2026-12-23T12:30"),
    ],
)
async def test_the_evaluation_of_a_campaign_moves_with_the_dealers_times(
    services: RunningServices, changes: dict[str, Any], at: str
) -> None:
    await services.post_event(signals=["campaign_sent"], **OBSERVER)
    await put(services, "", **RECORD | changes)
    wait = datetime.fromisoformat(at).replace(tzinfo=UTC) - services.clock()
    await services.advance(seconds=wait.total_seconds() - 1)
    assert await services.tasks(entry="T-41") == []
    await services.advance(seconds=1)
    assert len(await services.tasks(entry="T-41")) == 1


async def test_a_season_that_waits_for_the_morning_waits_for_that_of_the_new_hours(services: RunningServices) -> None:
    await services.advance(hours=12)
    await services.post_event(signals=["season_started"], **OBSERVER)
    await put(services, "", **RECORD | {"calendars": LATER_HOURS})
    await services.advance(hours=12, minutes=59)
    assert await made(services, "T-17") == []
    await services.advance(minutes=1)
    assert len(await made(services, "T-17")) == 1


async def test_a_dealer_that_changes_its_times_moves_what_is_scheduled(services: RunningServices) -> None:
    order = {"customer_id": "C-1", "kind": "vehicle", "placed_on": "2026-11-20", "status": "ordered"}
    await put(services, "/orders/O-1", **order)
    await put(services, "", **{**RECORD, "time_zone": "America/New_York"}, sla={"T-20": {"duration": "P7D"}})
    await services.advance(days=4, hours=3, minutes=59)
    assert await made(services, "T-20") == []
    await services.advance(minutes=1)
    assert [event["id"] for event in await made(services, "T-20")] == ["T-20:O-1:20261127"]
    await services.advance(days=7)
    assert len(await made(services, "T-20")) == 2


async def test_another_status_of_an_order_is_told(services: RunningServices) -> None:
    order = {"customer_id": "C-1", "kind": "vehicle", "placed_on": "2026-11-20"}
    await put(services, "/orders/O-1", **order, status="ordered")
    await put(services, "/orders/O-1", **order, status="in production")
    assert [event["id"] for event in await made(services, "T-20")] == ["T-20/status:O-1:2"]
    await put(services, "/orders/O-1", **order, status="delivered")
    await services.advance(days=60)
    assert len(await made(services, "T-20")) == 1
