"""A dealership made over the API, open around the clock, whose events are routed by the running worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
from launched_stack import until

ROLE = "product_specialist"
PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "PS-1": {"name": "Marta Sequeira", "roles": [ROLE]},
    "PS-2": {"name": "Tomé Arruda", "roles": [ROLE]},
    "SM-1": {"name": "Rui Tavares", "roles": ["sales_manager"], "lead_of": [ROLE]},
    "SA-1": {"name": "Paulo Antunes", "roles": ["service_advisor"]},
    "SP-1": {"name": "Inês Carvalho", "roles": ["salesperson"]},
    "CX-1": {"name": "Leonor Duarte", "roles": ["client_experience_manager"]},
    "CX-2": {"name": "Beatriz Rocha", "roles": ["client_experience_specialist"]},
}


@dataclass
class Dealership:
    """One dealer and short ways to its tasks."""

    api: httpx.Client
    dealer_id: str
    _numbers: Any = field(default_factory=lambda: count(1))

    @property
    def board(self) -> str:
        """The board of the product specialists."""
        return self.board_of(ROLE)

    def board_of(self, role: str) -> str:
        """The board of a role."""
        return f"/board?dealer_id={self.dealer_id}&role={role}"

    def open(self) -> "Dealership":
        """Store the dealer and its people."""
        self.change_dealer()
        for staff_id, record in PEOPLE.items():
            self._put(f"/staff/{staff_id}", record)
        return self

    def change_dealer(self, **changes: Any) -> None:
        """Store the dealer anew."""
        self._put("", {"name": "Avenida Motors", "time_zone": "Europe/Lisbon", **changes})

    def late(self) -> list[dict[str, Any]]:
        """The clocks whose breach was told."""
        query = {"dealer_id": self.dealer_id, "breached": True}
        items = self._answered(self.api.get("/v1/sla/timers", params=query))["items"]
        return [one for one in items if one["breached_at"]]

    def change_person(self, staff_id: str, **changes: Any) -> None:
        """Store a person anew."""
        self._put(f"/staff/{staff_id}", {**PEOPLE[staff_id], **changes})

    def key_of(
        self, staff_id: str | None, number: int = 0, scopes: Sequence[str] = ("tasks:read", "tasks:write", "ops:read")
    ) -> str:
        """A fresh key of a person, or of nobody."""
        body = {
            "name": f"{staff_id or 'Operations'} {number}",
            "dealers": [self.dealer_id],
            "scopes": list(scopes),
            "staff_id": staff_id,
        }
        return str(self._answered(self.api.post("/v1/keys", json=body))["key"])

    def withdraw_keys(self) -> None:
        """End every session of the dealer with its key."""
        for one in self.api.get("/v1/keys").json()["items"]:
            if one["dealers"] == [self.dealer_id]:
                self.api.delete(f"/v1/keys/{one['key_id']}").raise_for_status()

    def admin_key(self) -> str:
        """A fresh key of an admin of the dealer."""
        body = {"name": "admin", "dealers": [self.dealer_id], "scopes": ["admin"]}
        return str(self._answered(self.api.post("/v1/keys", json=body))["key"])

    def record(self) -> dict[str, Any]:
        """The dealer as the API shows it."""
        return self._answered(self.api.get(f"/v1/dealers/{self.dealer_id}"))

    def change(self, **changes: Any) -> None:
        """Store the dealer with some changes."""
        self._put("", {**self.record(), **changes})

    def report_problem(
        self, name: str = "Sra. Valdouro", *, first_receiver: str | None = None, days_ago: int = 0, **intake: str
    ) -> dict[str, Any]:
        """A customer's problem with the screen, seen by the service advisor; the task once the worker has made it.

        `first_receiver`: the department she turned to first; without it the service advisor is only advised to bring
        others in. `days_ago`: when it was seen.
        """
        number = next(self._numbers)
        customer_id, vin = f"C-{number}", f"SALWA{self.dealer_id[2:8]}{number:04}"
        channels = [
            {"kind": "whatsapp", "address": f"+3519100{number:05}", "verified": True},
            {"kind": "email", "address": f"c{number}@post.example", "verified": True},
        ]
        self._put(f"/customers/{customer_id}", {"name": name, "channels": channels})
        self._put(
            f"/vehicles/{vin}",
            {"customer_id": customer_id, "model": "Range Rover Sport", "plate": f"AA-{number:02}-BB"},
        )
        data = {
            "dealer_id": self.dealer_id,
            "customer_id": customer_id,
            "step": 13,
            "observed_by": {"role": "service_advisor", "staff_id": "SA-1"},
            "occurrences": ["early_ownership_problem_reported"],
            "topics": ["infotainment"],
            "vehicle": {"vin": vin},
            "facts": {"contact": {"first_receiver": first_receiver}} if first_receiver else {},
            "intake": intake or {"problem": "The screen goes black", "situation": "While driving"},
        }
        event = {
            "specversion": "1.0",
            "type": "handoff.journey.step.v1",
            "source": "/browser-tests",
            "id": f"{self.dealer_id}-{number}",
            "time": (datetime.now(UTC) - timedelta(days=days_ago)).isoformat(),
            "data": data,
        }
        answer = self.api.post("/v1/events", json=event, headers={"content-type": "application/cloudevents+json"})
        assert answer.status_code == 202, answer.text
        found: list[dict[str, Any]] = []
        until(lambda: found.extend(self._specialists_task(customer_id)) or found, 30)
        return found[0]

    def _specialists_task(self, customer_id: str) -> list[dict[str, Any]]:
        return self.tasks(customer_id=customer_id, role=ROLE)

    def tasks(self, **query: str) -> list[dict[str, Any]]:
        """The dealer's tasks that fit."""
        return list(self._answered(self.api.get("/v1/tasks", params={"dealer_id": self.dealer_id, **query}))["items"])

    def task(self, task_id: str) -> dict[str, Any]:
        """A task as it is now."""
        return self._answered(self.api.get(f"/v1/tasks/{task_id}"))

    def becomes(self, task_id: str, status: str) -> None:
        """Wait until a task has a status."""
        until(lambda: self.task(task_id)["status"] == status, 15)

    def act(self, task_id: str, action: str, staff_id: str, **body: Any) -> dict[str, Any]:
        """Act as a person over the API."""
        return self._answered(self.api.post(f"/v1/tasks/{task_id}/{action}", json={"staff_id": staff_id, **body}))

    def give(self, task: Mapping[str, Any], staff_id: str, *, accepted: bool = False) -> None:
        """Offer a task to a person by name."""
        if task["offered_to"] != staff_id:
            self.act(task["task_id"], "reassign", "SM-1", to_staff_id=staff_id)
        if accepted:
            self.act(task["task_id"], "accept", staff_id)

    def _put(self, path: str, record: Mapping[str, Any]) -> None:
        self._answered(self.api.put(f"/v1/dealers/{self.dealer_id}{path}", json=record))

    def _answered(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, answer.text
        document: dict[str, Any] = answer.json()
        return document
