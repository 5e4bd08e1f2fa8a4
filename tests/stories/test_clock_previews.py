"""Which running clocks a dealer's hours and targets would move is shown before; they move by command only."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from harness.dealership import DEALER
from harness.names import EARLY_PROBLEM, EASY_ACCESS, MESSAGE_ANSWER, OFFER_CLOCK
from harness.running_services import RunningServices
from harness.verification import clocks_at_odds
from shared.playbook.ruleset.entries import Playbook

CLOCKS = f"/v1/dealers/{DEALER}/clocks"
SHORTER = {MESSAGE_ANSWER: {"duration": "PT30M"}, OFFER_CLOCK: {"duration": "PT10M"}}


@pytest.fixture(autouse=True)
async def message(services: RunningServices) -> None:
    """A customer wrote five minutes ago of a problem that is on offer."""
    await services.open_dealer()
    await services.add_customer("C-7", existing=True)
    observer = {"observed_by": {"role": "service_advisor", "staff_id": "S-service_advisor"}}
    said = {"occurrences": [EARLY_PROBLEM], "topics": ["infotainment"], "step": EASY_ACCESS}
    await services.post_event(customer_id="C-7", case_id="K-1", channel="message", **observer, **said)
    await services.advance(minutes=5)


async def post(services: RunningServices, path: str, body: Any, status: int = 200, **params: Any) -> Any:
    """What a POST answers."""
    answer = await services.client.post(f"{CLOCKS}/{path}", json=body, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


async def document(services: RunningServices, **changes: Any) -> dict[str, Any]:
    """The dealer's document with some changes."""
    stored: dict[str, Any] = (await services.client.get(f"/v1/dealers/{DEALER}")).json()
    return stored | changes


def by_rule(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The items of an answer by rule."""
    return {item["rule"]: item for item in answer["items"]}


async def test_a_document_shows_what_it_would_move_and_stores_nothing(services: RunningServices) -> None:
    stored = await document(services)
    shown = by_rule(await post(services, "preview", {**stored, "sla": SHORTER}))
    assert shown.keys() == SHORTER.keys()
    answer = shown[MESSAGE_ANSWER]
    due, would = (datetime.fromisoformat(answer[name]) for name in ("due_at", "would_be_due_at"))
    assert due - would == timedelta(minutes=30)
    assert answer["case_id"] == "K-1"
    assert answer["task_id"] is None
    assert await document(services) == stored
    assert (await services.get(f"{CLOCKS}/preview"))["items"] == []


@pytest.mark.parametrize(("duration", "minutes"), [("PT15M", -45), ("PT61M", 1), ("PT2H", 60), ("PT1.5H", 30)])
async def test_a_target_shows_by_how_much_it_would_move_its_clock(
    services: RunningServices, duration: str, minutes: int
) -> None:
    shown = await post(services, "preview", await document(services, sla={MESSAGE_ANSWER: {"duration": duration}}))
    (clock,) = shown["items"]
    due, would = (datetime.fromisoformat(clock[name]) for name in ("due_at", "would_be_due_at"))
    assert (clock["rule"], would - due) == (MESSAGE_ANSWER, timedelta(minutes=minutes))


async def test_storing_moves_no_clock_and_migrating_moves_those_that_were_shown(
    services: RunningServices, playbook: Playbook
) -> None:
    await services.rewrite_dealer(sla=SHORTER)
    shown = await services.get(f"{CLOCKS}/preview")
    assert await post(services, "migrate", {"dry_run": True}) == shown
    assert await services.get(f"{CLOCKS}/preview") == shown
    assert await post(services, "migrate", {}) == shown
    for item in shown["items"]:
        timers = await services.timers_of(item["rule"])
        assert [one["due_at"] for one in timers if one["timer_id"] == item["timer_id"]] == [item["would_be_due_at"]]
    assert (await services.get(f"{CLOCKS}/preview"))["items"] == []
    assert (await post(services, "migrate", {}))["items"] == []
    assert await clocks_at_odds(services, playbook) == []


async def test_pages_go_on_until_nothing_is_left(services: RunningServices) -> None:
    await services.rewrite_dealer(sla=SHORTER)
    whole = (await services.get(f"{CLOCKS}/preview"))["items"]
    assert len(whole) >= 2
    first = await services.get(f"{CLOCKS}/preview", limit=1)
    rest = await services.get(f"{CLOCKS}/preview", cursor=first["next_cursor"])
    assert (first["items"] + rest["items"], rest["next_cursor"]) == (whole, None)
    moved, cursor = [], None
    for _ in whole:
        page = await post(services, "migrate", {}, limit=1, **({"cursor": cursor} if cursor else {}))
        moved, cursor = moved + page["items"], page["next_cursor"]
    assert (moved, cursor) == (whole, None)


async def test_a_paused_clock_has_no_other_due_time_yet(services: RunningServices) -> None:
    await services.post_event(
        customer_id="C-7",
        case_id="K-1",
        step=EASY_ACCESS,
        observed_by={"role": "service_advisor"},
        occurrences=[EARLY_PROBLEM],
    )
    for task in await services.tasks(case_id="K-1", kind="deliver"):
        holder = task["offered_to"]
        await services.act(task["task_id"], "accept", holder)
        await services.act(task["task_id"], "wait", holder, reason="customer")
    await services.settle()
    paused = [one["rule"] for one in (await services.timers(case_id="K-1")).values() if one["state"] == "paused"]
    assert paused
    sla = {rule: {"duration": "PT2H"} for rule in paused}
    shown = by_rule(await post(services, "preview", await document(services, sla=sla)))
    assert [shown[rule]["would_be_due_at"] for rule in paused] == [None] * len(paused)


async def test_a_document_is_checked_as_it_is_stored(services: RunningServices) -> None:
    wrong = await document(services, sla={"T-99": {}})
    refused = await post(services, "preview", wrong, 422)
    assert [error["pointer"] for error in refused["errors"]] == ["/sla/T-99"]
