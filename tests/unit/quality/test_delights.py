"""Each flag of delight, where it holds and where it does not (timers 5.9)."""

from datetime import timedelta
from typing import Any

import pytest
from unit.quality.case_stories import ADVISOR, SELLER, asked, at, clock, flags, judged, owned, said, wrote

from shared.quality.case_facts import Closing, PromiseEnd, TaskFact
from shared.quality.types import Seen


@pytest.mark.parametrize("kind", ["update", "proposal", "courtesy"])
def test_news_that_nobody_waited_for_is_unasked(kind: str) -> None:
    assert flags("news", contacts=(said("news", 10, kind=kind),)) == ("unasked",)


@pytest.mark.parametrize("kind", ["answer", "estimate", "acknowledgement", "feedback_request", "authorisation"])
def test_other_contacts_are_never_unasked(kind: str) -> None:
    assert flags("news", contacts=(said("news", 10, kind=kind),)) == ()


def test_what_reached_nobody_or_a_machine_sent_delights_nobody() -> None:
    assert flags("news", contacts=(said("news", 10, kind="update", reached=False),)) == ()
    assert judged(contacts=(said("news", 10, kind="update", automatic=True),)) == {}


def _task(**given: Any) -> TaskFact:
    return TaskFact(
        **{"task_id": "T", "entry": "T-32", "to_role": "service_advisor", "created_at": at(0), "asked": True, **given}
    )


@pytest.mark.parametrize(
    "asking",
    [
        {"timers": (clock("asked"),)},
        {"timers": (clock("asked", stopped=10, stopped_by="news"),)},
        {"timers": (clock("asked", target="resolution", minutes=600),)},
        {"tasks": (_task(),)},
        {"tasks": (_task(ended_at=at(10)),)},
        {"promises": (PromiseEnd(promise_id="P", made_at=at(0), at=None),)},
        {"promises": (PromiseEnd(promise_id="P", made_at=at(0), at=at(10)),)},
    ],
)
def test_news_that_was_owed_is_not_unasked(asking: dict[str, Any]) -> None:
    assert flags("news", contacts=(said("news", 10, kind="update"),), **asking) == ()


@pytest.mark.parametrize(
    "ended",
    [
        {"timers": (clock("asked", stopped=9, stopped_by="told"),)},
        {"tasks": (_task(ended_at=at(9)),)},
        {"tasks": (_task(created_at=at(11)),)},
        {"tasks": (_task(asked=False),)},
        {"promises": (PromiseEnd(promise_id="P", made_at=at(0), at=at(9)),)},
    ],
)
def test_what_was_owed_before_or_afterwards_does_not_count(ended: dict[str, Any]) -> None:
    assert flags("news", contacts=(said("news", 10, kind="update"),), **ended) == ("unasked",)


def test_a_contact_that_names_the_reminder_was_asked_for_by_it() -> None:
    ended = (_task(ended_at=at(5)),)
    assert flags("news", contacts=(said("news", 10, kind="update", task_id="T"),), tasks=ended) == ()


def _answered(minutes: float, first_channel: str | None, channel: str = "message") -> tuple[str, ...]:
    stopped = clock("asked", stopped=minutes, stopped_by="told")
    seen = {"told": Seen(("service_advisor",), first_channel)}
    contacts = (said("told", minutes, channel=channel),)
    return judged(seen, events=(asked(),), contacts=contacts, timers=(stopped,))["told"].flags


def test_an_answer_within_half_its_target_on_her_channel_is_quick_and_hers() -> None:
    assert _answered(30, "whatsapp") == _answered(30, "sms") == ("quick_and_hers",)
    assert _answered(30, "telephone", "telephone") == ("quick_and_hers",)


def test_a_slower_answer_or_one_on_another_channel_is_not() -> None:
    assert _answered(31, "whatsapp") == ()
    assert _answered(30, "email") == _answered(30, None) == _answered(30, "whatsapp", "telephone") == ()


def _closed(outcome: str = "satisfied", contacts: int = 3, **facts: Any) -> tuple[str, ...]:
    closing = Closing(change_id="end", at=at(60), outcome=outcome, by="SA-1")
    spoken = tuple((wrote if number % 2 else said)(f"c{number}", number) for number in range(contacts))
    return flags("end", closings=(closing,), **{"contacts": spoken, **facts})


def test_three_contacts_one_owner_and_satisfied_are_one_voice() -> None:
    assert _closed() == ("one_voice",)
    colleague = type(ADVISOR)("service_advisor", "SA-2")
    assert _closed(owner_changes=(owned(5, ADVISOR, colleague),)) == ("one_voice",)


def test_fewer_contacts_another_outcome_or_another_role_are_not() -> None:
    assert _closed(contacts=2) == _closed("other") == _closed("unsatisfied") == ()
    assert _closed(owner_changes=(owned(5, ADVISOR, SELLER), owned(6, SELLER, ADVISOR))) == ()
    machine = tuple(said(f"c{number}", number, automatic=number > 0) for number in range(3))
    assert _closed(contacts=0) == () == flags("end", contacts=machine, closings=(_end(),))


def _end() -> Closing:
    return Closing(change_id="end", at=at(60), outcome="satisfied")


@pytest.mark.parametrize(("days", "held"), [(0, True), (7, True), (7.01, False), (-1, False)])
def test_asking_within_a_week_of_a_delivery_is_asking_how_it_was(days: float, held: bool) -> None:
    contact = said("question", days * 24 * 60, kind="feedback_request")
    assert flags("question", contacts=(contact,), deliveries=(at(0),)) == (("asked_how_it_was",) if held else ())


def test_other_contacts_after_a_delivery_ask_nothing() -> None:
    delivered = (at(0) - timedelta(days=1),)
    assert flags("told", contacts=(said("told", 0),), deliveries=delivered) == ()


@pytest.mark.parametrize(
    ("kind", "options", "held"),
    [("proposal", 2, True), ("proposal", 1, False), ("proposal", None, False), ("answer", 3, False)],
)
def test_two_options_are_a_choice(kind: str, options: int | None, held: bool) -> None:
    contact = said("offer", 10, kind=kind, options=options)
    running = (clock("asked"),)
    assert flags("offer", contacts=(contact,), timers=running) == (("choice",) if held else ())
