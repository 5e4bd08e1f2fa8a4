"""The time rules that hang on dates of records: when they act, and when they do not.

The clock begins on Monday, 23 November 2026, at ten in Lisbon; the dealer opens at nine on weekdays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handoff_worker.jobs.auditor import audit
from handoff_worker.jobs.completeness import TRIGGERS, Position
from harness.dealership import DEALER
from harness.names import VISITOR_RECEIVED
from harness.people import OFFICE_HOURS
from harness.running_services import SERVICE_ADVISOR, RunningServices
from shared.db.schema import appointment, audit_finding, journey_event, sla_timer, timer_due, vehicle

Records = tuple[tuple[str, str, Mapping[str, Any]], ...]
"""Kind of record, its id, what is put."""


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """A dealer with office hours and a customer without an address."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})
    await put(services, "customers", "C-1", name="Ana Sousa")


async def put(services: RunningServices, kind: str, identity: str, /, **record: Any) -> None:
    """Put a record, and let everybody work."""
    answer = await services.client.put(f"/v1/dealers/{DEALER}/{kind}/{identity}", json=record)
    assert answer.status_code in (200, 201), answer.text
    await services.settle()


async def change(services: RunningServices, kind: str, identity: str, /, **fields: Any) -> None:
    """Change some fields of a record."""
    headers = {"content-type": "application/merge-patch+json"}
    path = f"/v1/dealers/{DEALER}/{kind}/{identity}"
    answer = await services.client.patch(path, json=fields, headers=headers)
    assert answer.status_code == 200, answer.text
    await services.settle()


async def until(services: RunningServices, text: str) -> None:
    """Let time pass up to an instant of UTC."""
    await services.advance(
        seconds=(datetime.fromisoformat(text).replace(tzinfo=UTC) - services.clock()).total_seconds()
    )


async def made(services: RunningServices, rule: str) -> list[dict[str, Any]]:
    """The events that a rule has made, the oldest first."""
    query = journey_event.select().where(journey_event.c.source == "/handoff/timers")
    rows = [dict(row) for row in await services.rows(query.order_by(journey_event.c.event_id))]
    return [row for row in rows if row["id"].partition(":")[0].partition("/")[0] == rule]


@dataclass(frozen=True)
class Case:
    """A rule, the record it acts on, the instant of UTC, what it makes and at what observer and step."""

    rule: str
    record: tuple[str, str, Mapping[str, Any]]
    acts_at: str
    occurrence: str
    observer: str
    step: int | None
    withdrawn_by: Mapping[str, Any] = field(default_factory=dict)
    """A change of the record after which it does not act."""


