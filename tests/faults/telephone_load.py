"""A dealership whose customers are told of their repairs by SMS and WhatsApp, each with a behaviour of its own."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from provider_behaviours import BEHAVIOURS, Behaviour
from running_stack import Api, RunningStack
from waiting import until

DEALER = "faults-02"
RATE = 120
"""Half an hour of patience is over in 15 seconds."""
START = "2027-03-01T10:00:00Z"
"""A Monday morning: nobody's quiet hours."""
_AT_ONCE = 8

_OPEN = """
    select count(*) from notification
     where status in ('queued', 'sending', 'unknown', 'held') or delivery_deadline is not null
        or next_attempt_wall_clock_at is not null
"""


@dataclass
class TelephoneLoad:
    """So many customers for each behaviour, told once each, in an order by chance."""

    copies: int
    chance: random.Random
    behaviours: dict[str, Behaviour] = field(init=False)

    def __post_init__(self) -> None:
        names = [f"{name}-{copy}" for copy in range(self.copies) for name in BEHAVIOURS]
        self.chance.shuffle(names)
        self.behaviours = {name: BEHAVIOURS[name.rpartition("-")[0]] for name in names}

    def by_number(self, channel: str) -> Mapping[str, Behaviour]:
        """The behaviours of those who prefer this channel, by their telephone numbers."""
        return {
            number_of(place): behaviour
            for place, behaviour in enumerate(self.behaviours.values())
            if behaviour.channel == channel
        }

    async def run(self, api: Api) -> None:
        """Furnish the dealership, and post for each customer that the state of a repair has changed."""
        record = {"name": "Telephone Motors", "time_zone": "Europe/Lisbon", "locale": "en"}
        await _done(api, "PUT", f"/v1/dealers/{DEALER}", record)
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def tell(place: int, customer_id: str, behaviour: Behaviour) -> None:
            async with at_once:
                path = f"/v1/dealers/{DEALER}/customers/{customer_id}"
                await _done(api, "PUT", path, _customer(place, customer_id, behaviour))
                await _done(api, "POST", "/v1/events", _event(customer_id))

        async with asyncio.TaskGroup() as group:
            for place, (customer_id, behaviour) in enumerate(self.behaviours.items()):
                group.create_task(tell(place, customer_id, behaviour))

    async def until_settled(self, stack: RunningStack, within: timedelta) -> None:
        """Wait until everybody was written to, every message has ended, and nobody waits for word of one."""
        async with stack.database() as connection:

            async def settled() -> bool:
                told = await connection.fetchval("select count(distinct customer_id) from notification")
                unheard = await connection.fetchval("select count(*) from receipt where not applied")
                return told == len(self.behaviours) and not unheard and not await connection.fetchval(_OPEN)

            await until(settled, within.total_seconds(), "every message has ended", 0.25)


def number_of(place: int) -> str:
    """The telephone number of a customer, in E.164."""
    return f"+351912{place:06}"


def _customer(place: int, customer_id: str, behaviour: Behaviour) -> dict[str, Any]:
    number = number_of(place)
    addresses = {"sms": number, "whatsapp": number, "email": f"{customer_id}@customer.example"}
    channels = [{"kind": way, "address": addresses[way], "verified": True} for way in behaviour.ways]
    return {"name": f"Customer {customer_id}", "channels": channels}


def _event(customer_id: str) -> dict[str, Any]:
    seen = {"step": 17, "observed_by": {"role": "service_advisor"}, "occurrences": ["repair_status_changed"]}
    return {
        "specversion": "1.0",
        "type": "handoff.journey.step.v1",
        "source": f"/dealers/{DEALER}/systems/load",
        "id": customer_id,
        "data": {"dealer_id": DEALER, "customer_id": customer_id, "topics": ["repair"], **seen},
    }


async def _done(api: Api, method: str, path: str, document: Mapping[str, Any]) -> None:
    kind = {"Content-Type": "application/cloudevents+json"} if path.endswith("/events") else None
    answer = await api.call(method, path, json=document, headers=kind)
    assert answer.is_success, answer.text
