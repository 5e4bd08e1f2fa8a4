"""Everything one routing reads, put together once."""

from dataclasses import replace
from functools import cached_property

from shared.fast_dataclass import fast_dataclass
from shared.playbook.routing.case_fit import delivery_day, in_first_months, local_day
from shared.playbook.routing.known_facts import FactView, view_facts
from shared.playbook.ruleset.conditions import TOPICS, trace_condition
from shared.playbook.ruleset.dealer_settings import Tables, override_tables
from shared.playbook.ruleset.entries import Playbook
from shared.playbook.types import AcceptedTask, CaseView, ConditionTrace, CustomerView, DealerView, JourneyEvent


@fast_dataclass(frozen=True)
class Situation:
    """An event, what is known around it, and the link of the chain it is routed for, if any.

    `event.observer` is whoever routes now; `own_topics` are those inference and implied handoffs go by.
    """

    playbook: Playbook
    event: JourneyEvent
    case: CaseView | None
    dealer: DealerView
    view: FactView
    tables: Tables
    own_topics: tuple[str, ...]
    chain: AcceptedTask | None = None
    first_observer: str = ""

    @property
    def observer(self) -> str:
        """The role whose pages govern."""
        return self.event.observer

    @property
    def has_customer(self) -> bool:
        """Whether it happened to a customer."""
        return self.event.customer_id is not None

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of conditions and tables: the event's, an event without them the case's."""
        return self.view.names(TOPICS)

    @property
    def negative_feedback(self) -> bool:
        """Whether the event brings negative feedback."""
        return self.view.read("feedback.sentiment").value == "negative"

    @cached_property
    def first_months(self) -> bool:
        """Whether the vehicle is in its first months on the dealer's day of the event."""
        day = local_day(self.event.time, self.dealer.time_zone)
        return in_first_months(delivery_day(self.event, self.case), day, self.tables.first_months_days)

    def trace(self, condition_id: str) -> ConditionTrace:
        """How a condition of the playbook comes out here."""
        return trace_condition(self.playbook.conditions[condition_id], self.view.read)

    def holds(self, condition_id: str) -> bool | None:
        """Whether a condition of the playbook is met here; None when unknown."""
        return self.trace(condition_id).met


def situation_of(
    playbook: Playbook, event: JourneyEvent, case: CaseView | None, customer: CustomerView | None, dealer: DealerView
) -> Situation:
    """The situation of an event as it was observed."""
    rulings = playbook.rulings
    return Situation(
        playbook=playbook,
        event=event,
        case=case,
        dealer=dealer,
        view=view_facts(event, case, customer, dealer, rulings.lifetime, rulings.topic_facts),
        tables=override_tables(rulings.tables, dealer.tables),
        own_topics=event.topics,
        first_observer=event.observer,
    )


def situation_in_chain(
    playbook: Playbook,
    event: JourneyEvent,
    case: CaseView | None,
    customer: CustomerView | None,
    dealer: DealerView,
    accepted: AcceptedTask,
) -> Situation:
    """The situation of the same event for the role that accepted it: no feedback, transferred by the giver."""
    facts = {path: value for path, value in event.facts.items() if not path.startswith("feedback.")}
    facts["visit.transferred_by"] = accepted.giver
    seen = replace(event, observer=accepted.receiver, facts=facts)
    situation = situation_of(playbook, seen, case, customer, dealer)
    topics = event.topics or (case.topics if case else ())
    return replace(situation, own_topics=topics, chain=accepted, first_observer=event.observer)
