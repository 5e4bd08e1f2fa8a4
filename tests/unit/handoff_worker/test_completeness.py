"""Which triggers a record should have, and what the auditor remembers of a look."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from handoff_worker.jobs.completeness import CLOCKS, TRIGGERS, Lacking, Position, expected_triggers
from handoff_worker.triggers.trigger_subjects import Subject
from harness.people import OFFICE_HOURS
from shared.sla.policy.policy import read_policies

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
POLICIES = read_policies({"time_zone": "Europe/Lisbon", "calendars": {"default": {"week": OFFICE_HOURS}}})
OF_CONTACTS = ["T-09", "T-09/warning", "T-34", "T-48"]


@pytest.mark.parametrize(
    ("kind", "record", "names"),
    [
        ("customer", {"name": "Ana"}, OF_CONTACTS),
        ("customer", {}, []),
        ("customer", {"dates": {"birthday": "1980-02-29"}}, ["T-09", "T-09/warning", "T-13/birthday", "T-34", "T-48"]),
        ("vehicle", {"customer_id": "C-1", "model": "Defender", "registered_on": "2024-01-05"}, ["T-12", "T-14"]),
        ("vehicle", {"customer_id": "C-1", "model": "Defender", "registered_on": "2014-01-05"}, ["T-12"]),
        ("vehicle", {"customer_id": "C-1", "model": None, "registered_on": "2024-01-05"}, []),
        ("vehicle", {"model": "Defender", "registered_on": "2024-01-05"}, []),
        ("vehicle", {"customer_id": "C-1", "next_service_on": "2027-03-01"}, ["T-29"]),
        ("vehicle", {"customer_id": "C-1", "next_service_on": "2026-12-01"}, []),
        ("order", {"kind": "vehicle", "placed_on": "2026-11-20"}, ["T-20"]),
        ("order", {"kind": "vehicle", "placed_on": "2026-11-20", "status": "Delivered"}, []),
        ("appointment", {"kind": "store", "starts_at": "2026-12-02T10:00:00+00:00"}, ["T-06", "T-24"]),
        ("appointment", {"kind": "store", "starts_at": "2026-11-23T12:00:00+00:00"}, []),
        ("dealer", {}, ["T-11", "T-15", "T-28"]),
    ],
)
def test_a_record_should_have_a_trigger_of_each_series_that_still_comes(
    kind: str, record: dict[str, Any], names: list[str]
) -> None:
    assert sorted(expected_triggers(kind, Subject("d", "x", "C-1", NOW, record), POLICIES, NOW)) == names


def test_a_position_reads_back_and_counts_what_lacked_twice() -> None:
    lacking = (Lacking("vehicle", "d", "V-1", "T-12"), Lacking("appointment", "d", "A-1", "T-23", clock=True))
    position = Position("order", "d", "O-9", lacking, (Lacking("dealer", "d", "d", "T-11"),))
    assert Position.read(json.loads(json.dumps(position.document()))) == position
    assert position.counts == {TRIGGERS: 1, CLOCKS: 1}
    assert Position.read(None) == Position()
