"""People at work during a load: they take some of what is offered to them, and finish some of that."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import httpx
from event_mix import TOUCHED, kind_of
from load_dealer import DEALER
from running_stack import Api
from waiting import pause

_LOOK_EVERY = 0.5
_AGAIN_AFTER = 0.5


@dataclass
class People:
    """Accepts a part of the delivers; what `finishing` roles accepted they complete, one in two with an answer."""

    api: Api
    accepted: set[str]
    completed: dict[str, str | None]
    finishing: frozenset[str] = frozenset({"product_specialist"})
    _looked_at: set[str] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Look at the list again and again until asked to stop."""
        while not stop.is_set():
            for task in await self._offered():
                customer_id = task["customer_id"]
                if customer_id not in self._looked_at and kind_of(customer_id) in TOUCHED:
                    self._looked_at.add(customer_id)
                    if crc32(customer_id.encode()) % 2:
                        await self._work_on(task)
            await pause(_LOOK_EVERY)

    async def _offered(self) -> list[dict[str, Any]]:
        query = {"dealer_id": DEALER, "status": "offered", "kind": "deliver", "sort": "-created_at", "limit": 200}
        try:
            answer = await self.api.call("GET", "/v1/tasks", params=query)
        except httpx.TransportError:
            return []
        if answer.status_code != 200:
            assert answer.status_code >= 500, answer.text
            return []
        return [task for task in answer.json()["items"] if task["offered_to"]]

    async def _work_on(self, task: dict[str, Any]) -> None:
        task_id, person = task["task_id"], task["offered_to"]
        if await self._act(task_id, "accept", staff_id=person) != 200:
            return
        self.accepted.add(task_id)
        if task["to_role"] in self.finishing:
            outcome = "customer_answered" if crc32(task_id.encode()) % 2 else None
            body = {"outcome": outcome} if outcome else {}
            assert await self._act(task_id, "complete", staff_id=person, **body) == 200
            self.completed[task_id] = outcome

    async def _act(self, task_id: str, action: str, **body: Any) -> int:
        """Try until somebody answers; doing it again changes nothing."""
        while True:
            try:
                answer = await self.api.call("POST", f"/v1/tasks/{task_id}/{action}", json=body)
            except httpx.TransportError:
                await pause(_AGAIN_AFTER)
                continue
            if answer.status_code < 500:
                assert answer.status_code in (200, 409), answer.text
                return answer.status_code
            await pause(_AGAIN_AFTER)
