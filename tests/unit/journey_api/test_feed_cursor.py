"""Cursors of feeds, the filters of subscribers, and the language a caller asks for."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey_api.feeds.cursor import BadCursor, decode_cursor, encode_cursor
from journey_api.feeds.filters import match_tasks, match_timers
from journey_api.http.languages import preferred_language
from journey_api.reports.clock_filter import TimerFilter

POSITIONS = st.dictionaries(st.text(min_size=1, max_size=20), st.integers(0, 2**53))


@given(POSITIONS)
def test_a_cursor_keeps_every_position(positions: dict[str, int]) -> None:
    assert decode_cursor(encode_cursor(positions)) == positions


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_cursors(text: str) -> None:
    try:
        positions = decode_cursor(text)
    except BadCursor:
        return
    assert all(position >= 0 for position in positions.values())


@pytest.mark.parametrize("text", ["", "x", "e30x", encode_cursor({"a": 1})[:-2], "bnVsbA", "WzFd"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(text)


def _change(before: dict[str, str | None], after: dict[str, str | None], from_status: str | None) -> dict[str, object]:
    return {"change": {"from_status": from_status, "before": before}, "task": after}


OFFERED = {"to_role": "salesperson", "offered_to": "S-1", "assignee_id": None, "status": "offered", "kind": "deliver"}
ACCEPTED = {**OFFERED, "offered_to": None, "assignee_id": "S-1", "status": "accepted"}
TAKEN = _change({"to_role": "salesperson", "offered_to": "S-1", "assignee_id": None}, ACCEPTED, "offered")


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ({"offered_to": ["S-1"]}, True),
        ({"assignee_id": ["S-1"]}, True),
        ({"status": ["offered"]}, True),
        ({"status": ["accepted"], "role": ["salesperson"]}, True),
        ({"status": ["completed"]}, False),
        ({"offered_to": ["S-1"], "status": ["accepted"]}, False),
        ({"kind": ["interact"]}, False),
        ({"status": ["completed", "accepted"], "role": ["salesperson", "back_office"]}, True),
        ({}, True),
    ],
)
def test_a_change_is_sent_when_the_task_matches_before_or_after_it(wanted: dict[str, list[str]], sent: bool) -> None:
    assert match_tasks(wanted)("handoff.task.accepted.v1", TAKEN) is sent


def test_a_new_task_has_no_before() -> None:
    made = _change({"to_role": None, "offered_to": None, "assignee_id": None}, OFFERED, None)
    assert match_tasks({"status": ["offered"]})("handoff.task.created.v1", made)
    assert not match_tasks({"assignee_id": ["S-2"]})("handoff.task.created.v1", made)


def test_the_feed_of_clocks_tells_four_things() -> None:
    timer = {"rule": "T-03", "breached_at": None, "due_at": "2026-11-23T11:00:00+00:00"}
    told = {
        kind: match_timers(TimerFilter(rule=["T-03"], breached=False))(f"handoff.sla.{kind}.v1", timer)
        for kind in ("started", "warning", "breached", "met", "escalated", "cancelled", "corrected")
    }
    assert {kind for kind, sent in told.items() if sent} == {"warning", "breached", "met", "escalated"}


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        (TimerFilter(customer_id="C-1", case_id="K-1"), True),
        (TimerFilter(customer_id="C-2"), False),
        (TimerFilter(task_id="T-1"), False),
        (TimerFilter(owner_role="salesperson", owner="S-1"), True),
        (TimerFilter(owner_role="service_advisor"), False),
        (TimerFilter(owner="S-2"), False),
        (TimerFilter(due_after=datetime(2026, 11, 23, 11, 0, 0, tzinfo=UTC)), True),
        (TimerFilter(due_after=datetime(2026, 11, 23, 11, 0, 1, tzinfo=UTC)), False),
        (TimerFilter(due_before=datetime(2026, 11, 23, 11, 0, 0, tzinfo=UTC)), False),
        (TimerFilter(due_before=datetime(2026, 11, 23, 11, 0, 1, tzinfo=UTC)), True),
    ],
)
def test_clocks_are_followed_by_whom_and_what_they_are_about(wanted: TimerFilter, sent: bool) -> None:
    about = {"customer_id": "C-1", "case_id": "K-1", "task_id": None}
    timer = {**about, "due_at": "2026-11-23T11:00:00+00:00", "owner": {"role": "salesperson", "staff_id": "S-1"}}
    assert match_timers(wanted)("handoff.sla.breached.v1", timer) is sent


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, None),
        ("pt-PT,pt;q=0.9,en;q=0.8", "pt"),
        ("de, en;q=0.5", "en"),
        ("pt;q=0, en;q=0.1", "en"),
        ("EN-gb;q=0.5, Pt-br;q=0.7", "pt"),
        ("en;q=0.5,pt;q=0.5", "en"),
        ("pt;q=nan", None),
        (" , ;;q=1,*,-,en_GB", None),
        ("fr;q=1, de-AT;q=0.5", "fr"),
        ("en;q=abc", None),
    ],
)
def test_the_language_asked_for(header: str | None, language: str | None) -> None:
    assert preferred_language(header) == language


def test_a_person_follows_what_is_or_was_theirs() -> None:
    passed_on = _change(
        {"to_role": "salesperson", "offered_to": "S-1", "assignee_id": None},
        {**OFFERED, "offered_to": "S-2"},
        "offered",
    )
    for person, sent in (("S-1", True), ("S-2", True), ("S-3", False)):
        assert match_tasks({}, person)("handoff.task.offered.v1", passed_on) is sent
    assert not match_tasks({"status": ["completed"]}, "S-1")("handoff.task.offered.v1", passed_on)
