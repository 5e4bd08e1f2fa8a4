"""What starts the clocks of a case, and which contact stops which."""

from dataclasses import replace

import pytest
from case_story import heard, later
from sla_builders import FRIDAY, contact, event, inbound, message, utc

from shared.sla.fact_view import stops


def started(*facts) -> set[str]:
    return {timer.rule for timer in heard(*facts).case_timers.timers}


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
        (event(FRIDAY, signals=("parts_eta_slipped",)), {"T-31"}),
        (event(FRIDAY, signals=("parts_eta_slipped",), customer_id=None), set()),
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
        (event(FRIDAY, signals=("parts_eta_slipped",)), 0, "2026-11-20 15:00"),
    ],
)
def test_the_default_deadlines(rule, minutes, due):
    assert min(timer.due_at for timer in heard(rule).case_timers.timers) == utc(due)


@pytest.mark.parametrize(
    ("given", "stopped"),
    [
        (contact(FRIDAY, "acknowledgement"), {"acknowledgement"}),
        (contact(FRIDAY, "acknowledgement", automatic=True), {"acknowledgement"}),
        (contact(FRIDAY, "answer", automatic=True), set()),
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
    ended = {timer.target for timer in case.case_timers.timers if timer.state == "completed"}
    assert ended == stopped - {"next_response"}


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (contact(later(60), "update"), "completed"),
        (contact(later(60), "update", "telephone", outcome="spoke"), "completed"),
        (contact(later(60), "update", "telephone", outcome="no_answer"), "running"),
        (contact(later(60), "update", automatic=True), "running"),
        (contact(later(60), "answer"), "running"),
        (inbound(later(60)), "running"),
    ],
)
def test_late_parts_are_told_by_a_person(told, state):
    assert heard(event(FRIDAY, signals=("parts_eta_slipped",)), told).timer("T-31").state == state
