"""What operations see of a working dealership: clocks, promises kept, coverage, foresight, the customer's journey."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from stage import DEALER, Stage

pytestmark = pytest.mark.database

FAULT: dict[str, Any] = {
    "customer_id": "C-1",
    "step": 13,
    "observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"},
    "topics": ["infotainment"],
    "channel": "message",
    "vehicle": {"vin": "V-1", "delivered_on": "2026-10-05"},
    "facts": {"contact": {"first_receiver": "after_sales"}},
}


def as_event(data: dict[str, Any]) -> dict[str, Any]:
    """A CloudEvent of some data, to be explained."""
    head = {"specversion": "1.0", "type": "handoff.journey.step.v1", "source": "/test", "id": "dry"}
    return head | {"data": {"dealer_id": DEALER, **data}}


async def explain(stage: Stage, data: dict[str, Any], language: str = "en") -> dict[str, Any]:
    """What would come of an event."""
    headers = {"accept-language": language}
    answer = await stage.client.post("/v1/playbook/explain", json=as_event(data), headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def answer_by_phone(stage: Stage) -> None:
    """The customer gets an answer, spoken."""
    said = {"direction": "outbound", "channel": "telephone", "kind": "answer", "outcome": "spoke"}
    await stage.contact(customer_id="C-1", staff_id="S-service_advisor", **said)


async def summary(stage: Stage, **query: str) -> dict[str, dict[str, Any]]:
    """The summary's items by key."""
    return {item["key"]: item for item in (await stage.get("/v1/sla/summary", dealer_id=DEALER, **query))["items"]}


async def test_promises_kept_missed_and_running_are_counted_by_rule(stage: Stage) -> None:
    await stage.open_dealer()
    await stage.post(**FAULT)
    await stage.advance(minutes=20)
    await stage.contact(
        customer_id="C-1",
        direction="outbound",
        channel="telephone",
        kind="answer",
        outcome="spoke",
        staff_id="S-service_advisor",
    )
    by_rule = await summary(stage, by="rule")
    assert (by_rule["T-03"]["met"], by_rule["T-03"]["attainment"], by_rule["T-03"]["p50"]) == (1, 1.0, "PT20M")
    assert (by_rule["T-46"]["breached"], by_rule["T-46"]["attainment"]) == (1, 0.0)
    assert (by_rule["T-27"]["running"], by_rule["T-27"]["met"]) == (1, 0)
    assert by_rule["T-27"]["attainment"] is None


async def test_the_period_of_a_summary_is_that_of_the_due_time(stage: Stage) -> None:
    await stage.open_dealer()
    await stage.post(**FAULT)
    first = (await stage.timers())["T-03"]["due_at"]
    assert set(await summary(stage, by="rule", **{"from": first})) == {"T-03", "T-27"}
    assert "T-03" not in await summary(stage, by="rule", to=first)
    assert set(await summary(stage, by="dealer")) == {DEALER}
    assert set(await summary(stage, by="role")) == {"service_advisor", "product_specialist"}
    assert set(await summary(stage)) == {"acknowledgement", "first_response", "resolution", "acceptance"}


async def test_a_running_clock_past_its_due_time_counts_as_breached_before_it_fires(stage: Stage) -> None:
    await stage.open_dealer()
    await stage.post(**FAULT)
    stage.clock.advance((await _until_due(stage, "T-03")) * 2)
    assert (await summary(stage, by="rule"))["T-03"]["breached"] == 1
    late = (await stage.get("/v1/sla/timers", breached=True))["items"]
    assert "T-03" in {timer["rule"] for timer in late}
    assert "T-03" not in {timer["rule"] for timer in (await stage.get("/v1/sla/timers", breached=False))["items"]}


async def _until_due(stage: Stage, rule: str) -> timedelta:
    return datetime.fromisoformat((await stage.timers())[rule]["due_at"]) - stage.clock()


