"""Which parameters a query may have."""

from typing import Any

import pytest

from journey_api.http.nearest import MOST, nearest
from journey_api.http.problems import Problem
from journey_api.http.query_parameters import QueryParameters, read_query

TAKEN = QueryParameters(("limit", "status", "dealer_id"), frozenset({"status"}))


def scope(query: bytes) -> dict[str, Any]:
    return {"query_string": query}


def test_values_with_commas_are_spread_where_several_are_taken() -> None:
    asked = scope(b"status=a,b&status=c&limit=1,2&dealer_id=caf%C3%A9")
    assert read_query(asked, TAKEN)["dealer_id"] == "café"
    assert asked["query_string"] == b"status=a&status=b&status=c&limit=1%2C2&dealer_id=caf%C3%A9"


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        (b"dealer=1", ["?dealer"]),
        (b"limit=1&limit=1", ["?limit"]),
        (b"limit=1&Limit=1", ["?Limit"]),
        (b"status=%00", ["?status"]),
        (b"x&y=&x=1&dealer_id=1&dealer_id=2", ["?x", "?y", "?dealer_id"]),
    ],
)
def test_what_is_refused(query: bytes, pointers: list[str]) -> None:
    with pytest.raises(Problem) as refused:
        read_query(scope(query), TAKEN)
    assert [fault.pointer for fault in refused.value.errors] == pointers


def test_the_nearest_ids_come_best_first_and_are_few() -> None:
    known = [f"id_{n}" for n in range(50)] + ["vehicle_delivered", "vehicle_delivery_day"]
    found = nearest("vehicle_deliverd", known)
    assert found[0] == "vehicle_delivered"
    assert len(found) == MOST
    assert nearest("x" * 1_000_000, ["a", "b"]) == ("a", "b")
    assert nearest("x", []) == ()
