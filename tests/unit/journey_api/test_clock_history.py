"""The history of a clock: why each change came, who was told of it, under whom its time ran."""

from datetime import datetime
from typing import Any

import pytest
from clock_builders import ANA, RUI, Clock, at, calendar, policy, words

from journey_api.cases.clock_history import ClockRows, clock_history
from journey_api.cases.clock_parts import Paused, Running, owner_shares, parts_of
from journey_api.cases.timeline_words import LANGUAGES
from shared.sla.engine import due_actions
from shared.sla.engine import timer as machine
from shared.sla.facts import Owner


def document(clock: Clock, now: str, language: str = "en", **rows: Any) -> dict[str, Any]:
    return dict(clock_history(clock.timer, ClockRows(clock.rows, **rows), words(language), at(now)))


def notice(number: int, message: str, key: str, made: datetime) -> dict[str, Any]:
    return {
        "notification_id": f"N-{number}",
        "staff_id": f"S-{number}",
        "message": message,
        "channel": "email",
        "status": "sent",
        "created_at": made,
        "params": {"key": key},
    }


def breached() -> Clock:
    clock = Clock("PT1H", "2026-11-20 10:00")
    for threshold, when in (("warning:75", "2026-11-20 10:45"), ("breach", "2026-11-20 11:00:01")):
        clock.then(due_actions.fire(clock.timer, threshold, at(when)))
    return clock


def test_each_change_says_from_which_state_to_which_and_why() -> None:
    clock = Clock("PT4H", "2026-11-20 10:00", cause="E-1").paused("2026-11-20 11:00", "2026-11-20 12:00")
    clock.then(machine.stop(clock.timer, at("2026-11-20 12:30"), "C-1"))
    causes = {
        "E-1": {"kind": "event", "occurrences": ["negative_feedback"], "step": 14},
        "C-1": {"kind": "contact", "direction": "outbound", "channel": "telephone"},
    }
    causes["E-1"]["occurrences"] = []
    history = document(clock, "2026-11-20 13:00", causes=causes)["history"]
    assert [(one["from"], one["to"]) for one in history] == [
        (None, "running"),
        ("running", "paused"),
        ("paused", "running"),
        ("running", "completed"),
    ]
    assert history[0]["because"].startswith("It began: ")
    assert history[1]["because"] == "It stood still: its time"
    assert history[3]["because"] == "It ended in time: To the customer, by telephone"


def test_who_was_told_stands_at_the_threshold_that_told_them() -> None:
    clock = breached()
    notices = [
        notice(1, "WARNING", "T-1:warning:75", at("2026-11-20 10:45")),
        notice(2, "BREACHED", "T-1:breach", at("2026-11-20 11:00:05")),
        notice(3, "ESCALATED", "T-1:step:1.2", at("2026-11-20 11:00:05")),
    ]
    history = document(clock, "2026-11-20 11:05", notices=notices)["history"]
    told = {one["action"]: [each["notification_id"] for each in one["told"]] for one in history}
    assert told == {"started": [], "warning": ["N-1"], "breached": ["N-2", "N-3"]}
    assert history[1]["told"][0] == {
        "notification_id": "N-1",
        "staff_id": "S-1",
        "message": "WARNING",
        "channel": "email",
        "status": "sent",
    }
    assert [one["because"] for one in history[1:]] == ["75 % of its time were up", "Its time was up"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_has_words_in_every_language(language: str) -> None:
    clock = breached()
    clock.then(machine.move_owner(clock.timer, RUI, at("2026-11-20 11:30")))
    clock.then(due_actions.acknowledge(clock.timer, at("2026-11-20 11:40")))
    migrated = Clock("PT4H", "2026-11-20 10:00")
    migrated.then(machine.migrate_policy(migrated.timer, policy("PT5H"), at("2026-11-20 11:00")))
    for one in (clock, migrated):
        changes = document(one, "2026-11-20 13:00", language)["history"]
        assert all(change["because"] and "{" not in change["because"] for change in changes)


def test_open_time_is_split_by_owner() -> None:
    """From 16:00 to closing Ana's; on Monday Rui's to 10:00, then Ana's again; lunch is nobody's."""
    clock = Clock("PT20H", "2026-11-20 16:00")
    clock.then(machine.move_owner(clock.timer, RUI, at("2026-11-22 12:00")))
    clock.then(machine.move_owner(clock.timer, ANA, at("2026-11-23 10:00")))
    shares = owner_shares(clock.timer, clock.rows, at("2026-11-23 15:00"))
    assert [(share.owner, share.seconds / 3600) for share in shares] == [(ANA, 3 + 4), (RUI, 1)]


def test_a_pause_is_nobodys_time() -> None:
    clock = Clock("PT20H", "2026-11-20 16:00").paused("2026-11-20 17:00", "2026-11-20 18:00")
    clock.then(machine.move_owner(clock.timer, RUI, at("2026-11-20 17:30")))
    shares = owner_shares(clock.timer, clock.rows, at("2026-11-20 19:00"))
    assert [(share.owner, share.seconds / 3600) for share in shares] == [(ANA, 1), (RUI, 1)]


def test_owners_are_those_until_it_ended() -> None:
    clock = Clock("PT4H", "2026-11-20 10:00")
    clock.then(machine.stop(clock.timer, at("2026-11-20 11:00")))
    assert document(clock, "2026-11-25 10:00")["owners"] == [
        {"role": "salesperson", "staff_id": "S-ana", "seconds": 3_600}
    ]


def test_a_story_that_was_told_again_replaces_the_pauses_on_record() -> None:
    clock = Clock("PT4H", "2026-11-20 10:00").paused("2026-11-20 10:30", "2026-11-20 11:00")
    rows = [
        *clock.rows,
        {
            **clock.rows[-1],
            "action": "corrected",
            "from_state": "running",
            "trace": {"pauses": [[at("2026-11-20 10:15").isoformat(), at("2026-11-20 12:00").isoformat()]]},
        },
    ]
    assert parts_of(clock.timer, rows, at("2026-11-20 12:30")) == [
        Running(at("2026-11-20 10:00"), at("2026-11-20 10:15"), calendar()),
        Paused(at("2026-11-20 10:15"), at("2026-11-20 12:00")),
        Running(at("2026-11-20 12:00"), at("2026-11-20 12:30"), calendar()),
    ]


def test_a_clock_of_nobody_has_one_share() -> None:
    clock = Clock("PT4H", "2026-11-20 10:00")
    rows = [{**row, "trace": {}} for row in clock.rows]
    (share,) = owner_shares(clock.timer, rows, at("2026-11-20 11:00"))
    assert share.owner == Owner()
