"""What operations see of a working dealership: clocks, promises kept, coverage, foresight, the customer's journey."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from handoff_worker.jobs.auditor import audit
from harness.dealership import DEALER
from harness.names import (
    EARLY_PROBLEM,
    EARLY_PROBLEM_SOLUTION,
    INFOTAINMENT_TO_PRODUCT_SPECIALIST,
    MESSAGE_ACKNOWLEDGEMENT,
    MESSAGE_ANSWER,
    OFFER_CLOCK,
)
from harness.running_services import FAULT, RunningServices
from shared.clock import real_now
from shared.db.schema import task_source

pytestmark = pytest.mark.database


def as_event(data: dict[str, Any]) -> dict[str, Any]:
    """A CloudEvent of some data, to be explained."""
    head = {"specversion": "1.0", "type": "handoff.journey.step.v1", "source": "/test", "id": "dry"}
    return head | {"data": {"dealer_id": DEALER, **data}}


async def explain(services: RunningServices, data: dict[str, Any], language: str = "en") -> dict[str, Any]:
    """What would come of an event."""
    headers = {"accept-language": language}
    answer = await services.client.post("/v1/playbook/explain", json=as_event(data), headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def answer_by_phone(services: RunningServices) -> None:
    """The customer gets an answer, spoken."""
    said = {"direction": "outbound", "channel": "telephone", "kind": "answer", "outcome": "spoke"}
    await services.contact(customer_id="C-1", staff_id="S-service_advisor", **said)


async def summary(services: RunningServices, **query: str) -> dict[str, dict[str, Any]]:
    """The summary's items by key."""
    return {item["key"]: item for item in (await services.get("/v1/sla/summary", dealer_id=DEALER, **query))["items"]}


async def test_promises_kept_missed_and_running_are_counted_by_rule(services: RunningServices) -> None:
    await services.open_dealer()
    await services.post_event(**FAULT)
    await services.advance(minutes=20)
    await services.contact(
        customer_id="C-1",
        direction="outbound",
        channel="telephone",
        kind="answer",
        outcome="spoke",
        staff_id="S-service_advisor",
    )
    by_rule = await summary(services, by="rule")
    assert (by_rule[MESSAGE_ANSWER]["met"], by_rule[MESSAGE_ANSWER]["attainment"], by_rule[MESSAGE_ANSWER]["p50"]) == (
        1,
        1.0,
        "PT20M",
    )
    assert (by_rule[OFFER_CLOCK]["breached"], by_rule[OFFER_CLOCK]["attainment"]) == (1, 0.0)
    assert (by_rule[EARLY_PROBLEM_SOLUTION]["running"], by_rule[EARLY_PROBLEM_SOLUTION]["met"]) == (1, 0)
    assert by_rule[EARLY_PROBLEM_SOLUTION]["attainment"] is None


async def test_the_period_of_a_summary_is_that_of_the_due_time(services: RunningServices) -> None:
    await services.open_dealer()
    await services.post_event(**FAULT)
    first = (await services.timers())[MESSAGE_ANSWER]["due_at"]
    assert set(await summary(services, by="rule", **{"from": first})) == {MESSAGE_ANSWER, EARLY_PROBLEM_SOLUTION}
    assert MESSAGE_ANSWER not in await summary(services, by="rule", to=first)
    assert set(await summary(services, by="dealer")) == {DEALER}
    assert set(await summary(services, by="role")) == {"service_advisor", "product_specialist"}
    assert set(await summary(services)) == {"acknowledgement", "first_response", "resolution", "acceptance"}


async def test_a_running_clock_past_its_due_time_counts_as_breached_before_it_fires(services: RunningServices) -> None:
    await services.open_dealer()
    await services.post_event(**FAULT)
    services.clock.advance((await _until_due(services, MESSAGE_ANSWER)) * 2)
    assert (await summary(services, by="rule"))[MESSAGE_ANSWER]["breached"] == 1
    late = (await services.get("/v1/sla/timers", breached=True))["items"]
    assert MESSAGE_ANSWER in {timer["rule"] for timer in late}
    assert MESSAGE_ANSWER not in {
        timer["rule"] for timer in (await services.get("/v1/sla/timers", breached=False))["items"]
    }


async def _until_due(services: RunningServices, rule: str) -> timedelta:
    return datetime.fromisoformat((await services.timers())[rule]["due_at"]) - services.clock()


