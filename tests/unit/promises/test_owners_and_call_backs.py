"""Who answers for a promise, and which contacts keep a promise to call back."""

from typing import Any

import pytest
from promise_builders import DUE, HOUR, MADE, promised

from shared.calendar.availability import StaffMember
from shared.playbook.routing.case_owner import Owner as CustomerOwner
from shared.promises.call_backs import calls_back, is_kept_by
from shared.promises.owners import owner_of
from shared.sla.facts import ContactMade, Owner

PEOPLE = {
    "SA-1": StaffMember("SA-1", ("service_advisor", "salesperson")),
    "SP-1": StaffMember("SP-1", ("salesperson",), presence="away"),
    "OFF": StaffMember("OFF", ("salesperson",), presence="off"),
}
SALES = CustomerOwner("salesperson", "SP-1")


@pytest.mark.parametrize(
    ("giver", "case_owner", "order_kind", "owner"),
    [
        ("SA-1", None, None, Owner("service_advisor", "SA-1")),
        ("SA-1", SALES, None, Owner("salesperson", "SA-1")),
        ("SP-1", CustomerOwner("service_advisor", "SA-1"), None, Owner("salesperson", "SP-1")),
        ("OFF", SALES, None, Owner("salesperson", "SP-1")),
        ("gone", SALES, None, Owner("salesperson", "SP-1")),
        (None, CustomerOwner("service_advisor"), "vehicle", Owner("service_advisor")),
        (None, None, "vehicle", Owner("salesperson")),
        (None, None, "repair", Owner("service_advisor")),
        (None, None, "parts", Owner("service_advisor")),
    ],
)
def test_who_answers(giver: str | None, case_owner: Any, order_kind: str | None, owner: Owner) -> None:
    assert owner_of(giver, PEOPLE, case_owner, order_kind) == owner


def said(kind: str = "answer", **given: Any) -> ContactMade:
    plain: dict[str, Any] = {
        "fact_id": "K-1",
        "occurred_at": MADE + HOUR,
        "dealer_id": "lisboa-01",
        "case_id": "case-1",
        "customer_id": "C-1",
        "direction": "outbound",
        "channel": "telephone",
        "kind": kind,
        "outcome": "spoke",
    }
    return ContactMade(**(plain | given))


@pytest.mark.parametrize("kind", ["answer", "update", "proposal", "estimate", "authorisation"])
def test_who_spoke_to_her_did_call_back(kind: str) -> None:
    assert calls_back(said(kind))
    assert calls_back(said(kind, channel="store", outcome=None))


@pytest.mark.parametrize("kind", ["answer", "update"])
def test_an_answer_in_writing_does_too(kind: str) -> None:
    assert calls_back(said(kind, channel="email", outcome=None))


@pytest.mark.parametrize(
    "contact",
    [
        said(outcome="no_answer"),
        said(outcome="voicemail"),
        said(outcome="refused"),
        said("estimate", channel="email", outcome=None),
        said("proposal", outcome="voicemail"),
        said("acknowledgement"),
        said("courtesy"),
        said("feedback_request"),
        said(direction="inbound", kind=None),
        said("update", channel="email", outcome=None, automatic=True),
    ],
)
def test_what_is_no_calling_back(contact: ContactMade) -> None:
    assert not calls_back(contact)


def test_it_keeps_the_call_backs_promised_before_it() -> None:
    assert is_kept_by(promised(kind="call_back", made_at=MADE + HOUR), said())
    assert is_kept_by(promised(kind="call_back", state="broken", due_at=DUE), said())
    assert not is_kept_by(promised(kind="call_back", made_at=MADE + 2 * HOUR), said())
    assert not is_kept_by(promised(kind="date"), said())
    assert not is_kept_by(promised(kind="call_back", state="moved"), said())
