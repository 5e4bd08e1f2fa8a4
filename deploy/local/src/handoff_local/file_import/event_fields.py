"""The names that an event has room for; a test keeps them those the API takes."""

from collections.abc import Mapping
from typing import Final, TypeAlias

Fields: TypeAlias = Mapping[str, "Fields | None"]
"""The names of an object; None where a value stands, or a list of values."""


def _values(names: str) -> Fields:
    return dict.fromkeys(names.split())


_FACTS: Final[Fields] = {
    "customer": _values("vip public_figure existing frequent_service"),
    "contact": _values("first_receiver"),
    "feedback": _values("sentiment about"),
    "problem": _values("severity"),
    "order": _values("source promised_on expected_on delayed"),
    "deal": _values("needs_consultation trade_in"),
    "offer": _values("accepted"),
    "visit": _values("appointment waiting_customers waits_in_store transferred_by"),
    "enquiry": _values("first_line_can_answer held_by"),
    "inspection": _values("specific_problem"),
    "mobility": _values("option"),
    "invoice": _values("special_operations"),
    "payment": _values("settled_at_reception"),
    **_values("claims absent_roles"),
}
DATA: Final[Fields] = {
    **_values("dealer_id customer_id step intent occurrences signals channel topics case_id note"),
    "lead": _values("name email telephone"),
    "observed_by": _values("role staff_id"),
    "vehicle": _values("vin plate delivered_on registered_on"),
    "facts": _FACTS,
    "intake": _values("problem situation"),
}
EVENT: Final[Fields] = {**_values("id time subject"), "data": DATA}
