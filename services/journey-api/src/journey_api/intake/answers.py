"""The answer to a request with events: a place for each of them, or one problem with everything that is wrong."""

from collections.abc import Sequence
from typing import Any

from journey_api.http.problems import Problem, fault_document
from journey_api.http.validation_errors import MOST_FAULTS
from journey_api.intake.cloudevents_modes import ReceivedEvents
from journey_api.intake.prepare import Outcome, Receipt, Refused
from shared.faults import Fault


def problem_of(answers: Sequence[Outcome | list[Fault]]) -> Problem:
    """The problem of a request of which something is refused: everything that is wrong, 409 where it is a conflict."""
    faults = [fault for answer in answers for fault in faults_in(answer)]
    statuses = {answer.status if isinstance(answer, Refused) else 422 for answer in answers if faults_in(answer)}
    status = 422 if 422 in statuses else max(statuses)
    return Problem(status, f"{faults[0].pointer or 'the event'}: {faults[0].detail}", errors=faults[:MOST_FAULTS])


def answer_documents(arrival: ReceivedEvents, answers: Sequence[Outcome | list[Fault]]) -> list[dict[str, Any]]:
    """The `events` of an answer, in the order sent."""
    return [
        _receipt(answer) if isinstance(answer, Receipt) else _refusal(document, faults_in(answer))
        for document, answer in zip(arrival.documents, answers, strict=True)
    ]


def faults_in(answer: Outcome | list[Fault]) -> list[Fault]:
    """What is wrong with an event, if anything."""
    if isinstance(answer, Receipt):
        return []
    return [answer.fault] if isinstance(answer, Refused) else answer


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "event_id": receipt.event_id,
        "source": receipt.source,
        "id": receipt.id,
        "status": receipt.status,
        "customer_id": receipt.customer_id,
        "warnings": [fault_document(warning) for warning in receipt.warnings],
    }


def _refusal(document: Any, faults: Sequence[Fault]) -> dict[str, Any]:
    named = document if isinstance(document, dict) else {}
    source, name = named.get("source"), named.get("id")
    return {
        "event_id": None,
        "source": source if isinstance(source, str) else None,
        "id": name if isinstance(name, str) else None,
        "status": "refused",
        "customer_id": None,
        "warnings": [],
        "errors": [fault_document(fault) for fault in faults[:MOST_FAULTS]],
    }
