"""One clock whole: why it changed, who was told, who answered for it, how its due time came about."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from harness.dealership import DEALER
from harness.names import EARLY_PROBLEM, EASY_ACCESS, MESSAGE_ANSWER
from harness.people import OFFICE_HOURS
from harness.running_services import RunningServices

FRIDAY_EVENING = datetime(2026, 11, 27, 16, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def message(services: RunningServices) -> None:
    """A customer writes on Friday, fifty minutes before closing; the dealer answers within two open hours."""
    await services.open_dealer()
    sla = {MESSAGE_ANSWER: {"duration": "PT2H", "calendar": "default"}}
    await services.rewrite_dealer(calendars={"default": {"week": OFFICE_HOURS}}, sla=sla)
    await services.add_customer("C-7", existing=True)
    services.clock.advance(FRIDAY_EVENING - services.clock())
    observer = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}}
    said = {"occurrences": [EARLY_PROBLEM], "topics": ["infotainment"], "step": EASY_ACCESS}
    await services.post_event(customer_id="C-7", case_id="K-1", channel="message", **observer, **said)


async def clock(services: RunningServices, language: str = "en") -> dict[str, Any]:
    """The clock of the answer as the API shows it whole."""
    (timer,) = await services.timers_of(MESSAGE_ANSWER)
    answer = await services.client.get(f"/v1/sla/timers/{timer['timer_id']}", headers={"accept-language": language})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    assert {name: shown[name] for name in timer if name != "name"} == {
        name: value for name, value in timer.items() if name != "name"
    }
    return shown


async def test_its_arithmetic_and_reasons_are_in_the_readers_language(services: RunningServices) -> None:
    shown = await clock(services)
    assert shown["in_words"] == "2 h from Fri 16:10: 110 min Friday, 10 min Monday from 09:00"
    assert shown["name"] == "an inbound message is answered"
    (began,) = shown["history"]
    assert (began["at"], began["from"], began["to"], began["told"]) == (shown["started_at"], None, "running", [])
    assert began["because"].startswith("It began: ")
    russian = await clock(services, "ru")
    assert russian["in_words"].startswith("2 ч, считая с пт 16:10")
    assert russian["history"][0]["because"].startswith("Начался: ")


async def test_everybody_who_was_told_stands_at_what_they_were_told_of(services: RunningServices) -> None:
    await services.advance(minutes=95)
    services.clock.advance(timedelta(days=2))
    await services.advance(hours=16)
    shown = await clock(services)
    told = {one["action"]: one["told"] for one in shown["history"]}
    assert [one["message"] for one in told["warning"]] == ["WARNING"]
    assert {one["message"] for one in told["breached"]} == {"BREACHED"}
    stored = {one["notification_id"]: one for one in await services.notifications()}
    for one in [*told["warning"], *told["breached"]]:
        assert {name: stored[one["notification_id"]][name] for name in one} == one


async def test_open_time_is_split_by_who_answered_for_it(services: RunningServices) -> None:
    owner = (await clock(services))["owner"]
    await services.advance(minutes=30)
    moved = {"role": "client_experience_manager", "staff_id": "S-client_experience_manager"}
    answer = await services.client.post(
        f"/v1/dealers/{DEALER}/cases/K-1/owner", json={**moved, "by": "S-client_experience_manager"}
    )
    assert answer.status_code == 200, answer.text
    await services.advance(minutes=20)
    shown = await clock(services)
    assert shown["owners"] == [{**owner, "seconds": 1_800}, {**moved, "seconds": 1_200}]
    assert shown["history"][-1]["action"] == "owner_moved"


async def test_a_late_answer_of_the_log_leaves_the_pauses_it_told(services: RunningServices) -> None:
    """A contact that happened before the message is known late: the story is told again."""
    await services.advance(minutes=10)
    tried = (services.clock() - timedelta(minutes=5)).isoformat()
    call = {"direction": "outbound", "channel": "telephone", "kind": "update", "outcome": "no_answer", "at": tried}
    await services.contact(customer_id="C-7", case_id="K-1", **call)
    shown = await clock(services)
    assert shown["in_words"] == "2 h from Fri 16:10: 110 min Friday, 10 min Monday from 09:00"


async def test_a_clock_that_is_not_there_or_anothers_is_404(services: RunningServices) -> None:
    (timer,) = await services.timers_of(MESSAGE_ANSWER)
    assert (await services.client.get("/v1/sla/timers/none")).status_code == 404
    await services.client.put("/v1/dealers/porto-01", json={"name": "Porto", "time_zone": "Europe/Lisbon"})
    body = {"name": "other", "dealers": ["porto-01"], "scopes": ["ops:read"]}
    key = (await services.client.post("/v1/keys", json=body)).json()["key"]
    headers = {"authorization": f"Bearer {key}"}
    answer: httpx.Response = await services.client.get(f"/v1/sla/timers/{timer['timer_id']}", headers=headers)
    assert answer.status_code == 404
