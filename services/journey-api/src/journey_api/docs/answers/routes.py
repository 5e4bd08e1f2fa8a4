"""Which route answers with which type."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from journey_api.docs.answers.events import (
    Coverage,
    EntryShown,
    EventListed,
    EventShown,
    Explained,
    SuggestionShown,
)
from journey_api.docs.answers.journeys import Journey, TimelineLine
from journey_api.docs.answers.operations import (
    ClockSummaryItem,
    DeadLetterShown,
    HolidayShown,
    KeyShown,
    NotificationShown,
    TimerList,
)
from journey_api.docs.answers.words import Vocabulary
from journey_api.docs.answers.work import (
    CaseShown,
    CommentShown,
    ContactShown,
    FeedRecord,
    TaskList,
    TaskShown,
    TaskStep,
)
from journey_api.http.request_body import JSON
from journey_api.reference.collections import APPOINTMENT, CUSTOMER, DEALER, ORDER, STAFF, VEHICLE, Kind
from shared.sla.store.documents import TimerTold

EVENT_STREAM: Final = "text/event-stream"
XML: Final = "text/xml"


class Answer(NamedTuple):
    """A body: its type, or the kind of record it is; several of them as a list. None: there is none."""

    shape: Any
    many: bool = False
    media_type: str = JSON


ANSWERS: Final[Mapping[str, Answer]] = {
    "GET /v1/events": Answer(EventListed, many=True),
    "GET /v1/events/{event_id}": Answer(EventShown),
    "GET /v1/vocabulary": Answer(Vocabulary),
    "GET /v1/keys": Answer(KeyShown, many=True),
    "GET /v1/dealers/{dealer_id}/holidays": Answer(HolidayShown, many=True),
    "POST /v1/dealers/{dealer_id}/customers/{customer_id}/merge": Answer(CUSTOMER),
    "GET /v1/tasks/feed": Answer(FeedRecord, media_type=EVENT_STREAM),
    "GET /v1/sla/feed": Answer(TimerTold, media_type=EVENT_STREAM),
    "GET /v1/tasks": Answer(TaskList),
    "GET /v1/tasks/{task_id}": Answer(TaskShown),
    "GET /v1/tasks/{task_id}/history": Answer(TaskStep, many=True),
    "GET /v1/tasks/{task_id}/timeline": Answer(TimelineLine, many=True),
    "POST /v1/tasks/{task_id}/{action}": Answer(TaskShown),
    "GET /v1/dealers/{dealer_id}/cases": Answer(CaseShown, many=True),
    "GET /v1/dealers/{dealer_id}/cases/{case_id}": Answer(CaseShown),
    "GET /v1/dealers/{dealer_id}/cases/{case_id}/timeline": Answer(TimelineLine, many=True),
    "POST /v1/dealers/{dealer_id}/cases/{case_id}/close": Answer(CaseShown),
    "POST /v1/dealers/{dealer_id}/cases/{case_id}/owner": Answer(CaseShown),
    "POST /v1/dealers/{dealer_id}/cases/{case_id}/comments": Answer(CommentShown),
    "POST /v1/handoffs": Answer(TaskShown),
    "GET /v1/suggestions": Answer(SuggestionShown, many=True),
    "POST /v1/contacts": Answer(ContactShown),
    "GET /v1/sla/timers": Answer(TimerList),
    "GET /v1/sla/summary": Answer(ClockSummaryItem, many=True),
    "GET /v1/notifications": Answer(NotificationShown, many=True),
    "POST /v1/playbook/explain": Answer(Explained),
    "GET /v1/playbook/coverage": Answer(Coverage),
    "GET /v1/playbook/entries": Answer(EntryShown, many=True),
    "GET /v1/playbook/entries/{entry}": Answer(EntryShown),
    "GET /v1/dead-letters": Answer(DeadLetterShown, many=True),
    "POST /v1/dead-letters/{dead_letter_id}/replay": Answer(DeadLetterShown),
    "GET /v1/dealers/{dealer_id}/customers/{customer_id}/journey": Answer(Journey),
    "POST /v1/callbacks/sms/inbound": Answer(str, media_type=XML),
    "POST /v1/callbacks/whatsapp": Answer(None),
}


def _of_records() -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for kind in (DEALER, STAFF, CUSTOMER, VEHICLE, APPOINTMENT, ORDER):
        lists = f"/v1/dealers/{{dealer_id}}/{kind.path}" if kind.path else "/v1/dealers"
        one = f"{lists}/{{{kind.parameter}}}"
        found |= {f"{method} {one}": Answer(kind) for method in ("GET", "PUT", "PATCH")}
        found[f"GET {lists}"] = Answer(kind, many=True)
    return found


def answer_of(method: str, path: str) -> Answer | None:
    """What a route answers with, where its own description does not say."""
    return _ALL.get(f"{method.upper()} {path}")


_ALL: Final = {**ANSWERS, **_of_records()}


def shapes() -> list[Any]:
    """Every type that is answered with."""
    found = dict.fromkeys(one.shape for one in _ALL.values() if not isinstance(one.shape, Kind))
    return [shape for shape in found if shape not in (str, None)]


def kinds() -> list[Kind]:
    """Every kind of record that is answered with."""
    return list(dict.fromkeys(one.shape for one in _ALL.values() if isinstance(one.shape, Kind)))
