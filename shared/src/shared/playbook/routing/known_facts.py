"""Facts looked up leaf by leaf: the event, then its case, then the customer's profile, then the dealer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.playbook.fact_types import FactValue
from shared.playbook.ruleset.conditions import HAS_CENTRE, TOPICS, available_path
from shared.playbook.ruleset.defaults import FactLifetime
from shared.playbook.types import CaseView, CustomerView, DealerView, FactTrace, JourneyEvent, Layer

TopicFacts = Mapping[str, Mapping[str, FactValue]]
Layers = list[tuple[Layer, Mapping[str, FactValue]]]


@dataclass(slots=True)
class FactView:
    """The layers of one routing, nearest first. `read` answers a path with its value and the layer it came from."""

    layers: Layers
    _read: dict[str, FactTrace] = field(default_factory=dict)

    def read(self, path: str) -> FactTrace:
        """The fact at this path; value and layer None when no layer knows it."""
        if path not in self._read:
            self._read[path] = self._look_up(path)
        return self._read[path]

    def names(self, path: str) -> tuple[str, ...]:
        """The names at this path, empty when unknown."""
        value = self.read(path).value
        return value if isinstance(value, tuple) else ()

    def _look_up(self, path: str) -> FactTrace:
        for layer, facts in self.layers:
            if path in facts:
                return FactTrace(path, facts[path], layer)
        return FactTrace(path, None, None)


def view_facts(
    event: JourneyEvent,
    case: CaseView | None,
    customer: CustomerView | None,
    dealer: DealerView,
    lifetime: FactLifetime,
    topic_facts: TopicFacts,
) -> FactView:
    """The layers of an event: its own facts and what its topics say, then what the case, profile and dealer know."""
    layers: Layers = [("event", _event_layer(event, topic_facts))]
    if case is not None:
        kept = {path: value for path, value in case.facts.items() if lifetime.kept(path)}
        layers.append(("case", kept | ({TOPICS: case.topics} if case.topics else {})))
    if customer is not None:
        layers.append(("customer", _customer_layer(customer)))
    layers.append(("dealer", _dealer_layer(dealer)))
    return FactView(layers)


def facts_of(event: JourneyEvent, topic_facts: TopicFacts) -> dict[str, FactValue]:
    """The event's facts and, where it does not say otherwise, what its topics alone say."""
    by_topic: dict[str, FactValue] = {}
    for topic in event.topics:
        for path, value in topic_facts.get(topic, {}).items():
            by_topic[path] = _united(by_topic.get(path), value)
    return by_topic | dict(event.facts)


def _united(earlier: FactValue | None, later: FactValue) -> FactValue:
    if isinstance(earlier, tuple) and isinstance(later, tuple):
        return tuple(dict.fromkeys(earlier + later))
    return later


def _event_layer(event: JourneyEvent, topic_facts: TopicFacts) -> dict[str, FactValue]:
    facts = facts_of(event, topic_facts)
    absent = facts.get("absent_roles")
    for role in absent if isinstance(absent, tuple) else ():
        facts[available_path(role)] = 0
    if event.topics:
        facts[TOPICS] = event.topics
    return facts


def _customer_layer(customer: CustomerView) -> dict[str, FactValue]:
    profile = {
        "customer.vip": customer.vip,
        "customer.public_figure": customer.public_figure,
        "customer.existing": customer.existing,
        "customer.frequent_service": customer.frequent_service,
    }
    return {path: value for path, value in profile.items() if value is not None}


def _dealer_layer(dealer: DealerView) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = {
        available_path(role): count for role, count in dealer.available.items() if count is not None
    }
    facts[HAS_CENTRE] = dealer.has_business_development_centre
    return facts
