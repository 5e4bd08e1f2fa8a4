"""The rules that count from what happens in cases, as timers.md 5.7 has them: reminders, clocks, checklists."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from year_calendar import DAY, HERE, add_open, closing_after, day_of, end_of_day, local, opening
from year_facts import FOREVER, Facts, Happening, Version
from year_script import Completion, Event, Look

ANSWERED = frozenset({"answer", "proposal", "estimate"})
NOTHING: frozenset[str] = frozenset()
TO_ADVISOR = "reminder to service_advisor"


def reminders(facts: Facts) -> Iterator[Happening]:
    """T-07, T-16, T-25, T-26, T-32, what T-31 and T-32 write, and of what T-45 tells the salesperson."""
    for event in facts.events:
        whose = str(event.customer)
        if "additional_work_found" in event.signals:
            authorised = facts.end_in_case(event, {"customer_authorisation_recorded"})
            at = add_open(event.at, timedelta(hours=4))
            if at < authorised:
                yield Happening("T-07", whose, TO_ADVISOR, at)
            for tried in facts.script.of(Completion):
                if tried.case == event.case and event.at < tried.at < authorised:
                    yield Happening("T-07", whose, "not completed", tried.at)
        if "service_offer_answered" in event.signals:
            at = opening(day_of(event.at) + DAY)
            if at < facts.end_in_case(event, {"reason_recorded"}):
                yield Happening("T-16", whose, TO_ADVISOR, at)
        if "offer_presented" in event.occurrences:
            at = closing_after(event.at, 2)
            if at < facts.end_in_case(event, {"final_offer_accepted"}):
                yield Happening("T-25", whose, "offer_follow_up_due", at)
        if "vehicle_delivered" in event.occurrences:
            at = opening(day_of(event.at) + 3 * DAY)
            if not any(event.at < contact.at < at for contact in facts.told(whose)):
                yield Happening("T-26", whose, "post_delivery_contact_due", at)
        if "parts_eta_slipped" in event.signals:
            yield Happening("T-31", whose, "PARTS", event.at)
        if "serious_vehicle_problem_reported" in event.occurrences:
            solved = facts.end_in_case(event, {"problem_resolved"})
            changed = [one.at for one in facts.script.of(Completion) if one.case == event.case and one.at < solved]
            yield from (Happening("T-45", whose, "CHANGED", at) for at in (event.at, *changed))
        yield from _silent_repair(facts, event)


def _silent_repair(facts: Facts, event: Event) -> Iterator[Happening]:
    if "repair_status_changed" in event.occurrences:
        yield Happening("T-32", str(event.customer), "STATUS", event.at)
    news = {"repair_order_opened", "repair_status_changed"}
    if news & set(event.occurrences):
        end, at = facts.end_in_case(event, news | {"vehicle_returned"}), closing_after(event.at, 1)
        while at < end:
            yield Happening("T-32", str(event.customer), TO_ADVISOR, at)
            at = closing_after(at, 1)


def clocks(facts: Facts) -> Iterator[Happening]:
    """The clocks of cases and of appointments: when each began and was due, and whether it was breached."""
    for event in facts.events:
        for rule, due, stopped in _begun(facts, event):
            yield from _clock(rule, str(event.case), event.at, due, stopped)
    for one in facts.first_of_kind("appointments"):
        began, five = one.starts_at, timedelta(minutes=5)
        yield from _clock(
            "T-23", one.identity, began, began + five, _turned(facts, one, {"arrived", "started", "done"})
        )
        if one.fields["kind"] == "service":
            next_day = local(day_of(began) + DAY, began.astimezone(HERE.zone).time())
            yield from _clock("T-05", one.identity, began, next_day, _turned(facts, one, {"done"}))


def _begun(facts: Facts, event: Event) -> Iterator[tuple[str, datetime, datetime]]:
    """The clocks that an event begins: rule, when it is due, when something stops it."""
    if event.customer is None:
        return
    answered = min(facts.told_in_case(event, ANSWERED), facts.end_in_case(event, NOTHING))
    hour, half = (add_open(event.at, timedelta(minutes=minutes)) for minutes in (60, 30))
    if event.channel == "message":
        yield "T-02", add_open(event.at, timedelta(minutes=10)), event.at
        yield "T-03", hour, answered
    elif event.channel == "email" and "visit" in event.facts:
        yield "T-04", half, answered
    elif event.channel == "email" or "remote_enquiry_received" in event.occurrences:
        yield "T-22", hour, answered
    elif "service_request_received" in event.occurrences:
        yield "T-35", hour, answered
    solved = min(facts.told_in_case(event, {"proposal"}), facts.end_in_case(event, {"solution_proposed"}))
    if "delivery_date_slipped" in event.occurrences:
        yield "T-21", closing_after(event.at, 1), solved
    if "early_ownership_problem_reported" in event.occurrences:
        yield "T-27", closing_after(event.at, 2), facts.end_in_case(event, {"problem_resolved"})
    if "parts_eta_slipped" in event.signals:
        told = min(facts.told_in_case(event, {"update"}), facts.end_in_case(event, NOTHING))
        yield "T-31", add_open(event.at, timedelta(hours=4)), told
    if event.facts.get("feedback", {}).get("sentiment") == "negative":
        yield "T-33", closing_after(event.at, 1), solved


def _clock(rule: str, whose: str, began: datetime, due: datetime, stopped: datetime) -> Iterator[Happening]:
    yield Happening(rule, whose, f"due {due:%Y-%m-%d %H:%M}", began)
    if due < stopped:
        yield Happening(rule, whose, "breached", due)


def _turned(facts: Facts, one: Version, statuses: set[str]) -> datetime:
    """When an appointment turned to one of these."""
    named = (other for other in facts.of_kind("appointments") if other.identity == one.identity)
    return min((other.since for other in named if other.fields.get("status") in statuses), default=FOREVER)


CHECKS = {
    "T-36": ({"vehicle_returned"}, {"follow_up_scheduled"}, NOTHING, True),
    "T-37": ({"customer_contact_completed"}, NOTHING, NOTHING, True),
    "T-38": ({"service_appointment_requested"}, {"estimate_given"}, {"estimate"}, True),
    "T-40": ({"vehicle_delivery_day"}, {"introduction_done"}, NOTHING, True),
    "T-42": ({"service_appointment_requested"}, {"mobility_option_agreed"}, NOTHING, False),
    "T-44": ({"service_request_received"}, NOTHING, NOTHING, False),
    "T-47": ({"customer_contact_completed"}, {"upsell_opportunity_identified", "reason_recorded"}, NOTHING, False),
}
"""By rule: what asks for it, what is heard and what is told when it is done, whether the day is its limit."""


def checklists(facts: Facts) -> Iterator[Happening]:
    """What was still to be done when somebody looked at a case, and by when."""
    for look in facts.script.of(Look):
        for rule, (starts, ends, kinds, same_day) in CHECKS.items():
            earlier = (event for event in facts.events if event.case == look.case and event.at < look.at)
            began = [event for event in earlier if starts & set(event.occurrences)]
            if began:
                done = _is_done(rule, facts, began[-1], look, ends, kinds)
                due = f" by {end_of_day(began[-1].at):%Y-%m-%d %H:%M}" if same_day else ""
                yield Happening(rule, look.case, ("done" if done else "to do") + due, look.at)


def _is_done(rule: str, facts: Facts, event: Event, look: Look, ends: set[str], kinds: set[str]) -> bool:
    if rule == "T-44":
        return {"vehicle", "intake"} <= event.given.keys()
    if rule == "T-37":
        puts = (one.since for one in facts.of_kind("customers") if one.identity == event.customer)
        return any(event.at < at < look.at for at in puts)
    if rule == "T-42" and event.facts.get("mobility"):
        return True
    return min(facts.told_in_case(event, kinds), facts.end_in_case(event, ends)) < look.at
