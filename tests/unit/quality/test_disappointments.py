"""Each flag of disappointment, where it holds and where it does not (timers 5.9)."""

from datetime import timedelta

import pytest
from unit.quality.case_stories import ADVISOR, SELLER, asked, at, clock, event, flags, judged, owned, said, wrote

from shared.quality.case_facts import Arrival, Decline, EventFact, PromiseEnd, TaskFact
from shared.quality.types import Cause


def test_an_answer_after_the_breach_is_late() -> None:
    facts = {
        "events": (asked(),),
        "contacts": (said("told", 61),),
        "timers": (clock("asked", late=True, stopped=61, stopped_by="told"),),
    }
    found = judged(**facts)
    assert (found["asked"].flags, found["told"].flags) == ((), ("late_answer",))
    assert found["asked"].released["late_answer"] == found["told"].causes["late_answer"] == Cause("contact", "told")


def test_while_nobody_answers_the_question_shows_it() -> None:
    late = clock("asked", late=True)
    found = judged(events=(asked(),), timers=(late,))["asked"]
    assert (found.flags, found.score, found.causes) == (
        ("late_answer",),
        -1,
        {"late_answer": Cause("timer", late.timer_id)},
    )


def test_nobody_is_late_before_the_breach() -> None:
    assert flags("asked", events=(asked(),), timers=(clock("asked"),)) == ()
    in_time = clock("asked", stopped=60, stopped_by="told")
    assert flags("told", events=(asked(),), contacts=(said("told", 60),), timers=(in_time,)) == ()


def test_a_solution_clock_makes_no_late_answer() -> None:
    late = clock("asked", target="resolution", late=True)
    assert flags("asked", events=(asked(),), timers=(late,)) == ()


@pytest.mark.parametrize(("minutes", "chased"), [(30, False), (31, True), (59, True)])
def test_writing_again_after_half_the_target_is_chasing(minutes: int, chased: bool) -> None:
    facts = {"events": (asked(),), "contacts": (wrote("again", minutes),), "timers": (clock("asked"),)}
    assert flags("again", **facts) == (("chased",) if chased else ())


@pytest.mark.parametrize(
    "news",
    [
        {"topics": frozenset({"charging"})},
        {"facts": frozenset({("problem.severity", "'serious'")})},
        {"given": frozenset({"situation"})},
    ],
)
def test_writing_with_something_new_is_not_chasing(news: dict[str, frozenset[str]]) -> None:
    first = asked(topics=frozenset({"infotainment"}), given=frozenset({"problem"}))
    timers = (clock("asked"),)
    assert flags("again", events=(first, asked("again", 40, **news)), timers=timers) == ()
    assert flags("again", events=(first, asked("again", 40, topics=first.topics)), timers=timers) == ("chased",)


def test_writing_again_where_nothing_is_owed_is_not_chasing() -> None:
    answered = clock("asked", stopped=20, stopped_by="told")
    facts = {"events": (asked(),), "contacts": (said("told", 20), wrote("again", 40)), "timers": (answered,)}
    assert flags("again", **facts) == ()


def _gives(event_id: str, minutes: float, role: str = "service_advisor", staff_id: str = "SA-1") -> EventFact:
    return event(event_id, minutes, role=role, staff_id=staff_id, given=frozenset({"problem"}))


def test_telling_another_person_or_role_is_telling_twice() -> None:
    assert flags("second", events=(_gives("first", 0), _gives("second", 9, staff_id="SA-2"))) == ("told_twice",)
    assert flags("second", events=(_gives("first", 0), _gives("second", 9, role="salesperson"))) == ("told_twice",)


def test_the_same_observer_may_note_it_again() -> None:
    events = (_gives("first", 0), _gives("second", 9), _gives("third", 12, staff_id="SA-2"), _gives("fourth", 15))
    found = judged(events=events)
    assert [found[one].flags for one in ("first", "second", "third", "fourth")] == [(), (), ("told_twice",), ()]


