"""What the demo's people call: events, contacts, task actions, through the public API like any other system."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from handoff_local.client import Client
from handoff_local.demo.stories import Demo, Happening
from handoff_local.errors import CommandFailed, Refused

_POLL: Final = 0.1
_ROUTED_WITHIN: Final = 60.0
_SYSTEMS: Final = {"website": "website", "social_media": "website", "telephone": "telephony", "email": "mail-gateway"}


def event(demo: Demo, happening: Happening, event_id: str, at: datetime, intent: str = "live") -> dict[str, Any]:
    """The CloudEvent of a happening."""
    system = _SYSTEMS.get(happening.fields.get("channel", ""), "dms")
    return {
        "specversion": "1.0",
        "type": "handoff.journey.step.v1",
        "source": f"/dealers/{demo.dealer_id}/systems/{system}",
        "id": event_id,
        "time": at.isoformat(),
        "data": demo.data(happening, intent, at),
    }


def post_events(client: Client, events: Sequence[Mapping[str, Any]]) -> list[str]:
    """Post a batch; our ids of its events, in order."""
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    answer = client.call("POST", "/v1/events", json=list(events), headers=headers)
    return [item["event_id"] for item in answer["events"]]


def wait_routed(client: Client, event_id: str) -> dict[str, Any]:
    """The event once the playbook has been applied to it. Raises CommandFailed when that takes a minute."""
    deadline = time.monotonic() + _ROUTED_WITHIN
    while time.monotonic() < deadline:
        try:
            found: dict[str, Any] = client.get(f"/v1/events/{event_id}")
        except Refused as refused:
            if refused.status != 404:
                raise
            found = {"state": "accepted"}
        if found["state"] != "accepted":
            return found
        time.sleep(_POLL)
    raise CommandFailed(f"event {event_id} was not routed within {_ROUTED_WITHIN:.0f} s")


def act(client: Client, task_id: str, action: str, staff_id: str, **more: object) -> bool:
    """A task action; False when somebody else was quicker or the state no longer allows it."""
    try:
        client.post(f"/v1/tasks/{task_id}/{action}", {"staff_id": staff_id, **more})
    except Refused as refused:
        if refused.status in (404, 409):
            return False
        raise
    return True


def taker(demo: Demo, task: Mapping[str, Any]) -> str | None:
    """Who takes a task: whom it is offered to, else the first of the receiving role."""
    people = demo.people_of(task["to_role"])
    return task.get("offered_to") or (people[0] if people else None)
