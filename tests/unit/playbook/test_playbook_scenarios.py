"""The plays of `tests/scenarios`, routing only: posts, acceptances, and the tasks that must exist after each."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from routing_world import JourneyEvent, RoutingWorld, Vehicle, day_of, make_dealer, make_event

from shared.playbook.types import CustomerView
from shared.vocabulary import STEPS

PLAYS = json.loads((Path(__file__).parents[2] / "scenarios" / "scenarios.json").read_text(encoding="utf-8"))
NUMBERS = {name: number for number, name in STEPS.items()}


@pytest.mark.parametrize("play", PLAYS, ids=[play["id"] for play in PLAYS])
def test_play_creates_exactly_its_tasks(play: dict[str, Any]) -> None:
    centre = play.get("dealer", {}).get("has_business_development_centre", False)
    context = RoutingWorld(make_dealer(centre=centre), CustomerView(existing=True))
    for move in play["play"]:
        if "post" in move:
            context.post(event_of(move["post"], play["id"]))
        elif "accept" in move:
            context.accept(move["accept"])
        else:
            check(context, move)


def check(context: RoutingWorld, move: dict[str, Any]) -> None:
    tasks = list(context.entries)
    for wanted in move.get("created", []):
        names = set(wanted.split("|"))
        found = next((task for task in tasks if names & task), None)
        assert found is not None, f"{wanted} missing among {tasks}"
        tasks.remove(found)
    if "created" in move:
        assert tasks == []
    every = set().union(*context.entries)
    assert every.isdisjoint(move.get("not_created", []))
    assert context.suggested.issuperset(move.get("suggested", []))


def event_of(data: dict[str, Any], play: str) -> JourneyEvent:
    known = {"observed_by", "step", "occurrences", "topics", "facts", "vehicle", "channel", "customer_id"}
    assert set(data) <= known | {"intent", "case_id"}
    vehicle = data.get("vehicle", {})
    step = data.get("step")
    customer = data.get("customer_id", f"C-{play}")
    return make_event(
        data["observed_by"]["role"],
        *data.get("occurrences", ()),
        customer_id=customer,
        step=NUMBERS.get(step, step),
        topics=tuple(data.get("topics", ())),
        facts=resolve(data.get("facts", {})),
        vehicle=Vehicle(vehicle.get("vin"), resolve(vehicle.get("delivered_on"))),
    )


def resolve(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: resolve(inner) for name, inner in value.items()}
    if isinstance(value, str) and value.startswith("@"):
        return day_of(value)
    if isinstance(value, str) and value[:2] == "20":
        return date.fromisoformat(value)
    return value
