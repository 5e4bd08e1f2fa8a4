"""Good events, and posting them in each mode."""

import json
from typing import Any

import httpx

from harness.names import EASY_ACCESS

DEALER = "lisboa-01"


class Events:
    """Posts events of a client, in whichever mode."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    def data(self, **changes: Any) -> dict[str, Any]:
        """The data of a good event; None leaves a field out."""
        data: dict[str, Any] = {
            "dealer_id": DEALER,
            "customer_id": "C-1001",
            "step": EASY_ACCESS,
            "observed_by": {"role": "service_advisor", "staff_id": "S-7"},
            "topics": ["infotainment"],
        }
        return {name: value for name, value in {**data, **changes}.items() if value is not None}

    def event(self, id: str = "dms-1", data: Any = None, **attributes: Any) -> dict[str, Any]:  # noqa: A002
        """A good event with some attributes changed."""
        event = {"specversion": "1.0", "type": "handoff.journey.step.v1", "source": "/dms", "id": id}
        return {**event, "data": self.data() if data is None else data, **attributes}

    async def send(self, body: Any, kind: str = "cloudevents", **headers: str) -> httpx.Response:
        """Post a body, bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": f"application/{kind}+json", **headers}
        return await self.client.post("/v1/events", content=raw, headers=headers)

    async def batch(self, *events: Any) -> httpx.Response:
        """Post a batch."""
        return await self.send(list(events), "cloudevents-batch")

    async def binary(self, data: Any, **attributes: str) -> httpx.Response:
        """Post in the binary mode."""
        headers = {f"ce-{name}": value for name, value in attributes.items()}
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        return await self.client.post(
            "/v1/events", content=raw, headers={"content-type": "application/json", **headers}
        )


def pointers(answer: httpx.Response) -> list[str]:
    """Where a problem says the body is at fault."""
    return [fault["pointer"] for fault in answer.json()["errors"]]