def test_telling_it_after_the_owner_changed_is_telling_twice() -> None:
    events, change = (_gives("first", 0), _gives("second", 9)), (owned(5, SELLER, ADVISOR),)
    assert flags("second", events=events, owner_changes=change) == ("told_twice",)


def test_what_another_case_knows_is_told_twice() -> None:
    assert flags("asked", events=(asked(),), asked_again=frozenset({"asked"})) == ("told_twice",)


def test_the_first_contact_after_the_second_change_of_role_is_passed_on() -> None:
    changes = (owned(10, ADVISOR, SELLER), owned(20, SELLER, ADVISOR))
    contacts = (said("before", 15), said("first", 20), said("next", 30))
    found = judged(contacts=contacts, owner_changes=changes)
    assert [found[one].flags for one in ("before", "first", "next")] == [(), ("passed_on",), ()]


def test_another_person_of_the_role_or_a_first_owner_passes_nobody_on() -> None:
    colleague = type(ADVISOR)("service_advisor", "SA-2")
    nobody = type(ADVISOR)()
    changes = (owned(1, nobody, ADVISOR), owned(5, ADVISOR, colleague), owned(10, colleague, SELLER))
    assert flags("told", contacts=(said("told", 20),), owner_changes=changes) == ()


@pytest.mark.parametrize(
    ("reasons", "held"),
    [
        (["other_department"], True),
        (["silence", "silence"], True),
        (["silence"], False),
        (["busy", "conflict", "absent"], False),
    ],
)
def test_what_is_said_to_be_anothers_shows_at_the_next_contact(reasons: list[str], held: bool) -> None:
    declines = tuple(Decline("task-1", at(number), reason) for number, reason in enumerate(reasons))
    found = judged(contacts=(said("next", 30), said("later", 40)), declines=declines)
    assert found["next"].flags == (("not_ours",) if held else ())
    assert found["later"].flags == ()


def test_offers_of_two_tasks_that_ran_out_once_each_are_no_refusal() -> None:
    declines = (Decline("task-1", at(0), "silence"), Decline("task-2", at(1), "silence"))
    assert flags("next", contacts=(said("next", 30),), declines=declines) == ()


def test_a_matter_whose_owner_had_to_be_decided_is_nobodys() -> None:
    decided = event("decided", 0, owner_decided_at=at(2))
    found = judged(events=(decided,), contacts=(said("before", 1), said("next", 3)))
    assert (found["before"].flags, found["next"].flags) == ((), ("not_ours",))


def test_what_went_to_the_default_router_nobody_knew() -> None:
    assert flags("lost", events=(event("lost", 0, entries=("FB-14",)),)) == ("nobody_knew",)
    assert flags("found", events=(event("found", 0, entries=("IN-07",)),)) == ()


def _visit(status: str, minutes: float, starts: float = 0) -> Arrival:
    about = {"appointment_id": "A-1", "starts_at": at(starts), "allowed": timedelta(minutes=5)}
    return Arrival(change_id=f"{status}-1", at=at(minutes), status=status, **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("came", "received", "late"), [(-10, 5, False), (-10, 6, True), (20, 25, False), (20, 26, True)]
)
def test_a_customer_who_waits_too_long_is_received_late(came: int, received: int, late: bool) -> None:
    """The wait counts from the later of the date and her coming: who comes late is not received late."""
    arrivals = (_visit("arrived", came), _visit("started", received))
    found = judged(arrivals=arrivals)
    assert found["arrived-1"].flags == (("late_reception",) if late else ())
    assert found["started-1"].flags == ()


def test_where_no_start_is_noted_the_first_contact_receives_her() -> None:
    assert flags("arrived-1", arrivals=(_visit("arrived", 0),), contacts=(said("hello", 6),)) == ("late_reception",)
    assert flags("arrived-1", arrivals=(_visit("arrived", 0),), contacts=(said("hello", 5),)) == ()
    assert flags("arrived-1", arrivals=(_visit("arrived", 0),)) == ()
    assert flags("started-1", arrivals=(_visit("started", 6),)) == ("late_reception",)


