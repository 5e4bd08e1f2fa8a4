"""The clocks of a case, fact by fact: what stops, pauses, withdraws and renews them."""

from datetime import timedelta

import pytest
from case_story import heard, later
from sla_builders import ADVISOR, FRIDAY, closed, contact, event, inbound, message, task, utc

from shared.calendar.durations import Duration
from shared.sla.facts import CaseReopened, Owner, OwnerMoved

PERSON = Owner("product_specialist", "S-12")


def test_an_acknowledgement_leaves_the_answer_to_be_given():
    case = heard(message(FRIDAY), contact(later(1), "acknowledgement"), contact(later(60), "answer"))
    assert case.states() == {"T-02 acknowledgement 1": "completed", "T-03 first_response 1": "completed"}
    assert all(timer.breached_at is None for timer in case.case_timers.timers)


@pytest.mark.parametrize("minutes", [1.5, 5, 30])
def test_one_acknowledgement_covers_what_is_written_until_the_first_answer(minutes):
    case = heard(message(FRIDAY), contact(later(1), "acknowledgement"), message(later(minutes)))
    assert case.states() == {"T-02 acknowledgement 1": "completed", "T-03 first_response 1": "running"}
    assert case.timer("T-03").started_at == FRIDAY


@pytest.mark.parametrize(("minutes", "acknowledged_anew"), [(6, False), (10.5, False), (12, True), (90, True)])
def test_after_the_answer_it_covers_what_follows_within_ten_minutes(minutes, acknowledged_anew):
    answered = contact(later(2), "answer")
    case = heard(message(FRIDAY), contact(later(1), "acknowledgement"), answered, message(later(minutes)))
    assert ("T-02 acknowledgement 2" in case.states()) is acknowledged_anew
    assert "running" in [state for name, state in case.states().items() if "next_response" in name]


def test_further_messages_move_no_clock():
    case = heard(message(FRIDAY), message(later(5)), message(later(6)))
    assert len(case.case_timers.timers) == 2
    assert case.last.events == ()
    assert case.last.created == case.last.changed == case.last.due == ()


def test_the_next_answer_is_timed_by_the_rule_of_the_first():
    mail = event(FRIDAY, channel="email", visit_appointment=True)
    case = heard(mail, contact(later(20)), message(later(60)), message(later(70)))
    again = case.timer("T-04", 2)
    assert (again.target, again.started_at, again.due_at) == ("next_response", later(60), later(90))
    assert "T-03 first_response 1" not in case.states()
    case.hear(contact(later(80)), inbound(later(100), "telephone", outcome="voicemail"))
    assert case.timer("T-04", 3).started_at == later(100)


def test_the_next_answer_waits_for_the_first():
    case = heard(message(FRIDAY), inbound(later(10), "telephone"), inbound(later(20), "email"))
    assert {timer.target for timer in case.case_timers.timers} == {"acknowledgement", "first_response"}


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        (inbound(later(80), kind="courtesy"), "completed"),
        (contact(later(80), "courtesy"), "completed"),
        (task(later(80), "completed", open_delivers=0), "completed"),
        (task(later(80), "completed", open_delivers=1), "running"),
        (task(later(80), "cancelled", open_delivers=0), "running"),
        (task(later(80), "completed", kind="reminder", open_delivers=0), "running"),
        (contact(later(80), "update"), "running"),
        (closed(later(80)), "cancelled"),
    ],
)
def test_what_ends_the_wait_for_the_next_answer(fact, state):
    case = heard(message(FRIDAY), contact(later(20)), message(later(60)), fact)
    assert case.timer("T-03", 2).state == state


def test_a_courtesy_starts_no_wait():
    case = heard(message(FRIDAY), contact(later(20)), inbound(later(60), kind="courtesy"))
    assert len(case.case_timers.timers) == 2


def test_a_conversation_is_not_a_wait():
    case = heard(message(FRIDAY), contact(later(20)), inbound(later(60), "telephone", outcome="spoke"))
    assert len(case.case_timers.timers) == 2


@pytest.mark.parametrize(
    ("begins", "ends", "stopped"),
    [
        ({"sentiment": "negative"}, event(later(30), signals=("solution_proposed",)), True),
        ({"sentiment": "negative"}, contact(later(30), "proposal"), True),
        ({"sentiment": "negative"}, contact(later(30), "answer"), False),
        ({"sentiment": "negative"}, event(later(30), signals=("problem_resolved",)), False),
        ({"occurrences": ("delivery_date_slipped",)}, contact(later(30), "proposal"), True),
        ({"occurrences": ("delivery_date_slipped",)}, contact(later(30), "estimate"), False),
        ({"occurrences": ("early_ownership_problem_reported",)}, event(later(30), signals=("problem_resolved",)), True),
        ({"occurrences": ("early_ownership_problem_reported",)}, contact(later(30), "proposal"), False),
        ({"occurrences": ("early_ownership_problem_reported",)}, closed(later(30)), True),
    ],
)
def test_what_resolves(begins, ends, stopped):
    case = heard(event(FRIDAY, **begins), ends)
    assert [timer.state for timer in case.case_timers.timers] == ["completed" if stopped else "running"]


def test_a_closed_case_stops_resolution_and_cancels_the_rest():
    case = heard(
        event(FRIDAY, channel="message", sentiment="negative"),
        task(later(1), "offered", owner=PERSON),
        closed(later(5)),
    )
    assert case.states() == {
        "T-02 acknowledgement 1": "cancelled",
        "T-03 first_response 1": "cancelled",
        "T-33 resolution 1": "completed",
        "T-46 acceptance 1": "cancelled",
    }
    assert {event.action for event in case.last.events} == {"met", "cancelled"}
    assert case.last.due == ()