VEHICLE = {"customer_id": "C-1", "plate": "AA-00-BB"}
TOMORROW_WEEK = "2026-12-09T10:30:00+00:00"
CASES = [
    Case(
        "T-08",
        ("vehicles", "VIN-1", {**VEHICLE, "last_visit_on": "2026-07-01", "warranty_until": "2026-01-01"}),
        "2027-01-01T09:00",
        "service_due_soon",
        "service_advisor",
        16,
        {"warranty_until": "2027-06-01"},
    ),
    Case(
        "T-10",
        ("vehicles", "VIN-1", {**VEHICLE, "next_service_on": "2027-01-31", "warranty_until": "2028-01-01"}),
        "2026-12-31T09:00",
        "service_due_soon",
        "service_advisor",
        16,
        {"warranty_until": None},
    ),
    Case(
        "T-12",
        ("vehicles", "VIN-1", {**VEHICLE, "registered_on": "2020-02-29"}),
        "2027-02-12T09:00",  # 14 days before 28 February is a Sunday: the Friday before
        "service_crm_activity_planning_due",
        "service_advisor",
        16,
        {"registered_on": "2020-06-15"},
    ),
    Case(
        "T-14",
        ("vehicles", "VIN-1", {**VEHICLE, "registered_on": "2022-01-13"}),
        "2027-01-13T09:00",
        "service_due_soon",
        "service_advisor",
        16,
        {"registered_on": "2021-01-13"},
    ),
    Case(
        "T-19",
        ("vehicles", "VIN-1", {**VEHICLE, "purchased_on": "2026-10-31"}),
        "2026-12-31T09:00",
        "post_delivery_contact_due",
        "salesperson",
        13,
        {"purchased_on": "2025-06-30"},
    ),
    Case(
        "T-20",
        ("orders", "O-1", {"customer_id": "C-1", "kind": "vehicle", "placed_on": "2026-11-20", "status": "ordered"}),
        "2026-12-04T09:00",
        "order_status_contact_due",
        "salesperson",
        10,
        {"status": "Delivered"},
    ),
    Case(
        "T-24",
        ("appointments", "A-1", {"customer_id": "C-1", "kind": "test_drive", "starts_at": TOMORROW_WEEK}),
        "2026-12-08T09:00",
        "store_appointment_upcoming",
        "salesperson",
        6,
        {"status": "cancelled"},
    ),
    Case(
        "T-24",
        ("appointments", "A-1", {"customer_id": "C-1", "kind": "delivery", "starts_at": "2026-12-07T10:30:00+00:00"}),
        "2026-12-04T09:00",  # the day before is a Sunday: the last open day before
        "vehicle_preparation_check_due",
        "salesperson",
        11,
        {"kind": "call_back"},
    ),
    Case(
        "T-06",
        ("appointments", "A-1", {"customer_id": "C-1", "kind": "service", "starts_at": TOMORROW_WEEK}),
        "2026-12-08T09:00",
        "service_appointment_upcoming",
        "service_advisor",
        16,
        {"starts_at": "2027-12-09T10:30:00+00:00"},
    ),
    Case(
        "T-29",
        ("vehicles", "VIN-1", {**VEHICLE, "next_service_on": "2027-01-31"}),
        "2027-01-01T09:00",
        "service_due_soon",
        "service_advisor",
        16,
        {"next_service_on": "2028-01-31"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.occurrence}")
async def test_a_date_of_a_record_becomes_an_event(services: RunningServices, case: Case) -> None:
    kind, identity, record = case.record
    await put(services, kind, identity, **record)
    await until(services, (datetime.fromisoformat(case.acts_at) - timedelta(seconds=1)).isoformat())
    assert await made(services, case.rule) == []
    await services.advance(seconds=1)
    (event,) = await made(services, case.rule)
    about = (event["data"]["occurrences"], event["data"]["observed_by"], event["step"], event["customer_id"])
    assert about == ([case.occurrence], {"role": case.observer}, case.step, "C-1")
    assert event["occurred_at"] == services.clock()
    assert (await services.get(f"/v1/events/{event['event_id']}"))["state"] == "routed"
    await change(services, kind, identity, **({"plate": "BB-00-AA"} if kind == "vehicles" else {"vin": "VIN-9"}))
    await services.advance(hours=1)
    assert len(await made(services, case.rule)) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.occurrence}")
async def test_a_changed_record_withdraws_what_was_scheduled(services: RunningServices, case: Case) -> None:
    kind, identity, record = case.record
    await put(services, kind, identity, **record)
    await change(services, kind, identity, **case.withdrawn_by)
    await until(services, case.acts_at)
    await services.advance(days=3)
    assert await made(services, case.rule) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.occurrence}")
async def test_a_deleted_record_asks_for_nothing(services: RunningServices, case: Case) -> None:
    kind, identity, record = case.record
    await put(services, kind, identity, **record)
    answer = await services.client.delete(f"/v1/dealers/{DEALER}/{kind}/{identity}")
    assert answer.status_code == 204
    await until(services, case.acts_at)
    assert await made(services, case.rule) == []


SPOKEN = {"direction": "outbound", "channel": "telephone", "kind": "update", "outcome": "spoke"}


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.rule in ("T-08", "T-10", "T-14")], ids=lambda c: c.rule
)
async def test_a_contact_before_it_makes_the_call_needless(services: RunningServices, case: Case) -> None:
    kind, identity, record = case.record
    await put(services, kind, identity, **record)
    await until(services, (datetime.fromisoformat(case.acts_at) - timedelta(days=2)).isoformat())
    await services.contact(customer_id="C-1", staff_id=SERVICE_ADVISOR, **SPOKEN)
    await until(services, case.acts_at)
    assert await made(services, case.rule) == []


async def test_a_booked_appointment_makes_the_next_service_needless(services: RunningServices) -> None:
    await put(services, "vehicles", "VIN-1", **VEHICLE, next_service_on="2027-01-31")
    booked = {"customer_id": "C-1", "kind": "service", "vin": "VIN-1", "starts_at": "2027-02-03T10:00:00+00:00"}
    await put(services, "appointments", "A-1", **booked)
    await until(services, "2027-01-05T09:00")
    assert await made(services, "T-29") == []


async def test_a_recall_reaches_the_customer_once(services: RunningServices) -> None:
    await put(services, "vehicles", "VIN-1", **VEHICLE)
    await put(services, "vehicles", "VIN-1", **VEHICLE, recalls=["R-7"])
    (event,) = await made(services, "T-30")
    assert event["data"]["occurrences"] == ["recall_campaign_applies"]
    await put(services, "vehicles", "VIN-1", **VEHICLE, recalls=["R-7"], model="Fast")
    await services.advance(days=91)
    assert len(await made(services, "T-30")) == 1
    await put(services, "vehicles", "VIN-1", **VEHICLE, recalls=["R-7", "R-8"], model="Fast")
    assert [row["id"] for row in await made(services, "T-30")] == ["T-30/R-7:VIN-1:0", "T-30/R-8:VIN-1:0"]


