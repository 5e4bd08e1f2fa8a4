"""The events the bench posts: each new, of one of many customers, about 600 bytes."""

import itertools
import json
import os
from datetime import UTC, datetime

from machine import DEALER, KEY

_NUMBERS = itertools.count()
_RUN = os.urandom(4).hex()
_HEADERS = {"Authorization": f"Bearer {KEY}"}
SINGLE = {**_HEADERS, "Content-Type": "application/cloudevents+json"}
BATCH = {**_HEADERS, "Content-Type": "application/cloudevents-batch+json"}
BARE = {**_HEADERS, "Content-Type": "application/json"}


def event(customer: str | None = None, *, routable: bool = True, dealer: str = DEALER) -> dict[str, object]:
    """An event of this very moment that asks for one task; without `routable` a mere step."""
    number = next(_NUMBERS)
    about: dict[str, object] = {"topics": ["infotainment"]} if routable else {}
    return {
        "specversion": "1.0",
        "type": "handoff.journey.step.v1",
        "source": f"/dealers/{dealer}/systems/dms/{_RUN}",
        "id": f"dms-{number:09d}",
        "time": datetime.now(UTC).isoformat(),
        "data": {
            "dealer_id": dealer,
            "customer_id": customer or f"C-{number % 1000:06d}",
            "step": "easy_access_ongoing_support",
            "observed_by": {"role": "service_advisor", "staff_id": "S-7"},
            "channel": "telephone",
            "vehicle": {"vin": f"SALWA2-{number:09d}", "plate": "AA-00-BB", "delivered_on": "2026-10-02"},
            "facts": {"contact": {"first_receiver": "after_sales"}},
            "intake": {"problem": "the screen restarts", "situation": "while driving"},
            **about,
        },
    }


def single() -> bytes:
    """The body of a POST of one event."""
    return json.dumps(event(routable=False)).encode()


def batch(size: int = 100) -> bytes:
    """The body of a POST of many."""
    return json.dumps([event(routable=False) for _ in range(size)]).encode()


def fresh(customer: str, dealer: str = DEALER) -> bytes:
    """The body of a POST of an event that asks for a task of this customer."""
    return json.dumps(event(customer, dealer=dealer)).encode()
