"""`from` and `to` of a query: what is a period, and what is the wrong way round in every zone."""

import pytest

from journey_api.http.periods import Period, read_period
from journey_api.http.problems import Problem

NOON = "2026-11-24T12:00:00Z"


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-11-24", "2026-11-24"),
        (NOON, NOON),
        (NOON, "2026-11-24T13:00:00+01:00"),
        (NOON, "2026-11-24"),
        # it is the 23rd still in the west, and the 25th already in the east
        ("2026-11-24T10:00:00Z", "2026-11-23"),
        ("2026-11-25", NOON),
        (NOON, None),
        (None, NOON),
        ("0001-01-02", "9999-12-30"),
        ("0001-01-01T00:00:00Z", "9999-12-30"),
    ],
)
def test_periods(since: str | None, until: str | None) -> None:
    assert isinstance(read_period(since, until), Period)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-11-24", "2026-11-23"),
        (NOON, "2026-11-24T11:59:59Z"),
        (NOON, "2026-11-24T12:30:00+01:00"),
        (NOON, "2026-11-22"),
        ("2026-11-26", NOON),
        ("9999-12-30", "0001-01-02"),
    ],
)
def test_what_is_the_wrong_way_round_in_every_zone_is_refused(since: str, until: str) -> None:
    with pytest.raises(Problem) as refused:
        read_period(since, until)
    assert refused.value.status_code == 422
    assert [(one.pointer, one.code) for one in refused.value.errors] == [
        ("?from", "ends_before_begin"),
        ("?to", "ends_before_begin"),
    ]