async def test_a_recall_added_at_night_waits_for_the_morning_and_an_appointment(services: RunningServices) -> None:
    await services.advance(hours=12)
    await put(services, "vehicles", "VIN-1", **VEHICLE, recalls=["R-7"])
    await put(services, "vehicles", "VIN-2", **VEHICLE, recalls=["R-7"])
    booked = {"customer_id": "C-1", "kind": "service", "vin": "VIN-2", "starts_at": "2026-12-03T10:00:00+00:00"}
    await put(services, "appointments", "A-1", **booked)
    assert await made(services, "T-30") == []
    await services.advance(hours=11)
    assert [row["id"] for row in await made(services, "T-30")] == ["T-30/R-7:VIN-1:0"]


async def test_who_is_not_contacted_for_half_a_year_is_due_once(services: RunningServices) -> None:
    await until(services, "2027-04-23T08:00")
    (warned,) = await services.tasks(entry="T-09")
    assert (warned["kind"], warned["to_role"], warned["customer_id"]) == ("reminder", "salesperson", "C-1")
    await until(services, "2027-05-24T07:59:59")
    assert await made(services, "T-09") == []
    await services.advance(seconds=1)
    (event,) = await made(services, "T-09")
    assert (event["step"], event["data"]["occurrences"]) == (14, ["proactive_contact_due"])
    assert [row["id"] for row in await made(services, "T-34")] == ["T-34:C-1:20270223"]
    await services.advance(days=400)
    assert len(await made(services, "T-09")) == 1


async def test_the_warning_before_half_a_year_comes_once(services: RunningServices) -> None:
    """Whether it was seen to or not, other hours of the dealer and a contact of long ago bring it no second time."""
    await until(services, "2027-04-23T08:00")
    (warned,) = await services.tasks(entry="T-09")
    await services.act(warned["task_id"], "accept", "S-salesperson")
    await services.act(warned["task_id"], "complete", "S-salesperson")
    long_days = {"default": {"week": {**OFFICE_HOURS, "sat": [["09:00", "12:00"]]}}}
    record = {"name": "Lisboa Motors", "time_zone": "Europe/Lisbon", "calendars": long_days}
    assert (await services.client.put(f"/v1/dealers/{DEALER}", json=record)).status_code == 200
    await services.advance(days=1)
    await services.contact(customer_id="C-1", staff_id=SERVICE_ADVISOR, at="2025-06-30T10:00:00+00:00", **SPOKEN)
    await services.advance(days=2)
    assert [task["task_id"] for task in await services.tasks(entry="T-09")] == [warned["task_id"]]
    await services.contact(customer_id="C-1", staff_id=SERVICE_ADVISOR, **SPOKEN)
    await services.advance(days=155)
    assert len(await services.tasks(entry="T-09")) == 2


async def test_a_contact_moves_what_counts_from_contacts(services: RunningServices) -> None:
    await services.advance(days=60)
    await services.contact(customer_id="C-1", staff_id=SERVICE_ADVISOR, **SPOKEN)
    await until(services, "2027-04-22T07:59")
    assert await made(services, "T-34") == []
    await until(services, "2027-04-22T08:00")
    assert len(await made(services, "T-34")) == 1
    await until(services, "2027-07-22T07:59")
    assert await made(services, "T-09") == []
    await until(services, "2027-07-22T08:00")
    assert len(await made(services, "T-09")) == 1


async def test_two_rules_never_say_the_same_at_one_opening(services: RunningServices) -> None:
    sla = {"T-34": {"duration": "P6M"}}
    record = {"name": "Lisboa Motors", "time_zone": "Europe/Lisbon", "calendars": {"default": {"week": OFFICE_HOURS}}}
    answer = await services.client.put(f"/v1/dealers/{DEALER}", json={**record, "sla": sla})
    assert answer.status_code == 200, answer.text
    await services.advance(days=200)
    assert len(await made(services, "T-09")) == 1
    assert await made(services, "T-34") == []


async def test_feedback_is_asked_for_twice_a_year(services: RunningServices) -> None:
    asked = {"direction": "outbound", "channel": "email", "kind": "feedback_request"}
    await services.advance(days=30)
    await services.contact(customer_id="C-1", staff_id=SERVICE_ADVISOR, **asked)
    await until(services, "2027-06-23T07:59")
    assert await made(services, "T-48") == []
    await until(services, "2027-06-23T08:00")
    (event,) = await made(services, "T-48")
    assert (event["step"], event["data"]["occurrences"]) == (14, ["post_delivery_contact_due"])


