"""The clocks of a case, fact by fact: what starts, stops, pauses and withdraws them, and what a late fact changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sla_builders import ADVISOR, closed, contact, event, ids, inbound, message, policies, task, utc

from shared.sla.casebook import LateFact, advance, is_late, rederive
from shared.sla.durations import Duration
from shared.sla.facts import CaseReopened, Owner, OwnerMoved, order_key
from shared.sla.values import Casebook
from shared.sla.views import stops

MINUTE = timedelta(minutes=1)
FRIDAY = utc("2026-11-20 10:00")
PERSON = Owner("product_specialist", "S-12")


class Case:
    """A case and its log, told one fact after the other."""

    def __init__(self, **dealer: object) -> None:
        self.policies = policies(**dealer)
        self.book, self.log, self.new_id = Casebook(), [], ids()
        self.last = None

    def hear(self, *facts, now=None):
        for fact in facts:
            self.last = advance(self.book, fact, self.policies, now or fact.occurred_at, self.new_id, self.log)
            self.book = self.last.book
            self.log.append(fact)
        return self

    def states(self) -> dict[str, str]:
        return {f"{t.rule} {t.target} {t.cycle}": t.state for t in self.book.timers}

    def timer(self, rule: str, cycle: int = 1):
        return next(t for t in self.book.timers if (t.rule, t.cycle) == (rule, cycle))


def heard(*facts, **dealer: object) -> Case:
    return Case(**dealer).hear(*facts)


def later(minutes: float):
    return FRIDAY + minutes * MINUTE


def started(*facts) -> set[str]:
    return {timer.rule for timer in heard(*facts).book.timers}


@pytest.mark.parametrize(
    ("fact", "rules"),
    [
        (message(FRIDAY), {"T-02", "T-03"}),
        (inbound(FRIDAY), {"T-02", "T-03"}),
        (inbound(FRIDAY, "sms"), {"T-02", "T-03"}),
        (inbound(FRIDAY, "whatsapp"), {"T-02", "T-03"}),
        (event(FRIDAY, channel="email", occurrences=("service_appointment_requested",)), {"T-04"}),
        (event(FRIDAY, channel="email", occurrences=("store_appointment_upcoming",)), {"T-04"}),
        (event(FRIDAY, channel="email", visit_appointment=True), {"T-04"}),
        (event(FRIDAY, channel="email"), {"T-22"}),
        (inbound(FRIDAY, "email"), {"T-22"}),
        (inbound(FRIDAY, "social_media"), {"T-22"}),
        (event(FRIDAY, channel="social_media"), {"T-22"}),
        (event(FRIDAY, channel="website", occurrences=("remote_enquiry_received",)), {"T-22"}),
        (event(FRIDAY, channel="message", occurrences=("remote_enquiry_received",)), {"T-02", "T-03"}),
        (event(FRIDAY, channel="telephone", occurrences=("service_request_received",)), {"T-35"}),
        (event(FRIDAY, channel="email", occurrences=("service_request_received",)), {"T-22"}),
        (event(FRIDAY, channel="message", occurrences=("service_request_received",)), {"T-02", "T-03"}),
        (event(FRIDAY, channel="telephone"), set()),
        (event(FRIDAY, channel="store"), set()),
        (inbound(FRIDAY, "telephone"), set()),
        (event(FRIDAY, channel="message", customer_id=None), set()),
        (event(FRIDAY, channel="message", live=False), set()),
        (event(FRIDAY, occurrences=("delivery_date_slipped",)), {"T-21"}),
        (event(FRIDAY, occurrences=("early_ownership_problem_reported",)), {"T-27"}),
        (event(FRIDAY, sentiment="negative"), {"T-33"}),
        (event(FRIDAY, sentiment="neutral"), set()),
        (event(FRIDAY, sentiment="negative", signals=("solution_proposed",)), set()),
        (
            event(FRIDAY, channel="message", sentiment="negative", occurrences=("early_ownership_problem_reported",)),
            {"T-02", "T-03", "T-27", "T-33"},
        ),
        (inbound(FRIDAY, kind="courtesy"), set()),
        (contact(FRIDAY), set()),
    ],
)
def test_what_starts_which_clock(fact, rules):
    assert started(fact) == rules


@pytest.mark.parametrize(
    ("rule", "minutes", "due"),
    [
        (message(FRIDAY), 10, "2026-11-20 10:10"),
        (event(FRIDAY, channel="email", visit_appointment=True), 30, "2026-11-20 10:30"),
        (event(FRIDAY, channel="email"), 60, "2026-11-20 11:00"),
        (event(FRIDAY, sentiment="negative"), 0, "2026-11-23 18:00"),
        (event(FRIDAY, occurrences=("delivery_date_slipped",)), 0, "2026-11-23 18:00"),
        (event(FRIDAY, occurrences=("early_ownership_problem_reported",)), 0, "2026-11-24 18:00"),
    ],
)
def test_the_default_deadlines(rule, minutes, due):
    assert min(timer.due_at for timer in heard(rule).book.timers) == utc(due)


@pytest.mark.parametrize(
    ("given", "stopped"),
    [
        (contact(FRIDAY, "acknowledgement"), {"acknowledgement"}),
        (contact(FRIDAY, "acknowledgement", automatic=True), {"acknowledgement"}),
        (contact(FRIDAY, "answer"), {"acknowledgement", "first_response", "next_response"}),
        (contact(FRIDAY, "proposal", "email"), {"acknowledgement", "first_response", "next_response"}),
        (contact(FRIDAY, "estimate", "post"), {"acknowledgement", "first_response", "next_response"}),
        (
            contact(FRIDAY, "answer", "telephone", outcome="spoke"),
            {"acknowledgement", "first_response", "next_response"},
        ),
        (contact(FRIDAY, "answer", "store"), {"acknowledgement", "first_response", "next_response"}),
        (contact(FRIDAY, "answer", "telephone"), set()),
        (contact(FRIDAY, "answer", "telephone", outcome="no_answer"), set()),
        (contact(FRIDAY, "answer", "telephone", outcome="voicemail"), set()),
        (contact(FRIDAY, "answer", "message", outcome="refused"), set()),
        (contact(FRIDAY, "update"), set()),
        (contact(FRIDAY, "authorisation"), set()),
        (contact(FRIDAY, "feedback_request"), set()),
        (contact(FRIDAY, "courtesy"), set()),
        (inbound(FRIDAY, kind="answer"), set()),
    ],
)
def test_which_contact_stops_what(given, stopped):
    assert stops(given) == stopped
    case = heard(message(FRIDAY), replace(given, occurred_at=later(5)))
    ended = {timer.target for timer in case.book.timers if timer.state == "completed"}
    assert ended == stopped - {"next_response"}


def test_an_acknowledgement_leaves_the_answer_to_be_given():
    case = heard(message(FRIDAY), contact(later(1), "acknowledgement"), contact(later(60), "answer"))
    assert case.states() == {"T-02 acknowledgement 1": "completed", "T-03 first_response 1": "completed"}
    assert all(timer.breached_at is None for timer in case.book.timers)


def test_each_message_is_acknowledged_anew_but_the_first_answer_is_timed_once():
    case = heard(message(FRIDAY), contact(later(1), "acknowledgement"), message(later(5)))
    assert case.states() == {
        "T-02 acknowledgement 1": "completed",
        "T-02 acknowledgement 2": "running",
        "T-03 first_response 1": "running",
    }
    assert case.timer("T-03").started_at == FRIDAY


def test_further_messages_move_no_clock():
    case = heard(message(FRIDAY), message(later(5)), message(later(6)))
    assert len(case.book.timers) == 2
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
    assert {timer.target for timer in case.book.timers} == {"acknowledgement", "first_response"}


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
    assert len(case.book.timers) == 2


def test_a_conversation_is_not_a_wait():
    case = heard(message(FRIDAY), contact(later(20)), inbound(later(60), "telephone", outcome="spoke"))
    assert len(case.book.timers) == 2


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
    assert [timer.state for timer in case.book.timers] == ["completed" if stopped else "running"]


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
    assert heard(fact).book.timers == ()


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


def test_a_late_message_breaches_once_as_it_is_attached():
    case = Case().hear(message(FRIDAY), now=later(65))
    assert [e.action for e in case.last.events if e.on_attach] == ["breached", "breached"]
    assert not [row for row in case.last.due if row.threshold.startswith("warning")]


def test_a_late_fact_needs_the_log():
    case = heard(message(FRIDAY), contact(later(30)))
    late = contact(later(5))
    assert is_late(case.book, late)
    with pytest.raises(LateFact):
        advance(case.book, late, case.policies, later(40), case.new_id)


def test_an_answer_that_was_given_in_time_but_heard_of_late_corrects_the_verdict():
    case = heard(message(FRIDAY), contact(later(90)))
    assert case.timer("T-03").breached_at == later(60)
    case.hear(contact(later(30)), now=later(100))
    timer = case.timer("T-03")
    assert (timer.state, timer.stopped_at, timer.breached_at) == ("completed", later(30), None)
    assert {event.action for event in case.last.events} == {"corrected"}
    assert timer.timer_id in {changed.timer_id for changed in case.last.changed}


def test_a_wait_heard_of_late_is_replayed():
    case = heard(event(FRIDAY, sentiment="negative"), message(utc("2026-11-23 11:00")))
    case.hear(
        task(later(30), "waiting", open_delivers=1, waiting_delivers=1),
        task(utc("2026-11-23 10:00"), "resumed", open_delivers=1),
        now=utc("2026-11-23 11:30"),
    )
    timer = case.timer("T-33")
    assert (timer.state, timer.due_at) == ("running", utc("2026-11-24 18:00"))
    assert case.last.due
    assert {row.generation for row in case.last.due if row.timer_id == timer.timer_id} == {timer.generation}


def test_an_earlier_message_heard_of_late_moves_the_start_back():
    case = heard(message(FRIDAY)).hear(message(later(-30)), now=later(1))
    timer = case.timer("T-03")
    assert (timer.started_at, timer.due_at) == (later(-30), later(30))
    assert timer.generation == 2


def test_a_wait_that_never_was_is_withdrawn():
    case = heard(message(FRIDAY), contact(later(20)), message(later(60)))
    assert case.timer("T-03", 2).state == "running"
    case.hear(closed(later(50)), now=later(70))
    assert case.timer("T-03", 2).started_at == later(60)
    case = heard(message(FRIDAY), contact(later(20)), inbound(later(60)))
    gone = rederive(case.book, case.log[:2], case.policies, later(70), case.new_id)
    assert [t.state for t in gone.changed] == ["cancelled", "cancelled"]
    assert {event.action for event in gone.events} == {"corrected"}


def test_a_late_fact_reaches_the_clocks_of_tasks_too():
    case = heard(task(FRIDAY, "offered", owner=PERSON), message(later(30)))
    case.hear(task(later(5), "accepted", owner=PERSON), now=later(31))
    assert case.timer("T-46").state == "completed"
    assert case.timer("T-46").stopped_at == later(5)


def test_a_breach_that_was_told_is_not_told_again_when_the_story_is():
    case = Case().hear(message(FRIDAY), now=later(65))
    case.hear(event(later(-60), channel="telephone"), now=later(70))
    assert not [e for e in case.last.events if e.action == "breached"]
    assert case.timer("T-03").breached_at == later(60)


FACTS = st.sampled_from(("message", "mail", "answer", "ack", "feedback", "proposal", "wait", "resume", "courtesy"))


def fact_of(kind: str, minute: int, number: int):
    at, fact_id = later(minute), f"x{number:03}"
    made = {
        "message": lambda: message(at, fact_id),
        "mail": lambda: event(at, channel="email"),
        "answer": lambda: contact(at),
        "ack": lambda: contact(at, "acknowledgement"),
        "feedback": lambda: event(at, sentiment="negative"),
        "proposal": lambda: contact(at, "proposal"),
        "wait": lambda: task(at, "waiting", open_delivers=1, waiting_delivers=1),
        "resume": lambda: task(at, "resumed", open_delivers=1),
        "courtesy": lambda: inbound(at, kind="courtesy"),
    }
    return replace(made[kind](), fact_id=fact_id)


def story(case: Case):
    return sorted(
        (t.key, t.target, t.state, t.started_at, t.due_at, t.consumed, t.stopped_at, t.breached_at)
        for t in case.book.timers
        if t.state != "cancelled"
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(FACTS, st.integers(0, 400)), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(drawn, random):
    facts = [fact_of(kind, minute, number) for number, (kind, minute) in enumerate(drawn)]
    shuffled = list(facts)
    random.shuffle(shuffled)
    end = message(later(500), "zzz")
    in_order = Case().hear(*sorted(facts, key=order_key), now=later(450)).hear(end)
    as_it_came = Case().hear(*shuffled, now=later(450)).hear(end)
    assert story(in_order) == story(as_it_came)
