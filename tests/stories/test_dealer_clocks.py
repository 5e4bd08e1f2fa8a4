"""A dealer's own durations and calendars: those in force when a clock starts stay with it."""

from datetime import timedelta
from typing import Any

from harness.dealership import DEALER
from harness.names import (
    EARLY_PROBLEM,
    EARLY_PROBLEM_SOLUTION,
    EASY_ACCESS,
    MESSAGE_ACKNOWLEDGEMENT,
    MESSAGE_ANSWER,
    NEGATIVE_FEEDBACK_SOLUTION,
    OFFER_CLOCK,
)
from harness.people import ALL_DAY, OFFICE_HOURS
from harness.running_services import RunningServices

WORKSHOP = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in OFFICE_HOURS}
RECORD: dict[str, Any] = {
    "name": "Lisboa",
    "time_zone": "Europe/Lisbon",
    "calendars": {"default": {"week": OFFICE_HOURS}, "after_sales": {"week": WORKSHOP}},
    "role_calendar": {"service_advisor": "after_sales"},
    "sla": {
        MESSAGE_ACKNOWLEDGEMENT: {"duration": "PT5M", "calendar": "none"},
        NEGATIVE_FEEDBACK_SOLUTION: {"duration": {"days": 2, "by": "16:00"}},
        OFFER_CLOCK: {"duration": "PT30M", "calendar": "after_sales"},
    },
}
DUE = {
    MESSAGE_ACKNOWLEDGEMENT: "2026-11-23T11:35:00Z",
    MESSAGE_ANSWER: "2026-11-23T13:30:00Z",
    EARLY_PROBLEM_SOLUTION: "2026-11-25T17:00:00Z",
    NEGATIVE_FEEDBACK_SOLUTION: "2026-11-25T16:00:00Z",
    OFFER_CLOCK: "2026-11-23T12:00:00Z",
}


async def put(services: RunningServices, path: str, body: dict[str, Any]) -> None:
    """Write a record as a dealer's system does."""
    answer = await services.client.put(f"/v1/dealers/{DEALER}{path}", json=body)
    assert answer.status_code in (200, 201), answer.text


async def unhappy(services: RunningServices) -> None:
    """At half past eleven an unhappy customer writes of a problem of the first months."""
    await put(services, "", RECORD)
    for role in ("service_advisor", "product_specialist", "client_experience_manager"):
        await put(services, f"/staff/S-{role}", {"name": role, "roles": [role], "shifts": ALL_DAY})
    await put(services, "/customers/C-7", {"name": "Ana", "existing": True})
    services.clock.advance(timedelta(hours=1, minutes=30))
    await services.post_event(
        customer_id="C-7",
        channel="message",
        step=EASY_ACCESS,
        observed_by={"role": "service_advisor", "staff_id": "S-service_advisor"},
        occurrences=[EARLY_PROBLEM],
        topics=["infotainment"],
        facts={"feedback": {"sentiment": "negative", "about": ["vehicle"]}},
    )


async def due(services: RunningServices) -> dict[str, str]:
    """When each clock is due."""
    return {rule: timer["due_at"] for rule, timer in (await services.timers()).items()}


async def test_what_the_dealer_says_counts(services: RunningServices) -> None:
    """A rule's own duration and calendar, else the hours of the owner's role, breaks left out."""
    await unhappy(services)
    assert await due(services) == DUE


async def test_running_clocks_keep_the_calendar_they_started_with(services: RunningServices) -> None:
    """The dealer opens around the clock; the warning still keeps to the old hours."""
    await unhappy(services)
    await put(services, "", {**RECORD, "calendars": {"default": {"week": ALL_DAY}}, "role_calendar": {}, "sla": {}})
    assert await due(services) == DUE
    await services.advance(hours=1, minutes=44, seconds=59)
    assert (MESSAGE_ANSWER, "warning") not in await services.sla_records()
    await services.advance(seconds=1)
    assert (MESSAGE_ANSWER, "warning") in await services.sla_records()


async def test_a_record_put_back_to_an_older_state_counts_as_it_is(services: RunningServices) -> None:
    """The same version with other words, as after a restored backup."""
    await services.open_dealer(sla={MESSAGE_ANSWER: {"duration": "PT30M"}})
    await services.post_event(
        customer_id="C-1", channel="message", step=EASY_ACCESS, observed_by={"role": "service_advisor"}
    )
    assert (await services.timers())[MESSAGE_ANSWER]["due_at"] == "2026-11-23T10:30:00Z"
    await services.rewrite_dealer(sla={MESSAGE_ANSWER: {"duration": "PT45M"}})
    await services.post_event(
        customer_id="C-2", channel="message", step=EASY_ACCESS, observed_by={"role": "service_advisor"}
    )
    assert [timer["due_at"] for timer in await services.timers_of(MESSAGE_ANSWER)][1] == "2026-11-23T10:45:00Z"