async def test_the_list_of_clocks_pages_by_due_time(services: RunningServices) -> None:
    await services.open_dealer()
    await services.post_event(**FAULT)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = await services.get("/v1/sla/timers", **query)
        seen += [timer["rule"] for timer in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [MESSAGE_ACKNOWLEDGEMENT, OFFER_CLOCK, MESSAGE_ANSWER, EARLY_PROBLEM_SOLUTION]


@pytest.mark.parametrize(
    ("path", "pointer"), [("timers?due_before=2026-11-23T10:00:00", "?due_before"), ("summary?by=x", "?by")]
)
async def test_a_question_that_makes_no_sense_is_refused(services: RunningServices, path: str, pointer: str) -> None:
    answer = await services.client.get(f"/v1/sla/{path}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_explaining_an_event_foresees_what_posting_it_does_and_stores_nothing(services: RunningServices) -> None:
    await services.open_dealer()
    foreseen = await explain(services, FAULT)
    assert await services.tasks() == []
    outcome = await services.get(f"/v1/events/{await services.post_event(**FAULT)}")
    assert [one["outcome"] for one in foreseen["decisions"]] == [one["outcome"] for one in outcome["decisions"]]
    assert foreseen["inferred"] == outcome["inferred"] == [EARLY_PROBLEM]
    assert foreseen["case_id"] is None
    again = await explain(services, FAULT)
    assert again["case_id"] == outcome["case_id"]
    assert "merged" in {one["outcome"] for one in again["decisions"]}


async def test_an_explanation_speaks_the_readers_language(services: RunningServices) -> None:
    await services.open_dealer()
    english, portuguese = (
        await explain(services, FAULT),
        await explain(services, FAULT, "pt-PT"),
    )
    assert english["decisions"][0]["because"] != portuguese["decisions"][0]["because"]


async def test_what_cannot_be_posted_cannot_be_explained(services: RunningServices) -> None:
    await services.open_dealer()
    answer = await services.client.post("/v1/playbook/explain", json=as_event({**FAULT, "topics": ["weather"]}))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/data/topics/0")
    unknown = as_event(FAULT)
    unknown["data"]["dealer_id"] = "nowhere"
    answer = await services.client.post("/v1/playbook/explain", json=unknown)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/data/dealer_id")


async def test_explaining_refuses_a_case_that_posting_would_refuse(services: RunningServices) -> None:
    await services.open_dealer()
    await services.post_event(**FAULT, case_id="matter-1")
    other = as_event({**FAULT, "customer_id": "C-2", "case_id": "matter-1"})
    answer = await services.client.post("/v1/playbook/explain", json=other)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/data/case_id")


async def test_the_case_an_import_names_counts_as_little_foreseen_as_posted(services: RunningServices) -> None:
    await services.open_dealer()
    await services.post_event(**FAULT, case_id="matter-1")
    imported = {**FAULT, "vehicle": {"vin": "V-2"}, "case_id": "matter-1", "intent": "history"}
    foreseen = await explain(services, imported)
    event_id = await services.post_event(**imported)
    posted = await services.get(f"/v1/events/{event_id}")
    assert foreseen["case_id"] is None
    assert [one["outcome"] for one in foreseen["decisions"]] == [one["outcome"] for one in posted["decisions"]]


async def test_the_auditor_looks_for_tasks_of_live_events_alone(services: RunningServices) -> None:
    await services.open_dealer()
    await services.post_event(**{**FAULT, "intent": "history"})
    later = real_now() + timedelta(minutes=5)
    assert (await audit(services.database, services.clock(), later))["decisions_without_task"] == 0
    await services.post_event(**{**FAULT, "customer_id": "C-2", "vehicle": None})
    async with services.database.transaction() as connection:
        await connection.execute(task_source.delete())
    assert (await audit(services.database, services.clock(), later))["decisions_without_task"] == 1


async def test_coverage_counts_what_fired(services: RunningServices) -> None:
    await services.open_dealer()
    before = await services.get("/v1/playbook/coverage")
    assert {name: before[name] for name in ("arrows", "automatic", "manual", "executable")} == {
        "arrows": 209,
        "automatic": 172,
        "manual": 37,
        "executable": 209,
    }
    await services.post_event(**FAULT)
    await services.post_event(**{**FAULT, "customer_id": "C-2", "vehicle": None, "intent": "history"})
    await services.post_event(
        customer_id="C-3", step=5, observed_by={"role": "back_office"}, topics=["finance"], channel="email"
    )
    after = await services.get("/v1/playbook/coverage", dealer_id=DEALER)
    assert after["fired"] == {INFOTAINMENT_TO_PRODUCT_SPECIALIST: 1}
    assert after["implied"] == {"IN-08": 1}
    assert (await services.get("/v1/playbook/coverage", dealer_id="elsewhere"))["fired"] == {}


async def test_entries_are_listed_with_their_citation(services: RunningServices) -> None:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while not found or cursor:
        page = await services.get("/v1/playbook/entries", limit=200, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
    assert len({entry["entry"] for entry in found}) == len(found)
    assert sum(entry["family"] == "arrow" for entry in found) == 209
    one = await services.get("/v1/playbook/entries/SA-07-01-c")
    assert one in found
    assert (one["source"], one["to_roles"], one["activation"]) == ("001:1705", ["product_specialist"], "automatic")
    assert (await services.client.get("/v1/playbook/entries/XX-1")).status_code == 404


async def test_a_journey_tells_its_steps_in_order_with_what_followed(services: RunningServices) -> None:
    await services.open_dealer()
    await services.add_customer("C-1", name="Ana")
    event_id = await services.post_event(**FAULT)
    await services.contact(
        customer_id="C-1",
        direction="outbound",
        channel="telephone",
        kind="answer",
        outcome="spoke",
        staff_id="S-service_advisor",
    )
    services.clock.advance(timedelta(days=-30))
    earlier = await services.post_event(**{**FAULT, "step": 11, "topics": [], "vehicle": None, "intent": "history"})
    journey = await services.get(f"/v1/dealers/{DEALER}/customers/C-1/journey")
    assert [step["event_id"] for step in journey["steps"]] == [earlier, event_id]
    fault = journey["steps"][1]
    assert (fault["step"], fault["step_id"], fault["phase"]) == (13, "easy_access_ongoing_support", "enjoy")
    assert [handoff["entry"] for handoff in fault["handoffs"]] == [INFOTAINMENT_TO_PRODUCT_SPECIALIST]
    assert {timer["rule"] for timer in fault["timers"]} == {
        MESSAGE_ACKNOWLEDGEMENT,
        MESSAGE_ANSWER,
        EARLY_PROBLEM_SOLUTION,
        OFFER_CLOCK,
    }
    assert [contact["kind"] for contact in fault["contacts"]] == ["answer"]
    assert (await services.client.get(f"/v1/dealers/{DEALER}/customers/C-9/journey")).status_code == 404