async def test_the_list_of_clocks_pages_by_due_time(stage: Stage) -> None:
    await stage.open_dealer()
    await stage.post(**FAULT)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = await stage.get("/v1/sla/timers", **query)
        seen += [timer["rule"] for timer in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == ["T-02", "T-46", "T-03", "T-27"]


@pytest.mark.parametrize(
    ("path", "pointer"), [("timers?due_before=2026-11-23T10:00:00", "?due_before"), ("summary?by=x", "?by")]
)
async def test_a_question_that_makes_no_sense_is_refused(stage: Stage, path: str, pointer: str) -> None:
    answer = await stage.client.get(f"/v1/sla/{path}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_explaining_an_event_foresees_what_posting_it_does_and_stores_nothing(stage: Stage) -> None:
    await stage.open_dealer()
    foreseen = await explain(stage, FAULT)
    assert await stage.tasks() == []
    outcome = await stage.get(f"/v1/events/{await stage.post(**FAULT)}")
    assert [one["outcome"] for one in foreseen["decisions"]] == [one["outcome"] for one in outcome["decisions"]]
    assert foreseen["inferred"] == outcome["inferred"] == ["early_ownership_problem_reported"]
    assert foreseen["case_id"] is None
    again = await explain(stage, FAULT)
    assert again["case_id"] == outcome["case_id"]
    assert "merged" in {one["outcome"] for one in again["decisions"]}


async def test_an_explanation_speaks_the_readers_language(stage: Stage) -> None:
    await stage.open_dealer()
    english, portuguese = await explain(stage, FAULT), await explain(stage, FAULT, "pt-PT")
    assert english["decisions"][0]["because"] != portuguese["decisions"][0]["because"]


async def test_what_cannot_be_posted_cannot_be_explained(stage: Stage) -> None:
    await stage.open_dealer()
    answer = await stage.client.post("/v1/playbook/explain", json=as_event({**FAULT, "topics": ["weather"]}))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/data/topics/0")
    unknown = as_event(FAULT)
    unknown["data"]["dealer_id"] = "nowhere"
    answer = await stage.client.post("/v1/playbook/explain", json=unknown)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/data/dealer_id")


async def test_explaining_refuses_a_case_that_posting_would_refuse(stage: Stage) -> None:
    await stage.open_dealer()
    await stage.post(**FAULT, case_id="matter-1")
    other = as_event({**FAULT, "customer_id": "C-2", "case_id": "matter-1"})
    answer = await stage.client.post("/v1/playbook/explain", json=other)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/data/case_id")


async def test_the_case_an_import_names_counts_as_little_foreseen_as_posted(stage: Stage) -> None:
    await stage.open_dealer()
    await stage.post(**FAULT, case_id="matter-1")
    imported = {**FAULT, "vehicle": {"vin": "V-2"}, "case_id": "matter-1", "intent": "history"}
    foreseen = await explain(stage, imported)
    event_id = await stage.post(**imported)
    posted = await stage.get(f"/v1/events/{event_id}")
    assert foreseen["case_id"] is None
    assert [one["outcome"] for one in foreseen["decisions"]] == [one["outcome"] for one in posted["decisions"]]


async def test_coverage_counts_what_fired(stage: Stage) -> None:
    await stage.open_dealer()
    before = await stage.get("/v1/playbook/coverage")
    assert {name: before[name] for name in ("arrows", "automatic", "manual", "executable")} == {
        "arrows": 209,
        "automatic": 172,
        "manual": 37,
        "executable": 209,
    }
    await stage.post(**FAULT)
    await stage.post(**{**FAULT, "customer_id": "C-2", "vehicle": None, "intent": "history"})
    await stage.post(
        customer_id="C-3", step=5, observed_by={"role": "back_office"}, topics=["finance"], channel="email"
    )
    after = await stage.get("/v1/playbook/coverage", dealer_id=DEALER)
    assert after["fired"] == {"SA-07-01-c": 1}
    assert after["implied"] == {"IN-08": 1}
    assert (await stage.get("/v1/playbook/coverage", dealer_id="elsewhere"))["fired"] == {}


async def test_entries_are_listed_with_their_citation(stage: Stage) -> None:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while not found or cursor:
        page = await stage.get("/v1/playbook/entries", limit=200, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
    assert len({entry["entry"] for entry in found}) == len(found)
    assert sum(entry["family"] == "arrow" for entry in found) == 209
    one = await stage.get("/v1/playbook/entries/SA-07-01-c")
    assert one in found
    assert (one["source"], one["to_roles"], one["activation"]) == ("001:1705", ["product_specialist"], "automatic")
    assert (await stage.client.get("/v1/playbook/entries/XX-1")).status_code == 404


async def test_a_journey_tells_its_steps_in_order_with_what_followed(stage: Stage) -> None:
    await stage.open_dealer()
    await stage.meet("C-1", name="Ana")
    event_id = await stage.post(**FAULT)
    await stage.contact(
        customer_id="C-1",
        direction="outbound",
        channel="telephone",
        kind="answer",
        outcome="spoke",
        staff_id="S-service_advisor",
    )
    stage.clock.advance(timedelta(days=-30))
    earlier = await stage.post(**{**FAULT, "step": 11, "topics": [], "vehicle": None, "intent": "history"})
    journey = await stage.get(f"/v1/dealers/{DEALER}/customers/C-1/journey")
    assert [step["event_id"] for step in journey["steps"]] == [earlier, event_id]
    fault = journey["steps"][1]
    assert (fault["step"], fault["step_id"], fault["phase"]) == (13, "easy_access_ongoing_support", "enjoy")
    assert [handoff["entry"] for handoff in fault["handoffs"]] == ["SA-07-01-c"]
    assert {timer["rule"] for timer in fault["timers"]} == {"T-02", "T-03", "T-27", "T-46"}
    assert [contact["kind"] for contact in fault["contacts"]] == ["answer"]
    assert (await stage.client.get(f"/v1/dealers/{DEALER}/customers/C-9/journey")).status_code == 404
