"""The people of the demo dealership: they take what is offered, do it, and tell the customer; a few are late."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from handoff_local.client import Client
from handoff_local.demo.calls import act, taker
from handoff_local.demo.stories import Demo
from handoff_local.errors import Refused

_SEEN_AT_ONCE: Final = 100
_UNTAKEN: Final = ("offered", "open")
_TAKEN: Final = ("accepted", "acknowledged")
_OUTCOMES: Final = {"CALL": "spoke", "LETTER": "sent", "UNREACHABLE": "spoke", "CLOSE-LOOP": "customer_answered"}


@dataclass(frozen=True)
class Pace:
    """How long somebody takes, in domain time."""

    until_taken: timedelta
    until_done: timedelta


def pace_of(task_id: str) -> Pace:
    """The same for a task whenever it is asked for: most are quick, one in seven waits, one in six takes hours."""
    draw = zlib.crc32(task_id.encode())
    taken = 2 + draw % 9 if draw % 7 else 40
    done = 12 + (draw >> 8) % 40 if (draw >> 16) % 6 else 180
    return Pace(timedelta(minutes=taken), timedelta(minutes=taken + done))


def outcome_of(task: Mapping[str, Any]) -> str:
    """What the person reports: the customer was answered where a customer still waits for an answer."""
    waits = any(
        timer["target"] in ("first_response", "next_response") and timer["state"] == "running"
        for timer in task.get("timers") or []
    )
    return _OUTCOMES.get(task["entry"], "customer_answered" if waits and task.get("customer_id") else "done")


class People:
    """Acts for the whole staff, a round at a time."""

    def __init__(self, client: Client, demo: Demo) -> None:
        self._client = client
        self._demo = demo
        self._managers = demo.people_of("client_experience_manager")

    def work(self, now: datetime, until_next: timedelta = timedelta(0)) -> None:
        """One round: everybody does what is due by their pace before the next one, in domain time."""
        by = now + until_next
        for task in self._tasks(_UNTAKEN):
            if by - _created(task) >= pace_of(task["task_id"]).until_taken:
                self._take(task)
        for task in self._tasks(_TAKEN):
            if by - _created(task) >= pace_of(task["task_id"]).until_done:
                self._finish(task)

    def _tasks(self, statuses: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        for status in statuses:
            query = {"dealer_id": self._demo.dealer_id, "status": status}
            yield from list(self._client.items("/v1/tasks", most=_SEEN_AT_ONCE, **query))

    def _take(self, task: Mapping[str, Any]) -> None:
        person = taker(self._demo, task)
        if person:
            act(self._client, task["task_id"], "acknowledge" if task["kind"] == "interact" else "accept", person)

    def _finish(self, task: Mapping[str, Any]) -> None:
        person = task.get("assignee_id")
        if not person or not act(self._client, task["task_id"], "complete", person, outcome=outcome_of(task)):
            return
        if task.get("customer_id"):
            self._propose(task, person)
            self._close_if_done(task)

    def _propose(self, task: Mapping[str, Any], person: str) -> None:
        """Who works on a complaint or a delay ends by proposing something to the customer."""
        if any(timer["rule"] in ("T-21", "T-33") and timer["state"] == "running" for timer in task["timers"] or []):
            contact = {"dealer_id": task["dealer_id"], "customer_id": task["customer_id"], "case_id": task["case_id"]}
            how = {"direction": "outbound", "channel": "telephone", "kind": "proposal", "outcome": "spoke"}
            self._try("/v1/contacts", {**contact, **how, "staff_id": person})

    def _close_if_done(self, task: Mapping[str, Any]) -> None:
        path = f"/v1/dealers/{task['dealer_id']}/cases/{task['case_id']}"
        case = self._client.get(path)
        if case["status"] == "open" and all(each["status"] in ("completed", "cancelled") for each in case["tasks"]):
            self._try(f"{path}/close", {"staff_id": self._managers[0], "outcome": "satisfied"})

    def _try(self, path: str, document: Mapping[str, Any]) -> None:
        try:
            self._client.post(path, document)
        except Refused as refused:
            if refused.status not in (404, 409):
                raise


def _created(task: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(task["created_at"])