def test_waiting_pauses_resolution_alone_while_every_deliver_waits():
    case = heard(
        event(FRIDAY, channel="message", sentiment="negative"),
        task(later(10), "waiting", open_delivers=2, waiting_delivers=1),
    )
    assert case.timer("T-33").state == "running"
    case.hear(task(later(20), "waiting", open_delivers=2, waiting_delivers=2))
    assert case.timer("T-33").state == "paused"
    assert case.timer("T-03").state == "running"
    case.hear(task(utc("2026-11-23 12:00"), "resumed", open_delivers=2, waiting_delivers=1))
    assert case.timer("T-33").due_at == utc("2026-11-24 18:00")
    assert case.timer("T-03").due_at == later(60)


def test_a_wait_that_ends_with_the_last_task_lets_the_clock_run():
    case = heard(
        event(FRIDAY, sentiment="negative"),
        task(later(10), "waiting", open_delivers=1, waiting_delivers=1),
        task(later(30), "completed", open_delivers=0),
    )
    assert case.timer("T-33").state == "running"


def test_a_clock_that_starts_inside_a_wait_stands_still():
    case = heard(
        task(FRIDAY, "waiting", open_delivers=1, waiting_delivers=1),
        event(later(10), sentiment="negative", channel="message"),
    )
    assert case.timer("T-33").state == "paused"
    assert case.timer("T-03").state == "running"


def test_each_offer_has_a_cycle_of_its_own():
    other = Owner("product_specialist", "S-13")
    case = heard(
        task(FRIDAY, "offered", owner=PERSON),
        task(later(5), "declined", owner=PERSON),
        task(later(5), "offered", owner=other),
        task(later(9), "accepted", owner=other),
    )
    assert case.states() == {"T-46 acceptance 1": "cancelled", "T-46 acceptance 2": "completed"}
    assert case.timer("T-46", 2).owner == other
    assert case.timer("T-46", 2).due_at == later(20)
    assert case.timer("T-46", 2).task_id == "task-1"


def test_an_offer_that_replaces_another_begins_anew():
    case = heard(task(FRIDAY, "offered", owner=PERSON), task(later(5), "offered", owner=ADVISOR))
    assert case.states() == {"T-46 acceptance 1": "cancelled", "T-46 acceptance 2": "running"}
    assert case.timer("T-46", 2).started_at == later(5)


@pytest.mark.parametrize(
    "fact",
    [
        task(FRIDAY, "queued", owner=Owner("product_specialist")),
        task(FRIDAY, "offered", owner=Owner("product_specialist")),
        task(FRIDAY, "offered", owner=PERSON, to_lead=True),
        task(FRIDAY, "offered", owner=PERSON, kind="reminder"),
        task(FRIDAY, "offered", owner=PERSON, kind="interact"),
        task(FRIDAY, "accepted", owner=PERSON),
    ],
)
def test_offers_without_an_acceptance_clock(fact):
    assert heard(fact).case_timers.timers == ()


@pytest.mark.parametrize("ending", ["declined", "withdrawn", "queued", "completed", "cancelled", "reassigned"])
def test_whatever_else_ends_an_offer_cancels_its_clock(ending):
    assert heard(task(FRIDAY, "offered", owner=PERSON), task(later(5), ending)).timer("T-46").state == "cancelled"


def test_an_offer_to_the_lead_ends_the_one_before():
    lead = task(later(5), "offered", owner=Owner("product_specialist", "S-1"), to_lead=True)
    assert heard(task(FRIDAY, "offered", owner=PERSON), lead).states() == {"T-46 acceptance 1": "cancelled"}


def test_tasks_do_not_hear_of_one_another():
    case = heard(task(FRIDAY, "offered", owner=PERSON), task(later(5), "accepted", task_id="task-2"))
    assert case.timer("T-46").state == "running"


def test_a_new_customer_owner_answers_for_the_clocks_of_the_case():
    facts = (message(FRIDAY), task(later(1), "offered", owner=PERSON))
    moved = OwnerMoved(
        fact_id="m", occurred_at=later(5), dealer_id="lisboa-01", case_id="case-1", owner=Owner("salesperson", "S-1")
    )
    case = heard(*facts, moved)
    assert case.timer("T-03").owner == Owner("salesperson", "S-1")
    assert case.timer("T-46").owner == PERSON
    assert case.timer("T-03").due_at == later(60)


def reopened(at):
    return CaseReopened(
        fact_id="r", occurred_at=at, dealer_id="lisboa-01", case_id="case-1", customer_id="C-1", owner=ADVISOR
    )


def test_a_reopened_case_has_the_rest_of_its_budget():
    case = heard(
        event(FRIDAY, occurrences=("early_ownership_problem_reported",)), closed(later(120)), reopened(later(130))
    )
    again = case.timer("T-27", 2)
    assert case.timer("T-27").state == "completed"
    assert again.policy.target == Duration(time=timedelta(hours=7 + 8 + 8 - 2))
    assert again.started_at == later(130)


def test_a_reopened_case_has_a_quarter_at_the_least():
    case = heard(
        event(FRIDAY, sentiment="negative"), closed(utc("2026-11-23 17:59")), reopened(utc("2026-11-24 09:00"))
    )
    assert case.timer("T-33", 2).policy.target == Duration(time=timedelta(hours=15) / 4)


def test_the_calendar_of_the_owners_role_counts():
    dealer = {
        "calendars": {
            "default": {"week": {"fri": [["09:00", "18:00"]]}},
            "after_sales": {"week": {"sat": [["09:00", "12:00"]]}},
        },
        "role_calendar": {"service_advisor": "after_sales"},
    }
    case = heard(message(FRIDAY), **dealer)
    assert case.timer("T-03").due_at == utc("2026-11-21 10:00")
