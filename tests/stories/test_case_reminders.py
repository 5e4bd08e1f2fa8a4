"""What is remembered a while after something happened in a case (T-07, T-16, T-25, T-26, T-32)."""

from typing import Any

import pytest

from harness.names import (
    CONSENT_TO_MORE_WORK,
    FIRST_IMPRESSIONS,
    OFFER_FOLLOW_UP,
    REASON_OF_ANSWER,
    REPAIR_VEHICLE,
    REPAIR_WITHOUT_NEWS,
)
from harness.people import OFFICE_HOURS
from harness.running_services import RunningServices
from harness.verification import at_odds
from shared.db.schema import journey_event
from shared.playbook.ruleset.entries import Playbook

CUSTOMER = "C-7"
ADVISOR = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}, "step": REPAIR_VEHICLE}
SALES = {"observed_by": {"role": "salesperson", "staff_id": "S-salesperson"}, "step": 9}


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """A dealer with office hours, on a Monday at ten."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})
    await services.add_customer(CUSTOMER, existing=True)


async def seen(services: RunningServices, by: dict[str, Any] = ADVISOR, **said: Any) -> str:
    """Something happens with the customer."""
    return await services.post_event(customer_id=CUSTOMER, **by, **said)


async def reminders(services: RunningServices, rule: str) -> list[dict[str, Any]]:
    """The reminders of a rule."""
    return await services.tasks(entry=rule)


async def made(services: RunningServices, rule: str) -> list[dict[str, Any]]:
    """The events that a rule has made."""
    query = journey_event.select().where(
        journey_event.c.source == "/handoff/timers", journey_event.c.id.like(f"{rule}:%")
    )
    return [dict(row) for row in await services.rows(query)]


REMINDED = {
    CONSENT_TO_MORE_WORK: ("additional_work_found", "customer_authorisation_recorded", {"hours": 4}),
    REASON_OF_ANSWER: ("service_offer_answered", "reason_recorded", {"hours": 23}),
}


@pytest.mark.parametrize("rule", REMINDED)
async def test_a_signal_nobody_answers_is_a_reminder(services: RunningServices, rule: str, playbook: Playbook) -> None:
    begins, _, after = REMINDED[rule]
    await seen(services, signals=[begins])
    await services.advance(**after, seconds=-1)
    assert await reminders(services, rule) == []
    await services.advance(seconds=1)
    (task,) = await reminders(services, rule)
    assert (task["kind"], task["to_role"], task["offered_to"]) == ("reminder", "service_advisor", "S-service_advisor")
    assert task["title"]
    await services.advance(days=10)
    assert len(await reminders(services, rule)) == 1
    assert await at_odds(services, playbook) == []


LATE = {
    CONSENT_TO_MORE_WORK: {"signals": ["additional_work_found"]},
    REASON_OF_ANSWER: {"signals": ["service_offer_answered"]},
    REPAIR_WITHOUT_NEWS: {"occurrences": ["repair_order_opened"]},
    OFFER_FOLLOW_UP: {"by": SALES, "occurrences": ["offer_presented"]},
    FIRST_IMPRESSIONS: {"by": SALES, "occurrences": ["vehicle_delivered"]},
}


@pytest.mark.parametrize("rule", LATE)
async def test_what_is_heard_of_late_and_at_night_waits_for_the_morning(services: RunningServices, rule: str) -> None:
    began = services.clock()
    await services.advance(days=8, hours=12)
    await seen(services, **LATE[rule], at=began)
    assert (await reminders(services, rule), await made(services, rule)) == ([], [])
    await services.advance(hours=11, seconds=-1)
    assert (await reminders(services, rule), await made(services, rule)) == ([], [])
    await services.advance(seconds=1)
    assert len(await reminders(services, rule)) + len(await made(services, rule)) == 1


@pytest.mark.parametrize("rule", REMINDED)
async def test_a_reminder_ends_once_it_is_answered(services: RunningServices, rule: str, playbook: Playbook) -> None:
    """By what comes after its beginning; what is heard of late, and was before it, leaves it."""
    begins, ends, after = REMINDED[rule]
    began = services.clock()
    await services.advance(minutes=1)
    await seen(services, signals=[begins])
    await services.advance(**after)
    await seen(services, signals=[ends], at=began)
    (task,) = await reminders(services, rule)
    assert task["status"] == "offered"
    await seen(services, signals=[ends])
    (task,) = await reminders(services, rule)
    assert task["status"] == "cancelled"
    (*_, last) = (await services.get(f"/v1/tasks/{task['task_id']}/history"))["items"]
    assert (last["action"], last["by"], last["reason"]) == ("cancelled", None, "not_needed")
    assert await at_odds(services, playbook) == []


@pytest.mark.parametrize("news", ["repair_status_changed", "vehicle_returned"])
async def test_a_reminder_of_a_silent_repair_ends_with_the_next_news(services: RunningServices, news: str) -> None:
    await seen(services, occurrences=["repair_order_opened"])
    await services.advance(days=2)
    (task,) = await reminders(services, REPAIR_WITHOUT_NEWS)
    await services.act(task["task_id"], "accept", "S-service_advisor")
    await seen(services, occurrences=[news])
    (task,) = await reminders(services, REPAIR_WITHOUT_NEWS)
    assert task["status"] == "cancelled"
    await services.advance(days=2)
    assert len(await reminders(services, REPAIR_WITHOUT_NEWS)) == (2 if news == "repair_status_changed" else 1)


@pytest.mark.parametrize("rule", REMINDED)
async def test_a_signal_that_is_answered_reminds_nobody(services: RunningServices, rule: str) -> None:
    begins, ends, _ = REMINDED[rule]
    await seen(services, signals=[begins])
    await services.advance(hours=1)
    await seen(services, signals=[ends])
    await services.advance(days=5)
    assert await reminders(services, rule) == []


async def test_what_is_heard_of_late_counts_when_it_was(services: RunningServices) -> None:
    """The answer was given in time, though nobody told before the time was up for another."""
    began = services.clock()
    await services.advance(hours=1)
    await seen(services, signals=["reason_recorded"])
    await seen(services, signals=["service_offer_answered"], at=began)
    await services.advance(days=5)
    assert await reminders(services, REASON_OF_ANSWER) == []


async def close(services: RunningServices) -> None:
    """The matter is closed."""
    (case,) = (await services.get("/v1/dealers/lisboa-01/cases", customer_id=CUSTOMER))["items"]
    body = {"staff_id": "S-client_experience_manager", "outcome": "satisfied"}
    answer = await services.client.post(f"/v1/dealers/lisboa-01/cases/{case['case_id']}/close", json=body)
    assert answer.status_code == 200, answer.text
    await services.settle()


@pytest.mark.parametrize("rule", REMINDED)
async def test_a_closed_case_reminds_nobody(services: RunningServices, rule: str) -> None:
    await seen(services, signals=[REMINDED[rule][0]])
    await close(services)
    await services.advance(days=5)
    assert await reminders(services, rule) == []


async def test_an_offer_is_followed_up_after_two_business_days(services: RunningServices, playbook: Playbook) -> None:
    await seen(services, SALES, occurrences=["offer_presented"])
    await services.advance(days=2, hours=8, seconds=-1)
    assert await made(services, OFFER_FOLLOW_UP) == []
    await services.advance(seconds=1)
    (event,) = await made(services, OFFER_FOLLOW_UP)
    assert event["data"]["occurrences"] == ["offer_follow_up_due"]
    assert (event["data"]["observed_by"], event["step"]) == ({"role": "salesperson"}, 9)
    (case,) = (await services.get("/v1/dealers/lisboa-01/cases", customer_id=CUSTOMER))["items"]
    assert (await services.get(f"/v1/events/{event['event_id']}"))["case_id"] == case["case_id"]
    await services.advance(days=10)
    assert len(await made(services, OFFER_FOLLOW_UP)) == 1
    assert await at_odds(services, playbook) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"occurrences": ["final_offer_accepted"]},
        {"facts": {"offer": {"accepted": False}}},
    ],
)
async def test_an_offer_that_is_answered_is_not(services: RunningServices, answer: dict[str, Any]) -> None:
    await seen(services, SALES, occurrences=["offer_presented"])
    await services.advance(hours=1)
    await seen(services, SALES, **answer)
    await services.advance(days=10)
    assert await made(services, OFFER_FOLLOW_UP) == []


async def test_a_new_offer_counts_anew(services: RunningServices) -> None:
    await seen(services, SALES, occurrences=["offer_presented"])
    await services.advance(days=1)
    await seen(services, SALES, occurrences=["offer_presented"])
    await services.advance(days=1, hours=8)
    assert await made(services, OFFER_FOLLOW_UP) == []
    await services.advance(days=1)
    assert len(await made(services, OFFER_FOLLOW_UP)) == 1


async def test_first_impressions_are_asked_for_three_days_after_the_delivery(
    services: RunningServices, playbook: Playbook
) -> None:
    await seen(services, SALES, occurrences=["vehicle_delivered"])
    await close(services)
    await services.advance(days=2, hours=22, minutes=59)
    assert await made(services, FIRST_IMPRESSIONS) == []
    await services.advance(minutes=1)
    (event,) = await made(services, FIRST_IMPRESSIONS)
    assert (event["data"]["occurrences"], event["step"]) == (["post_delivery_contact_due"], 12)
    assert await at_odds(services, playbook) == []


@pytest.mark.parametrize(
    ("contact", "asked"),
    [
        ({"channel": "email", "kind": "feedback_request"}, False),
        ({"channel": "telephone", "kind": "update", "outcome": "spoke"}, False),
        ({"channel": "telephone", "kind": "update", "outcome": "no_answer"}, True),
    ],
)
async def test_who_has_been_contacted_since_is_not_asked(
    services: RunningServices, contact: dict[str, Any], asked: bool
) -> None:
    await seen(services, SALES, occurrences=["vehicle_delivered"])
    await close(services)
    await services.advance(hours=1)
    await services.contact(customer_id=CUSTOMER, direction="outbound", **contact)
    await services.advance(days=10)
    assert bool(await made(services, FIRST_IMPRESSIONS)) == asked


async def test_a_repair_does_not_go_silent(services: RunningServices, playbook: Playbook) -> None:
    await seen(services, occurrences=["repair_order_opened"])
    await services.advance(days=1, hours=8, seconds=-1)
    assert await reminders(services, REPAIR_WITHOUT_NEWS) == []
    await services.advance(seconds=1)
    (first,) = await reminders(services, REPAIR_WITHOUT_NEWS)
    assert (first["to_role"], first["status"]) == ("service_advisor", "offered")
    for action in ("accept", "complete"):
        await services.act(first["task_id"], action, "S-service_advisor")
    await services.advance(days=1)
    assert len(await reminders(services, REPAIR_WITHOUT_NEWS)) == 2
    assert await at_odds(services, playbook) == []


async def test_each_change_of_the_repair_counts_anew_until_the_vehicle_is_returned(services: RunningServices) -> None:
    await seen(services, occurrences=["repair_order_opened"])
    for _ in range(3):
        await services.advance(days=1)
        await seen(services, occurrences=["repair_status_changed"])
    assert await reminders(services, REPAIR_WITHOUT_NEWS) == []
    await services.advance(minutes=1)
    await seen(services, occurrences=["vehicle_returned"])
    await services.advance(days=10)
    assert await reminders(services, REPAIR_WITHOUT_NEWS) == []


async def test_history_reminds_nobody(services: RunningServices) -> None:
    for by, said in (
        (ADVISOR, {"signals": ["additional_work_found", "service_offer_answered"]}),
        (ADVISOR, {"occurrences": ["repair_order_opened"]}),
        (SALES, {"occurrences": ["offer_presented", "vehicle_delivered"]}),
    ):
        await seen(services, by, intent="history", **said)
    await services.advance(days=10)
    assert await services.tasks() == []
    assert await made(services, "T") == []
