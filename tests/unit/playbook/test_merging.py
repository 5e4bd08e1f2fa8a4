"""Routing steps 8 and 9 and the chain: one record per class, no ping-pong, nothing handed back to its giver."""

from dataclasses import replace
from typing import Any

import pytest
from routing_world import PLAYBOOK, created, decision_of, delivered, make_dealer, make_event, outcomes, route_event

from shared.playbook.routing.router import route_chain
from shared.playbook.types import (
    AcceptedTask,
    CaseView,
    CustomerView,
    Hop,
    JourneyEvent,
    Kind,
    OpenRecord,
    Routing,
    class_key,
)

SA, SP, PS = "service_advisor", "salesperson", "product_specialist"
CXS, CXM = "client_experience_specialist", "client_experience_manager"


def open_record(entry: str, matter: str, kind: Kind, from_role: str, to_role: str, **more: Any) -> OpenRecord:
    return OpenRecord("T-1", entry, matter, kind, from_role, to_role, **more)


def test_first_in_catalogue_order_is_the_entry_whatever_was_posted_first() -> None:
    event = make_event(SA, "service_customer_waiting", "repurchase_interest_expressed", step=20, topics=("repurchase",))
    routing = route_event(event)
    first, second = decision_of(routing, "SA-10-01-c"), decision_of(routing, "SA-10-02-a")
    assert first.record is not None
    assert (first.outcome, first.record.mirrors) == ("created", ("SA-10-02-a",))
    assert (second.outcome, second.merges_entry, second.record) == ("merged", "SA-10-01-c", None)


def test_open_deliver_of_the_class_takes_the_firing() -> None:
    record = open_record("IN-07", "service_request", "deliver", CXS, SA)
    routing = route_event(make_event(SP, topics=("repair",), step=17), CaseView("K", open_records=(record,)))
    decision = decision_of(routing, "SP-09-01-a")
    assert (decision.outcome, decision.merges_into, decision.record) == ("merged", "T-1", None)


def test_interact_merges_whichever_side_began_it() -> None:
    record = open_record("SP-09-02-a", "workshop_appointment", "interact", SP, SA)
    routing = route_event(
        make_event(SA, "service_appointment_upcoming", step=16), CaseView("K", open_records=(record,))
    )
    assert decision_of(routing, "SA-09-07-a").merges_into == "T-1"


@pytest.mark.parametrize(
    "record",
    [
        open_record("IN-07", "other_matter", "deliver", CXS, SA),
        open_record("IN-07", "service_request", "interact", CXS, SA),
        open_record("IN-07", "service_request", "deliver", CXS, CXS),
        open_record("IN-07", "service_request", "deliver", CXS, SA, manual=True),
    ],
)
def test_another_class_does_not(record: OpenRecord) -> None:
    routing = route_event(make_event(SP, topics=("repair",), step=17), CaseView("K", open_records=(record,)))
    assert created(routing) == {"SP-09-01-a"}


def test_manual_records_are_apart_by_receiver_and_person() -> None:
    keys = {
        class_key("m", "deliver", "sales_manager", SP, manual=True, named_person=person)
        for person in (None, "S-1", "S-2")
    }
    assert len(keys | {class_key("m", "deliver", "sales_manager", SP)}) == 4
    assert str(class_key("m", "interact", SP, SA)) == str(class_key("m", "interact", SA, SP)) == f"m|interact|{SP}+{SA}"
    assert str(class_key("m", "deliver", SP, SA, manual=True, named_person="S-1")) == f"m|deliver|{SA}|by_hand:S-1"


HOPS = (Hop("service_request", SA, "T-7", PS), Hop("service_request", PS, "T-8", SA), Hop("other", SP))


def test_guard_asks_the_manager_instead_of_a_role_that_gave_the_matter_back() -> None:
    routing = route_event(make_event(SP, topics=("repair",), step=17), CaseView("K", returned_matters=HOPS))
    decision = decision_of(routing, "SP-09-01-a")
    record = decision.record
    assert decision.outcome == "owner_decision"
    assert record is not None
    assert (record.entry, record.kind, record.mode) == ("OWNER-DECISION", "deliver", "owner_decision")
    assert (record.from_role, record.to_role, record.matter) == (SP, CXM, "service_request")
    assert record.hops == HOPS[:2]


def test_owner_decision_merges_like_any_deliver() -> None:
    pending = open_record("OWNER-DECISION", "service_request", "deliver", SP, CXM)
    case = CaseView("K", returned_matters=HOPS, open_records=(pending,))
    decision = decision_of(route_event(make_event(SP, topics=("repair",), step=17), case), "SP-09-01-a")
    assert (decision.outcome, decision.merges_into, decision.record) == ("owner_decision", "T-1", None)


def test_one_event_asks_for_one_owner_decision_per_matter() -> None:
    hops = (Hop("repair_order_opened", "workshop_manager"), Hop("repair_order_opened", "parts_manager"))
    routing = route_event(make_event(SA, "repair_order_opened", step=17), CaseView("K", returned_matters=hops))
    assert [decision.outcome for decision in routing.decisions] == ["owner_decision"] * 2
    assert [decision.record is not None for decision in routing.decisions] == [True, False]
    assert routing.decisions[1].merges_entry == "OWNER-DECISION"


