"""What happens during a load: a seeded mix of events whose tasks can be expected."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from load_dealer import DEALER

SOURCE = f"/dealers/{DEALER}/systems/load"
SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
REGULARS = 12
BATCH_SIZE = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of event: how often it comes and what it says. `regular`: of a customer who comes again and again."""

    weight: int
    data: Mapping[str, Any] = field(default_factory=dict)
    regular: bool = False
    batch: bool = False
    valid: bool = True


def _seen_by(role: str, *occurrences: str, **more: Any) -> dict[str, Any]:
    return {"step": 13, "observed_by": {"role": role}, "occurrences": list(occurrences), **more}


KINDS: Mapping[str, Kind] = {
    "delivery": Kind(40, _seen_by("salesperson", "vehicle_delivered")),
    "problem": Kind(4, _seen_by("service_advisor", "early_ownership_problem_reported", topics=["infotainment"])),
    "transfer": Kind(3, _seen_by("product_specialist", "customer_transferred_to_sales")),
    "mail": Kind(5, _seen_by("client_experience_specialist", "remote_enquiry_received", channel="email")),
    "message": Kind(2, _seen_by("service_advisor", "cost_estimate_ready", channel="message")),
    "complaint": Kind(6, _seen_by("salesperson", topics=["price"], facts={"feedback": {"sentiment": "negative"}})),
    "regular": Kind(24, _seen_by("salesperson", "vehicle_delivered", "early_ownership_problem_reported"), regular=True),
    "import": Kind(4, _seen_by("salesperson", "vehicle_delivered", intent="history")),
    "batch": Kind(6, _seen_by("service_advisor", "service_customer_arrived"), batch=True),
    "invalid": Kind(6, _seen_by("janitor", "vehicle_delivered"), valid=False),
}
TOUCHED = ("problem", "transfer")
"""People act on tasks of these; every customer of theirs has one event."""


@dataclass(frozen=True, slots=True)
class Post:
    """One request of the load: its events, all of one kind; those of a regular customer go one after another."""

    kind: str
    documents: tuple[Mapping[str, Any], ...]

    @property
    def body(self) -> Any:
        """What is sent."""
        return list(self.documents) if KINDS[self.kind].batch else self.documents[0]

    @property
    def content_type(self) -> str:
        """How it is labelled."""
        return BATCH if KINDS[self.kind].batch else SINGLE

    @property
    def customer_id(self) -> str:
        """Whom its first event is about."""
        return str(self.documents[0]["data"]["customer_id"])


def plan_posts(seed: int, count: int, batch_size: int = BATCH_SIZE) -> list[Post]:
    """So many requests, the same for the same seed; `batch_size`: how many events those of many events hold."""
    chance = random.Random(seed)
    names = list(KINDS)
    chosen = chance.choices(names, [KINDS[name].weight for name in names], k=count)
    sizes = [batch_size if KINDS[name].batch else 1 for name in chosen]
    return [
        Post(name, tuple(_documents(name, f"{seed}.{number:05}", size, chance)))
        for number, (name, size) in enumerate(zip(chosen, sizes, strict=True))
    ]


def kind_of(customer_id: str) -> str:
    """The kind of the events of a customer."""
    return customer_id.split("-")[1]


def writing_customers(posts: list[Post]) -> list[str]:
    """Those who write e-mails, and so need an address."""
    return [post.customer_id for post in posts if post.kind == "mail"]


def _documents(name: str, number: str, size: int, chance: random.Random) -> Iterator[Mapping[str, Any]]:
    kind = KINDS[name]
    for place in range(size):
        who = str(chance.randrange(REGULARS)) if kind.regular else f"{number}.{place}"
        yield {
            "specversion": "1.0",
            "type": "handoff.journey.step.v1",
            "source": SOURCE,
            "id": f"{number}.{place}",
            "data": {"dealer_id": DEALER, "customer_id": f"C-{name}-{who}", **kind.data},
        }