async def test_a_contact_that_is_told_of_late_counts_from_when_it_was(services: RunningServices) -> None:
    await until(services, "2027-05-24T08:00")
    assert len(await made(services, "T-09")) == 1
    await services.contact(customer_id="C-1", staff_id=SERVICE_ADVISOR, at="2027-04-30T10:00:00+00:00", **SPOKEN)
    await until(services, "2027-10-29T12:00")
    assert len(await made(services, "T-09")) == 1
    await until(services, "2027-11-01T09:00")  # half a year later is a Saturday
    assert len(await made(services, "T-09")) == 2


async def test_every_record_that_should_have_a_turn_has_one(services: RunningServices) -> None:
    record = {"name": "Lisboa Motors", "time_zone": "Europe/Lisbon"}
    await services.client.put(f"/v1/dealers/{DEALER}", json=record)
    await put(services, "vehicles", "VIN-1", **VEHICLE, registered_on="2024-01-05")
    await put(services, "orders", "O-1", customer_id="C-1", kind="vehicle", placed_on="2026-11-20")
    await put(services, "appointments", "A-1", customer_id="C-1", kind="service", starts_at="2027-11-02T10:00:00+00:00")
    await put(services, "vehicles", "VIN-2", customer_id="C-1", model="Defender", purchased_on="2020-01-01")
    seen = {"customer_id": "C-9", "vehicle": {"vin": "VIN-9", "registered_on": "2024-01-05"}, "step": 12}
    await services.post_event(observed_by={"role": "salesperson"}, intent="history", **seen)
    await services.advance(days=300)
    assert await lacking(services) == {}
    async with services.database.transaction() as connection:
        await connection.execute(timer_due.delete().where(timer_due.c.threshold.in_(["T-12", "T-34", "T-15"])))
        await connection.execute(sla_timer.delete().where(sla_timer.c.rule == VISITOR_RECEIVED))
    assert await lacking(services) == {"VIN-1": ["T-12"], "C-1": ["T-34"], "A-1": ["T-23"], DEALER: ["T-15"]}
    found = await audit(services.database, services.clock(), services.clock())
    assert (found["records_without_trigger"], found["appointments_without_clock"]) == (3, 1)
    await services.client.put(f"/v1/dealers/{DEALER}", json={**record, "time_zone": "Europe/Madrid"})
    await services.settle()
    assert await lacking(services) == {}
    assert [timer["state"] for timer in await services.timers_of(VISITOR_RECEIVED)] == ["running"]


async def test_a_record_that_cannot_be_read_holds_no_other_up(services: RunningServices) -> None:
    """What an earlier version stored: its own turns stay, the others' move, and the auditor names it."""
    await put(services, "vehicles", "VIN-1", **VEHICLE, registered_on="2024-01-05")
    bad = {"customer_id": "C-1", "model": "Defender", "registered_on": "5 January"}
    for vin in ("VIN-0", "VIN-2"):
        await services.insert(vehicle, {"vin": vin, "vin_key": vin, "record": bad})
    await services.insert(appointment, {"appointment_id": "A-0", "record": {"customer_id": "C-1", "starts_at": "soon"}})
    record = {"name": "Lisboa Motors", "time_zone": "Europe/Madrid", "calendars": {"default": {"week": OFFICE_HOURS}}}
    assert (await services.client.put(f"/v1/dealers/{DEALER}", json=record)).status_code == 200
    await services.settle()
    query = select(timer_due.c.fire_at).where(timer_due.c.subject_id == "VIN-1", timer_due.c.threshold == "T-12")
    assert [row["fire_at"] for row in await services.rows(query)] == [datetime(2026, 12, 22, 8, tzinfo=UTC)]
    assert await lacking(services) == {one: ["unreadable"] for one in ("VIN-0", "VIN-2", "A-0")}


async def lacking(services: RunningServices) -> dict[str, list[str]]:
    """What is missing of which record, after two looks of the auditor."""
    for _ in range(2):
        await services.advance(minutes=5)
        await audit(services.database, services.clock(), services.clock())
    async with services.database.transaction() as connection:
        stored = await connection.scalar(select(audit_finding.c.detail).where(audit_finding.c.finding == TRIGGERS))
    found: dict[str, list[str]] = {}
    for one in Position.read(stored).lacking:
        found.setdefault(one.subject_id, []).append(one.name)
    return found
