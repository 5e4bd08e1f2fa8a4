"""The lists of events and of suggestions, and taking a suggestion by its id."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from harness.dealership import DEALER
from harness.running_services import RunningServices

CUSTOMER = "C-7"
MANAGER = {"role": "sales_manager", "staff_id": "S-sales_manager"}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """Open around the clock, with one customer."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, existing=True)


async def listed(services: RunningServices, **filters: Any) -> list[str]:
    """The ids of the events a list shows."""
    return [event["event_id"] for event in (await services.get("/v1/events", **filters))["items"]]


async def created(services: RunningServices, **data: Any) -> str:
    """An event that makes a task."""
    observer = {"role": "service_advisor", "staff_id": "S-service_advisor"}
    facts = {"contact": {"first_receiver": "after_sales"}, "problem": {"severity": "ordinary"}}
    more = {"occurrences": ["early_ownership_problem_reported"], "topics": ["infotainment"], "facts": facts, **data}
    return await services.post_event(customer_id=CUSTOMER, step=13, observed_by=observer, **more)


async def suggested(services: RunningServices, **data: Any) -> str:
    """An event of which a person may start something."""
    return await services.post_event(occurrences=["sales_performance_review_due"], observed_by=MANAGER, **data)


async def test_events_come_newest_first_by_when_they_happened_and_page_by_page(services: RunningServices) -> None:
    now = services.clock()
    first = await created(services)
    services.clock.advance(timedelta(minutes=1))
    late = await created(services, at=now - timedelta(hours=2))
    newest = await created(services)
    assert await listed(services) == [newest, first, late]
    page = await services.get("/v1/events", limit=2)
    rest = await services.get("/v1/events", limit=2, cursor=page["next_cursor"])
    assert [one["event_id"] for one in page["items"] + rest["items"]] == [newest, first, late]
    assert rest["next_cursor"] is None


async def test_an_event_tells_what_was_sent_and_what_became_of_it(services: RunningServices) -> None:
    event_id = await created(services, channel="message", signals=["phone_answered"])
    one = await services.get(f"/v1/events/{event_id}")
    (same,) = (await services.get("/v1/events", customer_id=CUSTOMER))["items"]
    assert {name: value for name, value in one.items() if name != "decisions"} == same
    assert one["decisions"]
    assert one["tasks"]
    assert (one["dealer_id"], one["customer_id"], one["step"]) == (DEALER, CUSTOMER, 13)
    assert one["observed_by"] == {"role": "service_advisor", "staff_id": "S-service_advisor"}
    assert (one["channel"], one["topics"], one["signals"]) == ("message", ["infotainment"], ["phone_answered"])
    assert {"source", "id", "time", "received_at", "state", "intent", "occurrences", "case_id"} <= one.keys()


async def test_filters_of_events(services: RunningServices) -> None:
    made = await created(services)
    case_id = (await services.get(f"/v1/events/{made}"))["case_id"]
    services.clock.advance(timedelta(days=1))
    offered = await suggested(services)
    quiet = await services.post_event(customer_id="C-8", step=2, observed_by={"role": "salesperson"}, intent="history")
    now = services.clock()
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
        assert sorted(await listed(services, **filters)) == sorted(expected), filters


async def test_a_day_is_the_dealers(services: RunningServices) -> None:
    """Half past eleven in the evening in Lisbon is the same day there, and the next one in Moscow."""
    await replace(services, dealer_id="moscow-01").open_dealer(time_zone="Europe/Moscow")
    services.clock.advance(timedelta(hours=13, minutes=30))
    observer = {"observed_by": {"role": "salesperson"}, "step": 2}
    here = await services.post_event(**observer)
    there = await services.post_event(dealer_id="moscow-01", **observer)
    assert await listed(services, to="2026-11-23") == [here]
    assert await listed(services, **{"from": "2026-11-24"}) == [there]


@pytest.mark.parametrize("bound", ["yesterday", "2026-13-01", "2026-11-23T10:00:00", "0001-01-01", "9999-12-31"])
async def test_a_bound_that_is_no_time(services: RunningServices, bound: str) -> None:
    answer = await services.client.get("/v1/events", params={"from": bound})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?from")


async def suggestions(services: RunningServices, **filters: Any) -> list[dict[str, Any]]:
    """The suggestions a list shows."""
    return list((await services.get("/v1/suggestions", **filters))["items"])


async def take(services: RunningServices, **wish: Any) -> httpx.Response:
    """The sales manager starts a handoff."""
    body = {"dealer_id": DEALER, "staff_id": "S-sales_manager", **wish}
    answer = await services.client.post("/v1/handoffs", json=body)
    await services.settle()
    return answer


async def test_a_suggestion_is_listed_and_taken_once_by_its_id(services: RunningServices) -> None:
    event_id = await suggested(services)
    found = await suggestions(services, event_id=event_id)
    assert found
    first = found[0]
    assert (first["dealer_id"], first["event_id"], first["taken_by_task"]) == (DEALER, event_id, None)
    assert first["from_role"] == "sales_manager"
    assert first["because"]
    wish = {"entry": first["entry"], "suggestion_id": first["suggestion_id"], "to_role": first["to_role"]}
    started = await take(services, **wish)
    assert started.status_code == 201, started.text
    assert (await take(services, **wish)).status_code == 409
    left = await suggestions(services, event_id=event_id, taken="false")
    assert first["suggestion_id"] not in [one["suggestion_id"] for one in left]
    (taken,) = await suggestions(services, taken="true")
    assert taken["taken_by_task"] == started.json()["task_id"]


async def test_filters_of_suggestions(services: RunningServices) -> None:
    event_id = await suggested(services)
    every = await suggestions(services)
    assert every
    assert await suggestions(services, role="sales_manager,back_office") == every
    assert await suggestions(services, role="salesperson") == []
    assert await suggestions(services, customer_id=CUSTOMER) == []
    assert await suggestions(services, event_id=event_id, taken="false") == every
    page = await services.get("/v1/suggestions", limit=1)
    if len(every) > 1:
        rest = await services.get("/v1/suggestions", cursor=page["next_cursor"])
        assert page["items"] + rest["items"] == every
    await services.post_event(occurrences=["sales_performance_review_due"], observed_by=MANAGER, intent="history")
    assert len(await suggestions(services)) > len(every)
    assert await suggestions(services, taken="false") == every


@pytest.mark.parametrize(
    "wrong", ["nonsense", "a.1.SM-01-01-a", "019ab.99999999999999999999.SM", "..", "019ab.1.SM-01-01-a"]
)
async def test_a_suggestion_nobody_made(services: RunningServices, wrong: str) -> None:
    await suggested(services)
    (first, *_) = await suggestions(services)
    answer = await take(services, entry=first["entry"], suggestion_id=wrong)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/suggestion_id")
    other = await take(services, entry="IN-01", suggestion_id=first["suggestion_id"])
    assert (other.status_code, other.json()["errors"][0]["allowed"]) == (422, [first["entry"]])


async def test_an_unknown_entry_names_the_nearest(services: RunningServices) -> None:
    answer = await take(services, entry="IN-99")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["allowed"][0].startswith("IN-")
