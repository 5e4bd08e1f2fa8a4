"""The lists of events and of suggestions, and taking a suggestion by its id."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from stage import DEALER, Stage

CUSTOMER = "C-7"
MANAGER = {"role": "sales_manager", "staff_id": "S-sales_manager"}


@pytest.fixture(autouse=True)
async def dealership(stage: Stage) -> None:
    """Open around the clock, with one customer."""
    await stage.open_dealer()
    await stage.meet(CUSTOMER, existing=True)


async def listed(stage: Stage, **filters: Any) -> list[str]:
    """The ids of the events a list shows."""
    return [event["event_id"] for event in (await stage.get("/v1/events", **filters))["items"]]


async def created(stage: Stage, **data: Any) -> str:
    """An event that makes a task."""
    observer = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    facts = {"contact": {"first_receiver": "after_sales"}, "problem": {"severity": "ordinary"}}
    more = {"occurrences": ["early_ownership_problem_reported"], "topics": ["infotainment"], "facts": facts, **data}
    return await stage.post(customer_id=CUSTOMER, step=13, observed_by=observer, **more)


async def suggested(stage: Stage, **data: Any) -> str:
    """An event of which a person may start something."""
    return await stage.post(occurrences=["sales_performance_review_due"], observed_by=MANAGER, **data)


async def test_events_come_newest_first_by_when_they_happened_and_page_by_page(stage: Stage) -> None:
    now = stage.clock()
    first = await created(stage)
    stage.clock.advance(timedelta(minutes=1))
    late = await created(stage, at=now - timedelta(hours=2))
    newest = await created(stage)
    assert await listed(stage) == [newest, first, late]
    page = await stage.get("/v1/events", limit=2)
    rest = await stage.get("/v1/events", limit=2, cursor=page["next_cursor"])
    assert [one["event_id"] for one in page["items"] + rest["items"]] == [newest, first, late]
    assert rest["next_cursor"] is None


async def test_an_event_tells_what_was_sent_and_what_became_of_it(stage: Stage) -> None:
    event_id = await created(stage, channel="message", signals=["phone_answered"])
    one = await stage.get(f"/v1/events/{event_id}")
    (same,) = (await stage.get("/v1/events", customer_id=CUSTOMER))["items"]
    assert {name: value for name, value in one.items() if name != "decisions"} == same
    assert one["decisions"]
    assert one["tasks"]
    assert (one["dealer_id"], one["customer_id"], one["step"]) == (DEALER, CUSTOMER, 13)
    assert one["observed_by"] == {"role": "service_advisor", "staff_id": "S-service_advisor"}
    assert (one["channel"], one["topics"], one["signals"]) == ("message", ["infotainment"], ["phone_answered"])
    assert {"source", "id", "time", "received_at", "state", "intent", "occurrences", "case_id"} <= one.keys()


async def test_filters_of_events(stage: Stage) -> None:
    made = await created(stage)
    case_id = (await stage.get(f"/v1/events/{made}"))["case_id"]
    stage.clock.advance(timedelta(days=1))
    offered = await suggested(stage)
    quiet = await stage.post(customer_id="C-8", step=2, observed_by={"role": "salesperson"}, intent="history")
    now = stage.clock()
    for filters, expected in (
        ({"customer_id": CUSTOMER}, [made]),
        ({"case_id": case_id}, [made]),
        ({"outcome": "created"}, [made]),
        ({"outcome": "suggested"}, [offered]),
        ({"outcome": "nothing"}, [quiet]),
        ({"state": "dead"}, []),
        ({"state": "routed,dead", "dealer_id": DEALER}, [quiet, offered, made]),
        ({"dealer_id": "nowhere"}, []),
        ({"source": "/none"}, []),
        ({"from": now.isoformat()}, [quiet, offered]),
        ({"to": now.isoformat()}, [made]),
        ({"from": "2026-11-24"}, [quiet, offered]),
        ({"to": "2026-11-23"}, [made]),
        ({"from": "2026-11-23", "to": "2026-11-24"}, [quiet, offered, made]),
    ):
        assert sorted(await listed(stage, **filters)) == sorted(expected), filters


async def test_a_day_is_the_dealers(stage: Stage) -> None:
    """Half past eleven in the evening in Lisbon is the same day there, and the next one in Moscow."""
    await stage.open_dealer("moscow-01", time_zone="Europe/Moscow")
    stage.clock.advance(timedelta(hours=13, minutes=30))
    observer = {"observed_by": {"role": "salesperson"}, "step": 2}
    here = await stage.post(**observer)
    there = await stage.post(dealer_id="moscow-01", **observer)
    assert await listed(stage, to="2026-11-23") == [here]
    assert await listed(stage, **{"from": "2026-11-24"}) == [there]


@pytest.mark.parametrize("bound", ["yesterday", "2026-13-01", "2026-11-23T10:00:00", "0001-01-01", "9999-12-31"])
async def test_a_bound_that_is_no_time(stage: Stage, bound: str) -> None:
    answer = await stage.client.get("/v1/events", params={"from": bound})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?from")


async def suggestions(stage: Stage, **filters: Any) -> list[dict[str, Any]]:
    """The suggestions a list shows."""
    return list((await stage.get("/v1/suggestions", **filters))["items"])


async def take(stage: Stage, **wish: Any) -> httpx.Response:
    """The sales manager starts a handoff."""
    body = {"dealer_id": DEALER, "staff_id": "S-sales_manager", **wish}
    answer = await stage.client.post("/v1/handoffs", json=body)
    await stage.settle()
    return answer


async def test_a_suggestion_is_listed_and_taken_once_by_its_id(stage: Stage) -> None:
    event_id = await suggested(stage)
    found = await suggestions(stage, event_id=event_id)
    assert found
    first = found[0]
    assert (first["dealer_id"], first["event_id"], first["taken_by_task"]) == (DEALER, event_id, None)
    assert first["from_role"] == "sales_manager"
    assert first["because"]
    wish = {"entry": first["entry"], "suggestion_id": first["suggestion_id"], "to_role": first["to_role"]}
    started = await take(stage, **wish)
    assert started.status_code == 201, started.text
    assert (await take(stage, **wish)).status_code == 409
    left = await suggestions(stage, event_id=event_id, taken="false")
    assert first["suggestion_id"] not in [one["suggestion_id"] for one in left]
    (taken,) = await suggestions(stage, taken="true")
    assert taken["taken_by_task"] == started.json()["task_id"]


async def test_filters_of_suggestions(stage: Stage) -> None:
    event_id = await suggested(stage)
    every = await suggestions(stage)
    assert every
    assert await suggestions(stage, role="sales_manager,back_office") == every
    assert await suggestions(stage, role="salesperson") == []
    assert await suggestions(stage, customer_id=CUSTOMER) == []
    assert await suggestions(stage, event_id=event_id, taken="false") == every
    page = await stage.get("/v1/suggestions", limit=1)
    if len(every) > 1:
        rest = await stage.get("/v1/suggestions", cursor=page["next_cursor"])
        assert page["items"] + rest["items"] == every
    await stage.post(occurrences=["sales_performance_review_due"], observed_by=MANAGER, intent="history")
    assert len(await suggestions(stage)) > len(every)
    assert await suggestions(stage, taken="false") == every


@pytest.mark.parametrize(
    "wrong", ["nonsense", "a.1.SM-01-01-a", "019ab.99999999999999999999.SM", "..", "019ab.1.SM-01-01-a"]
)
async def test_a_suggestion_nobody_made(stage: Stage, wrong: str) -> None:
    await suggested(stage)
    (first, *_) = await suggestions(stage)
    answer = await take(stage, entry=first["entry"], suggestion_id=wrong)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/suggestion_id")
    other = await take(stage, entry="IN-01", suggestion_id=first["suggestion_id"])
    assert (other.status_code, other.json()["errors"][0]["allowed"]) == (422, [first["entry"]])


async def test_an_unknown_entry_names_the_nearest(stage: Stage) -> None:
    answer = await take(stage, entry="IN-99")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["allowed"][0].startswith("IN-")
