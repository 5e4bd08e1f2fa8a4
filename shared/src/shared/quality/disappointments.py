"""The flags of disappointment (timers 5.9): when a moment of truth is tragic. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from shared.quality.case_facts import Arrival, EventFact, TaskFact
from shared.quality.case_view import CaseView, Raised, ran_at, share_passed
from shared.quality.types import Cause, Disappointment
from shared.sla.types import Timer

Rule = Callable[[CaseView], Iterator[Raised]]

PROMISED_NEWS: Final[Mapping[str, str]] = {
    "delivery_date_slipped": "T-21",
    "parts_eta_slipped": "T-31",
}
"""What changes a date, and the clock within which the customer is to be told."""

_MORE_WORK: Final = "additional_work_found"
_CONSENT: Final = "T-07"
"""What changes the cost, and the rule whose reminder comes when its duration has passed without the consent."""

_HALF: Final = 0.5
_SECOND_TIME: Final = 2


def _late_answer(view: CaseView) -> Iterator[Raised]:
    """On the answer to a response clock that was breached; while nobody has answered, on what the customer said."""
    for clock in view.responses:
        if clock.breached_at is None:
            continue
        answer = view.answer_to(clock)
        if answer is not None:
            yield Raised(answer.moment_id, "late_answer", Cause("contact", answer.moment_id))
        elif clock.started_fact:
            yield Raised(clock.started_fact, "late_answer", Cause("timer", clock.timer_id))


def _chased(view: CaseView) -> Iterator[Raised]:
    """On what the customer says again, with nothing new, while an answer has been owed for half its target."""
    told: set[object] = set()
    events = sorted(view.facts.events, key=lambda one: (one.at, one.event_id))
    for event in events:
        if event.inbound and _news(event) <= told:
            yield from _again(view, event.at, event.event_id)
        told |= _news(event)
    seen = {event.event_id for event in events}
    for moment in view.contacts:
        if moment.direction == "inbound" and moment.moment_id not in seen:
            yield from _again(view, moment.at, moment.moment_id)


def _news(event: EventFact) -> set[object]:
    return {*event.topics, *event.facts, *(("intake", name) for name in event.given)}


def _again(view: CaseView, at: datetime, moment_id: str) -> Iterator[Raised]:
    for clock in view.running_at(at, but_of=moment_id):
        if share_passed(clock, at) > _HALF:
            yield Raised(moment_id, "chased", Cause("timer", clock.timer_id))


def _told_twice(view: CaseView) -> Iterator[Raised]:
    """On an event that gives a field of intake again, to another observer or another owner, or has it asked again."""
    gave: dict[str, list[EventFact]] = defaultdict(list)
    for event in sorted(view.facts.events, key=lambda one: (one.at, one.event_id)):
        if event.event_id in view.facts.asked_again or any(
            _to_another(view, gave[name], event) for name in sorted(event.given)
        ):
            yield Raised(event.event_id, "told_twice", Cause("event", event.event_id))
        for name in event.given:
            gave[name].append(event)


def _to_another(view: CaseView, before: list[EventFact], event: EventFact) -> bool:
    """Whether those who were told before are all others, or answered to another owner then."""
    owner = view.owner_at(event.at)
    heard_it = any(one.observer == event.observer and view.owner_at(one.at) == owner for one in before)
    return bool(before) and not heard_it


def _passed_on(view: CaseView) -> Iterator[Raised]:
    """On the first contact after the owner's role has changed for the second time."""
    changes = [one for one in view.owner_changes if one.before.role not in (None, one.after.role)]
    if len(changes) >= _SECOND_TIME:
        second = changes[_SECOND_TIME - 1]
        yield from _after(view, second.at, "passed_on", Cause("owner", second.change_id))


def _not_ours(view: CaseView) -> Iterator[Raised]:
    """On the first contact after it was said to be another's, an offer ran out twice, or an owner was sought."""
    silent: dict[str, int] = defaultdict(int)
    for one in sorted(view.facts.declines, key=lambda decline: (decline.at, decline.task_id)):
        silent[one.task_id] += one.reason == "silence"
        if one.reason == "other_department" or (one.reason == "silence" and silent[one.task_id] == _SECOND_TIME):
            yield from _after(view, one.at, "not_ours", Cause("task", one.task_id))
    for event in view.facts.events:
        if event.owner_decided_at is not None:
            yield from _after(view, event.owner_decided_at, "not_ours", Cause("event", event.event_id))


