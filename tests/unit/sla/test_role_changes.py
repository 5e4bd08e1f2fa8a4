"""What becomes of a case's clocks when another role answers for them: keep, restart, retroactive (timers 5.1.8)."""

from datetime import timedelta

import pytest
from case_story import heard, later
from sla_builders import FRIDAY, OFFICE, contact, event, message, read_back, task, utc

from shared.faults import Fault
from shared.sla.engine.case_timers import rederive
from shared.sla.facts import Owner, OwnerMoved
from shared.sla.policy.overrides import validate_sla

SALES = {day: [["10:10", "18:00"]] for day in OFFICE}
CALENDARS = {"default": {"week": OFFICE}, "sales": {"week": SALES}}
SELLER = Owner("salesperson", "S-1")


def moved(minutes, owner=SELLER):
    return OwnerMoved(
        fact_id=f"m{minutes}",
        occurred_at=later(minutes),
        dealer_id="lisboa-01",
        case_id="case-1",
        customer_id="C-1",
        owner=owner,
    )


def of_case(*facts, rule="T-03", how=None, **more):
    sla = {rule: {"on_change": how} | more} if how else {}
    return heard(*facts, calendars=CALENDARS, role_calendar={"salesperson": "sales"}, sla=sla)


def rows(case):
    """What is due of the clock of the answer, as stored."""
    return {row.threshold: row.fire_at for row in case.last.due if row.timer_id == case.timer("T-03").timer_id}


@pytest.mark.parametrize(("how", "due"), [(None, 60), ("keep", 60), ("restart", 80), ("retroactive", 70)])
def test_the_clock_of_an_answer_goes_to_sales_who_open_at_ten_past_ten(how, due):
    case = of_case(message(FRIDAY), moved(20), how=how)
    timer = case.timer("T-03")
    assert (timer.started_at, timer.due_at) == (FRIDAY, later(due))
    assert timer.owner == SELLER
    assert case.timer("T-02").due_at == later(10), "a rule that says nothing keeps its hours"
    if how in ("restart", "retroactive"):
        assert rows(case)["breach"] == later(due) + timedelta(seconds=1)
        assert rows(case)["warning:75"] == later(due - 15)


@pytest.mark.parametrize("how", ["restart", "retroactive"])
def test_another_person_of_the_same_role_moves_nothing(how):
    case = of_case(message(FRIDAY), moved(20, Owner("service_advisor", "S-9")), how=how)
    assert case.timer("T-03").due_at == later(60)


@pytest.mark.parametrize("how", ["restart", "retroactive"])
def test_a_breached_clock_keeps_its_deadline_and_its_chain(how):
    case = of_case(message(FRIDAY), how=how)
    case.tick(later(61))
    before = case.timer("T-03")
    case.hear(moved(65))
    after = case.timer("T-03")
    assert (after.due_at, after.breached_at, after.policy) == (before.due_at, before.breached_at, before.policy)
    assert after.owner == SELLER


def test_the_warning_of_a_restarted_clock_comes_again():
    case = of_case(message(FRIDAY), how="restart")
    assert ("Fri 10:45:00", "T-03 warning:75") in case.tick(later(50))
    case.hear(moved(50))
    assert ("Fri 11:35:00", "T-03 warning:75") in case.tick(later(100))


def test_hours_that_count_from_the_start_may_have_been_up_already():
    """One breach, told as found overdue, no warning."""
    always = {"week": {day: [["00:00", "24:00"]] for day in OFFICE}}
    evening = utc("2026-11-19 20:00")
    case = heard(
        message(evening),
        role_calendar={"salesperson": "sales"},
        sla={"T-03": {"on_change": "retroactive"}},
        calendars={"default": {"week": OFFICE}, "sales": always},
    )
    assert case.timer("T-03").due_at == FRIDAY
    case.hear(moved(-30))
    timer = case.timer("T-03")
    assert (timer.due_at, timer.breached_at, timer.on_attach) == (*[utc("2026-11-19 21:00")] * 2, True)
    assert [one.action for one in case.last.events if one.timer_id == timer.timer_id] == [
        "owner_moved",
        "corrected",
        "breached",
    ]


@pytest.mark.parametrize(("how", "due"), [("keep", 360), ("restart", 400), ("retroactive", 310)])
def test_what_stood_still_stands_still_in_the_other_hours_too(how, due):
    """Four hours from ten, an hour of waiting; sales have no lunch break."""
    told = event(FRIDAY, signals=("parts_eta_slipped",))
    waits = task(later(20), "waiting", open_delivers=1, waiting_delivers=1)
    resumes = task(later(80), "resumed", open_delivers=1)
    case = of_case(task(later(-1), "accepted"), told, waits, resumes, moved(160), rule="T-31", how=how)
    assert case.timer("T-31").due_at == later(due)


@pytest.mark.parametrize("how", ["restart", "retroactive"])
def test_it_may_change_hands_while_it_stands_still(how):
    told = event(FRIDAY, signals=("parts_eta_slipped",))
    waits = task(later(20), "waiting", open_delivers=1, waiting_delivers=1)
    resumes = task(later(80), "resumed", open_delivers=1)
    case = of_case(task(later(-1), "accepted"), told, waits, moved(50), resumes, rule="T-31", how=how)
    assert case.timer("T-31").due_at == later({"restart": 320, "retroactive": 310}[how])


def test_open_days_begin_anew():
    """Two open days from Friday are Tuesday, from Monday they are Wednesday."""
    told = event(FRIDAY, occurrences=("early_ownership_problem_reported",))
    case = of_case(told, moved(3 * 24 * 60), rule="T-27", how="restart")
    assert case.timer("T-27").due_at == utc("2026-11-25 18:00")


@pytest.mark.parametrize("how", ["restart", "retroactive"])
def test_late_news_tells_the_same_story_again(how):
    """What is heard late moves nothing that it is not about, and what is stored reads back."""
    case = of_case(message(FRIDAY), moved(20), how=how)
    before = case.timer("T-03")
    case.hear(contact(later(5), "acknowledgement"), now=later(30))
    assert case.timer("T-03").due_at == before.due_at
    assert read_back(before, owner_role="salesperson", owner_staff_id="S-1") == before
    told = rederive(case.case_timers, case.log, case.policies, later(30), case.new_id)
    assert told.changed == told.events == ()


def test_a_second_change_counts_from_the_second():
    case = of_case(message(FRIDAY), moved(20), moved(40, Owner("service_advisor", "S-9")), how="restart")
    timer = case.timer("T-03")
    assert (timer.due_at, timer.counts_from) == (later(100), later(40))


@pytest.mark.parametrize(
    ("rule", "value", "pointer"),
    [
        ("T-03", "keep", None),
        ("T-31", "restart", None),
        ("T-03", "sometimes", "/T-03/on_change"),
        ("T-03", 3, "/T-03/on_change"),
        ("T-46", "restart", "/T-46/on_change"),
        ("T-23", "restart", "/T-23/on_change"),
        ("T-09", "restart", "/T-09/on_change"),
    ],
)
def test_it_is_said_of_clocks_of_cases(rule, value, pointer):
    faults: list[Fault] = validate_sla({rule: {"on_change": value}})
    assert [fault.pointer for fault in faults] == ([pointer] if pointer else [])