def test_merge_comes_before_the_guard_and_interacts_are_free_of_it() -> None:
    pending = open_record("SP-09-01-a", "service_request", "deliver", SP, SA)
    case = CaseView("K", returned_matters=HOPS, open_records=(pending,))
    assert outcomes(route_event(make_event(SP, topics=("repair",), step=17), case)) == {"SP-09-01-a": "merged"}
    gave_back = CaseView(
        "K", returned_matters=(Hop("service_appointment_upcoming", SP), Hop("workshop_appointment", SP))
    )
    routing = route_event(make_event(SA, "service_appointment_upcoming", step=16), gave_back)
    assert outcomes(routing) == {"SA-09-07-a": "created"}


def chain(
    event: JourneyEvent, *, giver: str, receiver: str, entry: str = "IN-07", case: CaseView | None = None, **more: Any
) -> Routing:
    values: dict[str, Any] = {"kind": "deliver", "mode": "hand_over"}
    accepted = AcceptedTask("T-1", entry, giver=giver, receiver=receiver, **(values | more))
    return route_chain(event, case, CustomerView(), make_dealer(), PLAYBOOK, accepted)


FAULT = make_event(
    SP,
    topics=("infotainment", "service_request"),
    vehicle=delivered(49),
    facts={"contact": {"first_receiver": "sales"}},
)


def test_chain_goes_on_with_the_receiver_as_observer() -> None:
    routing = chain(FAULT, giver=SP, receiver=SA, entry="SP-09-01-a")
    assert routing.occurrences == ("early_ownership_problem_reported",)
    assert created(routing) == {"SA-07-01-a", "SA-07-01-b", "SA-07-01-c"}


def test_chain_takes_the_posted_occurrences_the_receiver_prints() -> None:
    posted = replace(FAULT, occurrences=("service_request_received", "serious_vehicle_problem_reported"))
    routing = chain(posted, giver=SP, receiver=SA)
    assert (routing.occurrences, routing.inferred) == (("service_request_received",), False)
    none_printed = replace(FAULT, occurrences=("serious_vehicle_problem_reported",))
    routing = chain(none_printed, giver=SP, receiver=SA)
    assert (routing.occurrences, routing.inferred) == (("early_ownership_problem_reported",), True)


@pytest.mark.parametrize(
    "more",
    [
        {"receiver": PS},
        {"receiver": SA, "entry": "FB-14"},
        {"receiver": SP, "entry": "SM-06-03-a", "mode": "delegate"},
        {"receiver": SA, "entry": "OWNER-DECISION", "mode": "owner_decision"},
        {"receiver": SA, "entry": "OWNER-DECISION"},
        {"receiver": SA, "kind": "interact", "mode": "share_info"},
    ],
)
def test_chain_ends(more: dict[str, Any]) -> None:
    routing = chain(FAULT, giver=SP, **more)
    assert (routing.occurrences, routing.decisions, routing.suggestions) == ((), (), ())


def test_chain_uses_the_topics_of_the_case_when_the_event_has_none() -> None:
    silent = replace(FAULT, topics=())
    case = CaseView("K", topics=("infotainment",))
    assert "SA-07-01-c" in created(chain(silent, giver=CXS, receiver=SA, case=case))
    assert created(chain(silent, giver=CXS, receiver=SA)) == set()


def test_chain_forgets_the_feedback_and_knows_who_brought_the_customer() -> None:
    angry = make_event(CXS, "customer_transferred_to_sales", step=6, facts={"feedback": {"sentiment": "negative"}})
    routing = chain(angry, giver=CXS, receiver=SP, entry="IN-02")
    assert outcomes(routing) == {"SP-03-04-a": "created", "SP-03-04-b": "not_met"}
    assert created(chain(replace(angry, occurrences=()), giver=CXS, receiver=SP)) == set()


def test_nothing_is_implied_in_a_chain_nor_substitution_suggested() -> None:
    odd = replace(FAULT, topics=("subscription",), occurrences=("repair_completed",))
    assert chain(odd, giver=CXS, receiver=SP).decisions == ()
    arrival = make_event(CXS, "customer_arrived_at_store", step=6, facts={"customer": {"existing": False}})
    routing = chain(arrival, giver=CXS, receiver=SP, entry="IN-08")
    assert outcomes(routing)["SP-03-03-a"] == "not_met"
    assert "FB-03" not in {suggestion.entry for suggestion in routing.suggestions}


REPURCHASE = make_event(SP, "service_customer_waiting", step=20, topics=("repurchase",))


@pytest.mark.parametrize(
    ("event", "earlier"),
    [(REPURCHASE, ()), (replace(REPURCHASE, observer=CXS), (SP,))],
)
def test_no_deliver_goes_back_to_the_observer_or_a_giver(event: JourneyEvent, earlier: tuple[str, ...]) -> None:
    routing = chain(event, giver=CXS, receiver=SA, earlier_givers=earlier)
    assert outcomes(routing) == {"SA-10-02-a": "already_with"}


def test_chain_merges_first_then_asks_who_has_it_then_guards() -> None:
    record = open_record("IN-08", "repurchase", "deliver", CXS, SP)
    hop = Hop("repurchase", SP)
    merged = CaseView("K", open_records=(record,), returned_matters=(hop,))
    assert outcomes(chain(REPURCHASE, giver=SP, receiver=SA, case=merged)) == {"SA-10-02-a": "merged"}
    held = CaseView("K", returned_matters=(hop,))
    assert outcomes(chain(REPURCHASE, giver=SP, receiver=SA, case=held)) == {"SA-10-02-a": "already_with"}
    elsewhere = replace(REPURCHASE, observer=CXS)
    routing = chain(elsewhere, giver=CXS, receiver=SA, case=held)
    assert outcomes(routing) == {"SA-10-02-a": "owner_decision"}
    assert routing.decisions[0].record is not None
    assert routing.decisions[0].record.from_role == SA
