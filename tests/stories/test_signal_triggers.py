"""What a signal sets off by itself: a season that begins has service activities planned."""

from typing import Any

import pytest

from harness.dealership import DEALER
from harness.people import OFFICE_HOURS
from harness.running_services import SERVICE_ADVISOR, RunningServices
from shared.db.schema import journey_event

OBSERVER = {"observed_by": {"role": "service_advisor", "staff_id": SERVICE_ADVISOR}}
PLANNING = "service_crm_activity_planning_due"


@pytest.fixture(autouse=True)
async def dealership(services: RunningServices) -> None:
    """A dealer with office hours, on a Monday at ten."""
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})


async def made(services: RunningServices) -> list[dict[str, Any]]:
    """The events that time rules have made."""
    query = journey_event.select().where(journey_event.c.source == "/handoff/timers")
    return [dict(row) for row in await services.rows(query)]


async def test_a_season_that_starts_has_service_activities_planned(services: RunningServices) -> None:
    await services.post_event(signals=["season_started"], **OBSERVER)
    (event,) = await made(services)
    assert event["data"]["occurrences"] == [PLANNING]
    assert event["data"]["observed_by"] == {"role": "service_advisor"}
    assert (event["customer_id"], event["intent"]) == (None, "live")
    assert (await services.get(f"/v1/events/{event['event_id']}"))["state"] == "routed"
    await services.advance(days=400)
    assert len(await made(services)) == 1


async def test_one_that_starts_in_the_night_waits_for_the_morning(services: RunningServices) -> None:
    await services.advance(hours=12)
    await services.post_event(signals=["season_started"], **OBSERVER)
    assert await made(services) == []
    await services.advance(hours=11)
    assert len(await made(services)) == 1


async def test_an_imported_season_sets_nothing_off(services: RunningServices) -> None:
    await services.post_event(signals=["season_started"], intent="history", **OBSERVER)
    await services.advance(days=2)
    assert await made(services) == []


@pytest.mark.parametrize("source", ["/handoff/timers", "/handoff", "/handoff/"])
async def test_nobody_posts_in_the_name_of_the_clock(services: RunningServices, source: str) -> None:
    event = {
        "specversion": "1.0",
        "type": "handoff.journey.step.v1",
        "source": source,
        "id": "T-17:C-1:0",
        "data": {"dealer_id": DEALER, "occurrences": [PLANNING], **OBSERVER},
    }
    headers = {"content-type": "application/cloudevents+json"}
    answer = await services.client.post("/v1/events", json=event, headers=headers)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/source"]