@pytest.mark.parametrize(("score", "held"), [(-1, ("promise_broken",)), (0, ()), (1, ("promise_beaten",)), (None, ())])
def test_a_promise_ends_as_its_score_says(score: int | None, held: tuple[str, ...]) -> None:
    assert flags("P-1", promises=(PromiseEnd(promise_id="P-1", made_at=at(0), at=at(9), score=score),)) == held


def test_an_open_promise_is_no_moment_yet() -> None:
    assert judged(promises=(PromiseEnd(promise_id="P-1", made_at=at(0), at=None),)) == {}


def _slipped(**given: object) -> dict[str, object]:
    late = clock("slip", minutes=240, target="resolution", rule="T-31", late=True)
    return {"events": (event("slip", 0, news=frozenset({"parts_eta_slipped"})),), "timers": (late,), **given}


def test_who_hears_nothing_of_a_new_date_is_kept_in_the_dark() -> None:
    assert flags("slip", **_slipped()) == ("kept_in_the_dark",)
    assert flags("slip", **_slipped(contacts=(said("too late", 241, kind="update"),))) == ("kept_in_the_dark",)
    in_vain = said("no answer", 10, kind="update", reached=False)
    assert flags("slip", **_slipped(contacts=(in_vain,))) == ("kept_in_the_dark",)


@pytest.mark.parametrize("automatic", [False, True])
def test_whoever_tells_her_in_time_leaves_her_not_in_the_dark(automatic: bool) -> None:
    assert flags("slip", **_slipped(contacts=(said("told", 239, kind="update", automatic=automatic),))) == ()


def _more_work(**given: object) -> dict[str, object]:
    found = event("found", 0, news=frozenset({"additional_work_found"}))
    reminder = TaskFact(task_id="T", entry="T-07", to_role="service_advisor", created_at=at(240), asked=True)
    return {"events": (found,), "tasks": (reminder,), **given}


def test_who_hears_nothing_of_additional_work_is_kept_in_the_dark() -> None:
    assert flags("found", **_more_work()) == ("kept_in_the_dark",)
    assert judged(**_more_work())["found"].causes == {"kept_in_the_dark": Cause("task", "T")}
    assert flags("found", **_more_work(contacts=(said("too late", 241, kind="update"),))) == ("kept_in_the_dark",)
    in_vain = said("no answer", 10, kind="update", reached=False)
    assert flags("found", **_more_work(contacts=(in_vain,))) == ("kept_in_the_dark",)


def test_who_hears_of_additional_work_in_time_or_need_not_yet_is_not_in_the_dark() -> None:
    assert flags("found", **_more_work(contacts=(said("told", 239, kind="update"),))) == ()
    assert flags("found", **_more_work(tasks=())) == ()
    again = event("again", 60, news=frozenset({"additional_work_found"}))
    both = _more_work(events=(event("found", 0, news=frozenset({"additional_work_found"})), again))
    assert (flags("found", **both), flags("again", **both)) == ((), ("kept_in_the_dark",))


def test_before_its_clock_has_run_out_nobody_is_in_the_dark() -> None:
    running = clock("slip", minutes=240, target="resolution", rule="T-31")
    assert flags("slip", **_slipped(timers=(running,))) == ()


@pytest.mark.parametrize(
    ("sentiment", "about", "held"),
    [
        ("negative", {"staff"}, ("harsh",)),
        ("negative", {"delivery"}, ()),
        ("neutral", {"staff"}, ()),
        ("positive", {"staff"}, ()),
    ],
)
def test_only_a_bad_word_about_people_is_harsh(sentiment: str, about: set[str], held: tuple[str, ...]) -> None:
    assert flags("word", events=(event("word", 0, sentiment=sentiment, about=frozenset(about)),)) == held
