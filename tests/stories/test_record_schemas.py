"""What is published is what the AsyncAPI document says: the records of a dealership at work, checked one by one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

from harness.dealership import DEALER
from harness.described_records import described, published, undescribed
from harness.names import EASY_ACCESS, FORECAST, INFOTAINMENT_TO_PRODUCT_SPECIALIST
from harness.running_services import RunningServices
from shared.ids import new_id
from shared.lifecycle import Recorded
from shared.messaging import outbox
from shared.messaging.bus import CONTACT_RECORDED, JOURNEY_STEP, Record
from shared.messaging.dead_letters import DEAD_TYPE
from shared.promises.documents import PUBLISHED as PROMISES_PUBLISHED
from shared.sla.store.documents import PUBLISHED
from shared.sla.store.due_subjects import TIMER_DUE
from shared.vocabulary import BUS_TOPICS, JOURNEY_TOPIC, NOTIFICATIONS_TOPIC, SLA_TOPIC, TASKS_TOPIC

ADVISOR = "S-service_advisor"
SPECIALIST = "S-product_specialist"
PROMISED = {f"handoff.promise.{action}.v1" for action in PROMISES_PUBLISHED}
FAULT: dict[str, Any] = {
    "step": EASY_ACCESS,
    "observed_by": {"role": "service_advisor", "staff_id": ADVISOR},
    "topics": ["infotainment"],
    "channel": "message",
    "vehicle": {"vin": "V-1", "plate": "AA-00-BB", "delivered_on": "2026-10-05", "registered_on": None},
    "facts": {"contact": {"first_receiver": "after_sales"}, "order": {"promised_on": "2026-11-30"}, "claims": []},
    "intake": {"problem": "the screen restarts"},
    "note": "asked for a quick answer",
}
SPOKEN = {"direction": "outbound", "channel": "telephone", "kind": "answer", "outcome": "spoke", "staff_id": ADVISOR}


async def types(services: RunningServices, topic: str) -> set[str]:
    """The types published on a topic, every record of any topic being as described."""
    records = await published(services.database)
    assert undescribed(records) == []
    return {record.type for record in records if record.topic == topic}


async def deliver(services: RunningServices, customer_id: str) -> str:
    """A fault of the first months, which goes to the product specialist; answers the task."""
    await services.add_customer(customer_id, existing=True)
    await services.post_event(customer_id=customer_id, **FAULT)
    return str((await services.task(INFOTAINMENT_TO_PRODUCT_SPECIALIST, customer_id=customer_id))["task_id"])


async def test_an_accepted_event_is_told_without_what_is_unknown_or_personal(services: RunningServices) -> None:
    await services.open_dealer()
    await services.post_event(customer_id="C-1", **FAULT)
    await services.post_event(observed_by={"role": "sales_manager"}, occurrences=[FORECAST], intent="history")
    assert await types(services, JOURNEY_TOPIC) == {JOURNEY_STEP}
    full, bare = [record.data for record in await published(services.database) if record.topic == JOURNEY_TOPIC]
    assert full["step"] == 13
    assert not {"intake", "note"} & full.keys()
    assert set(bare) == {"dealer_id", "observed_by", "occurrences", "intent"}


async def test_a_contact_is_told_without_what_was_said(services: RunningServices) -> None:
    await services.open_dealer()
    inbound = await services.contact(customer_id="C-1", direction="inbound", channel="sms", text="When is it ready?")
    outbound = await services.contact(customer_id="C-1", text="At five.", **SPOKEN)
    assert await types(services, JOURNEY_TOPIC) == {CONTACT_RECORDED} < described(JOURNEY_TOPIC)
    first, second = [record.data for record in await published(services.database) if record.type == CONTACT_RECORDED]
    assert (first["contact_id"], first["case_id"]) == (inbound["contact_id"], inbound["case_id"])
    assert (first["direction"], first["channel"], first["kind"]) == ("inbound", "sms", None)
    assert (second["contact_id"], second["kind"], second["outcome"]) == (outbound["contact_id"], "answer", "spoke")
    assert not any("text" in data or data["automatic"] for data in (first, second))


async def test_every_change_of_a_task(services: RunningServices) -> None:
    await services.open_dealer()
    await services.add_staff("S-second", ["product_specialist"])
    done, declined, moved, given = [await deliver(services, f"C-{number}") for number in range(4)]
    await services.post_event(customer_id="C-0", **{**FAULT, "facts": {"problem": {"severity": "serious"}}})
    await services.act(done, "accept", SPECIALIST)
    await services.act(done, "wait", SPECIALIST, reason="parts")
    await services.act(done, "resume", SPECIALIST)
    await services.act(done, "complete", SPECIALIST, outcome="done")
    offered_to = (await services.get(f"/v1/tasks/{declined}"))["offered_to"]
    await services.act(declined, "decline", offered_to, reason="busy")
    await services.act(moved, "accept", SPECIALIST)
    await services.act(moved, "reassign", SPECIALIST, to_staff_id="S-second")
    await services.act(moved, "cancel", "S-sales_manager", reason="not needed")
    await services.act(given, "accept", SPECIALIST)
    await services.act(given, "reassign", SPECIALIST, to_role="workshop_manager")
    await services.post_event(observed_by={"role": "sales_manager"}, occurrences=[FORECAST])
    interact = (await services.tasks(kind="interact"))[0]
    await services.act(interact["task_id"], "acknowledge", f"S-{interact['to_role']}")
    told = {f"handoff.task.{action}.v1" for action in get_args(Recorded)}
    assert await types(services, TASKS_TOPIC) == told == described(TASKS_TOPIC)


async def test_everything_told_of_a_clock(services: RunningServices) -> None:
    await services.open_dealer()
    for customer_id in ("C-late", "C-met", "C-corrected", "C-cancelled"):
        await deliver(services, customer_id)
    given = services.clock() + timedelta(minutes=30)
    await services.contact(customer_id="C-met", **SPOKEN)
    (case,) = (await services.get(f"/v1/dealers/{DEALER}/cases", customer_id="C-cancelled"))["items"]
    closing = {"staff_id": "S-client_experience_manager", "outcome": "other"}
    answer = await services.client.post(f"/v1/dealers/{DEALER}/cases/{case['case_id']}/close", json=closing)
    assert answer.status_code == 200, answer.text
    for minutes in (50, 20, 60):
        await services.advance(minutes=minutes)
    await services.contact(customer_id="C-corrected", at=given.isoformat(), **SPOKEN)
    await services.advance(days=30)
    told = {f"handoff.sla.{action}.v1" for action in PUBLISHED} | {TIMER_DUE}
    assert await types(services, SLA_TOPIC) == told == described(SLA_TOPIC) - PROMISED


async def test_everything_told_of_a_promise(services: RunningServices) -> None:
    """Ids and instants, and none of its words."""
    await services.open_dealer()
    case = await services.contact(customer_id="C-1", direction="inbound", channel="telephone")
    about = {"dealer_id": DEALER, "customer_id": "C-1", "case_id": case["case_id"], "staff_id": ADVISOR}
    due_at = services.clock() + timedelta(hours=1)
    amount = {"kind": "cost", "text": "At most 250.", "amount": 250, "currency": "EUR"}
    made = [
        (await services.client.post("/v1/promises", json={**about, **amount, "due_at": due_at.isoformat()})).json()
        for _ in range(4)
    ]
    later = {"new_due_at": (due_at + timedelta(days=1)).isoformat()}
    for one, (action, body) in zip(made, [("keep", {}), ("move", later), ("withdraw", {})], strict=False):
        assert (await services.client.post(f"/v1/promises/{one['promise_id']}/{action}", json=body)).status_code == 200
    await services.advance(hours=1, seconds=1)
    assert {name for name in await types(services, SLA_TOPIC) if name.startswith("handoff.promise.")} == PROMISED


async def test_a_record_given_up_is_told_on_the_dead_topic(services: RunningServices) -> None:
    """One that tells of a task nobody has: the worker tries three times."""
    await services.open_dealer()
    await services.act(await deliver(services, "C-1"), "accept", SPECIALIST)
    accepted = next(record for record in await published(services.database) if record.type.endswith(".accepted.v1"))
    unknown = {**accepted.data["task"], "task_id": "nobody-has-it"}
    await publish(services, replace(accepted, id=new_id(), data={**accepted.data, "task": unknown}))
    await services.settle()
    assert await types(services, f"{TASKS_TOPIC}.dead") == {DEAD_TYPE}
    assert {kind for topic in BUS_TOPICS for kind in described(f"{topic}.dead")} == {DEAD_TYPE}
    (dead,) = [record for record in await published(services.database) if record.type == DEAD_TYPE]
    assert dead.data["record"]["data"]["task"]["task_id"] == "nobody-has-it"


async def test_a_record_that_is_not_as_described_is_found(services: RunningServices) -> None:
    """The check itself: of each topic one record, changed."""
    await services.open_dealer()
    await deliver(services, "C-1")
    by_topic = {record.topic: record for record in await published(services.database) if record.type != TIMER_DUE}
    assert by_topic.keys() == set(BUS_TOPICS)
    clock, notice = by_topic[SLA_TOPIC], by_topic[NOTIFICATIONS_TOPIC]
    assert undescribed([replace(clock, data={**clock.data, "rule": "T-99"})])
    assert undescribed([replace(clock, data={**clock.data, "surprise": 1})])
    assert undescribed([replace(clock, key="a/b/c")])
    assert undescribed([replace(notice, data={name: notice.data[name] for name in notice.data if name != "code"})])
    assert undescribed([replace(by_topic[JOURNEY_TOPIC], event_id=None)])
    assert undescribed([replace(by_topic[TASKS_TOPIC], type="handoff.task.lost.v1")])


async def publish(services: RunningServices, record: Record) -> None:
    """Append a record as whoever changes state does."""
    async with services.database.transaction() as connection:
        await outbox.append(connection, [record])
