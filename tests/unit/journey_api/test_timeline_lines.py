"""A timeline is put together from stored rows: order, who, why, and what is left out."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from journey_api.cases.timeline_facts import Line, StoredFacts
from journey_api.cases.timeline_order import lines_of, with_receivers
from journey_api.cases.timeline_words import LANGUAGES, Words
from shared.playbook.ruleset.loader import load_playbook

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PEOPLE = {"PS-1": "Marta S.", "PS-2": "Luis T."}


def words(language: str = "en") -> Words:
    """The words of a reader in Lisbon."""
    return Words(language, ZoneInfo("Europe/Lisbon"), load_playbook().texts)


def change(version: int, action: str, **given: Any) -> dict[str, Any]:
    """A change of a task, a minute after the one before."""
    row = {
        "task_id": "T-1",
        "version": version,
        "at": NOON + timedelta(minutes=version),
        "action": action,
        "task_entry": "SA-07-01-c",
        "from_role": "service_advisor",
        "to_role": "product_specialist",
        "now_offered_to": None,
        "chain": {},
        "before": {},
    }
    return {**row, **dict.fromkeys(("by", "reason", "outcome", "note", "event_id", "entry")), **given}


def clock_event(action: str, **given: Any) -> dict[str, Any]:
    """Something that happened to a clock at noon."""
    row = {
        "seq": 1,
        "cause": None,
        "timer_id": "K-1",
        "rule": "T-03",
        "target": "first_response",
        "task_id": None,
        "trace": {},
    }
    owner = {"owner_role": "product_specialist", "owner_staff_id": "PS-1"}
    return {**row, **owner, "at": NOON, "action": action, "due_at": NOON + timedelta(hours=1), **given}


def notification(**given: Any) -> dict[str, Any]:
    """A notice to a person, planned at noon."""
    row = dict.fromkeys(("customer_id", "task_id", "code", "scheduled_for"))
    own = {"notification_id": "N-1", "staff_id": "PS-1", "message": "WARNING", "channel": "email", "status": "failed"}
    return {**row, **own, "params": {}, "votes": [], "attempts": [], "created_at": NOON, **given}


def test_whom_a_task_was_offered_to_is_what_the_next_change_found() -> None:
    rows = [
        change(0, "created"),
        change(1, "offered"),
        change(2, "declined", before={"offered_to": "PS-1"}, reason="silence"),
        change(3, "offered"),
    ]
    assert [row["offered_to"] for row in with_receivers(rows)] == [None, "PS-1", None, None]
    rows = [{**row, "now_offered_to": "PS-2"} for row in rows]
    assert [row["offered_to"] for row in with_receivers(rows)] == [None, "PS-1", None, "PS-2"]


def test_offers_silences_and_the_queue_are_told_with_their_people() -> None:
    rows = [
        change(1, "offered"),
        change(2, "declined", before={"offered_to": "PS-1"}, reason="silence"),
        change(3, "offered"),
        change(4, "accepted", by="PS-2"),
        change(5, "completed", by="PS-2", outcome="customer_answered", note="All well"),
    ]
    lines = lines_of(StoredFacts(task_events=rows, people=PEOPLE), words())
    assert [line.kind for line in lines] == ["offered", "silence", "offered", "accepted", "completed"]
    assert [line.who and line.who["name"] for line in lines] == ["Marta S.", "Marta S.", None, "Luis T.", "Luis T."]
    assert lines[2].text.startswith("Waiting in the queue")
    assert lines[4].because == "the customer has the answer, All well"


def test_of_one_instant_what_happened_comes_before_what_came_of_it() -> None:
    event = {
        "event_id": "E-1",
        "occurred_at": NOON,
        "routed_at": NOON,
        "step": 13,
        "data": {"observed_by": {"role": "service_advisor", "staff_id": None}},
        "occurrences": ["early_ownership_problem_reported"],
        "note": None,
        "decisions": [
            {
                "occurrence": "early_ownership_problem_reported",
                "entry": "SA-07-01-c",
                "outcome": "created",
                "because": {"code": "always", "params": {}},
                "task_id": "T-1",
            }
        ],
    }
    facts = StoredFacts(events=[event], timer_events=[clock_event("started")], notifications=[notification()])
    lines = lines_of(facts, words())
    assert [line.kind for line in lines] == ["event", "decision", "clock_started", "told"]
    assert (lines[1].ids["task_id"], lines[1].because) == ("T-1", "It always follows.")


@pytest.mark.parametrize("microsecond", [0, 1, 404_706, 999_999])
def test_a_clock_comes_after_what_moved_it_within_its_second(microsecond: int) -> None:
    spoken = dict.fromkeys(("staff_id", "outcome", "text", "task_id", "notification_id"))
    heard = NOON.replace(microsecond=microsecond)
    contact = {**spoken, "contact_id": "M-1", "direction": "inbound", "channel": "email", "at": heard}
    change_of_task = {**change(1, "accepted", by="PS-1"), "at": heard}
    moved = (("started", "M-1"), ("met", "T-1:1"), ("breached", None))
    clocks = [{**clock_event(action, cause=cause), "seq": seq} for seq, (action, cause) in enumerate(moved)]
    lines = lines_of(StoredFacts(contacts=[contact], task_events=[change_of_task], timer_events=clocks), words())
    told = [(line.kind, line.at) for line in lines if line.kind != "clock_breached"]
    assert told == [(kind, heard) for kind in ("contact", "accepted", "clock_met", "clock_started")]
    assert next(line.at for line in lines if line.kind == "clock_breached") == NOON


def test_what_a_clock_was_moved_by_earlier_does_not_move_its_line() -> None:
    event = {"contact_id": "M-1", "direction": "inbound", "channel": "email", "at": NOON - timedelta(minutes=90)}
    heard = {**dict.fromkeys(("staff_id", "outcome", "text", "task_id", "notification_id")), **event}
    lines = lines_of(StoredFacts(contacts=[heard], timer_events=[clock_event("started", cause="M-1")]), words())
    assert [line.at for line in lines] == [NOON - timedelta(minutes=90), NOON]


def test_a_late_stop_and_a_stop_in_time_are_told_apart() -> None:
    met, missed = (lines_of(StoredFacts(timer_events=[clock_event(one)]), words())[0] for one in ("met", "missed"))
    assert (met.kind, missed.kind) == ("clock_met", "clock_met")
    assert met.text != missed.text
    assert "13:00" in missed.text


def test_what_only_the_engine_needs_is_no_line() -> None:
    rows = [clock_event(one) for one in ("paused", "resumed", "superseded", "rearmed", "owner_moved")]
    assert lines_of(StoredFacts(timer_events=rows), words()) == []


def test_who_was_told_says_the_outcome_and_why_not() -> None:
    vote = {"layer": "address", "channel": "email", "allowed": False, "because": "the address is not verified"}
    (line,) = lines_of(StoredFacts(notifications=[notification(votes=[vote])], people=PEOPLE), words())
    assert (line.kind, line.text) == ("told", "Warning by e-mail: failed")
    assert line.because == "e-mail: the address is not verified"
    assert (line.ids["staff_id"], line.ids["outcome"]) == ("PS-1", "failed")


def test_it_happened_when_it_was_last_tried() -> None:
    attempts = [{"at": NOON + timedelta(minutes=minutes), "status": "temp_failed"} for minutes in (1, 7)]
    (line,) = lines_of(StoredFacts(notifications=[notification(attempts=attempts)]), words())
    assert line.at == NOON + timedelta(minutes=7)


ORIGINS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Started by hand", {"by": "PS-1"}),
    ("Started by hand", {"by": "PS-1", "event_id": "E-1", "task_entry": "SA-07-01-a"}),
    ("Follows from what another role has completed", {"task_entry": "CLOSE-LOOP"}),
    ("Given over by another role", {"task_entry": "CLOSE-LOOP", "chain": {"givers": ["salesperson"]}}),
    ("Asked for by a time rule", {"task_entry": "T-09"}),
    ("No message goes, so a person is asked", {"task_entry": "CALL", "event_id": "E-1"}),
    ("No message goes, so a person is asked", {"task_entry": "UNREACHABLE"}),
)
"""How a task is said to have begun, and what is stored of it."""


def began(stored: dict[str, Any], language: str = "en") -> Line:
    """The line of the making of a task."""
    made = change(1, "created", **stored)
    (line,) = lines_of(StoredFacts(task_events=[made], people=PEOPLE), words(language))
    assert line.kind == "decision"
    return line


@pytest.mark.parametrize(("origin", "stored"), ORIGINS)
def test_who_or_what_began_a_task_is_said_as_it_was(origin: str, stored: dict[str, Any]) -> None:
    line = began(stored)
    assert line.text == f"{origin}: {words().entry(stored.get('task_entry', 'SA-07-01-c'))}"
    assert (line.who or {}).get("name") == ("Marta S." if "by" in stored else None)


def test_what_a_decision_of_an_event_made_is_told_by_the_decision() -> None:
    assert lines_of(StoredFacts(task_events=[change(1, "created", event_id="E-1")]), words()) == []
    assert lines_of(StoredFacts(task_events=[change(2, "updated", event_id="E-1")]), words()) == []


def test_what_a_person_started_and_joined_an_open_task_is_told_with_its_own_title() -> None:
    joined = change(2, "updated", by="PS-1", entry="SA-07-01-a")
    (line,) = lines_of(StoredFacts(task_events=[joined], people=PEOPLE), words())
    assert line.text == f"Started by hand: {words().entry('SA-07-01-a')}"
    assert (line.ids["entry"], line.ids["task_id"]) == ("SA-07-01-a", "T-1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_how_a_task_began(language: str) -> None:
    told, english = ({began(stored, one).text for _, stored in ORIGINS} for one in (language, "en"))
    assert len(told) == len(ORIGINS)
    assert told == english if language == "en" else told.isdisjoint(english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_line(language: str) -> None:
    english, own = words(), words(language)
    facts = StoredFacts(
        task_events=[change(number, action) for number, action in enumerate(("offered", "accepted", "cancelled"))],
        timer_events=[clock_event(one) for one in ("started", "warning", "breached", "missed", "nobody_reachable")],
        notifications=[notification(status=one) for one in ("queued", "held", "sent", "unknown")],
    )
    told = [line.text for line in lines_of(facts, own)]
    assert len(told) == 12
    assert (told == [line.text for line in lines_of(facts, english)]) == (language == "en")
