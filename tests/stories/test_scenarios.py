"""The twelve plays, from the posted event to the tasks, through intake, worker and the task routes."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.clocks import MovableClock
from harness.dealership import DEALER
from harness.running_services import RunningServices

SCENARIOS = json.loads((Path(__file__).parent.parent / "scenarios/scenarios.json").read_text())
CUSTOMER = "C-1001"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
async def test_scenario(scenario: dict[str, Any], services: RunningServices, clock: MovableClock) -> None:
    """Each play creates exactly the tasks it says."""
    await services.open_dealer(**scenario.get("dealer", {}))
    await services.add_customer(CUSTOMER, existing=True)
    events: list[str] = []
    for move in scenario["play"]:
        if "post" in move:
            events.append(await services.post_event(**_filled(move["post"], clock)))
        elif "accept" in move:
            task = await services.task(move["accept"])
            await services.act(task["task_id"], "accept", f"S-{task['to_role']}")
        else:
            await _expect(move, services, events)


async def _expect(move: dict[str, Any], services: RunningServices, events: list[str]) -> None:
    tasks = await services.tasks()
    answers = [await services.get(f"/v1/events/{event}") for event in events]
    fired = {one["entry"] for answer in answers for one in answer["decisions"] if one.get("task_id")}
    left = {task["task_id"]: {task["entry"], *task["mirrors"]} for task in tasks}
    for wanted in move.get("created", ()):
        entries = set(wanted.split("|"))
        (found,) = [task["task_id"] for task in tasks if task["entry"] in entries]
        assert left.pop(found) >= entries & fired
    assert not left
    assert not {task["entry"] for task in tasks} & set(move.get("not_created", ()))
    offered = {one["entry"] for answer in answers for one in answer["suggestions"]}
    assert offered >= set(move.get("suggested", ()))


def _filled(post: dict[str, Any], clock: MovableClock) -> dict[str, Any]:
    return {"dealer_id": DEALER, "customer_id": CUSTOMER, **_dated(post, clock)}


def _dated(value: Any, clock: MovableClock) -> Any:
    if isinstance(value, dict):
        return {name: _dated(inner, clock) for name, inner in value.items()}
    if isinstance(value, str) and value.startswith("@") and value.endswith("d"):
        return (clock() + timedelta(days=int(value[1:-1]))).date().isoformat()
    return "VIN-1" if value == "VIN" else value