def _after(view: CaseView, at: datetime, flag: Disappointment, cause: Cause) -> Iterator[Raised]:
    first = view.first_contact_from(at)
    if first is not None:
        yield Raised(first.moment_id, flag, cause)


def _nobody_knew(view: CaseView) -> Iterator[Raised]:
    for event in view.facts.events:
        if "FB-14" in event.entries:
            yield Raised(event.event_id, "nobody_knew", Cause("event", event.event_id))


def _late_reception(view: CaseView) -> Iterator[Raised]:
    """On the arrival of a customer who was received later than T-23 allows after the later of date and arrival."""
    visits: dict[str, dict[str, Arrival]] = defaultdict(dict)
    for one in sorted(view.facts.arrivals, key=lambda arrival: (arrival.at, arrival.change_id)):
        visits[one.appointment_id].setdefault(one.status, one)
    for visit in visits.values():
        came = visit.get("arrived") or visit["started"]
        expected = max(came.starts_at, came.at) if came.status == "arrived" else came.starts_at
        received, cause = _received(view, visit, came)
        if received is not None and received > expected + came.allowed:
            yield Raised(came.change_id, "late_reception", cause)


def _received(view: CaseView, visit: Mapping[str, Arrival], came: Arrival) -> tuple[datetime | None, Cause]:
    cause = Cause("appointment", came.appointment_id)
    if "started" in visit:
        return visit["started"].at, cause
    spoke = next((one for one in view.contacts if one.at >= came.at), None)
    return (spoke.at, Cause("contact", spoke.moment_id)) if spoke else (None, cause)


def _promise_broken(view: CaseView) -> Iterator[Raised]:
    for one in view.facts.promises:
        if one.score == -1:
            yield Raised(one.promise_id, "promise_broken", Cause("promise", one.promise_id))


def _kept_in_the_dark(view: CaseView) -> Iterator[Raised]:
    """On an event that changes a date or a cost of which the customer heard nothing before its clock ran out."""
    told = sorted(one.at for one in view.facts.contacts if one.direction == "outbound" and one.reached)
    for event in view.facts.events:
        for clock in (_clock_of(view, event, name) for name in sorted(event.news & PROMISED_NEWS.keys())):
            late = clock is not None and clock.breached_at is not None
            if clock and late and not any(event.at <= at <= clock.due_at for at in told):
                yield Raised(event.event_id, "kept_in_the_dark", Cause("timer", clock.timer_id))
    for event, reminder in _reminded(view):
        if not any(event.at <= at <= reminder.created_at for at in told):
            yield Raised(event.event_id, "kept_in_the_dark", Cause("task", reminder.task_id))


def _reminded(view: CaseView) -> Iterator[tuple[EventFact, TaskFact]]:
    """The events that found more work, each with the reminder of its consent: what comes before the next finding."""
    found = sorted((one for one in view.facts.events if one.live and _MORE_WORK in one.news), key=lambda one: one.at)
    reminders = sorted((one for one in view.facts.tasks if one.entry == _CONSENT), key=lambda one: one.created_at)
    for reminder in reminders:
        before = [one for one in found if one.at <= reminder.created_at]
        if before:
            yield before[-1], reminder


def _clock_of(view: CaseView, event: EventFact, news: str) -> Timer | None:
    """The clock the event started, else the one that ran already."""
    clocks = [one for one in view.facts.timers if one.rule == PROMISED_NEWS[news]]
    own = [one for one in clocks if one.started_fact == event.event_id]
    return next(iter(own or [one for one in clocks if ran_at(one, event.at)]), None)


def _harsh(view: CaseView) -> Iterator[Raised]:
    for event in view.facts.events:
        if event.sentiment == "negative" and "staff" in event.about:
            yield Raised(event.event_id, "harsh", Cause("event", event.event_id))


RULES: Final[Mapping[Disappointment, Rule]] = {
    "late_answer": _late_answer,
    "chased": _chased,
    "told_twice": _told_twice,
    "passed_on": _passed_on,
    "not_ours": _not_ours,
    "nobody_knew": _nobody_knew,
    "late_reception": _late_reception,
    "promise_broken": _promise_broken,
    "kept_in_the_dark": _kept_in_the_dark,
    "harsh": _harsh,
}
"""By flag where it holds."""
